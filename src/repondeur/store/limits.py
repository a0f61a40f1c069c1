"""How many automatic answers have left or are about to: counted, and a place taken, in the transaction that plans one.

A place is a row of its mail. It is looked for again when the sending begins, so that what has waited for a server
counts when it leaves; and it is given back where nothing leaves after all.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, bindparam, case, delete, func, or_, select, text
from sqlalchemy.dialects import postgresql, sqlite

from repondeur.errors import RepondeurError
from repondeur.policy.limits import (
    AUTHOR_WINDOW,
    DAY_WINDOW,
    LONGEST_WINDOW,
    MAILBOX_WINDOW,
    SAME_WINDOW,
    Counts,
    Limits,
    burst,
    over,
    thread_key,
    told_for,
)
from repondeur.store import pauses
from repondeur.store.records import ActionState, Mail
from repondeur.store.tables import alarm, sending
from repondeur.texts import Reason

# A reply in one of these has not left, and does not unless a person wants it.
GIVES_BACK: Final = frozenset({ActionState.PROPOSED, ActionState.REFUSED, ActionState.DROPPED})

_ROW = sending.c
_OF_AUTHOR = _ROW.author == bindparam("of_author")


def _number(*conditions: Any) -> Any:
    """How many rows meet all of these."""
    met = conditions[0]
    for condition in conditions[1:]:
        met = met & condition
    return func.coalesce(func.sum(case((met, 1), else_=0)), 0)


_LATELY = select(
    _number(_ROW.counted, _OF_AUTHOR, _ROW.at > bindparam("author_since")).label("author"),
    _number(_ROW.counted, _ROW.at > bindparam("mailbox_since")).label("mailbox"),
    _number(_ROW.counted, _ROW.at > bindparam("day_since")).label("day"),
).where(_ROW.mailbox == bindparam("of_mailbox"), _ROW.at > bindparam("since"), _ROW.mail_id != bindparam("of_mail"))
_IN_THREAD = select(func.count()).where(
    _ROW.mailbox == bindparam("of_mailbox"),
    _ROW.thread == bindparam("of_thread"),
    _ROW.counted,
    _ROW.mail_id != bindparam("of_mail"),
)
_SAME = select(
    _number(_OF_AUTHOR).label("same_author"),
    func.count(_ROW.author.distinct()).label("same"),
).where(
    _ROW.mailbox == bindparam("of_mailbox"),
    _ROW.same == bindparam("of_same"),
    _ROW.at > bindparam("same_since"),
    _ROW.mail_id != bindparam("of_mail"),
)


@dataclass(frozen=True, slots=True)
class Sending:
    """An automatic answer that wants to leave. author, same: policy.limits.author_key and same_key of the mail."""

    author: str
    same: str
    limits: Limits


class SendingWithheld(RepondeurError):
    """The answer must not leave by itself: sending is paused, or a limit is reached. opened: the breaker, just now;
    what has opened it."""

    def __init__(self, reason: Reason, *, paused: bool, opened: Reason | None = None) -> None:
        super().__init__(reason.code, **reason.params)
        self.paused = paused
        self.opened = opened


def withheld(connection: Connection, of: Mail, wanted: Sending, now: datetime) -> SendingWithheld | None:
    """Takes a place for the answer to this mail, or says why there is none. The same mail takes no second one."""
    _one_at_a_time(connection, of.mailbox)
    if (stopped := paused(connection, of.mailbox)) is not None:
        return stopped
    counts = _counts(connection, of, wanted, now)
    reason, flood = over(wanted.limits, counts), burst(wanted.limits, counts, of.mailbox)
    _put(connection, of, wanted, now, counted=reason is None and flood is None)
    if flood is not None:
        pauses.open_breaker(connection, of.mailbox, flood, now)
        return SendingWithheld(Reason("limits.paused"), paused=True, opened=flood)
    return None if reason is None else SendingWithheld(reason, paused=False)


def paused(connection: Connection, mailbox: str) -> SendingWithheld | None:
    """Whether the mailbox is paused, and nothing else."""
    found = pauses.of_mailbox(connection, mailbox)
    return None if found is None else SendingWithheld(Reason("limits.paused"), paused=True)


def give_back(connection: Connection, mail_id: int) -> None:
    """The answer to this mail does not leave by itself."""
    connection.execute(delete(sending).where(_ROW.mail_id == mail_id))


def first_alarm(connection: Connection, mailbox: str, reason: Reason, about: str, now: datetime) -> bool:
    """Whether people are to be told of this now: False while they have been told of the same not long ago."""
    given = {"mailbox": mailbox, "code": reason.code, "about": about, "at": now}
    told = connection.execute(_tell(connection.dialect.name), {**given, "before": now - told_for(reason)})
    return told.first() is not None


def _one_at_a_time(connection: Connection, mailbox: str) -> None:
    """Whoever counts this mailbox's answers waits until the one before has stored its own. SQLite has one writer."""
    if connection.dialect.name == "postgresql":
        key = int.from_bytes(hashlib.sha256(f"sending {mailbox}".encode()).digest()[:8], "big", signed=True)
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def _counts(connection: Connection, of: Mail, wanted: Sending, now: datetime) -> Counts:
    given = {"of_mailbox": of.mailbox, "of_mail": of.id, "of_author": wanted.author}
    since = {
        "since": now - LONGEST_WINDOW,
        "author_since": now - AUTHOR_WINDOW,
        "mailbox_since": now - MAILBOX_WINDOW,
        "day_since": now - DAY_WINDOW,
    }
    lately = connection.execute(_LATELY, {**given, **since}).one()
    in_thread = {"of_mailbox": of.mailbox, "of_mail": of.id, "of_thread": thread_key(of.thread)}
    thread = connection.scalar(_IN_THREAD, in_thread) or 0
    same_author = same = 0
    if wanted.same:
        found = connection.execute(_SAME, {**given, "of_same": wanted.same, "same_since": now - SAME_WINDOW}).one()
        same_author, same = found.same_author, found.same
    return Counts(lately.author, thread, lately.mailbox, lately.day, same_author, same)


def _put(connection: Connection, of: Mail, wanted: Sending, now: datetime, *, counted: bool) -> None:
    row = {
        "mail_id": of.id,
        "mailbox": of.mailbox,
        "author": wanted.author,
        "thread": thread_key(of.thread),
        "same": wanted.same,
        "at": now,
        "counted": counted,
    }
    connection.execute(_take(connection.dialect.name), row)


def _insert(dialect: str) -> Callable[[Any], Any]:
    return sqlite.insert if dialect == "sqlite" else postgresql.insert


@cache
def _take(dialect: str) -> Any:
    new = _insert(dialect)(sending)
    changed = {name: new.excluded[name] for name in ("author", "same", "at", "counted")}
    return new.on_conflict_do_update(index_elements=["mail_id"], set_=changed)


@cache
def _tell(dialect: str) -> Any:
    new = _insert(dialect)(alarm).values({name: bindparam(name) for name in ("mailbox", "code", "about", "at")})
    long_ago = or_(alarm.c.at <= bindparam("before"), alarm.c.at > bindparam("at"))
    told = {"at": new.excluded["at"]}
    again = new.on_conflict_do_update(index_elements=["mailbox", "code", "about"], set_=told, where=long_ago)
    return again.returning(alarm.c.at)
