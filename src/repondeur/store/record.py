"""The record of decisions: what was decided about a mail, what left, who agreed. Rows are added and never changed; each
is bound to those before it (chain.py). See docs/decisions/record.md.

`append` belongs at the end of the transaction that makes the change: neither is stored without the other, and on
PostgreSQL the lock that lets one transaction after the other add its row is held for no longer than a commit takes.
"""

import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, insert, select, text, update

from repondeur.store.chain import Link, Place, canonical, linked
from repondeur.store.ledger_rows import insert_into
from repondeur.store.tables import record, upkeep

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
BEGUN = "record"  # name of the moment at which the record began: where that is known, it cannot be empty
MANY = 500  # values in one IN (…)

_COLUMNS = [record.c[one.name] for one in fields(Link)]
_HEAD = select(record.c.id, record.c.hash).order_by(record.c.id.desc()).limit(1)
_OF_MAIL = select(*_COLUMNS).where(record.c.mail_id == bindparam("of_mail")).order_by(record.c.id)
_INSERT = insert(record)


def append(connection: Connection, at: datetime, event: Event, mail_id: int | None, details: Mapping[str, Any]) -> Link:
    """Adds a row. details: what JSON can hold; all that may speak of a person belongs there, because nothing else can
    be forgotten. The last thing that a transaction does."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    salted = canonical({**details, "salt": secrets.token_hex(SALT)})
    before = head(connection)
    if before is None:
        connection.execute(insert_into(connection, upkeep).values(task=BEGUN, at=at).on_conflict_do_nothing())
    row = linked(before, at, event, mail_id, salted)
    connection.execute(_INSERT, {one.name: getattr(row, one.name) for one in fields(Link)})
    return row


def forget(connection: Connection, mail_ids: Collection[int]) -> None:
    """Forgets the details of these mails' rows. That they are there, and in what order, stays."""
    ids = list(mail_ids)
    for start in range(0, len(ids), MANY):
        theirs = record.c.mail_id.in_(ids[start : start + MANY])
        connection.execute(update(record).where(theirs, record.c.details.is_not(None)).values(details=None))


def head(connection: Connection) -> Place | None:
    """Where the chain ends."""
    row = connection.execute(_HEAD).one_or_none()
    return None if row is None else Place(*row)


def begun(connection: Connection) -> datetime | None:
    """When the first row was added, as it is noted beside the record; None where an earlier version added it."""
    found: datetime | None = connection.scalar(select(upkeep.c.at).where(upkeep.c.task == BEGUN))
    return found


def of_mail(connection: Connection, mail_id: int) -> list[Link]:
    """The rows of one mail, oldest first."""
    return [Link(**row._asdict()) for row in connection.execute(_OF_MAIL, {"of_mail": mail_id})]


def details_of(row: Link) -> dict[str, Any]:
    """What the row told, without its salt; {} once forgotten."""
    told: dict[str, Any] = {} if row.details is None else json.loads(row.details)
    told.pop("salt", None)
    return told
