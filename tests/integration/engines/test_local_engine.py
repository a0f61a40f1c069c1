"""The local engine with a model of random weights, through openvino-genai itself."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.support.analysing import context, mail, passage
from tests.support.models import TEMPLATE
from tests.support.needs import missing

from repondeur.engines import prompt
from repondeur.engines.local import LocalEngine
from repondeur.engines.runtimes import grammar, openvino
from repondeur.engines.runtimes.base import Prompt
from repondeur.engines.runtimes.files import inspect
from repondeur.errors import EngineAnswerInvalid, EngineUnavailable

if find_spec("openvino_genai") is None:
    missing("openvino-genai is not installed (the extra local)")

SCHEMA = prompt.schema(["question", "other"])
PATTERN = grammar.pattern(SCHEMA)
FOR_LONG = 2000  # tokens: far more than any test waits for
ENDLESS = f"[a-z]{{{FOR_LONG}}}"


@pytest.fixture
def gguf(tiny_model: Path) -> Path:
    return tiny_model / "model-F16.gguf"


@pytest.fixture
async def runtime(gguf: Path) -> AsyncIterator[openvino.OpenVinoRuntime]:
    loaded = await openvino.load(inspect(gguf))
    yield loaded
    await loaded.close()


@pytest.fixture
async def engine(gguf: Path) -> AsyncIterator[LocalEngine]:
    made = LocalEngine(gguf, "tiny", runtime="openvino", max_tokens=600)
    yield made
    await made.close()


def ask(text: str = "Hello", *, pattern: str = PATTERN, max_tokens: int = 60, **more: object) -> Prompt:
    fields = {"temperature": 0.7, "seconds": 60.0, "seed": 1} | more
    return Prompt([{"role": "user", "content": text}], pattern, max_tokens, **fields)  # type: ignore[arg-type]


async def test_every_answer_is_the_object_asked_for_even_from_random_weights(engine):
    told = context(passage("returns", "Returns", "A parcel may come back within thirty days."))
    found = await asyncio.gather(*(engine.analyse(mail(f"Where is parcel {number}?"), told) for number in range(8)))
    assert all(one.missing == () and one.dropped == () for one in found)
    assert {one.engine for one in found} == {"local:tiny"}
    assert all(one.usage.calls == 1 and one.usage.cost == 0 and one.usage.input_tokens > 1000 for one in found)
    assert all(0 < one.usage.output_tokens <= 600 for one in found)
    # What had to be ended by us goes to a person.
    assert all(one.needs_human for one in found)
    assert all(set(one.passages) <= {"kb:returns"} for one in found)


async def test_the_same_seed_says_the_same_and_another_one_does_not(runtime):
    same = [await runtime.complete(ask(seed=5)) for _ in range(2)]
    assert same[0].text == same[1].text
    assert (await runtime.complete(ask(seed=6))).text != same[0].text


async def test_an_answer_goes_on_where_it_was_begun(runtime):
    first = await runtime.complete(ask())
    assert not first.finished
    rest = grammar.rest(first.text, SCHEMA)
    second = await runtime.complete(ask(pattern=rest.pattern, begun=rest.kept, max_tokens=400))
    assert second.finished
    assert list(json.loads(rest.kept + second.text)) == list(SCHEMA["properties"])


def with_template(gguf: Path, file: Path, template: str) -> Path:
    """The same model with another chat template, filled up so that nothing behind it moves."""
    before = TEMPLATE.encode()
    assert len(template) + 4 <= len(before)
    filled = template + "{#" + " " * (len(before) - len(template) - 4) + "#}"
    file.write_bytes(gguf.read_bytes().replace(before, filled.encode()))
    return file


async def test_a_template_that_refuses_whatever_it_is_given_is_said_so(gguf, tmp_path):
    never = with_template(gguf, tmp_path / "never.gguf", "{{ raise_exception('no') }}")
    engine = LocalEngine(never, "never", runtime="openvino")
    with pytest.raises(EngineUnavailable) as caught:
        await engine.analyse(mail(), context())
    assert caught.value.reason.code == "engine.local_template"
    await engine.close()


async def in_a_program_of_its_own(program: str, home: Path) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        program,
        env={"HOME": str(home), "PATH": os.environ["PATH"]},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 180)
    assert process.returncode == 0, err
    return out.decode().strip()


async def test_nobody_is_told_that_the_library_is_used(gguf, tmp_path):
    """openvino has a package with it that tells Google Analytics, and writes down under which number."""
    program = f"""
import asyncio, sys
from pathlib import Path
from repondeur.engines.runtimes import files, openvino
asyncio.run(openvino.load(files.inspect(Path({str(gguf)!r}))))
print([name for name, module in sys.modules.items() if name.startswith("openvino_telemetry") and module])
"""
    assert await in_a_program_of_its_own(program, tmp_path) == "[]"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="the limit and the figure are of Linux")
async def test_a_process_that_gets_no_more_memory_says_so(gguf, tmp_path):
    program = f"""
import asyncio, resource
from pathlib import Path
from repondeur.engines.runtimes import files, openvino_loading
from repondeur.errors import SettingsError
openvino_loading.keep_quiet()
import openvino_genai
model = files.inspect(Path({str(gguf)!r}))
taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + 200 * 1024 * 1024,) * 2)
try:
    openvino_loading.pipeline_of(model, openvino_loading.sizes_for(model, 16, None))
except SettingsError as error:
    print(error.reason.code)
