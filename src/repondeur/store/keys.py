"""Which keys the database needs, and putting all of it under the first one, or under none."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, Table, delete, select, tuple_, update

from repondeur.errors import SettingsError, StoreUnavailable
from repondeur.store.database import Database
from repondeur.store.ledger_rows import insert_into
from repondeur.store.sealing import SEALED_TYPES, Sealer, as_stored
from repondeur.store.tables import metadata, sealing_key

BATCH: Final = 50  # rows in one transaction: one may hold 25 MB

_PROOF: Final = b"repondeur"
_KNOWN: Final = select(sealing_key.c.id)


def check_keys(database: Database) -> None:
    """Raises SettingsError when something in the database may be sealed under a key that this one was not given."""
    known = database.read_now(
        lambda connection: list(connection.execute(select(sealing_key.c.id, sealing_key.c.proof)))
    )
    missing = [row.id for row in known if not _opens(database.sealer, row.proof)]
    if missing:
        raise SettingsError("store.sealed", key=", ".join(missing))


def note_key(database: Database, now: datetime) -> None:
    """Before anything is sealed, notes the key that it will be sealed under."""
    sealer = database.sealer
    if not sealer.first:
        return
    known = database.read_now(
        lambda connection: connection.scalar(select(sealing_key.c.id).where(sealing_key.c.id == sealer.first))
    )
    if known is None:
        row = {"id": sealer.first, "proof": sealer.seal(_PROOF), "since": now}
        database.run_now(
            lambda connection: connection.execute(
                insert_into(connection, sealing_key).values(row).on_conflict_do_nothing()
            )
        )


def is_noted(database: Database) -> bool:
    """Whether the key that this one seals under is one of the database, so that whoever works it can read it."""
    sealer = database.sealer
    return not sealer.first or sealer.first in database.read_now(lambda connection: connection.scalars(_KNOWN).all())


def seal_as_noted(database: Database) -> None:
    """Seals under the first of its keys that the database has already, or not at all: nobody who works it knows any
    other."""
    known = set(database.read_now(lambda connection: connection.scalars(_KNOWN).all()))
    theirs = (key_id for key_id in database.sealer.ids if key_id in known)
    database.seal_with(database.sealer.sealing_under(next(theirs, "")))


def check_unchanged(connection: Connection, sealer: Sealer) -> None:
    """Raises StoreUnavailable when the keys of the database are no longer those that this process began with: what it
    wrote would stand there in plain text, or under a key that nobody knows it needs."""
    known = set(connection.scalars(_KNOWN))
    if not known.issubset(sealer.ids) or (sealer.first and sealer.first not in known):
        raise StoreUnavailable("store.keys_changed")


async def seal_all(database: Database) -> int:
    """Puts all that is stored of bodies under the first key of the database; how many rows were not. Interrupted, it
    goes on from there when it is called again. Afterwards no other key is needed. Raises SettingsError without any."""
    if not database.sealer.first:
        raise SettingsError("privacy.no_key")
    return await _put_all(database)


async def unseal_all(database: Database) -> int:
    """The way back: puts everything as plain text, with the keys that the database was given; how many rows were not.
    Nobody else may write meanwhile. Interrupted, it goes on when it is called again. Afterwards no key is needed."""
    database.seal_with(database.sealer.sealing_under(""))
    return await _put_all(database)


async def _put_all(database: Database) -> int:
    count = 0
    for table in metadata.sorted_tables:
        names = [column.name for column in table.columns if isinstance(column.type, SEALED_TYPES)]
        if names:
            count += await _put_table(database, table, names)
    others = delete(sealing_key).where(sealing_key.c.id != database.sealer.first)
    await database.run(lambda connection: connection.execute(others))
    return count


async def _put_table(database: Database, table: Table, names: Sequence[str]) -> int:
    count, last = 0, None
    while True:
        done, looked_at, last = await database.run(
            partial(_put_some, table=table, names=names, sealer=database.sealer, after=last)
        )
        count += done
        if looked_at < BATCH:
            return count


def _put_some(
    connection: Connection, table: Table, names: Sequence[str], sealer: Sealer, after: Sequence[Any] | None
) -> tuple[int, int, Sequence[Any] | None]:
    """How many were put anew, of how many, and the key of the last one."""
    raw = as_stored(table)
    keys = [raw.c[column.name] for column in table.primary_key]
    query = select(*keys, *(raw.c[name] for name in names)).order_by(*keys).limit(BATCH).with_for_update()
    if after is not None:
        query = query.where(tuple_(*keys) > tuple_(*after))
    found = connection.execute(query).all()
    put = 0
    for row in found:
        key = row[: len(keys)]
        if all(sealer.is_current(getattr(row, name)) for name in names):
            continue
        # Read and written with the types of the table: that is what unseals and seals.
        this = [column == value for column, value in zip(table.primary_key, key, strict=True)]
        plain = connection.execute(select(*(table.c[name] for name in names)).where(*this)).one()
        connection.execute(update(table).where(*this).values(plain._asdict()))
        put += 1
    return put, len(found), tuple(found[-1][: len(keys)]) if found else None


def _opens(sealer: Sealer, proof: str) -> bool:
    try:
        return sealer.open(proof) == _PROOF
    except StoreUnavailable:
        return False
