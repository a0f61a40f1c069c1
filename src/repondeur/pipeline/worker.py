"""Many workers on one PostgreSQL, by procrastinate. The only file that knows it.

A job is the number of a mail. A lock for each thread keeps one thread's mails in order and one mail with one worker.
When a worker dies its heart stops beating; after a lease another takes its jobs over. A worker that was only asleep
finds its claims gone when it wakes (store.ClaimLost) and touches nothing more.
"""

import asyncio
import contextlib
import hashlib
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import structlog
from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job, Status
from sqlalchemy import inspect

from repondeur.pipeline.dispatch import STORE_AWAY_PAUSE, SWEEP, Handle
from repondeur.store.database import POSTGRESQL_CONNECT, Database
from repondeur.store.records import Waiting
from repondeur.store.store import Store
from repondeur.store.upgrade import one_at_a_time
from repondeur.texts import Reason

log = structlog.get_logger(__name__)

QUEUE = "mail"
RECONNECT_PAUSE = 2.0  # seconds
STALL = 300.0  # seconds
CLOSING = 5.0  # seconds of a stop that are kept for leaving a database that does not answer


def install(database: Database) -> bool:
    """Makes procrastinate's tables unless they are there. True when it had to."""
    if _installed(database):
        return False
    with one_at_a_time(database):
        if _installed(database):
            return False
        with App(connector=SyncPsycopgConnector(conninfo=_conninfo(database))).open() as app:
            app.schema_manager.apply_schema()
    return True


def _installed(database: Database) -> bool:
    with database.engine.connect() as connection:
        return inspect(connection).has_table("procrastinate_jobs")


