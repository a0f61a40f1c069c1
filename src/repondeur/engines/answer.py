"""What the model answered, read with tolerance and without trust. Pure.

Tolerant about form (a code fence, text around the object, thinking aloud, a trailing comma, an answer cut at its end);
strict about content: known fields only, known values only, everything capped. Where a field is missing, the cautious
value is taken: no confidence, a person needed.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from repondeur.engines.repair import repaired
from repondeur.errors import EngineAnswerInvalid
from repondeur.mail.clean import clean, clean_line
from repondeur.policy.analysis import (
    ENTITY_TYPES,
    PRIORITIES,
    SENTIMENTS,
    Analysis,
    Entity,
    EntityType,
    Priority,
    Sentiment,
)

MAX_ANSWER = 200_000
MAX_REPLY = 8_000
MAX_SUMMARY = 500
MAX_ENTITIES = 50
MAX_ENTITY_VALUE = 300
MAX_PASSAGES = 20
MAX_DROPPED = 20

_T = TypeVar("_T")

_FIELDS = frozenset(field.name for field in fields(Analysis)) - {"engine", "usage", "dropped"}
_THINKING = re.compile(r"</?think(?:ing)?>", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_TRUE, _FALSE = {"true", "yes", "oui", "1"}, {"false", "no", "non", "0"}
_LANGUAGES = {"french": "fr", "français": "fr", "francais": "fr", "english": "en", "anglais": "en"}
_TYPE_SPELLINGS = {"organization": "organisation", "phone_number": "phone", "mail": "email", "e-mail": "email"}


class _Pairs(dict[str, Any]):
    """A JSON object that remembers which keys came twice with different values. The first value stays."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__()
        self.contradicted: list[str] = []
        for name, value in pairs:
            if name in self and self[name] != value:
                self.contradicted.append(name)
            self.setdefault(name, value)


_DECODER = json.JSONDecoder(object_pairs_hook=_Pairs, strict=False)


def content(message: Mapping[str, Any]) -> str:
    """The text of an assistant message (OpenAI "chat completion message object").

    Raises EngineAnswerInvalid when it calls a tool, which nobody offered (I5), refuses, or says nothing.
    """
    if message.get("tool_calls") or message.get("function_call"):
        raise EngineAnswerInvalid("engine.answer_tool_call")
    said = message.get("content")
    if isinstance(said, list):  # some servers answer in parts
        said = "".join(str(part.get("text", "")) for part in said if isinstance(part, dict))
    if not isinstance(said, str) or not said.strip():
        raise EngineAnswerInvalid("engine.content_refused" if message.get("refusal") else "engine.answer_empty")
    return said


def read(text: str, engine: str) -> Analysis:
    """The analysis in the model's text. engine: its name, for the record.

    Raises EngineAnswerInvalid: engine.answer_not_json, engine.answer_ambiguous (several different objects),
    engine.answer_no_intent, engine.answer_tool_call (a call written out as text).
    An answer that was cut keeps its whole fields; the field in which it broke off is dropped.
    """
    found = _object(text[:MAX_ANSWER])
    if "tool_calls" in found or "function_call" in found:
        raise EngineAnswerInvalid("engine.answer_tool_call")
    intent = found.get("intent")
    if not isinstance(intent, str) or not intent.strip():
        raise EngineAnswerInvalid("engine.answer_no_intent")
    reader = _Reader(found)
    contradicted = bool(found.contradicted)
    return Analysis(
        intent=line(intent, 60).lower(),
        summary=line(reader.text("summary"), MAX_SUMMARY),
        entities=reader.entities(),
        priority=_priority(reader.word("priority", PRIORITIES, "normal")),
        sentiment=_sentiment(reader.word("sentiment", SENTIMENTS, "neutral")),
        language=reader.language(),
        needs_reply=reader.flag("needs_reply", default=True),
        # A model that says both yes and no is one that nobody should rely on.
        needs_human=reader.flag("needs_human", default=True) or contradicted,
        confidence=reader.number("confidence"),
        reply=clean(reader.text("reply"))[:MAX_REPLY].strip(),
        passages=reader.ids("passages"),
        template=line(reader.text("template"), 100),
        engine=engine,
        dropped=reader.all_dropped(),
    )


def line(text: str, limit: int) -> str:
    """One clean line of at most `limit` characters."""
    text = clean_line(text[: limit * 4])
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


