"""What people are told, in English and French.

A reason is a code with parameters (``imap.login_refused``, server=…); the sentences stand side by side in
``catalogue/AREA.toml``, one table for each code::

    [login_refused]
    en = "{server} refused the sign-in of {user}."
    fr = "{server} a refusé la connexion de {user}."
    hint_en = "Check IMAP_USER and IMAP_PASS."
    hint_fr = "Vérifiez IMAP_USER et IMAP_PASS."

Code decides by codes, never by sentences. Source of the idea: RFC 5530 response codes beside human text.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Literal

from repondeur.texts import system

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = ("en", "fr")
Param = str | int | float

_SUMS = frozenset({"spent", "cap"})  # of dollars, as engines.cost writes them
_OF_THE_SYSTEM = frozenset({"problem", "detail"})


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was decided or failed: ``area.name`` and the values its sentence speaks of."""

    code: str
    params: Mapping[str, Param] = field(default_factory=dict)


@cache
def catalogue(area: str) -> dict[str, dict[str, str]]:
    """All entries of one area, by name. Raises FileNotFoundError for an area that does not exist."""
    return tomllib.loads((files(__name__) / "catalogue" / f"{area}.toml").read_text("utf-8"))


def render(reason: Reason, language: Language = "en") -> str:
    """The sentence for people. Raises KeyError when the code or one of its parameters is missing."""
    return _entry(reason.code)[language].format_map(_spoken(reason, language))


def hint(reason: Reason, language: Language = "en") -> str:
    """The next thing a person should do, or "" where there is nothing to do."""
    return _entry(reason.code).get(f"hint_{language}", "").format_map(_spoken(reason, language))


def say(code: str, language: Language = "en", /, **params: Param) -> str:
    """Short for render(Reason(code, params), language)."""
    return render(Reason(code, params), language)


class _WithComma(float):
    """A number as French writes it."""

    def __format__(self, spec: str) -> str:
        return super().__format__(spec).replace(".", ",")


def _spoken(reason: Reason, language: Language) -> Mapping[str, Param]:
    """In French, decimals have a comma, and a colon has a space before it: the place of a setting comes with one."""
    if language != "fr":
        return reason.params
    return {
        name: _french(name, one, of_settings=reason.code.startswith("settings.")) for name, one in reason.params.items()
    }


def _french(name: str, value: Param, *, of_settings: bool) -> Param:
    if isinstance(value, float):
        return _WithComma(value)
    text = str(value)
    if name in _SUMS:  # these come as text
        return text.replace(".", ",")
    if name in _OF_THE_SYSTEM:
        return system.FRENCH.get(text, text)
    return text.replace(": ", "\u00a0: ") if name == "name" and of_settings else value


def _entry(code: str) -> dict[str, str]:
    area, _, name = code.partition(".")
    return catalogue(area)[name]
