"""What the database does when it is busy, full, away or asked for the impossible."""

import asyncio
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError
from tests.support.eventually import eventually
from tests.support.frozen import frozen
from tests.support.postgresql import Cluster, cluster

from repondeur.errors import StoreUnavailable
from repondeur.store.backup import backup
from repondeur.store.database import Database
from repondeur.store.lane import Lane
from repondeur.store.upgrade import upgrade


def count(connection: Connection) -> int:
    return int(connection.scalar(text("SELECT count(*) FROM mail")) or 0)


def put(connection: Connection, passage_id: str = "p") -> None:
    connection.execute(
        text("INSERT INTO passage (id, title, text, language, visibility, source) VALUES (:id, '', '', '', '', '')"),
        {"id": passage_id},
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "repondeur.db"


@contextmanager
def written_by_another(file: Path) -> Iterator[None]:
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


async def opened(file: Path, busy_seconds: float = 30) -> Database:
    database = Database(f"sqlite:///{file}", busy_seconds=busy_seconds)
    upgrade(database)
    return database


async def test_a_locked_database_fails_a_whole_group_after_one_wait(file: Path) -> None:
    database = await opened(file, busy_seconds=0.5)
    begun: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: begun.append(given[2]))
    with written_by_another(file):
        failures = await asyncio.gather(*(database.run(put) for _ in range(20)), return_exceptions=True)
    assert [type(failure) for failure in failures] == [StoreUnavailable] * 20
    assert len({id(failure) for failure in failures}) == 20, "each has its own: a traceback grows where it is raised"
    assert 1 <= begun.count("BEGIN IMMEDIATE") <= 3, "the first by itself, and all that queued up meanwhile together"
    await database.close()


async def test_reads_and_a_backup_wait_for_no_writer_and_hold_up_none(file: Path, tmp_path: Path) -> None:
    database = await opened(file)
    with written_by_another(file):
        assert await asyncio.wait_for(database.read(count), 60) == 0
        assert await asyncio.wait_for(asyncio.to_thread(upgrade, database), 60) is False
        assert await asyncio.wait_for(asyncio.to_thread(backup, database, tmp_path / "copy.db"), 60) == 0
    with database.snapshot() as connection:
        before = connection.scalar(text("SELECT count(*) FROM passage"))
        await asyncio.wait_for(database.run(put), 30)
        assert connection.scalar(text("SELECT count(*) FROM passage")) == before
    await database.close()


async def test_what_was_written_is_read_at_once(database: Database) -> None:
    for number in range(20):
        await database.run(lambda connection, number=number: put(connection, f"p{number}"))
        found = await database.read(lambda connection: connection.scalar(text("SELECT count(*) FROM passage")))
        assert found == number + 1


@pytest.mark.servers
async def test_a_snapshot_shows_one_moment(database: Database) -> None:
    with database.snapshot() as connection:
        assert connection.scalar(text("SELECT count(*) FROM passage")) == 0
        await database.run(put)
        assert connection.scalar(text("SELECT count(*) FROM passage")) == 0
    await database.run(lambda connection: put(connection, "p2"))  # the connection writes again after it


async def test_an_error_in_a_statement_is_no_outage_and_shows_no_values(database: Database) -> None:
    def wrong(connection: Connection) -> None:
        connection.execute(
            text("INSERT INTO mail (id, subject) VALUES (:id, :subject)"), {"id": 1, "subject": "canary"}
        )

    with pytest.raises(DBAPIError) as defect:
        await database.run(wrong)
    assert "canary" not in str(defect.value).split("DETAIL")[0]


@pytest.mark.servers
async def test_a_row_too_long_for_an_index_is_no_outage(postgresql: Cluster) -> None:
    database = Database(postgresql.url(f"long_{uuid4().hex}"))
    upgrade(database)
    long = os.urandom(9000).hex()
    with pytest.raises(DBAPIError, match="ProgramLimitExceeded"):
        await database.run(lambda connection: put(connection, long))
    await database.close()


@pytest.mark.servers
async def test_a_server_that_shuts_a_connection_down_is_an_outage(postgresql: Cluster) -> None:
    database = Database(url := postgresql.url(f"shut_{uuid4().hex}"))

    def killed(connection: Connection) -> None:
        number = connection.scalar(text("SELECT pg_backend_pid()"))
        with psycopg.connect(url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", (number,))
        connection.execute(text("SELECT 1"))

    with pytest.raises(StoreUnavailable):
        await database.run(killed)
    await database.close()


def test_the_file_and_its_folder_are_for_this_user_alone(file: Path) -> None:
    before = os.umask(0o022)
    try:
        database = Database(f"sqlite:///{file}")
        upgrade(database)
        with database.engine.begin() as connection:
            put(connection)
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (file.parent, *file.parent.iterdir())}
    finally:
        os.umask(before)
    assert modes == {"data": 0o700, "repondeur.db": 0o600, "repondeur.db-wal": 0o600, "repondeur.db-shm": 0o600}
    database.engine.dispose()


@pytest.mark.servers
async def test_a_frozen_server_is_reported_and_does_not_hold_up_the_end() -> None:
    with cluster() as server:
        database = Database(url := server.url("frozen"), answer_seconds=1)
        upgrade(database)
        await database.run(count)
        with frozen(server):
            with pytest.raises(StoreUnavailable) as away:
                await asyncio.wait_for(database.run(put), 30)
            assert away.value.reason.code == "store.no_answer"
            await asyncio.wait_for(database.close(), 30)
        other = Database(url)
        counted = text("SELECT count(*) FROM passage")
        assert await other.run(lambda connection: connection.scalar(counted)) == 0, "what was given up is not written"
        await other.close()


async def test_threads_that_wait_do_not_keep_the_process_alive() -> None:
    lane = Lane("waits", lambda _: time.sleep(600))
    waiting = asyncio.create_task(lane.run(count, None))
    await eventually(lambda: any(thread.name == "waits" for thread in threading.enumerate()))
    await asyncio.wait_for(lane.close(0.1), 60)
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "waits")
    waiting.cancel()
