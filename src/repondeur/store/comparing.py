"""What the store shows of messages, held against what the record tells of them: mail by mail, both read in order.

Messages and the details of their rows are forgotten together. So where rows of a mail tell nothing, nothing of its
messages may be left; and where they do, all of it has to be there.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import Connection, LargeBinary, Row, Select, Text, select, type_coerce

from repondeur.errors import StoreUnavailable
from repondeur.store.chain import Link, sha256
from repondeur.store.records import ActionState
from repondeur.store.sealing import SealedOctets, SealedText
from repondeur.store.tables import action, mail, record

CHUNK: Final = 500  # rows read at a time
LEFT: Final = (ActionState.SENT, ActionState.DONE)
RECORDED: Final = {
    "reply": ("sent",),
    "draft": ("drafted",),
}  # kinds that are messages, and the rows of those that left
_OF_CALLS: Final = ("sent", "done")
_ANEW: Final = ("decided", "approved", "rejected", "retried")  # after these, what was done before may be replaced

_Rows = Sequence[Row[Any]]
Difference = Literal["unrecorded", "missing", "octets", "text", "address"]

_ACTIONS = (
    select(
        action.c.mail_id,
        action.c.kind,
        action.c.state,
        action.c.message_id,
        action.c.recipient,
        type_coerce(action.c.text, Text).label("text"),
        type_coerce(action.c.raw, LargeBinary).label("raw"),
        action.c.changed,
        mail.c.received,
    )
    .join(mail, mail.c.id == action.c.mail_id)
    .order_by(action.c.mail_id, action.c.id)
)
_ROWS = (
    select(record.c.mail_id, record.c.event, type_coerce(record.c.details, Text).label("details"))
    .where(record.c.mail_id.is_not(None))
    .order_by(record.c.mail_id, record.c.id)
)


@dataclass(frozen=True, slots=True)
class Compared:
    """messages: how many that left are as they were recorded. earlier: how many left before there was a record. wrong:
    the first difference, and the mail it is about."""

    messages: int
    earlier: int
    wrong: tuple[Difference, int] | None = None


class _Told(NamedTuple):
    """A row of the record. details: None once forgotten."""

    event: str
    details: Mapping[str, Any] | None


def compare(connection: Connection, first: Link | None) -> Compared:
    """first: row of the record. Its chain holds, and no details were emptied by hand (store.verifying)."""
    messages = earlier = 0
    for mail_id, rows, actions in _mails(connection):
        told = [_Told(row.event, _details(connection, row.details)) for row in rows]
        for one in actions:
            if one.state in LEFT and _is_earlier(one, told, first):
                earlier += one.kind in RECORDED
                continue
            if (wrong := _difference(connection, one, told)) is not None:
                return Compared(messages, earlier, (wrong, mail_id))
            messages += one.state in LEFT and one.kind in RECORDED
        if not _left(told).issubset(one.kind for one in actions if one.state in LEFT):
            return Compared(messages, earlier, ("missing", mail_id))
    return Compared(messages, earlier)


def _mails(connection: Connection) -> Iterator[tuple[int, _Rows, _Rows]]:
    """Of each mail its rows of the record, and its effects."""

    def by_mail(query: Select[Any]) -> Iterator[tuple[int | None, _Rows]]:
        rows = connection.execute(query, execution_options={"yield_per": CHUNK})
        yield from ((mail_id, list(found)) for mail_id, found in groupby(rows, key=lambda row: row.mail_id))
        while True:
            yield None, []

    told, shown = by_mail(_ROWS), by_mail(_ACTIONS)
    row, effect = next(told), next(shown)
    while ids := [one for one in (row[0], effect[0]) if one is not None]:
        mail_id = min(ids)
        yield mail_id, row[1] if row[0] == mail_id else [], effect[1] if effect[0] == mail_id else []
        row = next(told) if row[0] == mail_id else row
        effect = next(shown) if effect[0] == mail_id else effect


def _is_earlier(one: Row[Any], told: Sequence[_Told], first: Link | None) -> bool:
    """Whether the message left before there was a record. A person may have decided about its mail since, which has
    rows then; the message itself is as it was."""
    if any(row.event in _rows_of(one.kind) for row in told):
        return False
    return first is None or one.changed < first.at or (not told and one.received < first.at)


def _left(told: Sequence[_Told]) -> set[str]:
    """Kinds of what has left, and nothing has been decided about since."""
    left: set[str] = set()
    for event, details in told:
        if event in _ANEW:
            left.clear()
        elif details is not None and (kind := details.get("kind")):
            (left.add if event in _rows_of(kind) else left.discard)(kind)
    return left


def _difference(connection: Connection, one: Row[Any], told: Sequence[_Told]) -> Difference | None:
    """one: an effect, as the store has it."""
    known = [row.details for row in told if row.details is not None]
    if one.state in LEFT:
        gone = [row.details for row in told if row.event in _rows_of(one.kind)]
        theirs = [details for details in gone if details is not None and details.get("kind") == one.kind]
        if not theirs and None not in gone:
            return "unrecorded"
        if one.kind in RECORDED and (theirs or one.raw is not None) and not _is_one_of(connection, one.raw, theirs):
            return "octets"
    if one.kind not in RECORDED:
        return None
    effects = [shape for details in known for shape in (details, *details.get("actions", ()))]
    named = {(shape.get("to"), shape.get("message_id")) for shape in effects if shape.get("kind") == one.kind}
    if named and (one.recipient, one.message_id) not in named:
        return "address"
    texts = {details["text_sha256"] for details in known if "text_sha256" in details}
    text = opened(connection, one.text)
    as_told = text is None if told and not known else not texts or (text is not None and sha256(text) in texts)
    return None if as_told else "text"


def _is_one_of(connection: Connection, raw: Any, recorded: Sequence[Mapping[str, Any]]) -> bool:
    octets = _octets(connection, raw)
    return octets is not None and sha256(octets) in {details.get("sha256") for details in recorded}


def _rows_of(kind: str) -> Sequence[str]:
    return RECORDED.get(kind, _OF_CALLS)


def _details(connection: Connection, stored: Any) -> Mapping[str, Any] | None:
    details = opened(connection, stored)
    return None if details is None else json.loads(details)


def opened(connection: Connection, stored: Any) -> str | None:
    """Of what cannot be opened, something that its digest does not fit."""
    try:
        return SealedText().process_result_value(stored, connection.dialect)
    except (StoreUnavailable, ValueError):
        return ""


def _octets(connection: Connection, stored: Any) -> bytes | None:
    """None for what cannot be opened, or is none: SQLite takes a text in any column."""
    if isinstance(stored, str):
        return None
    try:
        return SealedOctets().process_result_value(stored, connection.dialect)
    except StoreUnavailable:
        return None
