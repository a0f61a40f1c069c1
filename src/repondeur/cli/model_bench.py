"""What `repondeur model bench` measures: the demo's mails, worked by the engine as in earnest."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from repondeur.engines.base import Context
from repondeur.engines.local import LocalEngine
from repondeur.engines.runtimes import memory
from repondeur.engines.runtimes.bench import Advice, Pace, advise, measure
from repondeur.engines.runtimes.files import ModelFile
from repondeur.engines.runtimes.which import has_cuda, runtime_for
from repondeur.mail.message import Address, Message
from repondeur.mail.parse import parse
from repondeur.mailboxes.demo.shop import agent, samples
from repondeur.policy.passage import Passage
from repondeur.settings.schema import Settings

# Two that want an answer, one French and one English: what most of a day's mail is like.
_MAILS = ("01-", "02-")
# Of the length of what knowledge usually brings along.
_PASSAGE = (
    "Parcels leave our workshop within two working days. In France they take two to three days, in Belgium and "
    "Luxembourg three to five. You get a mail with the number of the parcel as soon as it has left. "
)
_PASSAGES = 3


@dataclass(frozen=True, slots=True)
class Bench:
    """loading: seconds. memory: octets of the process at its largest, on a card those of the card; None where unknown.
    free: octets that were free before."""

    model: ModelFile
    runtime: str
    loading: float
    at_once: int
    one: Pace
    together: Pace
    memory: int | None
    free: int | None
    advice: Advice


async def run(settings: Settings, file: ModelFile, seconds: float) -> Bench:
    """Raises SettingsError when nothing loads the model, EngineUnavailable when it fails."""
    chosen = runtime_for(file, settings.local_runtime)
    card = chosen == "transformers" and has_cuda()
    free = _on_card() if card else memory.free()
    engine = LocalEngine(
        file.path,
        file.name,
        runtime=chosen,
        max_tokens=settings.max_new_tokens,
        temperature=settings.temperature,
        timeout=settings.model_timeout,
        at_once=settings.local_at_once,
    )
    try:
        began = time.monotonic()
        runtime = await engine.runtime()
        loading = time.monotonic() - began
        mails, context = _mails(), _context()
        await measure(engine, mails, context, at_once=1, seconds=0)  # compiles what the first mail compiles
        one = await measure(engine, mails, context, at_once=1, seconds=seconds)
        together = await measure(engine, mails, context, at_once=runtime.at_once, seconds=seconds)
        peak = free - _on_card() if card and free is not None else memory.taken()
        advice = advise(together, file, runtime.name, free)
        return Bench(file, runtime.name, loading, runtime.at_once, one, together, peak, free, advice)
    finally:
        await engine.close()


def _on_card() -> int:
    from repondeur.engines.runtimes.torch_loading import on_cards

    return on_cards()


def _mails() -> list[Message]:
    now = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S +0000").encode()
    return [parse(raw.replace(b"{{now}}", now)) for name, raw in samples() if name.startswith(_MAILS)]


def _context() -> Context:
    passages = tuple(
        Passage(f"parcels-{number}", "Parcels", _PASSAGE, "en", "public", "bench") for number in range(_PASSAGES)
    )
    return Context(Address(agent().name, agent().address), passages=passages, calls=1)
