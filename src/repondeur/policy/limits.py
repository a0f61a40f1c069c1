"""How many automatic answers may leave, and when something goes round in circles (I17). Pure.

Counted are the answers that were to leave by themselves: one that the rules, the guard or a person keep back takes no
place. See docs/decisions/limits.md for the numbers.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from repondeur.mail.message import Address, Message
from repondeur.texts import Param, Reason

AUTHOR_WINDOW: Final = timedelta(hours=24)
MAILBOX_WINDOW: Final = timedelta(hours=1)
DAY_WINDOW: Final = timedelta(hours=24)
SAME_WINDOW: Final = timedelta(minutes=10)
LONGEST_WINDOW: Final = max(AUTHOR_WINDOW, MAILBOX_WINDOW, DAY_WINDOW, SAME_WINDOW)
MANY_AUTHORS: Final = 10  # times as many of the same mail are a burst when they come from different authors
LONGEST_LABEL: Final = 63  # RFC 1035, 2.3.4
SAME_TEXT: Final = 2_000  # characters of a mail in which another one is told to be the same

# What programs put before a subject: "Re:", "AW:", "Re[2]:" and the like, in any language.
_PREFIXES = re.compile(r"^(?:\s*\w{1,4}(?:\[\d{1,3}\])?\s{0,2}:)+")
_DIGITS = re.compile(r"\d+")
_NOT_WORDS = re.compile(r"[\W_]+")
_QUOTED_PAIR = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Limits:
    """Automatic answers at most: to one author in 24 hours, in one thread, of the mailbox in an hour and in 24 hours;
    and how many times the same mail of one author within ten minutes is a burst. None: no limit."""

    author: int | None = 3
    thread: int | None = 2
    mailbox: int | None = 60
    day: int | None = 500
    same: int | None = 10


@dataclass(frozen=True, slots=True)
class Counts:
    """What has left or is about to, this mail not counted. same_author, same: how often the same mail came lately,
    whether it was answered or not: from this author, and from how many different ones."""

    author: int = 0
    thread: int = 0
    mailbox: int = 0
    day: int = 0
    same_author: int = 0
    same: int = 0


def over(limits: Limits, counts: Counts) -> Reason | None:
    """The limit that one more automatic answer would pass; the narrowest first."""
    if limits.thread is not None and counts.thread >= limits.thread:
        return Reason("limits.thread", {"limit": limits.thread})
    if limits.author is not None and counts.author >= limits.author:
        return Reason("limits.author", {"limit": limits.author, "hours": _hours(AUTHOR_WINDOW)})
    if limits.mailbox is not None and counts.mailbox >= limits.mailbox:
        return Reason("limits.mailbox", {"limit": limits.mailbox})
    if limits.day is not None and counts.day >= limits.day:
        return Reason("limits.day", {"limit": limits.day, "hours": _hours(DAY_WINDOW)})
    return None


def burst(limits: Limits, counts: Counts, mailbox: str) -> Reason | None:
    """Why the mailbox is to send nothing until a person has looked: with this mail the same one came too often."""
    if limits.same is None:
        return None
    where: dict[str, Param] = {"mailbox": mailbox, "minutes": int(SAME_WINDOW.total_seconds()) // 60}
    if counts.same_author + 1 >= limits.same:
        return Reason("limits.same_author", {"count": counts.same_author + 1, **where})
    if counts.same + 1 >= limits.same * MANY_AUTHORS:
        return Reason("limits.same_mail", {"count": counts.same + 1, **where})
    return None


def told_for(reason: Reason) -> timedelta:
    """How long people who were told of this need not be told again."""
    return MAILBOX_WINDOW if reason.code == "limits.mailbox" else DAY_WINDOW


def author_key(author: Address) -> str:
    """A digest that is the same for every spelling of an address that reaches the same person: case, quotation marks
    (RFC 5322, 3.2.4), what follows a plus sign (RFC 5233), IDNA, full-width letters, a dot behind the domain. Nobody
    can read the address from it."""
    address = unicodedata.normalize("NFKC", author.address).casefold().strip()
    local_part, _, domain = address.rpartition("@")
    if local_part.startswith('"') and local_part.endswith('"'):
        local_part = _QUOTED_PAIR.sub(r"\1", local_part[1:-1])
    person = local_part.partition("+")[0] or local_part
    return _digest(f"{person}@{_in_ascii(domain.rstrip('.'))}")


def thread_key(thread: str) -> str:
    """A digest of its name, which is mostly made by the mail program of whoever began it."""
    return _digest(thread)


def same_key(message: Message) -> str:
    """A digest that is the same for mails that say the same: case, spaces, signs, numbers and the marks of an answer
    make no difference. "" for one that says nothing."""
    said = f"{_PREFIXES.sub('', message.subject[:SAME_TEXT])} {message.text[:SAME_TEXT]}"
    folded = unicodedata.normalize("NFKC", said).casefold()
    words = _NOT_WORDS.sub(" ", _DIGITS.sub("0", folded)).strip()
    return _digest(words) if words else ""


def _in_ascii(domain: str) -> str:
    labels = domain.split(".")
    return ".".join(_label(label) for label in labels)


def _label(label: str) -> str:
    """As DNS has it (RFC 5890); one that DNS cannot have stays as it is."""
    if label.isascii() or len(label) > LONGEST_LABEL:
        return label
    try:
        return label.encode("idna").decode("ascii")
    except UnicodeError:
        return label


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _hours(window: timedelta) -> int:
    return int(window.total_seconds()) // 3600
