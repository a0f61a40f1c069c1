"""The agent, in a process that ends itself by SIGKILL at a moment that was chosen before.

    python -m tests.support.crashing_agent EVENTS_FILE MOMENT

A moment is the number of an event; events are the beginning and the end of every transaction of the store and of every
call of the mailbox, counted from 1 in the order they happen and written to EVENTS_FILE. Moment 0 never comes. The
settings come from the environment. The program itself knows nothing of this: it is given other parts to work with.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from repondeur.mailboxes.base import Arrival, Evidence, Finding, Mailbox, MessageRef, Outcome, Submission
from repondeur.pipeline.agent import once
from repondeur.settings.load import load
from repondeur.store.database import Database
from repondeur.wiring import Makers, open_mailbox, running

T = TypeVar("T")


class Fuse:
    def __init__(self, events: Path, moment: int) -> None:
        self._file = os.open(events, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._moment = moment
        self._count = 0

    def event(self, name: str) -> None:
        self._count += 1
        os.write(self._file, f"{self._count} {name}\n".encode())
        if self._count == self._moment:
            os.kill(os.getpid(), signal.SIGKILL)

    async def around(self, name: str, work: Awaitable[T]) -> T:
        self.event(f"before {name}")
        result = await work
        self.event(f"after {name}")
        return result


class FusedDatabase(Database):
    def __init__(self, url: str, fuse: Fuse) -> None:
        super().__init__(url)
        self._fuse = fuse

    async def run(self, work: Callable[[Connection], T]) -> T:
        return await self._fuse.around("transaction", super().run(work))


class FusedMailbox:
    """The real mailbox, every call between two events."""

    def __init__(self, inner: Mailbox, fuse: Fuse) -> None:
        self._inner = inner
        self._fuse = fuse

    @property
    def name(self) -> str:
        return self._inner.name

    async def unread(self) -> Sequence[Arrival]:
        return await self._fuse.around("unread", self._inner.unread())

    async def wait(self, seconds: float) -> None:
        await self._inner.wait(seconds)

    async def fetch(self, arrivals: Sequence[Arrival], limit: int) -> AsyncIterator[tuple[Arrival, bytes | None]]:
        async for pair in self._inner.fetch(arrivals, limit):
            yield pair
        self._fuse.event("after fetch")

    async def answered_by_person(
        self, ref: MessageRef, message_id: str | None, ours: Callable[[str], Awaitable[bool]]
    ) -> bool:
        return await self._fuse.around("answered_by_person", self._inner.answered_by_person(ref, message_id, ours))

    async def submit(self, submission: Submission, committing: Callable[[], Awaitable[None]]) -> None:
        await self._fuse.around("submit", self._inner.submit(submission, committing))

    async def evidence(self, message_id: str) -> Evidence:
        return await self._fuse.around("evidence", self._inner.evidence(message_id))

    async def file_sent(self, message_id: str, raw: bytes, final: bool, *, drafted: bool = False) -> bool:
        filing = self._inner.file_sent(message_id, raw, final, drafted=drafted)
        return await self._fuse.around("file_sent", filing)

    async def taken(self, arrivals: Sequence[Arrival]) -> None:
        await self._fuse.around("taken", self._inner.taken(arrivals))

    async def save_draft(self, message_id: str, raw: bytes, answers: Sequence[MessageRef] = ()) -> None:
        await self._fuse.around("save_draft", self._inner.save_draft(message_id, raw, answers))

    async def draft_unchanged(self, message_id: str, raw: bytes) -> bool:
        return await self._fuse.around("draft_unchanged", self._inner.draft_unchanged(message_id, raw))

    async def withdraw(self, message_id: str, raw: bytes) -> bool:
        return await self._fuse.around("withdraw", self._inner.withdraw(message_id, raw))

    async def settle(self, ref: MessageRef, message_id: str | None, *, outcome: Outcome, folder: str | None) -> None:
        await self._fuse.around("settle", self._inner.settle(ref, message_id, outcome=outcome, folder=folder))

    def check(self, other: str = "") -> AsyncIterator[Finding]:
        return self._inner.check(other)

    async def close(self) -> None:
        await self._inner.close()


async def main(events: Path, moment: int) -> None:
    fuse = Fuse(events, moment)
    makers = Makers(
        database=lambda url: FusedDatabase(url, fuse),
        mailbox=lambda *given: FusedMailbox(open_mailbox(*given), fuse),
    )
    settings = load(os.environ, Path.cwd()).settings
    async with running(settings, makers) as house:
        await once(house.parts, house.dispatcher)
        await house.dispatcher.close(5)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
