"""One process works a SQLite store: an exclusive lock beside the database, and a way to wake who holds it."""

import asyncio
import contextlib
import errno
import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Self

import structlog

from repondeur.errors import SettingsError

log = structlog.get_logger(__name__)


class ProcessLock:
    """Held from `with` to its end, and let go by the system when the process dies.

    Raises SettingsError when another process holds it (its number stands in the file), or nothing can be written there.
    """

    def __init__(self, database: Path) -> None:
        self.path = database.with_suffix(".lock")
        self._file: int | None = None

    def __enter__(self) -> Self:
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise SettingsError("store.no_folder", path=str(self.path.parent), problem=error.strerror or "?") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._file, 20, 0).decode("ascii", "replace").strip()
            os.close(self._file)
            self._file = None
            raise SettingsError("store.locked", path=str(self.path), process=holder or "?") from None
        os.ftruncate(self._file, 0)
        with contextlib.suppress(OSError):  # a courtesy to people; of a full disk the database tells in a moment
            os.pwrite(self._file, str(os.getpid()).encode(), 0)
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


class WakeUp:
    """A named pipe through which another process says: there is new work in the store."""

    def __init__(self, database: Path) -> None:
        self.path = database.with_suffix(".wake")
        self._pipe: int | None = None

    def listen(self, woken: Callable[[], None]) -> None:
        """Calls `woken` in the running event loop whenever someone has called `wake`."""
        try:
            if not self.path.is_fifo():
                self.path.unlink(missing_ok=True)
                os.mkfifo(self.path, 0o600)
        except OSError as error:  # a file system without pipes; the sweep finds the work a little later
            log.warning("store.no_wake_up", path=str(self.path), problem=error.strerror)
            return
        # Open for writing too, so that the pipe never reports an end when the last waker closes it.
        pipe = self._pipe = os.open(self.path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

        def drain() -> None:
            os.read(pipe, 4096)
            woken()

        asyncio.get_running_loop().add_reader(pipe, drain)

    def wake(self) -> bool:
        """True when a process listens."""
        try:
            pipe = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            if error.errno in {errno.ENXIO, errno.ENOENT}:
                return False
            raise
        try:
            os.write(pipe, b"\n")
        except BlockingIOError:
            pass  # the pipe is full of wake-ups that were not read yet: one more says nothing new
        finally:
            os.close(pipe)
        return True

    def close(self) -> None:
        if self._pipe is not None:
            asyncio.get_running_loop().remove_reader(self._pipe)
            os.close(self._pipe)
            self._pipe = None
