"""The program as a user runs it: a process of its own, settings in the environment."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.mailserver import PASSWORD, MailServer

ROOT = Path(__file__).resolve().parents[2]
RUN_SECONDS = 240  # a run that takes longer hangs


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL


@dataclass(frozen=True)
class Agent:
    """environ: the settings. home: where it runs and keeps its data."""

    environ: Mapping[str, str]
    home: Path

    async def start(self, *words: str, quiet: bool = False) -> asyncio.subprocess.Process:
        """quiet: what it says goes nowhere, for a process that is killed rather than read."""
        output = asyncio.subprocess.DEVNULL if quiet else asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *words,
            cwd=self.home,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **self.environ},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )

    async def run(self, *words: str, seconds: float = RUN_SECONDS) -> Ended:
        """`python -m WORDS`, to its end."""
        process = await self.start(*words)
        talking = asyncio.create_task(process.communicate())
        done, _ = await asyncio.wait({talking}, timeout=seconds)
        if not done:
            process.kill()
        out, err = await talking
        assert done, f"{words} hangs:\n{err.decode()[-3000:]}"
        assert process.returncode is not None
        return Ended(process.returncode, out.decode(), err.decode())


@dataclass
class Settings:
    """Settings of one mailbox on the test server, as environment variables."""

    server: MailServer
    address: str
    home: Path
    more: dict[str, str] = field(default_factory=dict)

    def agent(self, **more: str) -> Agent:
        ports = self.server.state["ports"]
        environ = {
            "IMAP_SERVER": "localhost",
            "IMAP_PORT": str(ports["imaps"]),
            "IMAP_USER": self.address,
            "IMAP_PASS": PASSWORD,
            "SMTP_PORT": str(ports["submission"]),
            "MAIL_CA_FILE": str(self.server.state["ca"]),
            "REPONDEUR_DATA_DIR": str(self.home / "data"),
            "LOG_FORMAT": "json",
            "LANG": "C.UTF-8",
        }
        self.home.mkdir(parents=True, exist_ok=True)
        return Agent(environ | self.more | more, self.home)
