"""What a question wants to be told: how long, how much, when, how many, how to reach someone. Pure."""

import re
import tomllib
from collections.abc import Collection
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

from repondeur.words.quantities import flat

Wanted = Literal["duration", "amount", "moment", "count", "contact", "measure"]


def wanted(question: str, language: str) -> tuple[Wanted, ...]:
    """What the answer must hold; () where nothing in particular can be told."""
    text = flat(question)
    return tuple(kind for kind in get_args(Wanted) if (asks := _asks(kind, language)) and asks.search(text))


def told(kind: Wanted, text: str, dimensions: Collection[str], *, days: bool) -> bool:
    """Whether a flat text can answer it. dimensions: of its quantities; days: it names days or dates."""
    found = set(dimensions)
    match kind:
        case "duration" | "moment":
            return days or bool(found & {"time", "clock"}) or _tells("time").search(text) is not None
        case "amount":
            return bool(found & {"money", "percent"}) or _tells("amount").search(text) is not None
        case "measure":
            return bool(found - {"", "clock"}) or _tells("count").search(text) is not None
        case _:
            return _tells(kind).search(text) is not None


@cache
def _asks(kind: str, language: str) -> re.Pattern[str] | None:
    patterns = _tables()[kind].get(language)
    return re.compile("|".join(patterns)) if patterns else None


@cache
def _tells(kind: str) -> re.Pattern[str]:
    return re.compile("|".join(_tables()["told"][kind]))


@cache
def _tables() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((files("repondeur.words") / "wanted.toml").read_text("utf-8"))
