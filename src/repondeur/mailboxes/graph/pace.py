"""How many requests are under way for a mailbox, and when there is to be none for a while.

Graph takes four at once for an application and a mailbox, and runs up to four parts of a batch at once (Microsoft Graph
service-specific throttling limits, Outlook).
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol, TypeVar

from repondeur.mailboxes.graph.failures import throttled


class Sized(Protocol):
    """places: of those there are, how many it takes at once."""

    @property
    def places(self) -> int: ...


S = TypeVar("S", bound=Sized)


class Pace:
    """places: at once. longest: seconds that a call waits for pauses; when it is to be more, it fails at once."""

    def __init__(
        self,
        places: int,
        longest: float,
        jitter: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._places = places
        self._longest = longest
        self._jitter = jitter
        self._clock = clock
        self._free = asyncio.Semaphore(places)
        self._door = asyncio.Lock()
        self._until = 0.0

    def pause(self, seconds: float) -> bool:
        """Nobody goes on before that. False when it was so already."""
        until = self._clock() + seconds
        longer, self._until = until > self._until, max(until, self._until)
        return longer

    def remaining(self) -> float:
        """Seconds until the pause ends, 0 when there is none."""
        return max(0.0, self._until - self._clock())

    @asynccontextmanager
    async def turn(self, choose: Callable[[], S]) -> AsyncIterator[S]:
        """When it is our turn, `choose` says what is to be done; it may be asked again while a pause comes between.
        First come, first served. Raises MailboxUnavailable when the pauses are too long."""
        waited = 0.0
        while True:
            waited += await self._pause_over(waited)
            async with self._door:
                chosen = await self._taken(choose)
            if not self.remaining():
                break
            self._give_back(chosen.places)
        try:
            yield chosen
        finally:
            self._give_back(chosen.places)

    async def _pause_over(self, waited: float) -> float:
        start = self._clock()
        while remaining := self.remaining():
            if waited + self._clock() - start + remaining > self._longest:
                raise throttled(remaining)
            # Not all at the same moment, when it ends.
            await asyncio.sleep(remaining + self._jitter() * min(1.0, remaining / 4))
        return self._clock() - start

    async def _taken(self, choose: Callable[[], S]) -> S:
        await self._free.acquire()
        taken = 1
        try:
            chosen = choose()
            # The door is shut meanwhile: two of them with half of their places each would wait for ever.
            while taken < min(chosen.places, self._places):
                await self._free.acquire()
                taken += 1
        except BaseException:
            self._give_back(taken)
            raise
        return chosen

    def _give_back(self, places: int) -> None:
        for _ in range(min(places, self._places)):
            self._free.release()


def backoff(tries: int, jitter: float) -> float:
    """Seconds before the next try after so many (1 or more): doubling from half a second to 16, of which jitter
    (0 to 1) takes away up to a half."""
    return float(min(16.0, 0.5 * 2 ** min(tries - 1, 10))) * (1 - jitter / 2)
