"""The one JSON object in what a model said, whatever stands around it. Pure; linear time."""

import json
import math
import re
from typing import Any

from repondeur.engines.repair import repaired
from repondeur.errors import EngineAnswerInvalid

_ANSWERS = frozenset({"intent", "summary"})
_CALLS = frozenset({"tool_calls", "function_call"})
_THINKING = re.compile(r"</?think(?:ing)?>", re.IGNORECASE)


class Pairs(dict[str, Any]):
    """A JSON object that remembers which keys came twice with different values. The first value stays."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__()
        self.contradicted: list[str] = []
        for name, value in pairs:
            if name in self and self[name] != value:
                self.contradicted.append(name)
            self.setdefault(name, value)


MAX_DIGITS = 300  # of a whole number: Python reads no more than some thousands, and no field has so many


def _whole(digits: str) -> float:
    return int(digits) if len(digits) <= MAX_DIGITS else math.inf


_DECODER = json.JSONDecoder(object_pairs_hook=Pairs, parse_int=_whole, strict=False)


def one_object(text: str) -> Pairs:
    """The one JSON object of a text. What the model thought aloud does not count. An object that stands in another one
    as its only answer is taken for it, one that is written as a string is read.

    Raises EngineAnswerInvalid: engine.answer_not_json, engine.answer_ambiguous (several different objects).
    """
    text = _unquoted(text.strip().lstrip("\ufeff"))
    whole = _decoded(text, 0)
    if whole is not None and not text[whole[1] :].strip():
        return _unwrapped(whole[0])
    for part in _places(text):
        objects = [_unwrapped(found) for found in _objects(_unquoted(part.removeprefix("json").strip()))]
        described = [found for found in objects if "intent" in found] or _mended(part) or objects
        if any(found != described[0] for found in described):
            raise EngineAnswerInvalid("engine.answer_ambiguous")
        if described:
            return described[0]
    raise EngineAnswerInvalid("engine.answer_not_json")


def _places(text: str) -> list[str]:
    """Where the object may stand, likeliest first: in a code fence after the thinking, after it, before it.

    By plain splitting: regular expressions for pairs of marks take quadratic time on an answer full of half pairs.
    """
    thoughts = _THINKING.split(text)
    spoken = [thoughts[-1], thoughts[0]] if len(thoughts) > 1 else thoughts
    return [place for part in spoken for place in (*part.split("```")[1::2], part) if "{" in place]


def _mended(text: str) -> list[Pairs]:
    mended = _decoded(repaired(text), 0)
    return [mended[0]] if mended else []


def _objects(text: str) -> list[Pairs]:
    """Objects that stand in a text one after the other; what is inside one is not looked at again."""
    found: list[Pairs] = []
    position = text.find("{")
    for _ in range(50):  # a bound on the work that a hostile answer can make
        if position < 0:
            break
        decoded = _decoded(text, position)
        if decoded:
            found.append(decoded[0])
        position = text.find("{", decoded[1] if decoded else position + 1)
    return found


def _unquoted(text: str) -> str:
    """What a JSON string says that holds an object."""
    if not text.startswith('"'):
        return text
    try:
        said = json.loads(text, strict=False)
    except ValueError:
        return text
    return said.strip() if isinstance(said, str) and "{" in said else text


def _unwrapped(found: Pairs) -> Pairs:
    """{"analysis": {"intent": …}}: the object inside, where it is the only one that is an answer."""
    if (_ANSWERS | _CALLS) & found.keys() or found.contradicted:
        return found
    inner = [value for value in map(_as_object, found.values()) if value is not None and _ANSWERS & value.keys()]
    return inner[0] if len(inner) == 1 else found


def _as_object(value: object) -> Pairs | None:
    if isinstance(value, str) and value.lstrip().startswith("{"):
        text = value.strip()
        decoded = _decoded(text, 0)
        return decoded[0] if decoded and decoded[1] == len(text) else None
    return value if isinstance(value, Pairs) else None


def _decoded(text: str, position: int) -> tuple[Pairs, int] | None:
    if not text.startswith("{", position):
        return None
    try:
        value, end = _DECODER.raw_decode(text, position)
    except (ValueError, RecursionError):  # not JSON, 100,000 brackets
        return None
    return (value, end) if isinstance(value, Pairs) else None
