"""One question goes first to a server that has answered none yet, so that the others need not find out as well how it
wants to be asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class OneFirst:
    """Until a server is known, a question that comes while the first one is under way waits for what becomes of that.
    Then all that waited go at once: a first one that fails holds nobody up twice."""

    def __init__(self) -> None:
        self._known = False
        self._under_way: asyncio.Event | None = None

    def is_known(self) -> None:
        """Nobody waits any more."""
        self._known = True

    @asynccontextmanager
    async def turn(self, latest: float) -> AsyncIterator[None]:
        """latest: the event loop's time at which a question goes in any case."""
        if self._known:
            yield
        elif self._under_way is not None:
            await _until(self._under_way, latest)
            yield
        else:
            self._under_way = done = asyncio.Event()
            try:
                yield
            finally:
                self._under_way = None
                done.set()


async def _until(done: asyncio.Event, latest: float) -> None:
    try:
        async with asyncio.timeout_at(latest):
            await done.wait()
    except TimeoutError:
        return
