"""Which of the models on this machine MODEL=auto means."""

from dataclasses import dataclass

import structlog

from repondeur.engines.runtimes.files import find
from repondeur.engines.runtimes.which import runtime_for
from repondeur.errors import SettingsError
from repondeur.settings.named import BUILTIN, has_openai
from repondeur.settings.schema import Settings

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Present:
    """name: "local:NAME", or "builtin" where there is no model that can be used. passed_over: why others before it
    cannot."""

    name: str
    passed_over: tuple[SettingsError, ...] = ()


def present(settings: Settings) -> Present:
    """The first model of the models folder, in the order of names, that is whole and that an installed runtime loads.

    The folder is not looked at where nothing says auto, or where auto means a server.
    """
    said = (settings.model, *settings.model_fallback, *(name for one in settings.model_choice for name in one.use))
    if "auto" not in said or has_openai(settings):
        return Present(BUILTIN)
    over: list[SettingsError] = []
    for found in find(settings.models_folder):
        if isinstance(found, SettingsError):
            over.append(found)
            continue
        try:
            runtime_for(found, settings.local_runtime)
        except SettingsError as error:
            over.append(error)
        else:
            return Present(f"local:{found.name}", tuple(over))
    return Present(BUILTIN, tuple(over))


def tell(found: Present) -> None:
    """Once, in the log: which model is taken, and what stands in the way of others."""
    for error in found.passed_over:
        _log.warning("model.not_used", reason=str(error), advice=error.hint())
    if found.name != BUILTIN:
        _log.info("model.found", model=found.name)
