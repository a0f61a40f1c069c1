"""`repondeur model` and what other commands do with a model on this machine, as someone at a shell meets them."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pytest
from tests.support.agent import Ended
from tests.support.forking import Forks
from tests.support.hub import Hub
from tests.support.models import write

import repondeur as repondeur_package
from repondeur.cli.check_model import check_models
from repondeur.engines.base import Context
from repondeur.engines.builtin import BuiltinEngine
from repondeur.engines.choose import choose, models
from repondeur.engines.present import present
from repondeur.engines.runtimes.bench import Pace, advise, measure
from repondeur.engines.runtimes.files import ModelFile, inspect
from repondeur.engines.runtimes.hub import DEFAULT_FILE, DEFAULT_REPO
from repondeur.engines.runtimes.which import runtime_for
from repondeur.errors import EngineUnavailable, SettingsError
from repondeur.mail.message import Address, Message
from repondeur.mail.parse import parse
from repondeur.policy.analysis import Analysis, Usage
from repondeur.settings.schema import Settings
from repondeur.settings.tables import ModelSettings

NAME = "tiny-Q8_0"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("models") / "tiny", gguf="Q8_0") / "model-Q8_0.gguf"


@pytest.fixture
def gguf(made: Path, tmp_path: Path) -> Path:
    """A model in the models folder of a program that runs in tmp_path."""
    folder = tmp_path / "data" / "models"
    folder.mkdir(parents=True)
    return Path(shutil.copy(made, folder / f"{NAME}.gguf"))


class Program(Protocol):
    def __call__(self, *words: str, **environ: str) -> Ended: ...


@pytest.fixture
def repondeur(tmp_path: Path, forks: Forks) -> Program:
    """The real program in tmp_path, in an environment that holds nothing else."""

    def run(*words: str, **environ: str) -> Ended:
        return forks.run(words, {"HOME": str(tmp_path), "NO_PROXY": "*"} | environ, tmp_path)

    return run


def test_list_says_where_models_lie_and_which_is_taken(repondeur: Program, tmp_path: Path, gguf: Path) -> None:
    (gguf.parent / "cut.gguf").write_bytes(gguf.read_bytes()[:5000])
    shown = repondeur("model", "list", "--json")
    assert shown.code == 0
    broken, whole = json.loads(shown.out)
    assert (broken["name"], broken["taken"]) == ("cut.gguf", False)
    assert "shorter than its header says" in broken["problem"]
    assert {**whole, "free": 0, "needed": 0} == {
        "name": NAME,
        "path": str(gguf),
        "problem": None,
        "taken": True,
        "form": "gguf",
        "architecture": "qwen3",
        "quantisation": "Q8_0",
        "parameters": inspect(gguf).parameters,
        "size": gguf.stat().st_size,
        "context": 4096,
        "runtime": "openvino",
        "needed": 0,
        "free": 0,
        "fits": True,
    }
    french = repondeur("model", "list", LANG="fr_FR.UTF-8").out
    assert "MODEL=auto prend celui-ci" in french


def test_list_without_a_model_says_how_to_get_one(repondeur: Program, tmp_path: Path) -> None:
    shown = repondeur("model", "list")
    assert (shown.code, shown.out) == (0, "")
    assert "repondeur model pull" in shown.err
    assert repondeur("model", "list", "--json").out == "[]\n"


def test_pull_gets_the_default_model(repondeur: Program, tmp_path: Path, made: Path) -> None:
    with Hub({DEFAULT_REPO: {DEFAULT_FILE: made.read_bytes()}}) as hub:
        first = repondeur("model", "pull", HF_ENDPOINT=hub.url)
        second = repondeur("model", "pull", HF_ENDPOINT=hub.url, REPONDEUR_LANGUAGE="fr")
        # Nor is it asked which programs it would like to hear of, as huggingface_hub does by itself.
        assert all(DEFAULT_REPO in path or path.startswith("/store/") for _, path, _ in hub.requests), hub.requests
        assert len(hub.downloads()) == 1
    name = DEFAULT_FILE.removesuffix(".gguf")
    assert first.code == 0, first.err
    assert f"MODEL=local:{name}" in first.out
    assert f"{DEFAULT_FILE}: 0.00 of 0.00 GB" in first.err
    assert (tmp_path / "data" / "models" / DEFAULT_FILE).read_bytes() == made.read_bytes()
    assert second.code == 0
    assert "était déjà là" in second.out


@pytest.mark.parametrize(
    ("args", "environ", "code", "said"),
    [
        (("pull", "no-owner"), {}, 2, "OWNER/NAME"),
        (("pull",), {"HF_ENDPOINT": "http://127.0.0.1:9"}, 1, f"resolve/main/{DEFAULT_FILE} on another machine"),
        (("pull",), {"HF_HUB_OFFLINE": "1"}, 1, "HF_HUB_OFFLINE"),
        (("pull",), {"HF_ENDPOINT": "hub.example"}, 2, "is no address"),
        (("pull",), {"HF_ENDPOINT": "http://[::"}, 2, "is no address"),
        (("pull",), {"HF_ENDPOINT": "http://127.0.0.1:9", "HTTP_PROXY": "::bad", "NO_PROXY": ""}, 2, "is no address"),
        (("bench", "nowhere"), {}, 2, "There is no model at"),
        (("bench", "local:nowhere"), {}, 2, "models/nowhere."),
        (("bench",), {}, 1, "There is no model in"),
        (("bench",), {"MODEL": "local:nowhere"}, 2, "There is no model at"),
    ],
)
def test_what_cannot_be_done(
    repondeur: Program, args: tuple[str, ...], environ: dict[str, str], code: int, said: str
) -> None:
    ended = repondeur("model", *args, **environ)
    assert (ended.code, ended.out) == (code, "")
    assert said in ended.err
    assert "Traceback" not in ended.err


def test_bench_measures_this_machine(repondeur: Program, tmp_path: Path, gguf: Path) -> None:
    ended = repondeur("model", "bench", "--json", "--seconds", "0", MAX_NEW_TOKENS="60", LOCAL_AT_ONCE="3")
    assert ended.code == 0, ended.err
    found = json.loads(ended.out)
    assert (found["model"], found["runtime"], found["at_once"]) == (NAME, "openvino", 3)
    for kind in ("one", "together"):
        assert found[kind]["mails_per_minute"] > 0
        assert found[kind]["tokens_per_second"] > 0
    assert 50_000_000 < found["memory"] < 2_000_000_000
    assert found["advised"]["runtime"] == "openvino"


QUESTION = (
    b"From: a@example.org\nTo: us@example.org\nSubject: Hours\nMessage-ID: <1@example.org>\n\nWhen are you open?\n"
)


def test_explain_takes_the_model_that_is_there(repondeur: Program, tmp_path: Path, gguf: Path) -> None:
    (tmp_path / "mail.eml").write_bytes(QUESTION)
    ended = repondeur("explain", "--json", "mail.eml", MAX_NEW_TOKENS="120")
    found = json.loads(ended.out)
    assert found["analysis"]["engine"] == f"local:{NAME}", ended.err
    broken = repondeur("explain", "--json", "mail.eml", MODEL="local:nowhere")
    assert broken.code == 2


# -- settings to models


def settings(tmp_path: Path, **more: Any) -> Settings:
    return Settings(data_dir=tmp_path / "data", **more)


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({}, f"local:{NAME}"),
        ({"model": f"local:{NAME}"}, f"local:{NAME}"),
        ({"model": f"local:{NAME}.gguf"}, f"local:{NAME}"),
        ({"openai_api_key": "k"}, "openai:gpt-4o-mini"),
        ({"openai_base_url": "http://127.0.0.1:9/v1"}, "openai:gpt-4o-mini"),
        ({"model": "builtin"}, "builtin"),
        ({"model_dir": Path("nowhere")}, "builtin"),
        ({"sensitive_mail": "local"}, f"local:{NAME}"),
        ({"model_daily_spend": 1}, f"local:{NAME}"),
    ],
)
def test_what_auto_means(tmp_path: Path, gguf: Path, more: dict[str, Any], name: str) -> None:
    assert choose(settings(tmp_path, **more)).name == name


def test_a_model_of_a_table_stays_here_and_costs_nothing(tmp_path: Path, gguf: Path) -> None:
    table = ModelSettings.model_validate(
        {"name": "house", "provider": "local", "model": str(gguf), "max_new_tokens": 9}
    )
    given = settings(tmp_path, model="house", model_fallback=("builtin",)).model_copy(update={"models": (table,)})
    found = models(given, "builtin")["house"]
    assert (found.engine.name, found.local, found.free) == (f"local:{NAME}", True, True)


def test_the_first_that_can_be_used_is_taken(tmp_path: Path, gguf: Path) -> None:
    shutil.copy(gguf, gguf.parent / "Alpha.gguf")
    (gguf.parent / "aa.gguf").write_bytes(gguf.read_bytes()[:-100])
    found = present(settings(tmp_path))
    assert found.name == "local:Alpha"
    assert [error.reason.code for error in found.passed_over] == ["model.truncated"]


def without(tmp_path: Path, *packages: str) -> dict[str, str]:
    """An environment in which these packages are not installed. For `python -S`, which knows no others."""
    site = tmp_path / "site"
    site.mkdir()
    for one in Path(sysconfig.get_paths()["purelib"]).iterdir():
        if one.name.partition("-")[0] not in packages:
            (site / one.name).symlink_to(one)
    found = os.pathsep.join((str(site), str(Path(repondeur_package.__file__).parent.parent)))
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONUTF8": "1", "PYTHONPATH": found}


def test_a_model_that_nothing_installed_runs(tmp_path: Path, gguf: Path) -> None:
    (tmp_path / "mail.eml").write_bytes(QUESTION)
    environ = without(tmp_path, "openvino_genai")

    def explain(**more: str) -> "subprocess.CompletedProcess[str]":
        command = (sys.executable, "-S", "-m", "repondeur", "explain", "--json", "mail.eml")
        return subprocess.run(
            command, cwd=tmp_path, env=environ | more, capture_output=True, text=True, timeout=120, check=False
        )

    auto = explain()
    assert json.loads(auto.stdout)["analysis"]["engine"] == "builtin"
    assert auto.stderr.count("pip install 'repondeur[local]'") == 1, auto.stderr
    named = explain(MODEL=f"local:{NAME}")
    assert named.returncode == 2
    assert "pip install 'repondeur[local]'" in named.stderr


def test_a_runtime_that_was_asked_for(tmp_path: Path, gguf: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        choose(settings(tmp_path, model=f"local:{NAME}", local_runtime="transformers"))
    assert caught.value.reason.code == "model.not_for_transformers"
    folder = inspect(write(tmp_path / "folder"))
    with pytest.raises(SettingsError) as caught:
        runtime_for(folder, "openvino")
    assert caught.value.reason.code == "model.not_for_openvino"


async def test_check_asks_the_model_once(tmp_path: Path, gguf: Path) -> None:
    (gguf.parent / "broken.gguf").write_bytes(b"GGUF")
    [(_, warned), (_, asked)] = [one async for one in check_models(settings(tmp_path))]
    assert (warned.status, warned.reason.code) == ("warning", "model.truncated")
    assert (asked.status, asked.reason.code) == ("ok", "check.model_local")
    assert asked.reason.params["path"] == str(gguf)
    assert asked.reason.params["runtime"] == "openvino"
    [(_, failed)] = [one async for one in check_models(settings(tmp_path, model="local:broken"))]
    assert (failed.status, failed.reason.code) == ("failed", "model.truncated")


# -- measuring


class Stuck(BuiltinEngine):
    """Answers the first mails, and then none, or fails."""

    def __init__(self, answered: int, error: EngineUnavailable | None = None) -> None:
        super().__init__()
        self.left, self.error = answered, error

    async def analyse(self, message: Message, context: Context) -> Analysis:
        self.left -= 1
        if self.left < 0:
            if self.error is not None:
                raise self.error
            await asyncio.Event().wait()
        found = await super().analyse(message, context)
        return replace(found, usage=Usage(calls=1, output_tokens=7))


MAIL, CONTEXT = parse(QUESTION), Context(Address("", "us@example.org"))


async def test_a_measurement_ends_even_when_the_model_does_not() -> None:
    pace = await measure(Stuck(5), [MAIL], CONTEXT, at_once=3, seconds=60, most=0.2)
    assert (pace.mails, pace.tokens) == (5, 35)
    assert pace.per_minute > 0
    assert (await measure(Stuck(0), [MAIL], CONTEXT, at_once=3, seconds=60, most=0.1)).per_minute == 0


async def test_mails_that_are_not_done_in_time_do_not_count() -> None:
    late = Stuck(2, EngineUnavailable("engine.local_timeout"))
    assert (await measure(late, [MAIL], CONTEXT, at_once=4, seconds=0)).mails == 2
    broken = Stuck(2, EngineUnavailable("engine.local_failed", problem="x"))
    with pytest.raises(EngineUnavailable):
        await measure(broken, [MAIL], CONTEXT, at_once=4, seconds=0)


# -- advice

MODEL = ModelFile(Path("m"), "m", "gguf", "qwen3", 600_000_000, 640_000_000, 40960, "Q8_0")


@pytest.mark.parametrize(
    ("per_minute", "runtime", "have", "pull"),
    [
        (25, "openvino", 32_000_000_000, "Qwen/Qwen3-1.7B-GGUF:Qwen3-1.7B-Q8_0.gguf"),
        (25, "openvino", 4_000_000_000, "Qwen/Qwen3-0.6B-GGUF:Qwen3-0.6B-Q8_0.gguf"),
        (2, "openvino", 32_000_000_000, "Qwen/Qwen3-0.6B-GGUF:Qwen3-0.6B-Q8_0.gguf"),
        (100, "openvino", None, "Qwen/Qwen3-8B-GGUF:Qwen3-8B-Q4_K_M.gguf"),
        (1000, "transformers", 80_000_000_000, "Qwen/Qwen3-14B"),
    ],
)
def test_the_largest_that_fits_and_is_quick_enough(
    per_minute: float, runtime: str, have: int | None, pull: str
) -> None:
    found = advise(Pace(int(per_minute), 60, 0), MODEL, runtime, have)
    assert found.model.pull == pull


def test_a_model_that_does_not_tell_its_parameters_is_compared_by_its_size() -> None:
    folder = replace(MODEL, form="openvino", parameters=0, size=600_000_000)
    found = advise(Pace(20, 60, 0), folder, "openvino", 32_000_000_000)
    assert found.model.pull == "Qwen/Qwen3-1.7B-GGUF:Qwen3-1.7B-Q8_0.gguf"
    assert 5 < found.per_minute < 12
