"""What `repondeur check` says of models: each is asked one tiny thing."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

from repondeur.engines.base import Engine
from repondeur.engines.chain import Model
from repondeur.engines.choose import hides, local_file, models
from repondeur.engines.compatible import CompatibleEngine
from repondeur.engines.local import LocalEngine
from repondeur.engines.present import present
from repondeur.engines.prompt import probe
from repondeur.engines.runtimes import memory
from repondeur.engines.runtimes.base import Prompt
from repondeur.errors import RepondeurError
from repondeur.mailboxes.base import Finding
from repondeur.settings.named import model_named
from repondeur.settings.schema import Settings
from repondeur.texts import Param, Reason

WHAT, PLACE = "check.model", "check.model_place"


async def check_models(settings: Settings) -> AsyncIterator[tuple[str, Finding]]:
    """Each model that a mail may be given to, with its name where there are several; and what keeps those of this
    machine from being taken."""
    found = present(settings)
    for error in found.passed_over:
        yield "", Finding(WHAT, "warning", error.reason)
    try:
        every = models(settings, found.name)
    except RepondeurError as error:
        yield "", Finding(WHAT, "failed", error.reason)
        return
    for name, model in every.items():
        if isinstance(model.engine, CompatibleEngine):
            yield name if len(every) > 1 else "", _place(settings, name, model)
        try:
            yield name if len(every) > 1 else "", await _asked(settings, name, model.engine)
        except RepondeurError as error:
            yield name if len(every) > 1 else "", Finding(WHAT, "failed", error.reason)
        finally:
            await model.engine.close()


def _place(settings: Settings, name: str, model: Model) -> Finding:
    """Whether mail for it counts as staying in the house: by its address that may be wrong, as of a proxy."""
    hidden = hides(settings, local=model.local)
    given = model_named(settings, name)
    if not model.local:
        code = "check.model_elsewhere" if hidden else "check.model_elsewhere_open"
    elif hidden:
        code = "check.model_here_hidden"
    else:
        code = "check.model_here" if given and given.local else "check.model_here_by_address"
    return Finding(PLACE, "ok", Reason(code, {"model": model.engine.name}))


async def _asked(settings: Settings, name: str, engine: Engine) -> Finding:
    """The built-in engine needs no asking."""
    if isinstance(engine, LocalEngine):
        return await _local(settings, name, engine)
    if not isinstance(engine, CompatibleEngine):
        return Finding(WHAT, "ok", Reason("check.model_builtin"))
    found = await engine.probe()
    said = {"model": found.model, "server": found.server, "format": found.format}
    if not found.clear:
        return Finding(WHAT, "warning", Reason("check.model_unclear", said))
    return Finding(WHAT, "ok", Reason("check.model_answers", said))


async def _local(settings: Settings, name: str, engine: LocalEngine) -> Finding:
    given = model_named(settings, name)
    path = local_file(settings, given).path if given else Path(name)
    runtime = await engine.runtime()
    began = time.monotonic()
    await runtime.complete(Prompt(probe(), "", max_tokens=8, temperature=0, seconds=settings.model_timeout, seed=0))
    said: dict[str, Param] = {
        "model": engine.name,
        "path": str(path),
        "runtime": runtime.name,
        "at_once": runtime.at_once,
        "seconds": f"{time.monotonic() - began:.1f}",
        "memory": memory.gigabytes(memory.taken() or 0),
    }
    return Finding(WHAT, "ok", Reason("check.model_local", said))
