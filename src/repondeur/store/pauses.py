"""Where nothing leaves by itself: stopped by a person, or by the breaker that a flood has opened.

Whoever begins to send looks here within the same transaction. On PostgreSQL a lock makes the two wait for each other:
once `pause` has returned, nobody has looked before and goes on after.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, bindparam, delete, exists, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from repondeur.store import record
from repondeur.store.database import Database
from repondeur.store.records import ActionState
from repondeur.store.tables import action, pause, sending, step
from repondeur.texts import Reason

By = Literal["person", "breaker"]
Who = Mapping[str, str]  # for the record
NOBODY: Final[Who] = MappingProxyType({})

ALL: Final = ""  # every mailbox
LOCK: Final = 0x70617573  # any number that no other program takes

_OF_MAILBOX = select(pause).where(pause.c.mailbox.in_([bindparam("of_mailbox"), ALL])).order_by(pause.c.mailbox)
_EVERY = select(pause).order_by(pause.c.mailbox)
_APPROVED = exists().where(step.c.mail_id == action.c.mail_id, step.c.name == "approved")
_LEAVING = (
    select(func.count())
    .select_from(action)
    .where(action.c.kind == "reply", action.c.state == ActionState.COMMITTING, ~_APPROVED)
    .where(action.c.changed >= bindparam("since"))
)


@dataclass(frozen=True, slots=True)
class Pause:
    """mailbox: "" for every one. since: with zone."""

    mailbox: str
    since: datetime
    reason: Reason
    by: By

    @property
    def who(self) -> str:
        """The name of the person, as the operating system has it; "" when nobody said it, or it was the breaker."""
        return str(self.reason.params.get("who", "")) if self.by == "person" else ""


def of_mailbox(connection: Connection, mailbox: str) -> Pause | None:
    """What keeps this mailbox from sending. Who asks within a transaction that begins to send gets an answer that holds
    until it is committed."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock_shared(:key)"), {"key": LOCK})
    row = connection.execute(_OF_MAILBOX, {"of_mailbox": mailbox}).first()
    return None if row is None else _pause(row)


def open_breaker(connection: Connection, mailbox: str, reason: Reason, now: datetime) -> bool:
    """Pauses a mailbox within the transaction that has found the flood. False when it was paused."""
    return _insert(connection, Pause(mailbox, now, reason, "breaker"), NOBODY)


class Pauses:
    """What commands ask and change. Each change is durable, and holds for all workers, when it returns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def every(self) -> Sequence[Pause]:
        return await self._database.read(lambda connection: [_pause(row) for row in connection.execute(_EVERY)])

    async def pause(self, mailbox: str, now: datetime, *, who: Who = NOBODY) -> bool:
        """A person stops a mailbox, or all of them with "". False when that one was paused before: then nothing
        changes."""

        def work(connection: Connection) -> bool:
            _alone(connection)
            reason = Reason("limits.by_person", {"who": " / ".join(who.values())} if who else {})
            return _insert(connection, Pause(mailbox, now, reason, "person"), who)

        return await self._database.run(work)

    async def resume(self, mailbox: str, now: datetime, *, who: Who = NOBODY) -> Sequence[Pause]:
        """A person lets a mailbox send again, or with "" all that were paused; what is lifted by that. A flood before
        this moment opens no breaker any more."""
        lifted = pause.c.mailbox == mailbox if mailbox else pause.c.mailbox.is_not(None)
        lately = sending.c.mailbox == mailbox if mailbox else sending.c.mailbox.is_not(None)

        def work(connection: Connection) -> Sequence[Pause]:
            _alone(connection)
            found = [_pause(row) for row in connection.execute(_EVERY.where(lifted))]
            if found:
                connection.execute(delete(pause).where(lifted))
                connection.execute(update(sending).where(lately).values(same=""))
                told = {"mailboxes": [one.mailbox for one in found], "by": dict(who)}
                record.append(connection, now, "resumed", None, told)
            return found

        return await self._database.run(work)

    async def leaving(self, since: datetime) -> int:
        """How many automatic answers are being handed over, since that moment or later: a line that is in the middle
        of it cannot be stopped any more."""
        return await self._database.read(lambda connection: connection.scalar(_LEAVING, {"since": since}) or 0)


def _alone(connection: Connection) -> None:
    """Waits for those who have looked and not yet begun, and lets nobody look until this is committed. SQLite has one
    writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})


def _insert(connection: Connection, new: Pause, who: Who) -> bool:
    insert: Callable[[Any], Any] = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    reason = {"code": new.reason.code, "params": dict(new.reason.params)}
    values = {"mailbox": new.mailbox, "since": new.since, "reason": reason, "by": new.by}
    added: Collection[Any] = connection.execute(
        insert(pause).values(values).on_conflict_do_nothing().returning(pause.c.mailbox)
    ).all()
    if added:
        told = {"mailbox": new.mailbox, "reason": reason, "by": {**who, "kind": new.by}}
        record.append(connection, new.since, "paused", None, told)
    return bool(added)


def _pause(row: Row[Any]) -> Pause:
    reason = Reason(row.reason["code"], row.reason["params"])
    return Pause(row.mailbox, row.since, reason, row.by)
