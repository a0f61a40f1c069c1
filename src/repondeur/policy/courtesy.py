"""Does a mail hold nothing but thanks, as far as its words tell? Pure.

What is only thanks is put aside and nobody looks at it, so much speaks against it: a refusal, a "but", a request, a
number, a link, many words. A thank-you too many that a person glances at costs little. Its words: courtesy.toml.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from repondeur.mail.message import Message
from repondeur.policy.words import words_of

LONGEST: Final = 60  # words
_REFERS = re.compile(r"\d|[?\uff1f]|https?:|www\.|@")
# "Thanks," above a name closes a letter and thanks for nothing.
_CLOSING = re.compile(
    r"\n[ \t]*(?:(?:many )?thanks|cheers|ta|merci|thank you)[ \t]*,?[ \t]*\n\s*[^\n]{1,60}\s*\Z", re.IGNORECASE
)
_ANSWERS = re.compile(r"\s*(?:re|r[ée]p|aw|sv|antw)\s?:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Words:
    thanks: frozenset[str]
    trouble: frozenset[str]
    request: re.Pattern[str]
    harmless: tuple[str, ...]


def only_thanks(message: Message) -> bool:
    """Short thanks with nothing in them that somebody might have to do: no refusal, request, number, question or link,
    nothing attached or passed on. The subject counts unless it was written for an earlier mail."""
    if message.forward or any(not attachment.inline for attachment in message.attachments):
        return False
    subject = "" if message.in_reply_to or _ANSWERS.match(message.subject) else message.subject
    written = f"{subject}\n{message.text or message.body}"
    text = _CLOSING.sub("", written)
    text = text if text.strip() else written  # a letter that is nothing but its closing
    if _REFERS.search(text):
        return False
    known = _words()
    words = words_of(text)
    if known.request.search(words):
        return False
    for phrase in known.harmless:
        words = words.replace(phrase, " ")
    said = words.split()
    return len(said) <= LONGEST and known.trouble.isdisjoint(said) and not known.thanks.isdisjoint(said)


@cache
def _words() -> _Words:
    tables = tomllib.loads((files("repondeur.policy") / "courtesy.toml").read_text("utf-8"))
    request = tables["request"]
    starts, but = "|".join((*request["fr"], *request["en"])), "|".join(request["but"])
    return _Words(
        thanks=frozenset(" ".join(tables["thanks"].values()).split()),
        trouble=frozenset(" ".join(tables["trouble"].values()).split()),
        request=re.compile(rf" (?:{starts}) (?!(?:{but}) )"),
        harmless=tuple(words_of(phrase) for phrases in tables["harmless"].values() for phrase in phrases),
    )
