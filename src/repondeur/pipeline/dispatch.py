"""Who works on which mail, and when. Two dispatchers do the same: the local one here, and the one across machines in
worker.py. Nothing else in the program knows which of them runs."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from repondeur.policy.retry import Again
from repondeur.store.records import Waiting
from repondeur.store.store import Store
from repondeur.texts import Reason

log = structlog.get_logger(__name__)

Handle = Callable[[int], Awaitable[Again | None]]
STORE_AWAY_PAUSE = timedelta(seconds=5)  # before a mail is tried again whose failure could not even be stored
SWEEP = 30.0  # seconds between two looks for work that nobody has in hand


class Dispatcher(Protocol):
    """Mails of one thread are handled in order, those of different threads side by side, each by one worker."""

    async def start(self) -> None:
        """Takes up what an earlier run has left unfinished. Raises StoreUnavailable."""
        ...

    async def submit(self, waiting: Iterable[Waiting]) -> None:
        """There is something to do for these mails, now or at their time. Asking twice does no harm."""
        ...

    async def quiet(self, patience: float) -> None:
        """Returns once nothing that it was asked for is in hand or due within `patience` seconds."""
        ...

    def problems(self) -> list[Reason]:
        """What keeps it from working at the moment."""
        ...

    async def close(self, seconds: float) -> None:
        """Takes nothing new in hand, and waits at most `seconds` for what is. What is left stays in the store."""
        ...


class LocalDispatcher:
    """For one process: asyncio tasks over the unfinished rows of the store. It keeps nothing that the store does not.

    concurrency: threads of mail that are worked on side by side.
    """

    def __init__(self, handle: Handle, store: Store, concurrency: int) -> None:
        self._handle = handle
        self._store = store
        self._slots = asyncio.Semaphore(concurrency)
        self._queues: dict[str, deque[int]] = {}  # a queue is worked by one task
        self._known: set[int] = set()  # every mail that waits, runs, or has a timer
        self._running: set[int] = set()
        self._once_more: set[int] = set()  # asked for while it ran: a person may have taken it up again at its end
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._sweeper: asyncio.Task[None] | None = None
        self._closing = False

    async def start(self) -> None:
        # Whatever was waiting for its time is tried now: who starts the program has perhaps just mended what failed.
        await self.submit(replace(one, retry_at=None) for one in await self._store.unfinished())
        self._sweeper = asyncio.create_task(self._sweep())

    async def submit(self, waiting: Iterable[Waiting]) -> None:
        for one in waiting:
            if one.retry_at is not None and one.retry_at > datetime.now(UTC):
                self._later(one.id, one.thread, one.retry_at)
            else:
                self._now(one.id, one.thread)

    async def quiet(self, patience: float) -> None:
        loop = asyncio.get_running_loop()
        while True:
            if self._tasks:
                await asyncio.wait(set(self._tasks))
                continue
            due = min((timer.when() - loop.time() for timer in self._timers.values()), default=None)
            if due is None or due > patience:
                return
            await asyncio.sleep(max(due, 0.001))

    def problems(self) -> list[Reason]:
        return []  # it has nothing but the store, which is looked at anyway

    async def close(self, seconds: float) -> None:
        self._closing = True
        if self._sweeper is not None:
            self._sweeper.cancel()
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for queue in self._queues.values():
            queue.clear()
        if self._tasks:
            _, unfinished = await asyncio.wait(set(self._tasks), timeout=seconds)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)

    def _now(self, mail_id: int, thread: str) -> None:
        if self._closing:
            return
        if (timer := self._timers.pop(mail_id, None)) is not None:
            timer.cancel()
        elif mail_id in self._known:
            if mail_id in self._running:
                self._once_more.add(mail_id)
            return
        self._known.add(mail_id)
        if thread in self._queues:
            self._queues[thread].append(mail_id)
            return
        self._queues[thread] = deque([mail_id])
        self._tasks.add(asyncio.create_task(self._work(thread)))

    def _later(self, mail_id: int, thread: str, at: datetime) -> None:
        if self._closing or mail_id in self._known:
            return
        self._known.add(mail_id)
        delay = max((at - datetime.now(UTC)).total_seconds(), 0)
        self._timers[mail_id] = asyncio.get_running_loop().call_later(delay, self._now, mail_id, thread)

    async def _work(self, thread: str) -> None:
        """One thread of mails, in order."""
        queue = self._queues[thread]
        try:
            while queue:
                async with self._slots:
                    if queue:  # closing may have emptied it while we waited for the slot
                        await self._next(queue, thread)
        finally:
            del self._queues[thread]
            current = asyncio.current_task()
            assert current is not None
            self._tasks.discard(current)

    async def _next(self, queue: deque[int], thread: str) -> None:
        mail_id = queue.popleft()
        self._running.add(mail_id)
        try:
            again = await self._one(mail_id)
        finally:
            self._running.discard(mail_id)
            self._known.discard(mail_id)
        asked = mail_id in self._once_more
        self._once_more.discard(mail_id)
        if again is not None:
            # Whoever asked meanwhile knew nothing of this pause, and a sweep asks for all that is unfinished.
            self._later(mail_id, thread, again)
        elif asked and not self._closing:
            self._known.add(mail_id)
            queue.append(mail_id)

    async def _one(self, mail_id: int) -> datetime | None:
        try:
            again = await self._handle(mail_id)
        except Exception as error:
            log.warning("dispatch.failed", mail=mail_id, exc_info=error)
            return datetime.now(UTC) + STORE_AWAY_PAUSE
        return again.at if again is not None else None

    async def _sweep(self) -> None:
        """A net under everything else: a mail that is unfinished and that nobody has in hand is taken up again."""
        while True:
            await asyncio.sleep(SWEEP)
            try:
                await self.submit(await self._store.unfinished())
            except Exception as error:
                log.warning("dispatch.sweep_failed", exc_info=error)
