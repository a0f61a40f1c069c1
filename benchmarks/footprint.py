"""Start times and idle memory, of whole processes.

    python benchmarks/footprint.py

`repondeur --version` is timed over several runs; `repondeur serve` from its start to the first answer of /health. Its
memory (proportional set size, with its children) is read after a while of doing nothing. The mailbox is the embedded
demo server in a process of its own.
"""

import asyncio
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

RUNS = 7
IDLE_SECONDS = 70  # children that read mail end after 60 s without work
SERVER = """
import asyncio, sys
from repondeur.mailboxes.demo.server import DemoServer
from repondeur.telemetry import log
log.configure("ERROR")
async def main():
    async with DemoServer() as server:
        print(server.imap_port, server.smtp_port, server.agent.address, server.agent.password, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


def version_seconds() -> list[float]:
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "repondeur", "--version"], check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return times


def memory_mb(pid: int) -> float:
    """Proportional set size of a process and all below it, in MB (proc(5), smaps_rollup)."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    own = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1024
    children = [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]
    return own + sum(memory_mb(child) for child in children)


async def serve() -> None:
    server = await asyncio.create_subprocess_exec(sys.executable, "-c", SERVER, stdout=asyncio.subprocess.PIPE)
    assert server.stdout is not None
    imap, smtp, user, password = (await server.stdout.readline()).decode().split()
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            "PATH": os.environ["PATH"],
            "IMAP_SERVER": "127.0.0.1",
            "IMAP_PORT": imap,
            "IMAP_SECURITY": "none",
            "IMAP_USER": user,
            "IMAP_PASS": password,
            "SMTP_PORT": smtp,
            "SMTP_SECURITY": "none",
            "REPONDEUR_DATA_DIR": folder,
            "LOG_LEVEL": "ERROR",
        }
        start = time.perf_counter()
        agent = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "repondeur", "serve", "--port", "8765", env=environ, cwd=folder
        )
        try:
            await asyncio.to_thread(_wait_for, "http://127.0.0.1:8765/health")
            print(f"serve, to the first answer:   {time.perf_counter() - start:.2f} s")
            await asyncio.sleep(IDLE_SECONDS)
            print(f"serve, idle memory:           {memory_mb(agent.pid):.0f} MB")
        finally:
            agent.send_signal(signal.SIGTERM)
            await asyncio.wait_for(agent.wait(), 30)
            server.terminate()
            await server.wait()


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.02)
    raise TimeoutError(url)


def main() -> None:
    times = version_seconds()
    print(f"--version:                    {statistics.median(times):.2f} s ({min(times):.2f} to {max(times):.2f})")
    asyncio.run(serve())


if __name__ == "__main__":
    main()
