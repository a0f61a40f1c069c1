"""`repondeur model`: the models on this machine."""

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from repondeur.cli import output, start
from repondeur.cli.frame import App
from repondeur.cli.model_bench import Bench, run
from repondeur.engines.present import present
from repondeur.engines.runtimes import memory
from repondeur.engines.runtimes.files import ModelFile, find, inspect, locate
from repondeur.engines.runtimes.hub import pull as pull_from_hub
from repondeur.engines.runtimes.hub import wanted
from repondeur.engines.runtimes.which import runtime_for
from repondeur.errors import RepondeurError, SettingsError
from repondeur.settings.schema import Settings
from repondeur.texts import Reason, render

_LOCAL: Final = "local:"  # before the name, as MODEL has it

app = App()


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    settings = start.settings()
    start.without_logs(settings)
    auto = present(settings.model_copy(update={"model": "auto"})).name
    have = memory.free()
    shown = [_shown(settings, one, have, auto) for one in find(settings.models_folder)]
    if as_json:
        output.write_json(shown)
        return
    if not shown:
        output.complain_of(Reason("model.none_here", {"folder": str(settings.models_folder)}))
        return
    headings = [output.heading(f"model.{name}") for name in ("name", "form", "size", "runtime", "memory", "note")]
    output.write_table(headings, [_row(one) for one in shown])


@app.command()
def pull(
    model: Annotated[str, typer.Argument()] = "",
) -> None:
    settings = start.settings()
    found = pull_from_hub(wanted(model), settings.models_folder, _progress)
    said = {"name": found.model.name, "path": str(found.model.path)}
    output.say("model.pulled" if found.fresh else "model.pulled_already", **said)
    runtime_for(found.model, settings.local_runtime)
    output.say("model.to_use", name=found.model.name)


@app.command()
def bench(
    name: Annotated[str, typer.Argument()] = "",
    as_json: Annotated[bool, typer.Option("--json")] = False,
    seconds: Annotated[float, typer.Option(min=0, max=3600)] = 20,
) -> None:
    settings = start.settings()
    start.without_logs(settings)
    file = _chosen(settings, name)
    found = asyncio.run(run(settings, file, seconds))
    if as_json:
        output.write_json(_measured(found))
        return
    for code in ("bench_model", "bench_one", "bench_together", "bench_memory", "bench_advice"):
        output.say(f"model.{code}", **_told(found))


def _chosen(settings: Settings, name: str) -> ModelFile:
    """Raises SettingsError for a name that leads to no model; RepondeurError when there is none to choose."""
    if not name and settings.model.startswith(_LOCAL):
        name = settings.model
    if name:
        return inspect(locate(name.removeprefix(_LOCAL), settings.models_folder))
    # What is in use may be a server; the first model of this machine is meant then all the same.
    here = settings.model_copy(update={"model": "auto", "openai_api_key": None, "openai_base_url": ""})
    found = present(here)
    if found.name.startswith(_LOCAL):
        return inspect(locate(found.name.removeprefix(_LOCAL), settings.models_folder))
    if found.passed_over:
        raise found.passed_over[0]
    raise RepondeurError("model.none_here", folder=str(settings.models_folder))


def _shown(settings: Settings, found: ModelFile | SettingsError, have: int | None, auto: str) -> dict[str, Any]:
    """problem: why it cannot be used, null when it can."""
    if isinstance(found, SettingsError):
        path = str(found.reason.params.get("path", ""))
        name = Path(path).name
        return {"name": name, "path": path, "problem": render(found.reason, output.language()), "taken": False}
    problem: Reason | None = None
    runtime = None
    try:
        runtime = runtime_for(found, settings.local_runtime)
    except SettingsError as error:
        problem = error.reason
    need = memory.needed(found, runtime or "openvino", settings.local_at_once or 1)
    return {
        "name": found.name,
        "path": str(found.path),
        "problem": render(problem, output.language()) if problem else None,
        "taken": auto == f"{_LOCAL}{found.name}",
        "form": found.form,
        "architecture": found.architecture,
        "quantisation": found.quantisation,
        "parameters": found.parameters,
        "size": found.size,
        "context": found.context,
        "runtime": runtime,
        "needed": need,
        "free": have,
        "fits": None if have is None else need <= have,
    }


def _row(one: dict[str, Any]) -> list[str]:
    note = one["problem"] or (output.heading("model.taken") if one["taken"] else "")
    if "form" not in one:
        return [one["name"], "", "", "", "", note]
    code = {True: "model.fits", False: "model.fits_not", None: "model.fits_unknown"}[one["fits"]]
    sizes = {"needed": memory.gigabytes(one["needed"]), "free": memory.gigabytes(one["free"] or 0)}
    form = " ".join(part for part in (one["form"], one["architecture"], one["quantisation"]) if part)
    fits = render(Reason(code, sizes), output.language())
    return [one["name"], form, memory.gigabytes(one["size"]), one["runtime"] or "", fits, note]


def _progress(file: str) -> Callable[[int, int], None]:
    """On stderr: one line that changes on a terminal, else a line for each tenth."""
    terminal = sys.stderr.isatty()
    last = [-1.0]

    def tell(done: int, total: int) -> None:
        moment = time.monotonic() * 4 if terminal else done * 10 // max(total, 1)
        if done < total and moment - last[0] < 1:
            return
        last[0] = moment
        sizes = {"file": file, "done": f"{done / 1e9:.2f}", "total": f"{total / 1e9:.2f}"}
        line = output.safe(render(Reason("model.pulling", sizes), output.language()))
        typer.echo(f"\r\x1b[K{line}" if terminal else line, err=True, nl=not terminal or done == total)

    return tell


def _measured(found: Bench) -> dict[str, Any]:
    return {
        "model": found.model.name,
        "path": str(found.model.path),
        "runtime": found.runtime,
        "load_seconds": round(found.loading, 2),
        "at_once": found.at_once,
        "one": {
            "mails_per_minute": round(found.one.per_minute, 2),
            "tokens_per_second": round(found.one.tokens_per_second, 1),
        },
        "together": {
            "mails_per_minute": round(found.together.per_minute, 2),
            "tokens_per_second": round(found.together.tokens_per_second, 1),
        },
        "memory": found.memory,
        "free": found.free,
        "advised": {
            "model": found.advice.model.pull,
            "runtime": found.advice.model.runtime,
            "mails_per_minute": round(found.advice.per_minute, 1),
        },
    }


def _told(found: Bench) -> dict[str, str | int]:
    return {
        "name": found.model.name,
        "form": " ".join(part for part in (found.model.form, found.model.quantisation) if part),
        "runtime": found.runtime,
        "loading": f"{found.loading:.1f}",
        "at_once": found.at_once,
        "one": f"{found.one.per_minute:.1f}",
        "one_tokens": f"{found.one.tokens_per_second:.0f}",
        "together": f"{found.together.per_minute:.1f}",
        "together_tokens": f"{found.together.tokens_per_second:.0f}",
        "memory": memory.gigabytes(found.memory or 0),
        "free": memory.gigabytes(found.free or 0),
        "advised": found.advice.model.pull,
        "advised_runtime": found.advice.model.runtime,
        "expected": f"{found.advice.per_minute:.0f}",
    }
