"""How fast a model is on this machine, and which one is advised by that."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Final

from repondeur.engines.base import Context, Engine
from repondeur.engines.runtimes.files import ModelFile
from repondeur.engines.runtimes.memory import needed
from repondeur.errors import EngineAnswerInvalid, EngineUnavailable
from repondeur.mail.message import Message
from repondeur.policy.analysis import Usage

ENOUGH: Final = 6.0  # mails a minute: fewer, and a person who waits for an answer notices
LONGEST: Final = 180.0  # seconds of one measurement, on however slow a machine
_AT_ONCE: Final = 4
_USED: Final = 0.8  # of the free memory: the rest is for mail, index, database


@dataclass(frozen=True, slots=True)
class Pace:
    """mails, in so many seconds, with so many tokens written."""

    mails: int
    seconds: float
    tokens: int

    @property
    def per_minute(self) -> float:
        return self.mails * 60 / self.seconds if self.seconds > 0 else 0.0

    @property
    def tokens_per_second(self) -> float:
        return self.tokens / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Known:
    """A model that is known to work, as `model pull` takes it. size, cached: as in ModelFile."""

    pull: str
    runtime: str
    parameters: int
    size: int
    cached: int

    @property
    def memory(self) -> int:
        """Octets, with a cache for some mails at once."""
        model = ModelFile(Path(), "", "gguf", "qwen3", self.parameters, self.size, 0, "", cached=self.cached)
        return needed(model, self.runtime, _AT_ONCE)


# Sizes as the hub lists the files; parameters and layers as their pages and config.json say. The smallest first.
KNOWN: Final = (
    Known("Qwen/Qwen3-0.6B-GGUF:Qwen3-0.6B-Q8_0.gguf", "openvino", 596_000_000, 640_000_000, 57_344),
    Known("Qwen/Qwen3-1.7B-GGUF:Qwen3-1.7B-Q8_0.gguf", "openvino", 1_720_000_000, 1_830_000_000, 57_344),
    Known("Qwen/Qwen3-4B-GGUF:Qwen3-4B-Q4_K_M.gguf", "openvino", 4_020_000_000, 2_500_000_000, 73_728),
    Known("Qwen/Qwen3-8B-GGUF:Qwen3-8B-Q4_K_M.gguf", "openvino", 8_190_000_000, 5_030_000_000, 73_728),
    Known("Qwen/Qwen3-0.6B", "transformers", 596_000_000, 1_500_000_000, 57_344),
    Known("Qwen/Qwen3-4B", "transformers", 4_020_000_000, 8_050_000_000, 73_728),
    Known("Qwen/Qwen3-8B", "transformers", 8_190_000_000, 16_400_000_000, 73_728),
    Known("Qwen/Qwen3-14B", "transformers", 14_800_000_000, 29_500_000_000, 81_920),
)


@dataclass(frozen=True, slots=True)
class Advice:
    """per_minute: mails, as the measured pace lets expect: a model of twice the size takes twice the time."""

    model: Known
    per_minute: float


async def measure(
    engine: Engine, mails: Sequence[Message], context: Context, *, at_once: int, seconds: float, most: float = LONGEST
) -> Pace:
    """Works mails, `at_once` of them together, over and over until the time is over and each place has worked one; at
    most so many seconds, whatever is done by then.

    What a model says is no matter here: an answer that is no use counts, one that was not done in time does not. Raises
    EngineUnavailable for any other failure.
    """
    numbers = count()
    done: list[int] = []  # tokens of each mail
    began = time.monotonic()

    async def place() -> None:
        while True:
            number = next(numbers)
            # Each mail another one, so that none is answered from what is left of the same one.
            mail = mails[number % len(mails)]
            done.extend(await _written(engine, replace(mail, text=f"{mail.text}\n\n{number}"), context))
            if time.monotonic() - began >= seconds:
                return

    places = [asyncio.create_task(place()) for _ in range(at_once)]
    try:
        async with asyncio.timeout(most):
            await asyncio.gather(*places)
    except TimeoutError:
        pass  # what is done by now is the measurement
    finally:
        took = time.monotonic() - began
        for one in places:
            one.cancel()
        await asyncio.gather(*places, return_exceptions=True)
    return Pace(len(done), took, sum(done))


async def _written(engine: Engine, mail: Message, context: Context) -> tuple[int, ...]:
    """Tokens of the one answer; nothing when it was not done in time."""
    try:
        usage = (await engine.analyse(mail, context)).usage
    except EngineAnswerInvalid as error:
        usage = error.usage or Usage()
    except EngineUnavailable as error:
        if error.reason.code != "engine.local_timeout":
            raise
        return ()
    return (usage.output_tokens,)


def advise(pace: Pace, model: ModelFile, runtime: str, have: int | None) -> Advice:
    """The largest model that fits and is quick enough; the smallest one when none is. Larger ones write better.

    pace: of the whole batch. runtime: what is used on this machine. have: octets free before the model was loaded.
    """
    able = [one for one in KNOWN if one.runtime == runtime]
    expected = [Advice(one, pace.per_minute * _times(model, one)) for one in able]
    fitting = [one for one in expected if have is None or one.model.memory <= have * _USED]
    quick = [one for one in fitting if one.per_minute >= ENOUGH]
    return max(quick, key=lambda one: one.model.parameters, default=expected[0])


def _times(model: ModelFile, other: Known) -> float:
    """How many times the other one's size the model is. A folder of OpenVINO does not tell its parameters."""
    return model.parameters / other.parameters if model.parameters else model.size / other.size
