"""The transformers runtime on a tiny model with random weights: real loading, real batches, real grammar."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.support.models import write

from repondeur.engines.prompt import schema
from repondeur.engines.runtimes.base import Completed, Prompt
from repondeur.engines.runtimes.files import inspect
from repondeur.engines.runtimes.grammar import pattern
from repondeur.engines.runtimes.which import installed
from repondeur.errors import EngineUnavailable, SettingsError
from repondeur.settings.tables import DEFAULT_INTENTS

SHORT = r'\{"a": "([^"\\\x00-\x1f]|\\["\\n]){0,9}"\}'
ENDLESS = 3000  # tokens


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not installed("transformers"):
        # Not even in CI is it an error: `.ci/run` tells when it could not have it.
        pytest.skip("torch and accelerate are not installed (pip install 'repondeur[gpu]')")
    import torch

    torch.set_num_threads(1)  # so small a model is slower with more, most of all where other tests run beside it
    return write(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture
async def runtime(folder: Path) -> AsyncIterator[Any]:
    from repondeur.engines.runtimes.torch import load

    loaded = await load(inspect(folder), at_once=4)
    yield loaded
    await loaded.close()


def asks(text: str = "Where is my parcel?", **more: Any) -> Prompt:
    messages = [{"role": "system", "content": "Answer."}, {"role": "user", "content": text}]
    return replace(Prompt(messages, SHORT, max_tokens=80, temperature=0.7, seconds=60, seed=1), **more)


async def test_every_answer_keeps_to_the_pattern(runtime: Any) -> None:
    answers = await asyncio.gather(*(runtime.complete(asks(f"Question {n}", seed=n)) for n in range(6)))
    assert len({answer.text for answer in answers}) > 2, "seeds make a difference"
    for answer in answers:
        assert answer.finished
        assert set(json.loads(answer.text)) == {"a"}
        assert 0 < answer.usage.output_tokens <= 80
        assert answer.usage.calls == 1
        assert answer.usage.input_tokens > len("Answer.Question 1")


async def test_the_schema_of_an_analysis_is_taken(runtime: Any) -> None:
    shape = pattern(schema(DEFAULT_INTENTS))
    await runtime.prepare(shape)
    answer = await runtime.complete(asks(pattern=shape, max_tokens=60))
    assert answer.text.startswith('{"intent": "')


async def test_an_answer_does_not_depend_on_which_others_are_worked_with_it(folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from repondeur.engines.runtimes.torch import TransformersRuntime

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    runtime = TransformersRuntime(model, AutoTokenizer.from_pretrained(folder), at_once=4)
    alone = await runtime.complete(asks("short", seed=5))
    likeliest = await runtime.complete(asks("short", temperature=0))
    together = await asyncio.gather(
        runtime.complete(asks("a much longer question than the other one, so that it is padded")),
        runtime.complete(asks("short", seed=5)),
        runtime.complete(asks("short", temperature=0, seed=8)),
    )
    await runtime.close()
    assert [one.text for one in together[1:]] == [alone.text, likeliest.text]


async def test_an_answer_that_is_begun_is_gone_on_with(runtime: Any) -> None:
    answer = await runtime.complete(asks(begun='{"a": "So', pattern=r'[a-z]{3}"\}'))
    assert re.fullmatch(r'[a-z]{3}"\}', answer.text)


async def test_each_ends_at_its_own_number_of_tokens(runtime: Any) -> None:
    free = [runtime.complete(asks(pattern="", max_tokens=most, seed=most)) for most in (1, 5, 40)]
    answers: list[Completed] = await asyncio.gather(*free)
    for most, answer in zip((1, 5, 40), answers, strict=True):
        assert answer.usage.output_tokens <= most
        assert answer.finished == (answer.usage.output_tokens < most)


async def test_time_is_counted_for_each(runtime: Any) -> None:
    slow = runtime.complete(asks(pattern="[a-z]{4000}", max_tokens=ENDLESS, seconds=0.05))
    with pytest.raises(EngineUnavailable) as caught:
        await slow
    assert caught.value.reason.code == "engine.local_timeout"
    assert caught.value.usage is not None
    assert 0 < caught.value.usage.output_tokens < ENDLESS


async def test_who_is_cancelled_frees_the_place_at_once(runtime: Any) -> None:
    begun = [asyncio.create_task(runtime.complete(asks(pattern="[a-z]{4000}", max_tokens=ENDLESS))) for _ in range(4)]
    behind = asyncio.create_task(runtime.complete(asks("behind them", max_tokens=3)))
    await asyncio.sleep(0.2)
    for task in begun:
        task.cancel()
    # 3,000 tokens would take far longer than the test may.
    answer = await asyncio.wait_for(behind, 20)
    assert answer.usage.output_tokens == 3


async def test_closing_ends_what_is_in_hand_and_what_waits(folder: Path) -> None:
    from repondeur.engines.runtimes.torch import load

    runtime = await load(inspect(folder), at_once=1)
    tasks = [asyncio.create_task(runtime.complete(asks(pattern="[a-z]{4000}", max_tokens=ENDLESS))) for _ in range(3)]
    await asyncio.sleep(0.2)
    await asyncio.wait_for(runtime.close(), 60)
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    assert [str(end) for end in ends] == [str(EngineUnavailable("engine.local_closed"))] * 3
    await runtime.close()
    with pytest.raises(EngineUnavailable):
        await runtime.complete(asks())


class SmallCard:
    """A model on a card with room for two questions."""

    def __init__(self, model: Any, room: int) -> None:
        self._model, self._room, self.batches = model, room, list[int]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def generate(self, input_ids: Any, **more: Any) -> Any:
        import torch

        self.batches.append(len(input_ids))
        if len(input_ids) > self._room:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return self._model.generate(input_ids=input_ids, **more)


@pytest.mark.parametrize(("room", "at_once"), [(2, 2), (1, 1)])
async def test_a_batch_that_does_not_fit_is_halved(folder: Path, room: int, at_once: int) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from repondeur.engines.runtimes.torch import TransformersRuntime

    model = SmallCard(AutoModelForCausalLM.from_pretrained(folder).eval(), room)
    runtime = TransformersRuntime(model, AutoTokenizer.from_pretrained(folder), at_once=4)
    answers = await asyncio.gather(*(runtime.complete(asks(seed=n, max_tokens=40)) for n in range(6)))
    assert all(json.loads(answer.text) for answer in answers)
    assert runtime.at_once == at_once
    assert max(model.batches[-3:]) <= room, "it has learnt"
    await runtime.close()


async def test_one_that_does_not_fit_alone_fails_by_itself(folder: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from repondeur.engines.runtimes.torch import TransformersRuntime

    model = SmallCard(AutoModelForCausalLM.from_pretrained(folder).eval(), 0)
    runtime = TransformersRuntime(model, AutoTokenizer.from_pretrained(folder), at_once=4)
    with pytest.raises(EngineUnavailable) as caught:
        await runtime.complete(asks())
    assert caught.value.reason.params["problem"] == "memory"
    await runtime.close()


async def test_a_pattern_that_is_none(runtime: Any) -> None:
    with pytest.raises(EngineUnavailable) as caught:
        await runtime.complete(asks(pattern="(unclosed"))
    assert caught.value.reason.code == "engine.local_failed"
    assert (await runtime.complete(asks())).finished, "and the next question is answered"


def template(folder: Path, text: str) -> None:
    (folder / "chat_template.jinja").unlink(missing_ok=True)
    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"chat_template": text}))


NO_SYSTEM = (
    "{%- if messages[0].role == 'system' %}{{- raise_exception('System role not supported') }}{%- endif %}"
    "{%- for message in messages %}{{- message.role + ': ' + message.content + '\\n' }}{%- endfor %}"
)


async def test_templates_that_know_no_thinking_or_no_system_message(folder: Path, tmp_path: Path) -> None:
    from repondeur.engines.runtimes.torch import load

    other = write(tmp_path / "gemma")
    template(other, NO_SYSTEM)
    runtime = await load(inspect(other))
    answer = await runtime.complete(asks())
    assert answer.usage.input_tokens == runtime.count("user: Answer.\n\nWhere is my parcel?\n")
    await runtime.close()


@pytest.mark.parametrize(
    "config", [{"model_type": "nobody-knows"}, {"hidden_size": 72}, {"num_attention_heads": "many"}]
)
async def test_what_cannot_be_loaded_is_a_matter_of_the_settings(
    folder: Path, tmp_path: Path, config: dict[str, Any]
) -> None:
    from repondeur.engines.runtimes.torch import load

    broken = write(tmp_path / "broken")
    path = broken / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | config))
    with pytest.raises(SettingsError) as caught:
        await load(inspect(broken))
    assert caught.value.reason.code == "model.cannot_load"


async def test_code_that_comes_with_a_model_is_not_run(folder: Path, tmp_path: Path) -> None:
    from repondeur.engines.runtimes.torch import load

    own = write(tmp_path / "own")
    mark = tmp_path / "ran"
    (own / "modeling_own.py").write_text(f"open({str(mark)!r}, 'w')\n")
    path = own / "config.json"
    more = {
        "model_type": "own",
        "auto_map": {"AutoModelForCausalLM": "modeling_own.Own", "AutoConfig": "modeling_own.C"},
    }
    path.write_text(json.dumps(json.loads(path.read_text()) | more))
    with pytest.raises(SettingsError):
        await load(inspect(own))
    assert not mark.exists()
