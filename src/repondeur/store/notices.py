"""What targets are to be told, each thing at most once: a row is there before anything leaves, and says how far it is.

    planned ─▶ committing ─▶ sent            committing and nobody at it any more: it may have left, and is not sent
       ▲           │                         again (unknown)
       └── later ──┴─▶ failed

A row holds of a mail its number and, until it is told, the reason; the rest is read from the mail when it leaves.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from repondeur.store.database import Database
from repondeur.store.rows import reason_from, reason_json
from repondeur.store.tables import mail, notice
from repondeur.texts import Reason

MOST_AN_HOUR: Final = 60  # for one target; a flood of mail is not to become a flood of notices
ABANDONED: Final = timedelta(minutes=2)  # longer than any sending takes
ENDED: Final = ("sent", "unknown", "failed", "dropped")
_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class Planned:
    """One thing to tell. key: the same for what is to be told once."""

    target: str
    key: str
    event: str
    mailbox: str
    mail_id: int | None
    reason: Reason


@dataclass(frozen=True, slots=True)
class Due:
    """A row that waits. tries: failures so far."""

    id: int
    planned: Planned
    tries: int
    at: datetime


class Notices:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def plan(self, wanted: Sequence[Planned], now: datetime) -> int:
        """Those that are new, as rows; how many of them are left out because their target has had enough for an
        hour."""

        def work(connection: Connection) -> int:
            return sum(self._put(connection, one, now) for one in wanted)

        return await self._database.run(work) if wanted else 0

    def _put(self, connection: Connection, one: Planned, now: datetime) -> int:
        lately = select(func.count()).where(notice.c.target == one.target, notice.c.at > now - timedelta(hours=1))
        too_many = (connection.scalar(lately) or 0) >= MOST_AN_HOUR
        row = {
            "target": one.target,
            "key": one.key,
            "event": one.event,
            "mailbox": one.mailbox,
            "mail_id": one.mail_id,
            "reason": None if too_many else reason_json(one.reason),
            "state": "dropped" if too_many else "planned",
            "tries": 0,
            "due": now,
            "at": now,
            "changed": now,
        }
        insert = sqlite.insert(notice) if self._database.is_sqlite else postgresql.insert(notice)
        new = connection.scalar(insert.values(row).on_conflict_do_nothing().returning(notice.c.id))
        return int(new is not None and too_many)

    async def due(self, now: datetime, target: str, known: Collection[str]) -> list[Due]:
        """What is to be sent to this target now, oldest first. What somebody has begun and not ended is unknown from
        here on, and what was to be sent to a target that is not known any more is dropped."""

        def work(connection: Connection) -> list[Due]:
            left = (notice.c.state == "committing", notice.c.changed < now - ABANDONED)
            connection.execute(update(notice).where(*left).values(state="unknown", changed=now))
            of_nobody = (notice.c.state == "planned", notice.c.target.not_in(known))
            connection.execute(update(notice).where(*of_nobody).values(state="dropped", changed=now, reason=None))
            waiting = (notice.c.state == "planned", notice.c.target == target, notice.c.due <= now)
            query = select(notice).where(*waiting).order_by(notice.c.id).limit(_AT_ONCE)
            return [_due(row) for row in connection.execute(query)]

        return await self._database.run(work)

    async def next_due(self, target: str) -> datetime | None:
        query = select(func.min(notice.c.due)).where(notice.c.state == "planned", notice.c.target == target)
        found: datetime | None = await self._database.read(lambda connection: connection.scalar(query))
        return found

    async def begin(self, number: int, now: datetime) -> bool:
        """Takes it: from here on it may have left. False when another process has taken it."""
        taken = (
            update(notice)
            .where(notice.c.id == number, notice.c.state == "planned")
            .values(state="committing", changed=now)
        )
        return await self._database.run(lambda connection: connection.execute(taken).rowcount == 1)

    async def ended(self, number: int, state: str, now: datetime) -> None:
        """sent, unknown, failed, or dropped."""
        query = update(notice).where(notice.c.id == number).values(state=state, changed=now, reason=None)
        await self._database.run(lambda connection: connection.execute(query))

    async def later(self, number: int, tries: int, due: datetime, now: datetime) -> None:
        """Nothing has left; again then."""
        values = {"state": "planned", "tries": tries, "due": due, "changed": now}
        query = update(notice).where(notice.c.id == number).values(values)
        await self._database.run(lambda connection: connection.execute(query))

    async def number_of(self, mailbox: str, identity: str) -> int | None:
        """Of a mail that was just stored."""
        query = select(mail.c.id).where(mail.c.mailbox == mailbox, mail.c.identity == identity)
        found: int | None = await self._database.read(lambda connection: connection.scalar(query))
        return found


def _due(row: Row[Any]) -> Due:
    reason = reason_from(row.reason)
    assert reason is not None, "it has one until it has ended"
    planned = Planned(row.target, row.key, row.event, row.mailbox, row.mail_id, reason)
    return Due(row.id, planned, row.tries, row.at)
