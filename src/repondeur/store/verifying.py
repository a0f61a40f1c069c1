"""Does the record hold? Its chain is gone through from the beginning, and what the store has of messages that left is
held against it. Both are read a few rows at a time, whatever their number.

What the database has is taken as it stands there: whoever changes a row by hand may leave a value that is none.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, column, select, table
from sqlalchemy.exc import DatabaseError

from repondeur.errors import StoreUnavailable
from repondeur.store.chain import Fault, Link, fault
from repondeur.store.comparing import CHUNK, Difference, compare, opened
from repondeur.store.database import Database
from repondeur.store.record import begun
from repondeur.store.tables import mail, record

_AS_STORED = table("record", *(column(one.name) for one in record.columns))
_ROWS = select(_AS_STORED).order_by(_AS_STORED.c.id)
_EMPTIED = (
    select(record.c.id, record.c.mail_id)
    .join(mail, mail.c.id == record.c.mail_id)
    .where(record.c.details.is_(None), mail.c.message.is_not(None))
    .order_by(record.c.id)
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Broken:
    """what: number, previous, details or hash of a row (store.chain); emptied, its details are gone and nothing was
    purged; begun, the rows from its beginning are gone. unrecorded, a message has left that the record does not know;
    missing, the record knows of one that has left, and the store shows none; octets, address, text: the record knows
    it with other octets, another recipient or Message-ID, another text. row: its place in the chain, None where it is
    about a message or the beginning."""

    what: Fault | Literal["emptied", "begun"] | Difference
    row: int | None
    mail_id: int | None


@dataclass(frozen=True, slots=True)
class Verified:
    """rows: how many hold. head: the hash of the last of them, "" for none. at: when that was added. broken: the first
    thing that is wrong. wanted: the place of the row whose hash was asked for, None when there is none. messages: how
    many that left were held against the record. earlier: how many it knows nothing of, as they left before it began."""

    rows: int
    head: str
    at: datetime | None
    broken: Broken | None
    wanted: int | None
    messages: int = 0
    earlier: int = 0


def verify(database: Database, wanted: str = "") -> Verified:
    """wanted: the hash of a row that must be among them. Raises StoreUnavailable, also where a table is missing."""
    try:
        with database.snapshot() as connection:
            found, first = _chain(connection, wanted)
            if found.broken is not None:
                return found
            began = begun(connection)
            if began is not None and (first is None or first.at > began):
                return replace(found, broken=Broken("begun", None, None))
            emptied = connection.execute(_EMPTIED).one_or_none()
            if emptied is not None:
                return replace(found, broken=Broken("emptied", *emptied))
            compared = compare(connection, first)
    except DatabaseError as error:
        raise StoreUnavailable("record.unreadable", error=type(error).__name__) from error
    broken = None if compared.wrong is None else Broken(compared.wrong[0], None, compared.wrong[1])
    return replace(found, broken=broken, messages=compared.messages, earlier=compared.earlier)


def _chain(connection: Connection, wanted: str) -> tuple[Verified, Link | None]:
    """Also the first row."""
    first: Link | None = None
    before: Link | None = None
    place: int | None = None
    broken: Broken | None = None
    emptied: Link | None = None  # the first one that no purge has come after
    for stored in connection.execute(_ROWS, execution_options={"yield_per": CHUNK}):
        row = _link(connection, stored)
        wrong = "hash" if row is None else fault(row, before)
        if row is None or wrong is not None:
            of = stored.mail_id if isinstance(stored.mail_id, int) else None
            broken = Broken(wrong or "hash", stored.id, of)
            break
        if row.details is None:
            emptied = row if row.mail_id is None else emptied or row
            if row.mail_id is None:  # no purge forgets what is of no mail
                break
        elif row.event == "purged":
            emptied = None
        first, before = first or row, row
        if row.hash == wanted:
            place = row.id
    if broken is None and emptied is not None:
        broken = Broken("emptied", emptied.id, emptied.mail_id)
    count = before.id if before else 0
    return Verified(count, before.hash if before else "", before.at if before else None, broken, place), first


def _link(connection: Connection, stored: Row[Any]) -> Link | None:
    """None for a row that no version of this program wrote."""
    at = datetime.fromisoformat(stored.at) if _is_moment(stored.at) else stored.at
    texts = (stored.event, stored.details_digest, stored.previous, stored.hash)
    if not isinstance(at, datetime) or not all(isinstance(one, str) for one in texts):
        return None
    if not isinstance(stored.mail_id, int | None):
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return Link(stored.id, at, stored.mail_id, stored.event, opened(connection, stored.details), *texts[1:])


def _is_moment(stored: Any) -> bool:
    """SQLite keeps a moment as text."""
    try:
        return isinstance(stored, str) and bool(datetime.fromisoformat(stored))
    except ValueError:
        return False
