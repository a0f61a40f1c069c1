"""Commands that end by themselves, each in a process of its own that need not load the program anew: a server that has
it in memory forks for each.

What Python does before the program begins, and what happens when it is killed, is for `agent.Agent` itself.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, NoReturn, Self

from tests.support.agent import ROOT, RUN_SECONDS, Agent, Ended

LOADED = ("check", "demo", "explain", "knowledge", "messages", "model")


class Forks:
    def __enter__(self) -> Self:
        command = (sys.executable, "-m", "tests.support.forking")
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.communicate()  # it ends when there is nothing more to read

    def run(self, words: Sequence[str], environ: Mapping[str, str], home: Path) -> Ended:
        """`repondeur WORDS`, to its end; one at a time."""
        with TemporaryDirectory() as folder:
            asked = {"words": list(words), "environ": dict(environ), "home": str(home), "folder": folder}
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            print(json.dumps(asked), file=self._process.stdin, flush=True)
            code = int(self._process.stdout.readline())
            out, err = ((Path(folder) / name).read_text("utf-8") for name in ("out", "err"))
        assert code != -signal.SIGALRM, f"{words} hangs:\n{err[-3000:]}"
        return Ended(code, out, err)


@dataclass(frozen=True)
class Forked(Agent):
    forks: Forks

    async def run(self, *words: str, seconds: float = RUN_SECONDS) -> Ended:
        assert (words[0], seconds) == ("repondeur", RUN_SECONDS)
        return await asyncio.to_thread(self.forks.run, words[1:], self.environ, self.home)

    def under(self, **changes: str) -> Self:
        """The same program under other settings."""
        return replace(self, environ={**self.environ, **changes})


def _serve() -> None:
    from repondeur.cli import main

    for name in LOADED:
        import_module(f"repondeur.cli.{name}")
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _work(main.main, json.loads(line))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


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
    _serve()
