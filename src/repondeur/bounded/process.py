"""One child, seen from the parent: start it, ask it, end it."""

import asyncio
import json
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from dataclasses import asdict
from typing import Final

import structlog

from repondeur.bounded.frames import HEADER, LONGEST, Kind, header
from repondeur.bounded.limits import ChildLimits
from repondeur.errors import TemporaryError

log = structlog.get_logger(__name__)

_STDERR_KEPT: Final = 2048
# Of what a dying child says only the lines that the interpreter and the allocator write: others may quote a mail.
_OWN_WORDS: Final = re.compile(
    r"Fatal Python error: [\w ]+"
    r'|  File "[^"\n]*", line \d+ in \S+'
    r"|\w*MemoryError\b|.*\bbad_alloc\b|memory allocation of \d+ bytes failed"
    r"|(?:Module|Import)\w*Error\b|Segmentation fault|Aborted"
)
_MEMORY: Final = ("MemoryError", "bad_alloc", "Cannot allocate memory", "out of memory", "memory allocation of ")


class Ended(Exception):
    """The child ended without an answer. code: what that says about the payload: "bounded.time", …"""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Child:
    """A running child and the pipes to it. served: payloads it has answered."""

    def __init__(self, process: Process, limits: ChildLimits) -> None:
        self.served = 0
        self._process = process
        self._limits = limits
        self._said = b""
        self._listening = asyncio.create_task(self._listen())
        self._burial: asyncio.Task[None] | None = None

    @classmethod
    async def start(cls, entry: str, limits: ChildLimits) -> "Child":
        """Returns when its modules are loaded. Raises TemporaryError when it does not come up."""
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "repondeur.bounded.child", entry, json.dumps(asdict(limits))),
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                env=_environment(),
                limit=1 << 20,
            )
        except OSError as error:
            raise TemporaryError("bounded.not_started", detail=error.strerror or type(error).__name__) from error
        child = cls(process, limits)
        try:
            async with asyncio.timeout(limits.start_seconds):
                kind, _ = await child._receive()
        except (TimeoutError, asyncio.IncompleteReadError) as error:
            await child.kill()
            log.error("bounded.not_started", entry=entry, returncode=process.returncode, stderr=child.last_words())
            raise TemporaryError("bounded.not_started", detail=child.last_words() or type(error).__name__) from error
        except BaseException:
            await child.kill()
            raise
        assert kind is Kind.READY, kind
        log.debug("bounded.child_started", pid=process.pid, entry=entry)
        return child

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ask(self, payload: bytes) -> tuple[Kind, bytes]:
        """Raises Ended when there is no answer; the child is then dead. Also dead after Kind.MEMORY, and when this
        call is cancelled: nobody could tell the late answer from the next one."""
        if len(payload) > LONGEST:
            return Kind.MEMORY, b""
        try:
            async with asyncio.timeout(self._limits.wall_seconds):
                await self._write(payload)
                kind, octets = await self._receive()
        except TimeoutError:
            await self.kill()
            raise Ended("bounded.time") from None
        except asyncio.IncompleteReadError:
            await self.kill()
            raise Ended(self._cause_of_death()) from None
        except BaseException:
            await self.kill()
            raise
        self.served += 1
        return kind, octets

    async def kill(self) -> None:
        """Ends it whatever it is doing, and waits until it has ended."""
        if self._process.returncode is None:
            # Not Process.kill: it reaps a child that has just ended, and asyncio then never learns how it ended.
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)
        # A cancelled caller must not leave the child half buried.
        self._burial = self._burial or asyncio.create_task(self._bury())
        await asyncio.shield(self._burial)

    async def _bury(self) -> None:
        await self._process.wait()
        await self._listening

    async def _write(self, payload: bytes) -> None:
        assert self._process.stdin
        self._process.stdin.writelines((header(Kind.PAYLOAD, len(payload)), payload))
        # It may end while we write. What it said, or how it ended, tells why.
        with suppress(BrokenPipeError, ConnectionResetError):
            await self._process.stdin.drain()

    async def _receive(self) -> tuple[Kind, bytes]:
        assert self._process.stdout
        kind, length = HEADER.unpack(await self._process.stdout.readexactly(HEADER.size))
        if length > self._limits.answer_bytes + 64 * 1024:
            await self.kill()
            return Kind.TOO_LARGE, b""
        return Kind(kind), await self._process.stdout.readexactly(length)

    async def _listen(self) -> None:
        assert self._process.stderr
        while octets := await self._process.stderr.read(_STDERR_KEPT):
            self._said = (self._said + octets)[-_STDERR_KEPT:]

    def last_words(self) -> str:
        """What the interpreter said last, without anything that could come from a mail."""
        text = self._said.decode("utf-8", "replace")
        return " / ".join(match[0].strip() for line in text.splitlines() if (match := _OWN_WORDS.match(line)))

    def _cause_of_death(self) -> str:
        if self._process.returncode in {-signal.SIGPROF, -signal.SIGXCPU}:
            return "bounded.time"
        said = self._said.decode("utf-8", "replace")
        return "bounded.memory" if any(word in said for word in _MEMORY) else "bounded.crashed"

    @property
    def returncode(self) -> int | None:
        return self._process.returncode


def _environment() -> dict[str, str]:
    """None of ours, which holds secrets; where modules lie; one thread and one arena, which address space pays for."""
    return {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "MALLOC_ARENA_MAX": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "TZ": "UTC",
    }
