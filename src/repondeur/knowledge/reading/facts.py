"""What an entry may say about itself, by the names and in the words that people use for it. Pure."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from repondeur.knowledge.reading.entry import Facts
from repondeur.mail.clean import clean_line
from repondeur.words.terms import fold

NAMES: Final = ("id", "title", "language", "visibility", "valid_until", "category")
_LONGEST: Final = 300

_LANGUAGES: Final = {
    "fr": "fr", "francais": "fr", "french": "fr", "fr-fr": "fr", "fr-be": "fr", "fr-ch": "fr", "fr-ca": "fr",
    "en": "en", "anglais": "en", "english": "en", "en-gb": "en", "en-us": "en",
}  # fmt: skip
_VISIBILITIES: Final = MappingProxyType(
    {"public": "public", "publique": "public", "internal": "internal", "interne": "internal"}
)


def facts_of(given: Mapping[str, str]) -> Facts:
    """given: values by NAMES, "" for none. Raises ValueError with the name and the value of one that is impossible, so
    that no typing error makes anything public, or keeps it for ever, by accident."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        text = clean_line(value)
        if not text:
            continue
        known = _known(name, text)
        if known is None or len(text) > _LONGEST:
            raise ValueError(f"{name}: {text}")
        found[name] = known
    return Facts(**found)


def _known(name: str, text: str) -> object:
    match name:
        case "language":
            return _LANGUAGES.get(fold(text))
        case "visibility":
            return _VISIBILITIES.get(fold(text))
        case "valid_until":
            return _day(text)
    return text


def _day(text: str) -> date | None:
    """ISO 8601 only: 03/04 is two days, depending on who reads it."""
    try:
        return date.fromisoformat(text[:10]) if text[10:11] in {"", " ", "T"} else None
    except ValueError:
        return None