class SharedDispatcher:
    """One of many workers.

    lease: seconds without a heartbeat after which a worker counts as dead. stall: seconds without any progress after
    which `quiet` waits no longer.
    """

    def __init__(
        self, handle: Handle, store: Store, concurrency: int, *, lease: float = 30.0, stall: float = STALL
    ) -> None:
        self._handle = handle
        self._store = store
        self._concurrency = concurrency
        self._lease = lease
        self._stall = stall
        self._app = App(connector=_connector(store.database))
        self._task = self._app.task(name="mail", queue=QUEUE)(self._job)
        self._background: list[asyncio.Task[None]] = []
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._deferring: set[asyncio.Task[None]] = set()
        self._worker: asyncio.Task[None] | None = None
        self._asked: set[int] = set()  # what `quiet` waits for
        self._running = False
        self._lost = False
        self._beat = 0.0  # time.monotonic() when the database last answered

    async def start(self) -> None:
        await self._app.open_async()
        self._asked.update(await self._sweep_once())
        self._beat = time.monotonic()
        self._worker = asyncio.create_task(self._work())
        self._background = [asyncio.create_task(self._take_over()), asyncio.create_task(self._sweep())]

    async def submit(self, waiting: Iterable[Waiting]) -> None:
        for one in waiting:
            self._asked.add(one.id)
            await self._queue(one)

    async def quiet(self, patience: float) -> None:
        left, progress = -1, time.monotonic()
        while True:
            soon = datetime.now(UTC) + timedelta(seconds=patience)
            unfinished = {one.id: one for one in await self._store.unfinished() if one.id in self._asked}
            self._asked.intersection_update(unfinished)
            due = sum(one.claim is not None or _due(one, soon) for one in unfinished.values())
            if due != left:
                left, progress = due, time.monotonic()
            if not due:
                return
            if time.monotonic() - progress > self._stall:
                log.warning("worker.not_quiet", mails=due)
                return
            await asyncio.sleep(0.2)

    def problems(self) -> list[Reason]:
        if self._worker is None:
            return []
        silent = time.monotonic() - self._beat > self._lease
        return [Reason("store.queue_lost")] if self._lost or silent else []

    async def close(self, seconds: float) -> None:
        for timer in self._timers.values():
            timer.cancel()
        others = {*self._background, *self._deferring}
        if self._worker is not None:
            self._worker.cancel()  # procrastinate then takes no new job, and waits for those it has
            if await _late({self._worker}, seconds - CLOSING):
                log.warning("worker.not_finished", seconds=seconds - CLOSING)
                others.add(self._worker)
        # psycopg takes a first cancelling to ask the server to stop, and waits for its answer; not a second one.
        for _ in range(2):
            for task in others:
                task.cancel()
            others = await _late(others, CLOSING / 4)
        closing = asyncio.create_task(self._app.close_async())
        for late in await _late({closing}, CLOSING / 4):
            late.cancel()

    async def _queue(self, one: Waiting) -> None:
        if one.retry_at is not None and one.retry_at > datetime.now(UTC):
            self._at(one, one.retry_at, one.retry_at)
        else:
            await self._defer(one.id, one.thread, one.retry_at)

    async def _job(self, mail_id: int, thread: str, noted: str | None = None) -> None:
        """noted: the moment that the store had for the next try of this mail. Every worker waits for it, since any may
        die; the first one tries, and what it notes is not to be tried at once by the others."""
        try:
            if noted is not None and await self._store.tried_since(mail_id, datetime.fromisoformat(noted)):
                return
            again = await self._handle(mail_id)
        except Exception as error:
            log.warning("dispatch.failed", mail=mail_id, exc_info=error)
            at = datetime.now(UTC) + STORE_AWAY_PAUSE
            self._at(Waiting(mail_id, thread, at, None), at, None)
        else:
            if again is not None:
                self._at(Waiting(mail_id, thread, again.at, None), again.at, again.at)

    def _at(self, one: Waiting, at: datetime, noted: datetime | None) -> None:
        """A job that waits for its time would block every later mail of its thread (procrastinate gives a lock to
        the oldest job that wants it), so we wait here; when we die, the sweep of another worker finds the mail."""

        def due() -> None:
            del self._timers[one.id]
            task = asyncio.create_task(self._defer(one.id, one.thread, noted))
            self._deferring.add(task)
            task.add_done_callback(self._deferring.discard)

        if one.id not in self._timers:
            delay = max((at - datetime.now(UTC)).total_seconds(), 0)
            self._timers[one.id] = asyncio.get_running_loop().call_later(delay, due)

    async def _defer(self, mail_id: int, thread: str, noted: datetime | None = None) -> None:
        lock = hashlib.sha256(thread.encode()).hexdigest()
        job = self._task.configure(lock=lock, queueing_lock=_queueing_lock(mail_id))
        when = {} if noted is None else {"noted": noted.isoformat()}
        with contextlib.suppress(AlreadyEnqueued):
            try:
                await job.defer_async(mail_id=mail_id, thread=thread, **when)
            except ConnectorException as error:  # the sweep finds it once the database is back
                log.warning("worker.defer_failed", mail=mail_id, exc_info=error)

    async def _work(self) -> None:
        while True:
            self._running = True
            try:
                await self._app.run_worker_async(
                    queues=[QUEUE],
                    concurrency=self._concurrency,
                    install_signal_handlers=False,
                    update_heartbeat_interval=self._lease / 5,
                    stalled_worker_timeout=self._lease,
                    delete_jobs="always",
                )
            except asyncio.CancelledError:
                raise
            except Exception as error:
                log.warning("worker.lost_database", exc_info=error)
            self._running, self._lost = False, True
            await asyncio.sleep(RECONNECT_PAUSE)

    async def _take_over(self) -> None:
        """Puts the jobs of dead workers back. After an outage of the database, or after we have slept ourselves,
        everybody looks dead; so only one whose own look at it was never interrupted for a whole lease may judge."""
        interval = self._lease / 5
        awake_since = last = time.monotonic()
        while True:
            await asyncio.sleep(interval)
            now = time.monotonic()
            if now - last > 3 * interval:
                awake_since = now
            last = now
            try:
                stalled = list(
                    await self._app.job_manager.get_stalled_jobs(
                        queue=QUEUE, seconds_since_heartbeat=max(int(self._lease), 1)
                    )
                )
                self._beat = time.monotonic()
                self._lost = self._lost and not self._running
                if now - awake_since < self._lease:
                    continue
                for job in stalled:
                    await self._take(job)
            except Exception as error:
                log.warning("worker.take_over_failed", exc_info=error)
                awake_since = time.monotonic()

    async def _take(self, job: Job) -> None:
        """Ends a dead worker's job and queues its mail anew. It is not put back as it is: a second job for the mail
        may be waiting behind it by now, and procrastinate lets only one of them wait."""
        mail_id, thread = int(str(job.task_kwargs["mail_id"])), str(job.task_kwargs["thread"])
        log.warning("worker.takes_over", mail=mail_id)
        await self._app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
        await self._defer(mail_id, thread)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP)
            try:
                await self._sweep_once()
            except Exception as error:
                log.warning("dispatch.sweep_failed", exc_info=error)

    async def _sweep_once(self) -> list[int]:
        """Queues what is unfinished and in nobody's hands; for what is due before the next look, a timer is set. Gives
        back all that is due, in whosever hands: those of a worker that died, too."""
        soon = datetime.now(UTC) + timedelta(seconds=SWEEP)
        due = [one for one in await self._store.unfinished() if _due(one, soon)]
        for one in due:
            if one.claim is None or not await self._has_job(one.id):
                await self._queue(one)
        return [one.id for one in due]

    async def _has_job(self, mail_id: int) -> bool:
        jobs = await self._app.job_manager.list_jobs_async(queue=QUEUE, queueing_lock=_queueing_lock(mail_id))
        return any(job.status in {"todo", "doing"} for job in jobs)


def _due(one: Waiting, by: datetime) -> bool:
    return one.retry_at is None or one.retry_at <= by


async def _late(tasks: set[asyncio.Task[None]], seconds: float) -> set[asyncio.Task[None]]:
    """Those that have not ended within these seconds."""
    return (await asyncio.wait(tasks, timeout=max(seconds, 0)))[1] if tasks else set()


def _connector(database: Database) -> PsycopgConnector:
    return PsycopgConnector(conninfo=_conninfo(database), kwargs=dict(POSTGRESQL_CONNECT), min_size=1, max_size=4)


def _queueing_lock(mail_id: int) -> str:
    return f"mail:{mail_id}"


def _conninfo(database: Database) -> str:
    return database.url.set(drivername="postgresql").render_as_string(hide_password=False)