"""
    assert await in_a_program_of_its_own(program, tmp_path) == "model.memory_ran_out"


async def test_its_own_tokens_are_counted(runtime):
    assert runtime.count("") == 0
    assert runtime.count("é") == 2
    assert runtime.count("<|im_start|>") == 1
    assert runtime.context == 4096


async def test_more_than_are_worked_at_once_are_all_answered(runtime):
    assert runtime.at_once == 16
    found = await asyncio.gather(*(runtime.complete(ask(f"Hello {number}")) for number in range(40)))
    assert all(one.usage.output_tokens == 60 for one in found)


async def test_a_question_whose_time_is_over_ends_and_the_others_do_not(runtime):
    other = asyncio.create_task(runtime.complete(ask("Other")))
    with pytest.raises(EngineUnavailable) as caught:
        await runtime.complete(ask(max_tokens=FOR_LONG, pattern=ENDLESS, seconds=0.001))
    assert caught.value.reason.code == "engine.local_timeout"
    assert (await other).usage.output_tokens == 60


async def test_a_question_that_nobody_waits_for_makes_room(gguf):
    runtime = await openvino.load(inspect(gguf), at_once=1)
    endless = asyncio.create_task(runtime.complete(ask(max_tokens=FOR_LONG, pattern=ENDLESS)))
    await asyncio.sleep(0)
    waiting = asyncio.create_task(runtime.complete(ask("Next")))
    endless.cancel()
    assert (await waiting).usage.output_tokens == 60
    with pytest.raises(asyncio.CancelledError):
        await endless
    await runtime.close()


async def test_when_it_fails_all_who_wait_are_told_and_the_next_question_is_answered(runtime):
    others = [
        asyncio.create_task(runtime.complete(ask(str(n), max_tokens=FOR_LONG, pattern=ENDLESS))) for n in range(3)
    ]
    await runtime.complete(ask("they are worked by now"))
    with pytest.raises(EngineUnavailable) as caught:
        await runtime.complete(ask(pattern="("))
    assert caught.value.reason.code == "engine.local_failed"
    for other in others:
        with pytest.raises(EngineUnavailable):
            await other
    assert (await runtime.complete(ask())).usage.output_tokens == 60


async def test_closing_ends_what_is_in_hand_and_what_waits(gguf):
    runtime = await openvino.load(inspect(gguf))
    asked = [
        asyncio.create_task(runtime.complete(ask(str(n), max_tokens=FOR_LONG, pattern=ENDLESS))) for n in range(40)
    ]
    await runtime.complete(ask())
    await asyncio.wait_for(runtime.close(), 30)
    ended = await asyncio.gather(*asked, return_exceptions=True)
    assert {one.reason.code for one in ended if isinstance(one, EngineUnavailable)} == {"engine.local_closed"}
    assert all(isinstance(one, EngineUnavailable) for one in ended)
    with pytest.raises(EngineUnavailable):
        await runtime.complete(ask())
    await runtime.close()


async def test_a_mail_longer_than_the_context_is_cut_before_it_is_asked(engine):
    told = context(passage("returns", "Returns", "A parcel may come back. " * 30))
    found = await engine.analyse(mail("Où est mon colis ? Je l’attends. " * 2000), told)
    assert 3000 < found.usage.input_tokens <= 4096 - 600
    assert found.missing == ()


async def test_a_model_that_is_too_small_for_the_question_says_so(gguf):
    engine = LocalEngine(gguf, "tiny", runtime="openvino", max_tokens=3500)
    with pytest.raises(EngineAnswerInvalid) as caught:
        await engine.analyse(mail(), context())
    assert caught.value.reason.code == "engine.local_context"
    await engine.close()


@pytest.mark.parametrize("kept", [0, 20, 5000, -1])
async def test_a_file_that_was_cut_is_refused_and_read_again_with_the_next_mail(gguf, tmp_path, kept):
    whole = gguf.read_bytes()
    file = tmp_path / "cut.gguf"
    file.write_bytes(whole[:kept])
    engine = LocalEngine(file, "cut", runtime="openvino", max_tokens=600)
    with pytest.raises(EngineUnavailable) as caught:
        await engine.analyse(mail(), context())
    assert caught.value.reason.code.startswith("model.")
    shutil.copy(gguf, file)
    assert (await engine.analyse(mail(), context())).missing == ()
    await engine.close()


async def test_a_file_that_is_not_there_is_said_so(tmp_path):
    engine = LocalEngine(tmp_path / "none.gguf", "none")
    with pytest.raises(EngineUnavailable) as caught:
        await engine.analyse(mail(), context())
    assert caught.value.reason.code == "model.missing"
    await engine.close()


async def test_before_it_is_loaded_it_tells_how_many_mails_it_will_work(gguf):
    assert LocalEngine(gguf, "tiny", runtime="openvino").at_once == 16
    assert LocalEngine(gguf, "tiny", at_once=3).at_once == 3


async def test_the_event_loop_stays_free_while_it_works(engine):
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0)
            ticks += 1

    ticking = asyncio.create_task(tick())
    await engine.analyse(mail(), context())
    ticking.cancel()
    assert ticks > 500


async def test_a_program_that_ends_with_questions_in_hand_ends(gguf):
    """Without closing anything, as a program does that fails."""
    program = f"""
import asyncio
from pathlib import Path
from repondeur.engines.runtimes import files, openvino
from repondeur.engines.runtimes.base import Prompt
async def main():
    runtime = await openvino.load(files.inspect(Path({str(gguf)!r})))
    said = [{{"role": "user", "content": "x"}}]
    asyncio.create_task(runtime.complete(Prompt(said, {ENDLESS!r}, {FOR_LONG}, 0.7, 60.0, 1)))
    await runtime.complete(Prompt(said, "", 5, 0.7, 60.0, 1))
    print("asked", flush=True)
asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = await asyncio.wait_for(process.communicate(), 180)
    assert out == b"asked\n", err
    assert process.returncode == 0, err
