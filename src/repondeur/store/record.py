"""The record of decisions: what was decided about a mail, what left, who agreed. Rows are added and never changed; each
is bound to those before it (chain.py). See docs/decisions/record.md.

`append` belongs at the end of the transaction that makes the change: neither is stored without the other, and on
PostgreSQL the lock that lets one transaction after the other add its row is held for no longer than a commit takes.
"""

import json
import secrets
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, Select, bindparam, func, insert, select, text, update

from repondeur.store.chain import Link, canonical, linked
from repondeur.store.tables import record

Wanted = Literal["approved", "rejected", "retried"]  # by a person
Event = (
    Literal[
        "decided",  # what the rules and the guard said, and why; with it everything that is then done
        "sent",  # the server has taken a message
        "drafted",  # it stands in Drafts
        "done",  # another effect is done
        "unknown",  # nobody can tell whether it has left
        "refused",  # the server will never take it
        "withdrawn",  # not done after all, seen just before it was begun
        "paused",
        "resumed",
        "purged",  # what mails have said was forgotten, and with it the details of their rows
    ]
    | Wanted
)

LOCK = 0x7265636F  # any number that no other program takes
SALT = 16  # octets
MANY = 500  # values in one IN (…)
CHUNK = 500  # rows read at a time

_COLUMNS = [record.c[one.name] for one in fields(Link)]
_HEAD = select(*_COLUMNS).order_by(record.c.id.desc()).limit(1)
_ALL = select(*_COLUMNS).order_by(record.c.id)
_OF_MAIL = _ALL.where(record.c.mail_id == bindparam("of_mail"))
_HAS = select(record.c.id).where(record.c.hash == bindparam("of_hash"))
_INSERT = insert(record)


def append(connection: Connection, at: datetime, event: Event, mail_id: int | None, details: Mapping[str, Any]) -> Link:
    """Adds a row. details: what JSON can hold; all that may speak of a person belongs there, because nothing else can
    be forgotten. The last thing that a transaction does."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    salted = canonical({**details, "salt": secrets.token_hex(SALT)})
    row = linked(head(connection), at, event, mail_id, salted)
    connection.execute(_INSERT, {one.name: getattr(row, one.name) for one in fields(Link)})
    return row


def forget(connection: Connection, mail_ids: Collection[int] | Select[Any]) -> int:
    """Forgets the details of these mails' rows; how many rows. That they are there, and in what order, stays."""
    if isinstance(mail_ids, Select):
        return connection.execute(_forgotten().where(record.c.mail_id.in_(mail_ids))).rowcount
    ids = list(mail_ids)
    chunks = (ids[start : start + MANY] for start in range(0, len(ids), MANY))
    return sum(connection.execute(_forgotten().where(record.c.mail_id.in_(chunk))).rowcount for chunk in chunks)


def head(connection: Connection) -> Link | None:
    """The newest row."""
    row = connection.execute(_HEAD).one_or_none()
    return None if row is None else _link(row)


def of_mail(connection: Connection, mail_id: int) -> list[Link]:
    """The rows of one mail, oldest first."""
    return [_link(row) for row in connection.execute(_OF_MAIL, {"of_mail": mail_id})]


def every(connection: Connection) -> Iterator[Link]:
    """All rows, oldest first, read a few at a time."""
    rows = connection.execution_options(yield_per=CHUNK).execute(_ALL)
    return (_link(row) for row in rows)


def has(connection: Connection, hash_: str) -> int | None:
    """The number of the row with this hash."""
    found: int | None = connection.scalar(_HAS, {"of_hash": hash_})
    return found


def count(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(record)) or 0


def details_of(row: Link) -> dict[str, Any]:
    """What the row told, without its salt; {} once forgotten."""
    told: dict[str, Any] = {} if row.details is None else json.loads(row.details)
    told.pop("salt", None)
    return told


def _forgotten() -> Any:
    return update(record).where(record.c.details.is_not(None)).values(details=None)


def _link(row: Row[Any]) -> Link:
    return Link(**row._asdict())
