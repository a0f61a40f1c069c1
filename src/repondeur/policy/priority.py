"""How urgent a mail is, by its words, the dates it names and what went before. Pure; French and English.

It corrects what an engine says: it raises it where the mail gives a reason, danger among them, and lowers it only where
the author says that there is no hurry. What an engine holds for urgent without such a sign stays urgent.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Final

from repondeur.mail.message import Message
from repondeur.policy.analysis import PRIORITIES, Entity, Priority
from repondeur.words.terms import fold

SOON: Final = timedelta(hours=24)
PATIENCE: Final = 3  # mails of an author without an answer
NEVER_URGENT: Final = frozenset({"newsletter", "spam"})
APPOINTMENT: Final = "appointment"
MAX_TEXT: Final = 20_000  # characters
NEGATION_REACH = 2  # words

_CLAUSE_END = re.compile(r"[.!?;:,()…]+|\n{2,}")
_DOTTED = re.compile(r"\b(?:[A-Za-z]\.){2,8}")  # "A.S.A.P."
_WORD_OR_END = re.compile(r"\w+|[.!?;:,()…]|\n\n")
# How far from a date its deadline word may stand, in characters.
_BEFORE, _BEHIND = 40, 25


@dataclass(frozen=True, slots=True)
class Signs:
    """What the words say. near: a day or moment within a day is named; deadline: as one by which something is to be
    done."""

    urgent: bool = False
    high: bool = False
    reminder: bool = False
    calm: bool = False
    near: bool = False
    deadline: bool = False


def judged(said: Priority, signs: Signs, *, intent: str, unanswered: int = 0) -> Priority:
    """The priority that an engine gave, corrected. unanswered: earlier mails of the author's that still wait."""
    if intent in NEVER_URGENT:
        return "low"
    today = signs.deadline or (signs.near and intent == APPOINTMENT)
    pressing = signs.urgent or today or signs.reminder or unanswered > 0
    if signs.calm and not pressing:
        return _lower(said, "normal" if said != "normal" or signs.high else "low")
    if signs.urgent or unanswered >= PATIENCE:
        return "urgent"
    return _higher(said, "high") if pressing or signs.high else said


def signs(message: Message, entities: Sequence[Entity], now: datetime | None) -> Signs:
    """What the subject and the new text say. entities: with their dates normalised. now: with a zone; None: no date is
    near."""
    text = f"{message.subject[:500]}\n\n{(message.text or message.body)[:MAX_TEXT]}"
    words = _without(_words_of(text), "beside")
    bare = _without(words, "calm")
    near = [one for one in entities if now is not None and _is_near(one, now)]
    urgent, denied = _said(bare, "urgent")
    danger, _ = _said(bare, "danger")
    return Signs(
        urgent=urgent or danger,
        high=_said(bare, "high")[0],
        reminder=_pattern("reminder").search(bare) is not None,
        calm=bare != words or denied,
        near=bool(near),
        deadline=any(_is_deadline(one, text) for one in near),
    )


def _words_of(text: str) -> str:
    """Folded words between single spaces, and a bar between clauses: no phrase and no negation reaches over it."""
    joined = _DOTTED.sub(lambda found: found[0].replace(".", "") + " ", text)
    parts = (part if part[0].isalnum() else "|" for part in _WORD_OR_END.findall(fold(joined)))
    return f" {' '.join(parts)} "


def _said(words: str, name: str) -> tuple[bool, bool]:
    """Whether one of the phrases is said, and whether one is said not to be so."""
    hits = [_negated(words[max(0, found.start() - 60) : found.start()]) for found in _pattern(name).finditer(words)]
    return not all(hits), any(hits)


def _negated(before: str) -> bool:
    """Whether one of the last words of the same clause denies what follows."""
    return bool(set(before.rpartition("|")[2].split()[-NEGATION_REACH:]) & _negations())


def _is_near(entity: Entity, now: datetime) -> bool:
    if entity.type != "date" or not entity.normalised:
        return False
    if "T" not in entity.normalised:
        return timedelta() <= date.fromisoformat(entity.normalised) - now.date() <= SOON
    moment = datetime.fromisoformat(entity.normalised)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)
    return timedelta() <= moment - now <= SOON


def _is_deadline(entity: Entity, text: str) -> bool:
    """Whether the same clause says that it is a date by which something has to be done."""
    place = text.find(entity.value)
    if place < 0:
        return False
    end = place + len(entity.value)
    before = _words_of(_CLAUSE_END.split(text[max(0, place - _BEFORE) : end])[-1])
    behind = _words_of(_CLAUSE_END.split(text[end : end + _BEHIND])[0])
    return _pattern("deadline").search(before) is not None or _pattern("latest").search(behind) is not None


def _lower(one: Priority, other: Priority) -> Priority:
    return min(one, other, key=PRIORITIES.index)


def _higher(one: Priority, other: Priority) -> Priority:
    return max(one, other, key=PRIORITIES.index)


def _without(words: str, name: str) -> str:
    return _pattern(name).sub(" | ", words)


@cache
def _pattern(name: str) -> re.Pattern[str]:
    """Any of the phrases, as words: the space before is looked at, not taken, so that neighbours are found too."""
    phrases = {_words_of(phrase).strip() for phrase in _lists()[name].split("|")}
    either = "|".join(sorted(map(re.escape, phrases), key=len, reverse=True))
    return re.compile(rf"(?<= )(?:{either})(?= )")


@cache
def _negations() -> frozenset[str]:
    return frozenset(word for phrase in _lists()["negation"].split("|") for word in _words_of(phrase).split())


@cache
def _lists() -> dict[str, str]:
    return tomllib.loads((files("repondeur.policy") / "priority.toml").read_text("utf-8"))
