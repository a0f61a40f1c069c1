"""JSON and JSON lines of questions with their answers, FAQPage of schema.org among them. Pure."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from repondeur.errors import SettingsError
from repondeur.knowledge.reading.entry import Content
from repondeur.knowledge.reading.pairs import Row, column, pairs
from repondeur.mail import charset

_DEEPEST = 6  # lists and objects around the pairs


def read_json(source: str, octets: bytes) -> Content:
    """One value, or one a line. Raises SettingsError: knowledge.bad_json, and those of pairs."""
    text = charset.decode(octets).text.lstrip("\ufeff")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        found = _lines(source, text, error)
    rows = [Row(number, cells) for number, cells in enumerate(_pairs(found), 1)]
    return pairs(source, rows)


def _lines(source: str, text: str, error: Exception) -> list[Any]:
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    found: list[Any] = []
    for number, line in lines:
        try:
            found.append(json.loads(line))
        except (ValueError, RecursionError):
            # Where not even the first line is a value, the whole was meant to be one.
            row = number if found else getattr(error, "lineno", 1)
            raise SettingsError("knowledge.bad_json", path=source, row=row) from error
    return found


def _pairs(found: Any, depth: int = 0) -> Iterator[Mapping[str, str]]:
    """Every object with a question and an answer; an object of nothing but texts maps questions to answers."""
    if depth > _DEEPEST:
        return
    if isinstance(found, list):
        for one in found:
            yield from _pairs(one, depth + 1)
    elif isinstance(found, dict):
        if {"question", "answer"} <= {column(name) for name in found}:
            yield {name: _text(value) for name, value in found.items()}
        elif found and depth == 0 and all(isinstance(value, str) for value in found.values()):
            yield from ({"question": name, "answer": value} for name, value in found.items())
        else:
            for value in found.values():
                if isinstance(value, list | dict):
                    yield from _pairs(value, depth + 1)


def _text(value: Any) -> str:
    """A list of lines as lines; an object by its text (acceptedAnswer of schema.org)."""
    if isinstance(value, list):
        return "\n".join(map(_text, value))
    if isinstance(value, dict):
        return next((_text(value[name]) for name in ("text", "texte", "content") if name in value), "")
    return "" if value is None or isinstance(value, bool) else str(value)
