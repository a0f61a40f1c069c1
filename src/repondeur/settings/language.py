"""The language people are spoken to in, as long as no setting says it."""

from collections.abc import Mapping
from dataclasses import dataclass

from repondeur.texts import LANGUAGES, Language


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


def before_settings(environ: Mapping[str, str]) -> Language:
    """For what has to be said before settings are read, or because they cannot be read."""
    asked = environ.get("REPONDEUR_LANGUAGE", "").strip().lower()
    for language in LANGUAGES:
        if asked == language:
            return language
    spoken = from_locale(environ)
    return spoken.language if spoken else "en"
