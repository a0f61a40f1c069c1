"""The connection to SQLite or PostgreSQL, used from asyncio.

All statements are plain SQLAlchemy Core and run in threads (lane.py); the rest of the program awaits.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError

from repondeur.errors import StoreUnavailable
from repondeur.store.failures import named
from repondeur.store.lane import Job, Lane
from repondeur.store.sealing import UNSEALED, Sealer, seal_with

T = TypeVar("T")
Work = Callable[[Connection], T]

SQLITE_BUSY_SECONDS = 30
SQLITE_READERS = 2
POSTGRESQL_CONNECTIONS = 6
GROUP = 64  # transactions at most that share one fsync
CLOSE_SECONDS = 3.0

# The server ends a statement after 30 s. A host that is gone does not: the kernel gives the connection up (libpq,
# "Parameter Key Words"). A server that is frozen does neither; then whoever waits gives up.
POSTGRESQL_CONNECT: Final = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # milliseconds
}
ANSWER_SECONDS = 40.0

_READS = "repondeur_reads"  # execution option: the transaction writes nothing
_OUTSIDE = "repondeur_outside"  # execution option: there is no transaction


class Database:
    """`await run(work)` runs work(connection) in a transaction of its own and gives back what it returns; `read` does
    the same for work that writes nothing, and waits for no writer.

    Once the await returns, the transaction is durable (SQLite: WAL, synchronous FULL). Raises StoreUnavailable
    when the database cannot be reached or is full; whatever work raises is passed on, its writes undone. work may be
    run a second time when another one in the same commit has failed, so it does nothing but ask the database.

    busy_seconds: how long a writer waits for another process (SQLite). answer_seconds: how long anyone waits for the
    server (PostgreSQL).
    """

    def __init__(
        self, url: str, *, busy_seconds: float = SQLITE_BUSY_SECONDS, answer_seconds: float = ANSWER_SECONDS
    ) -> None:
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.url = parsed
        self.engine = _sqlite_engine(parsed, busy_seconds) if self.is_sqlite else _postgresql_engine(parsed)
        self.sealer = UNSEALED
        self._reading = self.engine.execution_options(**{_READS: True})
        self._seconds = None if self.is_sqlite else answer_seconds
        if self.is_sqlite:
            # One writer, and whatever has queued up while it wrote shares the next commit: SQLite has one writer
            # anyway, and the fsync is what costs on a real disk.
            self._writers = Lane("store", self._commit, group=GROUP)
            self._readers = Lane("store reads", self._read_one, threads=SQLITE_READERS)
        else:
            self._writers = self._readers = Lane("store", self._write_one, threads=POSTGRESQL_CONNECTIONS)

    def seal_with(self, sealer: Sealer) -> None:
        """What mails say is written under the first key of this sealer from now on, and read with any of its keys."""
        self.sealer = sealer
        seal_with(self.engine, sealer)

    async def run(self, work: Work[T]) -> T:
        result: T = await self._writers.run(work, self._seconds)
        return result

    async def read(self, work: Work[T]) -> T:
        result: T = await self._readers.run(work, self._seconds)
        return result

    def run_now(self, work: Work[T]) -> T:
        """`run` for callers outside asyncio."""
        return _within(self.engine, work)

    def read_now(self, work: Work[T]) -> T:
        """`read` for callers outside asyncio."""
        return _within(self._reading, work)

    def run_outside(self, work: Work[T]) -> T:
        """`run_now` without a transaction (SQLite), for what cannot be done within one."""
        return _within(self.engine.execution_options(**{_OUTSIDE: True}), work)

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A transaction that sees one moment of the whole database and holds up no writer."""
        engine = self._reading
        if not self.is_sqlite:
            engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with _transaction(engine) as connection:
            yield connection

    async def close(self) -> None:
        """Waits a few seconds for what is being written."""
        await self._writers.close(CLOSE_SECONDS)
        if self._readers is not self._writers:
            await self._readers.close(CLOSE_SECONDS)
        self.engine.dispose()

    def _commit(self, group: list[Job]) -> None:
        if len(group) == 1:
            self._write_one(group)
            return
        try:
            results = _within(self.engine, lambda connection: [job.work(connection) for job in group])
        except StoreUnavailable as error:  # it would be no better for each by itself, and each would wait as long
            for job in group:
                job.error = StoreUnavailable(error.reason.code, **error.reason.params)
        except BaseException:  # noqa: BLE001  which one it was comes out when each runs by itself
            for job in group:
                self._write_one([job])
        else:
            for job, result in zip(group, results, strict=True):
                job.result = result

    def _write_one(self, jobs: list[Job]) -> None:
        _do(self.engine, jobs[0])

    def _read_one(self, jobs: list[Job]) -> None:
        _do(self._reading, jobs[0])


def _do(engine: Engine, job: Job) -> None:
    def work(connection: Connection) -> Any:
        result = job.work(connection)
        if job.given_up:  # the same may have been asked for again since, so this late one is undone
            raise StoreUnavailable("store.no_answer", seconds=ANSWER_SECONDS)
        return result

    if job.given_up:
        return
    try:
        job.result = _within(engine, work)
    except BaseException as error:  # noqa: BLE001  handed to the one that awaits this job
        job.error = error


def _within(engine: Engine, work: Work[T]) -> T:
    with _transaction(engine) as connection:
        return work(connection)


@contextmanager
def _transaction(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        ours = named(error)
        if ours is None:
            raise
        raise ours from error


def _sqlite_engine(url: URL, busy_seconds: float) -> Engine:
    engine = create_engine(
        url,
        # Errors do not show the values of a statement: they are people's mail.
        hide_parameters=True,
        connect_args={"timeout": busy_seconds, "check_same_thread": False},
    )

    @event.listens_for(engine, "do_connect")
    def _make_private(_dialect: Any, _record: Any, _args: Any, _given: Any) -> None:
        # SQLite gives -wal and -shm the mode of the file itself.
        if url.database and url.database != ":memory:" and not url.database.startswith("file:"):
            make_private_file(url.database)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we begin by ourselves, see below
        # What is deleted is overwritten. auto_vacuum has to come before anything is in the file (see freed.py).
        for pragma in (
            "secure_delete=ON",
            "auto_vacuum=INCREMENTAL",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # Take the write lock at once: a transaction that reads first and writes later can fail with "busy" unheard.
        options = connection.get_execution_options()
        if not options.get(_OUTSIDE, False):
            connection.exec_driver_sql("BEGIN" if options.get(_READS, False) else "BEGIN IMMEDIATE")

    return engine


def make_private_file(path: str) -> None:
    """An empty file for this user alone, unless it is there. Says nothing when it cannot be made: SQLite will."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    except OSError:
        return


def _postgresql_engine(url: URL) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        pool_size=POSTGRESQL_CONNECTIONS,
        pool_pre_ping=True,
        connect_args={**POSTGRESQL_CONNECT, "options": "-c statement_timeout=30000"},
    )