class _Reader:
    """Reads fields by name and remembers which were unknown or impossible."""

    def __init__(self, found: _Pairs) -> None:
        self._found = found
        self._dropped = [name for name in found if name not in _FIELDS] + found.contradicted

    def all_dropped(self) -> tuple[str, ...]:
        """Names the model made up are data too: only plain ones are shown."""
        names = (name if _NAME.fullmatch(name) else "?" for name in self._dropped)
        return tuple(dict.fromkeys(names))[:MAX_DROPPED]

    def text(self, name: str) -> str:
        value = self._found.get(name)
        if isinstance(value, str):
            return value
        return self._drop(name, value, "")

    def word(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        value = self._found.get(name)
        if isinstance(value, str) and value.strip().lower() in allowed:
            return value.strip().lower()
        return self._drop(name, value, default)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._found.get(name)
        word = str(value).strip().lower() if isinstance(value, bool | str | int) else ""
        if word in _TRUE | _FALSE:
            return word in _TRUE
        return self._drop(name, value, default)

    def number(self, name: str) -> float:
        value = self._found.get(name)
        if isinstance(value, str):
            value = _as_number(value)
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return min(1.0, max(0.0, float(value)))
        return self._drop(name, self._found.get(name), 0.0)

    def language(self) -> str:
        word = self.text("language").strip().lower()
        code = _LANGUAGES.get(word) or re.split(r"[-_]", word)[0]
        return code if re.fullmatch(r"[a-z]{2,3}", code) else self._drop("language", word or None, "")

    def ids(self, name: str) -> tuple[str, ...]:
        value = self._found.get(name)
        listed = [value] if isinstance(value, str) and value else value
        if not isinstance(listed, list):
            return self._drop(name, value, ())
        good = [item.strip() for item in listed if isinstance(item, str) and 0 < len(item.strip()) <= 200]
        if len(good) < len(listed) or len(good) > MAX_PASSAGES:
            self._dropped.append(name)
        return tuple(dict.fromkeys(good))[:MAX_PASSAGES]

    def entities(self) -> tuple[Entity, ...]:
        value = self._found.get("entities")
        listed = _pairs_of(value) if isinstance(value, dict) else value
        if not isinstance(listed, list):
            return self._drop("entities", value, ())
        good = [entity for item in listed[: MAX_ENTITIES * 4] if (entity := _entity(item))]
        if len(good) < len(listed) or len(good) > MAX_ENTITIES:
            self._dropped.append("entities")
        return tuple(dict.fromkeys(good))[:MAX_ENTITIES]

    def _drop(self, name: str, value: object, default: _T) -> _T:
        if value is not None and value != "":
            self._dropped.append(name)
        return default


def _object(text: str) -> _Pairs:
    """The one JSON object of a text. What the model thought aloud does not count."""
    text = text.strip().lstrip("\ufeff")
    whole = _decoded(text, 0)
    if whole is not None and not text[whole[1] :].strip():
        return whole[0]
    for part in _places(text):
        objects = _objects(part)
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


def _mended(text: str) -> list[_Pairs]:
    mended = _decoded(repaired(text), 0)
    return [mended[0]] if mended else []


def _objects(text: str) -> list[_Pairs]:
    """Objects that stand in a text one after the other; what is inside one is not looked at again."""
    found: list[_Pairs] = []
    position = text.find("{")
    for _ in range(50):  # a bound on the work that a hostile answer can make
        if position < 0:
            break
        decoded = _decoded(text, position)
        if decoded:
            found.append(decoded[0])
        position = text.find("{", decoded[1] if decoded else position + 1)
    return found


def _decoded(text: str, position: int) -> tuple[_Pairs, int] | None:
    if not text.startswith("{", position):
        return None
    try:
        value, end = _DECODER.raw_decode(text, position)
    except (ValueError, RecursionError):  # not JSON, a number of 5,000 digits, 100,000 brackets
        return None
    return (value, end) if isinstance(value, _Pairs) else None


def _entity(item: object) -> Entity | None:
    if not isinstance(item, dict):
        return None
    kind, value = item.get("type"), item.get("value")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(kind, str) or not isinstance(value, str):
        return None
    known = _entity_type(_TYPE_SPELLINGS.get(kind.strip().lower(), kind.strip().lower()))
    value = clean(value).strip()
    return Entity(known, value) if known and 0 < len(value) <= MAX_ENTITY_VALUE else None


def _pairs_of(entities: Mapping[str, object]) -> list[object]:
    """{"order_number": "77120", "date": ["Monday", "12 May"]}: meant well, so it is read as the list it should be."""
    return [
        {"type": kind, "value": value}
        for kind, values in entities.items()
        for value in (values if isinstance(values, list) else [values])
    ]


def _as_number(text: str) -> float | None:
    found = re.fullmatch(r"\s*(\d{1,3}(?:[.,]\d{1,10})?)\s*(%?)\s*", text)
    return None if found is None else float(found[1].replace(",", ".")) / (100 if found[2] else 1)


def _entity_type(word: str) -> EntityType | None:
    return next((known for known in ENTITY_TYPES if known == word), None)


def _priority(word: str) -> Priority:
    return next(known for known in PRIORITIES if known == word)


def _sentiment(word: str) -> Sentiment:
    return next(known for known in SENTIMENTS if known == word)
