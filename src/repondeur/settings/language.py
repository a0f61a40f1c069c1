"""The language people are spoken to in, as long as no setting says it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from repondeur.texts import LANGUAGES, Language

_VARIABLE: Final = "REPONDEUR_LANGUAGE"
_CONFIG: Final = "REPONDEUR_CONFIG"


@dataclass(frozen=True, slots=True)
class Spoken:
    """variable: which variable said so."""

    language: Language
    variable: str


def from_locale(environ: Mapping[str, str]) -> Spoken | None:
    """The language of the locale, if it is one of ours: the first of LC_ALL, LC_MESSAGES, LANG that is set decides
    (POSIX, Base Definitions, 8.2)."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(variable):
            return next((Spoken(language, variable) for language in LANGUAGES if value.lower()[:2] == language), None)
    return None


def before_settings(environ: Mapping[str, str], folder: Path = Path()) -> Language:
    """For what has to be said before settings are read, or because they cannot be read. folder: where .env and
    repondeur.toml lie. Never raises: what is wrong with them is told when they are read."""
    asked = environ.get(_VARIABLE, "") or _of_files(environ, folder)
    for language in LANGUAGES:
        if asked.strip().lower() == language:
            return language
    spoken = from_locale(environ)
    return spoken.language if spoken else "en"


def _of_files(environ: Mapping[str, str], folder: Path) -> str:
    try:
        given = _dotenv(folder / ".env")
        if said := given.get(_VARIABLE):
            return said
        toml = folder / (environ.get(_CONFIG) or given.get(_CONFIG) or "repondeur.toml")
        return str(tomllib.loads(toml.read_text("utf-8")).get("language", "")) if toml.is_file() else ""
    except (OSError, ValueError, RecursionError):
        return ""


def _dotenv(file: Path) -> Mapping[str, str | None]:
    if not file.is_file():
        return {}
    from dotenv import dotenv_values

    return dotenv_values(file, interpolate=False)
