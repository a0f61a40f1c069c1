"""The form of what is POSTed to the hook, before anything of it is believed. Pure.

Source: Microsoft Graph, "changeNotificationCollection resource type".
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

MOST: Final = 1_000  # notices in one POST
DEEPEST: Final = 16  # notices have four levels
MOST_BRACKETS: Final = 32 * MOST

# All to the next bracket outside of strings, or to the end of the text. Nothing is looked at twice, and millions of
# strings are stepped over at once: nobody has proved anything yet who makes us read this.
_STEPS: Final = re.compile(r'(?:[^"\[{\]}]++|"(?:[^"\\]++|\\.)*+(?:"|\Z|\\\Z))*+(?:[\[{\]}]|\Z)', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Posted:
    """value: the notices, of whatever type each is. tokens: the validationTokens, None where there are none."""

    value: list[Any]
    tokens: Any


def posted(body: bytes) -> Posted | None:
    """None for what is no JSON object with a list of notices, or too deep or too long a one. Never raises."""
    try:
        text = body.decode("utf-8-sig")
        given = json.loads(text) if is_flat(text) else None
    except ValueError:  # no UTF-8, no JSON, a number of thousands of digits
        return None
    value = given.get("value") if isinstance(given, dict) else None
    if not isinstance(given, dict) or not isinstance(value, list) or len(value) > MOST:
        return None
    return Posted(value, given.get("validationTokens"))


def is_flat(text: str) -> bool:
    """Can this JSON be read without building anything deep?

    >>> is_flat('{"a": ["[[[[[[[[[[[[[[[[[[[["]}'), is_flat("[" * 17)
    (True, False)
    """
    depth = brackets = 0
    for step in _STEPS.finditer(text):
        sign = step.group()[-1:]
        if sign in {"[", "{"}:
            depth += 1
            brackets += 1
            if depth > DEEPEST or brackets > MOST_BRACKETS:
                return False
        elif sign in {"]", "}"}:
            depth -= 1
    return True
