"""`repondeur serve` as a running process, with its log and its pages."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.support.agent import Agent, Ended
from tests.support.eventually import eventually

STOP_SECONDS = 30  # what is promised


@dataclass
class Serving:
    process: asyncio.subprocess.Process
    out: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    readers: list[asyncio.Task[None]] = field(default_factory=list)
    port: int = 0

    def events(self, name: str) -> list[dict[str, Any]]:
        lines = (json.loads(line) for line in self.log if line.startswith("{"))
        return [line for line in lines if line["event"] == name]

    async def get(self, path: str, **headers: str) -> httpx.Response:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=60) as client:
            return await client.get(path, headers=headers)

    async def reasons(self) -> list[str]:
        """Codes of what /ready says is wrong; empty when it answers 200."""
        answer = await self.get("/ready")
        codes = [reason["code"] for reason in answer.json()["reasons"]]
        assert answer.status_code == (503 if codes else 200)
        return codes

    async def is_ready(self) -> bool:
        return not await self.reasons()

    async def stop(self, by: signal.Signals = signal.SIGTERM) -> Ended:
        if self.process.returncode is None:
            self.process.send_signal(by)
        return await self.ended()

    async def ended(self) -> Ended:
        """Its end, within the time that is promised."""
        code = await asyncio.wait_for(self.process.wait(), STOP_SECONDS)
        await asyncio.gather(*self.readers)
        return Ended(code, "".join(self.out), "".join(self.log))


@asynccontextmanager
async def serving(agent: Agent, *words: str, port: int = 0, code: int = 0) -> AsyncIterator[Serving]:
    """Started and listening. Whoever leaves without stopping it gets it stopped, and it has to end with this code."""
    process = await agent.start("repondeur", "serve", "--port", str(port), *words)
    one = Serving(process)
    assert process.stdout is not None
    assert process.stderr is not None
    one.readers = [
        asyncio.create_task(_read(process.stdout, one.out)),
        asyncio.create_task(_read(process.stderr, one.log)),
    ]
    try:
        await eventually(lambda: one.events("serve.started") or process.returncode is not None, 120)
        assert process.returncode is None, "".join(one.log)
        one.port = one.events("serve.started")[0]["port"]
        yield one
        ended = await one.stop()
        assert ended.code == code, ended.err[-3000:]
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _read(stream: asyncio.StreamReader, lines: list[str]) -> None:
    while line := await stream.readline():
        lines.append(line.decode())
