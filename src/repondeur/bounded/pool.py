"""Runs a pure function on octets in children that can be killed (invariant I19)."""

import asyncio
import json
from types import TracebackType
from typing import Final, Self

import structlog

from repondeur.bounded.frames import Kind
from repondeur.bounded.limits import MIB, ChildLimits
from repondeur.bounded.process import Child, Ended
from repondeur.errors import MessageUnreadable, TemporaryError

log = structlog.get_logger(__name__)

DEFAULT_LIMITS: Final = ChildLimits()
# What an earlier payload may have caused: memory that was not given back, a library left in a bad state.
_WORN_OUT: Final = frozenset({"bounded.memory", "bounded.crashed"})


class Pool:
    """At most `size` children that run `entry` ("module:function", bytes to bytes).

    Children start when they are needed, the one used last is used next, and one that had nothing to do for
    `idle_seconds` ends. Belongs to the event loop in which it is first used.
    """

    def __init__(
        self, entry: str, *, size: int = 2, limits: ChildLimits = DEFAULT_LIMITS, idle_seconds: float = 60
    ) -> None:
        self._entry = entry
        self._limits = limits
        self._idle_seconds = idle_seconds
        self._slots = asyncio.Semaphore(size)
        self._idle: dict[Child, asyncio.TimerHandle] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the children that wait for work."""
        return tuple(child.pid for child in self._idle)

    async def run(self, payload: bytes) -> bytes:
        """What the entry makes of the payload.

        Raises MessageUnreadable: the entry refused it (its own code), failed on it (bounded.failed), took too long
        (bounded.time) or too much memory (bounded.memory), ended the child (bounded.crashed), or answered too much
        (bounded.too_large). Raises TemporaryError when no child can be started.
        """
        async with self._slots:
            child = await self._take()
            used_before = child.served > 0
            answer = await self._ask(child, payload)
            if isinstance(answer, MessageUnreadable) and used_before and answer.reason.code in _WORN_OUT:
                answer = await self._ask(await self._start(), payload)
        if isinstance(answer, MessageUnreadable):
            raise answer
        return answer

    async def close(self) -> None:
        """Ends all children. A payload that is being worked on is finished first; new ones are refused."""
        self._closed = True
        for child in tuple(self._idle):
            self._retire(child)
        await asyncio.gather(*self._ending)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _take(self) -> Child:
        while self._idle:
            child, timer = self._idle.popitem()
            timer.cancel()
            if child.returncode is None:
                return child
            await child.kill()
        return await self._start()

    async def _start(self) -> Child:
        if self._closed:
            raise TemporaryError("bounded.not_started", detail="closed")
        return await Child.start(self._entry, self._limits)

    async def _ask(self, child: Child, payload: bytes) -> bytes | MessageUnreadable:
        try:
            kind, octets = await child.ask(payload)
        except Ended as ended:
            self._log_end(child, ended.code, payload)
            return self._over(ended.code)
        match kind:
            case Kind.MEMORY | Kind.TOO_LARGE:
                code = "bounded.memory" if kind is Kind.MEMORY else "bounded.too_large"
                await child.kill()
                self._log_end(child, code, payload)
                return self._over(code)
            case Kind.FAILED:
                error, place = json.loads(octets)
                log.warning("bounded.failed", error=error, place=place, payload_bytes=len(payload))
                refusal = MessageUnreadable("bounded.failed", error=error)
            case Kind.UNREADABLE:
                code, params = json.loads(octets)
                refusal = MessageUnreadable(code, **params)
            case _:
                self._give_back(child)
                return octets
        self._give_back(child)
        return refusal

    def _over(self, code: str) -> MessageUnreadable:
        limits = self._limits
        return MessageUnreadable(
            code,
            seconds=limits.seconds,
            memory=limits.memory_bytes // MIB,
            size=limits.answer_bytes // MIB,
        )

    def _log_end(self, child: Child, code: str, payload: bytes) -> None:
        log.warning(
            "bounded.child_ended",
            pid=child.pid,
            reason=code,
            returncode=child.returncode,
            served=child.served,
            payload_bytes=len(payload),
            stderr=child.last_words(),
        )

    def _give_back(self, child: Child) -> None:
        if self._closed:
            self._end(child)
            return
        timer = asyncio.get_running_loop().call_later(self._idle_seconds, self._retire, child)
        self._idle[child] = timer

    def _retire(self, child: Child) -> None:
        self._idle.pop(child).cancel()
        self._end(child)

    def _end(self, child: Child) -> None:
        task = asyncio.create_task(child.kill())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
