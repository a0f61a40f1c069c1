"""What the model answered, read with tolerance and without trust. Pure.

Tolerant about form (a code fence, text around the object, thinking aloud, a trailing comma, an answer cut at its end);
strict about content: known fields only, known values only, everything capped. Where a field is missing, the cautious
value is taken (no confidence, a person needed) and `missing` names it.
"""

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from repondeur.engines.one_object import Pairs, one_object
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
MAX_STATEMENTS = 100

_T = TypeVar("_T")

_FIELDS = frozenset(field.name for field in fields(Analysis)) - {
    *("engine", "usage", "dropped", "dropped_entities", "missing", "chosen", "asked", "unresolved")
}
OPTIONAL = frozenset({"template"})
# What every answer has; without an intent so many of them make one.
_ASKED = _FIELDS - OPTIONAL - {"statements"}
LEAST_FIELDS = 3
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}")
# An answer without a reply or a template is whole, one without a summary is not.
MAY_BE_EMPTY = frozenset({"reply", "template"})
_TRUE, _FALSE = {"true", "yes", "oui", "1"}, {"false", "no", "non", "0"}
_LANGUAGES = {"french": "fr", "français": "fr", "francais": "fr", "english": "en", "anglais": "en"}
_TYPE_SPELLINGS = {"organization": "organisation", "phone_number": "phone", "mail": "email", "e-mail": "email"}


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
    engine.answer_no_intent (neither one nor LEAST_FIELDS other fields), engine.answer_tool_call (a call written out as
    text). Without an intent a person is needed. An answer that was cut keeps its whole fields; the field in which it
    broke off is dropped.
    """
    found = one_object(text[:MAX_ANSWER])
    if "tool_calls" in found or "function_call" in found:
        raise EngineAnswerInvalid("engine.answer_tool_call")
    reader = _Reader(found)
    intent = line(reader.text("intent"), 60).lower()
    statements = reader.flags("statements")
    unsure = bool(found.contradicted) or not intent
    analysis = Analysis(
        intent=intent,
        summary=line(reader.text("summary"), MAX_SUMMARY),
        entities=reader.entities(),
        priority=_priority(reader.word("priority", PRIORITIES, "normal")),
        sentiment=_sentiment(reader.word("sentiment", SENTIMENTS, "neutral")),
        language=reader.language(),
        needs_reply=reader.flag("needs_reply", default=True),
        # A model that says both yes and no is one that nobody should rely on.
        needs_human=reader.flag("needs_human", default=True) or unsure,
        confidence=reader.number("confidence"),
        reply=clean(reader.text("reply"))[:MAX_REPLY].strip(),
        passages=reader.ids("passages"),
        template=line(reader.text("template"), 100),
        engine=engine,
        dropped=reader.all_dropped(),
        dropped_entities=reader.impossible_entities,
        missing=reader.missing,
        statements=statements,
    )
    if not intent and len(_ASKED - set(analysis.missing)) < LEAST_FIELDS:
        raise EngineAnswerInvalid("engine.answer_no_intent")
    return analysis


def resting_on(found: Analysis, shown: Collection[str]) -> Analysis:
    """Without the citations of passages that were not in the question, which is told in `dropped`. shown: their ids."""
    cited = tuple(one for one in found.passages if one in shown)
    if len(cited) == len(found.passages):
        return found
    return replace(found, passages=cited, dropped=tuple(dict.fromkeys([*found.dropped, "passages"])))


def line(text: str, limit: int) -> str:
    """One clean line of at most `limit` characters."""
    text = clean_line(text[: limit * 4])
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


class _Reader:
    """Reads fields by name and remembers which were unknown or impossible."""

    def __init__(self, found: Pairs) -> None:
        self._found = found
        self._unread: dict[str, None] = {}
        self.impossible_entities = 0
        self._dropped = [name for name in found if name not in _FIELDS] + found.contradicted

    def all_dropped(self) -> tuple[str, ...]:
        """Names the model made up are data too: only plain ones are shown."""
        names = (name if _NAME.fullmatch(name) else "?" for name in self._dropped)
        return tuple(dict.fromkeys(names))[:MAX_DROPPED]

    @property
    def missing(self) -> tuple[str, ...]:
        """Fields that were not there or had no possible value."""
        return tuple(name for name in self._unread if name not in OPTIONAL)

    def text(self, name: str) -> str:
        value = self._found.get(name)
        if isinstance(value, str) and (value.strip() or name in MAY_BE_EMPTY):
            return value
        return self._drop(name, value, "")

    def word(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        value = self._found.get(name)
        if isinstance(value, str) and value.strip().lower() in allowed:
            return value.strip().lower()
        return self._drop(name, value, default)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._found.get(name)
        if word := _truth(value):
            return word in _TRUE
        return self._drop(name, value, default)

    def flags(self, name: str) -> dict[str, bool]:
        """An object of ids and truth values; what is neither true nor false is not judged."""
        value = self._found.get(name, {})
        if not isinstance(value, dict):
            return self._drop(name, value, {})
        good = {key: word in _TRUE for key, said in value.items() if (word := _truth(said))}
        if len(good) < len(value) or len(good) > MAX_STATEMENTS:
            self._dropped.append(name)
        return dict(list(good.items())[:MAX_STATEMENTS])

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
        self.impossible_entities = len(listed) - len(good)
        if self.impossible_entities or len(good) > MAX_ENTITIES:
            self._dropped.append("entities")
        return tuple(dict.fromkeys(good))[:MAX_ENTITIES]

    def _drop(self, name: str, value: object, default: _T) -> _T:
        if value is not None and value != "":
            self._dropped.append(name)
        self._unread[name] = None
        return default


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


def _truth(value: object) -> str:
    """The word for true or false that was said, "" when it is neither."""
    word = str(value).strip().lower() if isinstance(value, bool | str | int) else ""
    return word if word in _TRUE | _FALSE else ""


def _as_number(text: str) -> float | None:
    found = re.fullmatch(r"\s*(\d{1,3}(?:[.,]\d{1,10})?)\s*(%?)\s*", text)
    return None if found is None else float(found[1].replace(",", ".")) / (100 if found[2] else 1)


def _entity_type(word: str) -> EntityType | None:
    return next((known for known in ENTITY_TYPES if known == word), None)


def _priority(word: str) -> Priority:
    return next(known for known in PRIORITIES if known == word)


def _sentiment(word: str) -> Sentiment:
    return next(known for known in SENTIMENTS if known == word)
