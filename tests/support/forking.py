"""Commands that end by themselves, each in a process of its own that need not load the program anew: a server that has
it in memory forks for each. Any number run at once.

What Python does before the program begins, and what happens when it is killed, is for `agent.Agent` itself.
"""

import asyncio
import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, NoReturn, Self

from tests.support.agent import ROOT, RUN_SECONDS, Agent, Ended

LAZY = ("alembic.command", "repondeur.pipeline.worker")  # what commands import only when they need it


class Forks:
    """A server, while this is entered."""

    def __enter__(self) -> Self:
        self._folder = TemporaryDirectory(prefix="forks-")
        self._address = f"{self._folder.name}/asked"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(self._address)
            listener.listen(64)
            number = listener.fileno()
            command = (sys.executable, "-m", "tests.support.forking", str(number))
            self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, pass_fds=[number])
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.communicate()  # it ends when nobody can ask it any more
        self._folder.cleanup()

    def run(self, words: Sequence[str], environ: Mapping[str, str], home: Path) -> Ended:
        """`repondeur WORDS`, to its end."""
        with TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as server:
            asked = {"words": list(words), "environ": dict(environ), "home": str(home), "folder": folder}
            server.connect(self._address)
            server.sendall(json.dumps(asked).encode())
            server.shutdown(socket.SHUT_WR)
            code = int(_whole(server))
            out, err = ((Path(folder) / name).read_bytes().decode() for name in ("out", "err"))
        assert code != -signal.SIGALRM, f"{words} hangs:\n{err[-3000:]}"
        return Ended(code, out, err)


@cache
def shared() -> Forks:
    """The one of this process, which ends with it."""
    forks = Forks().__enter__()
    atexit.register(forks.__exit__, None, None, None)
    return forks


@dataclass(frozen=True)
class Forked(Agent):
    forks: Forks = field(default_factory=shared)

    async def run(self, *words: str, seconds: float = RUN_SECONDS) -> Ended:
        assert (words[0], seconds) == ("repondeur", RUN_SECONDS)
        return await asyncio.to_thread(self.forks.run, words[1:], self.environ, self.home)

    def under(self, **changes: str) -> Self:
        """The same program under other settings."""
        return replace(self, environ={**self.environ, **changes})


def _whole(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(1 << 16), b""))


def _serve(listener: socket.socket) -> None:
    from repondeur.cli import main

    for name in (*(f"repondeur.cli.{command}" for command in main.COMMANDS), *LAZY):
        import_module(name)
    while listener in select.select([listener, sys.stdin], [], [])[0]:
        connection, _ = listener.accept()
        if not os.fork():
            _attend(connection, main.main)
        connection.close()
        with suppress(ChildProcessError):  # all have ended, the one that was just begun too
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _attend(connection: socket.socket, main: Any) -> NoReturn:
    """One command. Whoever asked hears how it ended."""
    child = os.fork()
    if not child:
        asked = json.loads(_whole(connection))
        connection.close()
        _work(main, asked)
    _, status = os.waitpid(child, 0)
    connection.sendall(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _work(main: Any, asked: Mapping[str, Any]) -> NoReturn:
    code = 1
    try:
        signal.alarm(RUN_SECONDS)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(f"{asked['folder']}/{name}", os.O_WRONLY | os.O_CREAT), number)
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
        os.chdir(asked["home"])
        path = os.environ["PATH"]
        os.environ.clear()
        os.environ.update({"PATH": path, "PYTHONPATH": str(ROOT)} | asked["environ"])
        sys.argv = ["repondeur", *asked["words"]]
        main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
