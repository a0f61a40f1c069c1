"""Threads in which the program waits for its database. They are daemons: one that waits for a server that never
answers cannot keep the process alive."""

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from repondeur.errors import StoreUnavailable


@dataclass(slots=True)
class Job:
    """given_up: whoever asked has been told that no answer came, so nothing may be changed for them any more."""

    work: Callable[[Connection], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None
    given_up: bool = False

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


class Lane:
    """Jobs in order, done by `threads` threads; each takes what has queued up, `group` jobs at most, and hands it to
    `do`, which sets the result or the error of every job and raises nothing."""

    def __init__(self, name: str, do: Callable[[list[Job]], None], *, threads: int = 1, group: int = 1) -> None:
        self._name, self._do, self._count, self._group = name, do, threads, group
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    async def run(self, work: Callable[[Connection], Any], seconds: float | None) -> Any:
        """seconds: how long to wait for the answer. Raises StoreUnavailable after that."""
        if not self._threads:
            self._threads = [
                threading.Thread(target=self._serve, name=self._name, daemon=True) for _ in range(self._count)
            ]
            for thread in self._threads:
                thread.start()
        loop = asyncio.get_running_loop()
        job = Job(work, loop, loop.create_future())
        self._jobs.put(job)
        try:
            async with asyncio.timeout(seconds):
                return await job.future
        except TimeoutError:
            job.given_up = True
            raise StoreUnavailable("store.no_answer", seconds=seconds or 0) from None

    async def close(self, seconds: float) -> None:
        """Waits at most `seconds` for the jobs that are there; the rest dies with the process, its transactions
        undone."""
        for _ in self._threads:
            self._jobs.put(None)
        deadline = time.monotonic() + seconds
        await asyncio.to_thread(self._join, deadline)
        self._threads = []

    def _join(self, deadline: float) -> None:
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0))

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            jobs, stop = [job], False
            while len(jobs) < self._group and not self._jobs.empty():
                following = self._jobs.get()
                if following is None:
                    stop = True
                    break
                jobs.append(following)
            self._do(jobs)
            for done in jobs:
                done.deliver()
            if stop:
                return
