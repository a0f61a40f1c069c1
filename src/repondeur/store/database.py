"""The connection to SQLite or PostgreSQL, used from asyncio.

All statements are plain SQLAlchemy Core and run in threads of this file; the rest of the program awaits.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from repondeur.errors import RepondeurError, SettingsError, StoreUnavailable

T = TypeVar("T")
Work = Callable[[Connection], T]

SQLITE_BUSY_SECONDS = 30
POSTGRESQL_CONNECTIONS = 6
GROUP = 64  # transactions at most that share one fsync


@dataclass(slots=True)
class _Job:
    work: Callable[[Connection], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None

    def deliver(self) -> None:
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._set)

    def _set(self) -> None:
        if self.future.cancelled():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Database:
    """`await run(work)` runs work(connection) in a transaction of its own and gives back what it returns.

    Once the await returns, the transaction is durable (SQLite: WAL, synchronous FULL). Raises StoreUnavailable
    when the database cannot be reached or is full; whatever work raises is passed on, its writes undone. work may be
    run a second time when another one in the same commit has failed, so it does nothing but ask the database.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.url = parsed
        self.engine = _sqlite_engine(parsed) if self.is_sqlite else _postgresql_engine(parsed)
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._pool: ThreadPoolExecutor | None = None

    async def run(self, work: Work[T]) -> T:
        loop = asyncio.get_running_loop()
        if not self.is_sqlite:
            self._pool = self._pool or ThreadPoolExecutor(POSTGRESQL_CONNECTIONS, thread_name_prefix="store")
            return await loop.run_in_executor(self._pool, self.run_now, work)
        if self._thread is None:
            self._thread = threading.Thread(target=self._write_in_groups, name="store", daemon=True)
            self._thread.start()
        job = _Job(work, loop, loop.create_future())
        self._jobs.put(job)
        result: T = await job.future
        return result

    def run_now(self, work: Work[T]) -> T:
        """The same for callers outside asyncio."""
        try:
            with self.engine.begin() as connection:
                return work(connection)
        except DBAPIError as error:
            raise named(error) from error

    async def close(self) -> None:
        if self._thread is not None:
            self._jobs.put(None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None
        if self._pool is not None:
            await asyncio.to_thread(self._pool.shutdown)
            self._pool = None
        self.engine.dispose()

    def _write_in_groups(self) -> None:
        """One writer, and whatever has queued up while it wrote shares the next commit: SQLite has one writer
        anyway, and the fsync is what costs on a real disk."""
        while (job := self._jobs.get()) is not None:
            group, stop = [job], False
            while len(group) < GROUP and not self._jobs.empty():
                following = self._jobs.get()
                if following is None:
                    stop = True
                    break
                group.append(following)
            self._commit(group)
            for done in group:
                done.deliver()
            if stop:
                return

    def _commit(self, group: list[_Job]) -> None:
        if len(group) == 1:
            self._alone(group[0])
            return
        try:
            with self.engine.begin() as connection:
                results = [job.work(connection) for job in group]
        except BaseException:  # noqa: BLE001  which one it was comes out when each runs by itself
            for job in group:
                self._alone(job)
            return
        for job, result in zip(group, results, strict=True):
            job.result = result

    def _alone(self, job: _Job) -> None:
        try:
            job.result = self.run_now(job.work)
        except BaseException as error:  # noqa: BLE001  handed to the one that awaits this job
            job.error = error


def _sqlite_engine(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": SQLITE_BUSY_SECONDS, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we begin by ourselves, see below
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # Take the write lock at once: a transaction that reads first and writes later can fail with "busy" unheard.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _postgresql_engine(url: URL) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=POSTGRESQL_CONNECTIONS,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 10, "options": "-c statement_timeout=30000"},
    )


def named(error: DBAPIError) -> RepondeurError | DBAPIError:
    """The error of ours that a driver's error stands for; itself when it is a defect."""
    text = str(error.orig)
    if "disk is full" in text or "No space left" in text or "disk I/O error" in text:
        return StoreUnavailable("store.full")
    if "not a database" in text or "malformed" in text:
        return SettingsError("store.damaged")
    if isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated:
        return StoreUnavailable("store.unavailable", problem=text.splitlines()[0][:200] if text else "")
    return error
