"""Forgetting what mails said: by age, or all that is known of one person.

Each transaction forgets a few mails whole, so whoever kills the program in the middle leaves some mails forgotten and
the others as they were.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select

from repondeur.store import forgotten, record
from repondeur.store.database import Database
from repondeur.store.ledger_rows import chunks
from repondeur.store.records import WAITS_FOR_A_PERSON, Stage
from repondeur.store.tables import action, gap, mail
from repondeur.texts import Reason

BATCH: Final = 200  # mails in one transaction

_ENDED = mail.c.stage == Stage.DONE
_WAITS = mail.c.state.in_(WAITS_FOR_A_PERSON)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what a mail has left is kept after its end; None for good.

    bodies: what it said, what was found in it, what was answered, whom we have told of it. records: these, and who
    wrote it and about what.
    gaps: questions that had no answer, from when they were asked. held: the bodies of a mail that waits for a person.
    """

    bodies: timedelta | None = None
    records: timedelta | None = None
    gaps: timedelta | None = None
    held: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Purged:
    """How many mails lost their bodies, their author and subject, how many their gap; how many waited too long."""

    bodies: int = 0
    records: int = 0
    gaps: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True)
class Person:
    """What there is of one address. ended: numbers of the mails that can be forgotten. waiting: how many of them wait
    for somebody to decide. at_work: how many others are not finished, and cannot be forgotten yet."""

    ended: tuple[int, ...]
    waiting: int
    at_work: int


_Forget = Callable[[Connection, Sequence[int]], None]


class Forgetting:
    """Raises StoreUnavailable. Moments have a zone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def purge(self, retention: Retention, now: datetime) -> Purged:
        """Forgets what is older than it is to be kept, never that a mail was handled."""

        async def older(than: timedelta | None, which: Sequence[ColumnElement[bool]], work: _Forget) -> int:
            if than is None:
                return 0
            return await self._in_batches(and_(_ENDED, mail.c.ended < now - than, *which), work, now)

        said = mail.c.message.is_not(None)
        known = or_(mail.c.subject != "", mail.c.author != "", said)
        held = await older(retention.held, [_WAITS, said], _waited(now))
        bodies = await older(retention.bodies, [~_WAITS, said], _bodies)
        records = await older(retention.records, [~_WAITS, known], _all)
        gaps = 0
        if retention.gaps is not None:
            before = now - retention.gaps
            gaps = await self._database.run(
                lambda connection: connection.execute(delete(gap).where(gap.c.at < before)).rowcount
            )
        # Notices go with bodies; where only all that is known is asked for, with that.
        kept = retention.records if retention.bodies is None else retention.bodies
        await self._database.run(partial(_counts, now=now, kept=kept))
        return Purged(bodies, records, gaps, held)

    async def person(self, address: str) -> Person:
        """What there is of the author with this address, whatever its case."""
        return await self._database.read(lambda connection: _person(connection, address))

    async def erase(self, address: str, now: datetime) -> Person:
        """Forgets all that is known of this person's mails, those that wait for somebody too; what was there. That they
        were handled stays, under a hash. Mails that are at work are left as they are."""
        found = await self.person(address)
        for some in _batches(found.ended):
            await self._database.run(partial(_erase, mail_ids=some, now=now))
        await self._database.run(partial(_counts, now=now, kept=None))
        return found

    async def _in_batches(self, which: ColumnElement[bool], forget: _Forget, now: datetime) -> int:
        count, last = 0, 0

        def work(connection: Connection) -> list[int]:
            ids = _locked(connection, which, mail.c.id > last)
            if ids:
                forget(connection, ids)
                record.append(connection, now, "purged", None, {"mails": len(ids)})
            return ids

        while ids := await self._database.run(work):
            count, last = count + len(ids), ids[-1]
        return count


def _bodies(connection: Connection, mail_ids: Sequence[int]) -> None:
    forgotten.forget_bodies(connection, mail_ids)
    forgotten.forget_places(connection, mail_ids)


def _all(connection: Connection, mail_ids: Sequence[int]) -> None:
    _bodies(connection, mail_ids)
    forgotten.forget_people(connection, mail_ids)


def _counts(connection: Connection, now: datetime, kept: timedelta | None) -> None:
    forgotten.forget_counts(connection, now)
    forgotten.forget_told(connection, now, kept)


def _waited(now: datetime) -> _Forget:
    def forget(connection: Connection, mail_ids: Sequence[int]) -> None:
        _bodies(connection, mail_ids)
        forgotten.wait_no_more(connection, mail_ids, Reason("privacy.waited_too_long"), now)

    return forget


def _erase(connection: Connection, mail_ids: Sequence[int], now: datetime) -> None:
    ids = _locked(connection, mail.c.id.in_(mail_ids))  # one may have been taken up again since
    if ids:
        forgotten.wait_no_more(connection, ids, Reason("privacy.forgotten"), now)
        _all(connection, ids)
        forgotten.forget_names(connection, ids)
        record.append(connection, now, "purged", None, {"mails": len(ids)})


def _locked(connection: Connection, *which: ColumnElement[bool]) -> list[int]:
    """Mails that have ended, as nobody else can change them meanwhile. SQLite has one writer anyway."""
    query = select(mail.c.id).where(_ENDED, *which).order_by(mail.c.id).limit(BATCH).with_for_update()
    return list(connection.scalars(query))


def _person(connection: Connection, address: str) -> Person:
    ended: list[int] = []
    waiting = at_work = 0
    for some in _batches(mails_of(connection, address)):
        for row in connection.execute(select(mail.c.id, mail.c.stage, mail.c.state).where(mail.c.id.in_(some))):
            if row.stage != Stage.DONE:
                at_work += 1
                continue
            ended.append(row.id)
            waiting += row.state in WAITS_FOR_A_PERSON
    return Person(tuple(ended), waiting, at_work)


def mails_of(connection: Connection, address: str) -> list[int]:
    """Numbers of the mails that this address wrote, or that were answered to it, oldest first."""
    ids: set[int] = set()
    for column, number in ((mail.c.author, mail.c.id), (action.c.recipient, action.c.mail_id)):
        # SQLite's lower() knows the letters of ASCII only.
        spelled = [one for one in connection.scalars(select(column).distinct()) if one.lower() == address.lower()]
        for chunk in chunks(spelled):
            ids.update(connection.scalars(select(number).where(column.in_(chunk))))
    return sorted(ids)


def _batches(mail_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (mail_ids[start : start + BATCH] for start in range(0, len(mail_ids), BATCH))
