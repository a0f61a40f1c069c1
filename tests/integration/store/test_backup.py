"""A backup holds all that the store does: of every table there is, and of those that will be."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, Table, Text, insert
from tests.support.mails import NOW, a_mail, ended, planned
from tests.support.stored import rows_of
from tests.support.tables import postgresql_url, sqlite_url

from repondeur.store.backup import backup, restore
from repondeur.store.database import Database
from repondeur.store.keys import check_keys, note_key
from repondeur.store.notices import Notices, Planned
from repondeur.store.sealing import SealedJson, SealedOctets, SealedText, Sealer, new_key
from repondeur.store.store import Store
from repondeur.store.tables import Moment, metadata
from repondeur.texts import Reason

KEY = new_key()


def a_value(column: Column[Any]) -> Any:
    """Of the kind that this column takes; anything but what it has by itself."""
    match column.type:
        case Moment():
            return NOW
        case Date():
            return date(2026, 11, 20)
        case Boolean():
            return True
        case BigInteger() | Integer():
            return 1 if column.primary_key or column.foreign_keys else 7_000_000
        case SealedOctets():
            return b"octets \x00\xff"
        case SealedJson():
            return ["é", {"a": None}]
        case Text() | SealedText():
            return f"{column.table.name}.{column.name} é"
        case _:
            return {"code": "x", "params": {"n": 1}}


def a_row(table: Table) -> dict[str, Any]:
    return {column.name: a_value(column) for column in table.columns}


def opened(url: str) -> Database:
    """Under a key, as a process would open it."""
    database = Database(url)
    database.seal_with(Sealer([KEY]))
    check_keys(database)
    note_key(database, NOW)
    return database


@pytest.fixture
async def empty(database_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """Another one of the same kind."""
    if database_url.startswith("sqlite"):
        database = opened(sqlite_url(tmp_path / "empty.db"))
    else:
        database = opened(postgresql_url(request.getfixturevalue("postgresql")))
    yield database
    await database.close()


async def test_every_table_comes_back_as_it_was(database_url: str, empty: Database, tmp_path: Path) -> None:
    full = opened(database_url)
    with full.engine.begin() as connection:
        for table in metadata.sorted_tables:
            if table.name != "sealing_key":  # its row is there, and has to be a true one
                connection.execute(insert(table).values(a_row(table)))
    stored = rows_of(full)
    assert {line.partition(":")[0] for line in stored.splitlines()} == set(metadata.tables)
    assert backup(full, tmp_path / "backup.db") == 1
    assert restore(empty, tmp_path / "backup.db") == 1
    assert rows_of(empty) == stored
    await full.close()


async def test_work_goes_on_after_a_restore(database_url: str, empty: Database, tmp_path: Path) -> None:
    """Numbers are not given twice, what was told is not told again, and the record goes on where it was."""
    full = opened(database_url)
    await ended(Store(full), a_mail(1))
    told = Planned("ops", "mail:1", "held", "support", 1, Reason("way.approved"))
    await Notices(full).plan([told], NOW)
    assert backup(full, tmp_path / "backup.db") == restore(empty, tmp_path / "backup.db") == 1
    assert (await planned(Store(empty), a_mail(2))).id == 2
    await Notices(empty).plan([told, Planned("ops", "mail:2", "held", "support", 2, told.reason)], NOW)
    assert [due.planned.mail_id for due in await Notices(empty).due(NOW, "ops", ["ops"])] == [1, 2]
    await full.close()
