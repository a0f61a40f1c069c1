"""Does the record hold? Its chain is gone through from the beginning, and what the store has of messages that left is
held against it. Both are read a few rows at a time, whatever their number.

What the database has is taken as it stands there: whoever changes a row by hand may leave a value that is none.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Final, Literal

from sqlalchemy import Connection, LargeBinary, Row, Text, column, select, table, type_coerce
from sqlalchemy.exc import DatabaseError

from repondeur.errors import StoreUnavailable
from repondeur.store.chain import Fault, Link, fault, sha256
from repondeur.store.database import Database
from repondeur.store.record import begun
from repondeur.store.records import ActionState
from repondeur.store.sealing import SealedOctets, SealedText
from repondeur.store.tables import action, mail, record

CHUNK: Final = 500  # rows read at a time
LEFT: Final = (ActionState.SENT, ActionState.DONE)
RECORDED: Final = {
    "reply": ("sent",),
    "draft": ("drafted",),
}  # kinds that the store keeps the octets of, and their rows

_AS_STORED = table("record", *(column(one.name) for one in record.columns))
_ROWS = select(_AS_STORED).order_by(_AS_STORED.c.id)
_MESSAGES = (
    select(
        action.c.id.label("number"),
        action.c.mail_id,
        action.c.kind,
        type_coerce(action.c.raw, LargeBinary).label("raw"),
        type_coerce(action.c.text, Text).label("text"),
        action.c.changed,
        mail.c.received,
        record.c.event,
        type_coerce(record.c.details, Text).label("details"),
    )
    .join(mail, mail.c.id == action.c.mail_id)
    .outerjoin(record, record.c.mail_id == action.c.mail_id)
    .where(action.c.state.in_(LEFT), action.c.kind.in_(tuple(RECORDED)))
    .order_by(action.c.id)
)


@dataclass(frozen=True, slots=True)
class Broken:
    """what: number, previous, details or hash of a row (store.chain); unrecorded, a message has left that the record
    does not know; octets, the record knows it with other octets; text, what people are shown of it is not what was
    decided; begun, the rows from its beginning are gone. row: its place in the chain, None for the last four."""

    what: Fault | Literal["unrecorded", "octets", "text", "begun"]
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
            count, earlier, broken = _messages(connection, first)
    except DatabaseError as error:
        raise StoreUnavailable("record.unreadable", error=type(error).__name__) from error
    return replace(found, broken=broken, messages=count, earlier=earlier)


def _chain(connection: Connection, wanted: str) -> tuple[Verified, Link | None]:
    """Also the first row."""
    first: Link | None = None
    before: Link | None = None
    place: int | None = None
    broken: Broken | None = None
    for stored in connection.execute(_ROWS, execution_options={"yield_per": CHUNK}):
        row = _link(connection, stored)
        wrong = "hash" if row is None else fault(row, before)
        if row is None or wrong is not None:
            of = stored.mail_id if isinstance(stored.mail_id, int) else None
            broken = Broken(wrong or "hash", stored.id, of)
            break
        first, before = first or row, row
        if row.hash == wanted:
            place = row.id
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
    return Link(stored.id, at, stored.mail_id, stored.event, _opened(connection, stored.details), *texts[1:])


def _is_moment(stored: Any) -> bool:
    """SQLite keeps a moment as text."""
    try:
        return isinstance(stored, str) and bool(datetime.fromisoformat(stored))
    except ValueError:
        return False


def _opened(connection: Connection, stored: Any) -> str | None:
    """Of what cannot be opened, something that its digest does not fit."""
    try:
        return SealedText().process_result_value(stored, connection.dialect)
    except (StoreUnavailable, ValueError):
        return ""


def _messages(connection: Connection, first: Link | None) -> tuple[int, int, Broken | None]:
    """How many messages that left are in the record as they are, how many left before it began, and the first that is
    not as it was recorded."""
    count = earlier = 0
    rows = connection.execute(_MESSAGES, execution_options={"yield_per": CHUNK})
    for _, of_message in groupby(rows, key=lambda row: row.number):
        events = list(of_message)
        if _is_earlier(events, first):
            earlier += 1
            continue
        wrong = _message(connection, events)
        if wrong is not None:
            return count, earlier, wrong
        count += 1
    return count, earlier, None


def _is_earlier(events: Sequence[Row[Any]], first: Link | None) -> bool:
    """Whether the message left before there was a record. A person may have decided about its mail since, which has
    rows then; the message itself is as it was."""
    one = events[0]
    if any(row.event in RECORDED[one.kind] for row in events):
        return False
    return first is None or one.changed < first.at or (one.event is None and one.received < first.at)


def _message(connection: Connection, events: Sequence[Row[Any]]) -> Broken | None:
    """events: all that the record has on the mail, beside the message."""
    one = events[0]
    told = [_details(connection, row.details) for row in events if row.event in RECORDED[one.kind]]
    if not told:
        return Broken("unrecorded", None, one.mail_id)
    if one.raw is None:  # forgotten
        return None
    octets = _octets(connection, one.raw)
    # Octets and details are forgotten together: rows that tell nothing of what is still there were emptied by hand.
    known = {details.get("sha256") for details in told if details}
    if octets is None or sha256(octets) not in known:
        return Broken("octets", None, one.mail_id)
    return None if _is_as_decided(connection, events) else Broken("text", None, one.mail_id)


def _is_as_decided(connection: Connection, events: Sequence[Row[Any]]) -> bool:
    """Whether the text beside the octets is one that was decided about this mail; also where no row tells of any."""
    decided = [_details(connection, row.details) or {} for row in events if row.event == "decided"]
    known = {details["text_sha256"] for details in decided if "text_sha256" in details}
    text = events[0].text
    return not known or (text is not None and sha256(_opened(connection, text) or "") in known)


def _details(connection: Connection, stored: Any) -> dict[str, Any] | None:
    details = _opened(connection, stored)
    return None if details is None else json.loads(details)


def _octets(connection: Connection, stored: Any) -> bytes | None:
    """None for what cannot be opened, or is none: SQLite takes a text in any column."""
    if isinstance(stored, str):
        return None
    try:
        return SealedOctets().process_result_value(stored, connection.dialect)
    except StoreUnavailable:
        return None
