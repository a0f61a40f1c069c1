"""`repondeur demo`: the whole way with nothing set up, on a terminal and off one."""

import asyncio
import fcntl
import os
import pty
import re
import signal
import struct
import sys
import termios
from pathlib import Path

import httpx
import pytest

from tests.support.agent import Agent
from tests.support.eventually import eventually
from tests.support.forking import Forked

LINE = re.compile(r" *(\d+)  (Answered|Drafted|Held|Ignored) +(\S.*\S)  +(\S.*)")
PAGE = re.compile(r"http://127\.0\.0\.1:\d+")
STOP_SECONDS = 30


@pytest.fixture
def agent(tmp_path: Path) -> Agent:
    """On a machine where nothing is set up."""
    home = tmp_path / "home"
    temporary = tmp_path / "temporary"
    home.mkdir()
    temporary.mkdir()
    return Agent({"LANG": "C.UTF-8", "TMPDIR": str(temporary)}, home)


def left_behind(agent: Agent) -> list[Path]:
    return [*agent.home.iterdir(), *Path(agent.environ["TMPDIR"]).iterdir()]


async def test_once_handles_the_samples_and_ends(agent: Agent) -> None:
    ended = await agent.run("repondeur", "demo", "--once")
    assert ended.code == 0, ended.err
    assert ended.err == ""
    *lines, last = ended.out.splitlines()
    matches = [LINE.fullmatch(line) for line in lines]
    assert all(matches), lines
    assert {match[2] for match in matches if match} == {"Answered", "Drafted", "Held", "Ignored"}
    assert last.startswith(f"{len(lines)} mails handled: Answered ")
    assert left_behind(agent) == []


async def test_a_folder_in_which_nothing_can_be_read_is_said_so(agent: Agent, tmp_path: Path) -> None:
    folder = tmp_path / "knowledge"
    folder.mkdir()
    (folder / "logo.svg").write_text("<svg/>")
    forked = Forked(agent.environ, agent.home)
    ended = await forked.run("repondeur", "demo", "--once", "--knowledge", str(folder))
    assert ended.code == 0, ended.err
    assert ended.err.strip() == "There is no public passage: nothing can be answered from the knowledge."
    assert {match[2] for match in map(LINE.fullmatch, ended.out.splitlines()) if match} == {"Held", "Ignored"}


async def test_once_in_french(agent: Agent) -> None:
    french = Forked({**agent.environ, "LANG": "fr_FR.UTF-8"}, agent.home)
    ended = await french.run("repondeur", "demo", "--once")
    assert ended.code == 0, ended.err
    assert " messages traités : " in ended.out


async def test_off_a_terminal_it_tells_each_mail_once_and_stops_when_told(agent: Agent) -> None:
    process = await agent.start("repondeur", "demo", "--port", "0")
    assert process.stdout is not None
    lines: list[str] = []
    while len([line for line in lines if LINE.fullmatch(line)]) < 3:
        line = await asyncio.wait_for(process.stdout.readline(), 120)
        assert line, lines
        lines.append(line.decode().rstrip())
    process.send_signal(signal.SIGINT)
    rest, err = await asyncio.wait_for(process.communicate(), STOP_SECONDS)
    assert (process.returncode, err.decode()) == (0, "")
    lines += rest.decode().splitlines()
    numbers = [match[1] for match in map(LINE.fullmatch, lines) if match]
    assert len(numbers) == len(set(numbers)), "each mail once"
    assert "\x1b" not in "".join(lines), "no colours and no moving of the cursor in a file"
    assert left_behind(agent) == []


@pytest.mark.parametrize("stop", [b"\x03", signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
async def test_on_a_terminal(agent: Agent, stop: bytes | signal.Signals) -> None:
    pid, terminal = pty.fork()
    if pid == 0:  # pragma: no cover - the child becomes the program
        os.chdir(agent.home)
        environ = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", **agent.environ}
        os.execve(sys.executable, [sys.executable, "-m", "repondeur", "demo", "--port", "0"], environ)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 140, 0, 0))
    shown = bytearray()
    loop = asyncio.get_running_loop()
    loop.add_reader(terminal, lambda: shown.extend(read(terminal, loop)))
    try:
        page = (await eventually(lambda: PAGE.search(shown.decode("utf-8", "ignore")), 120))[0]
        await eventually(lambda: b"Answered" in shown)
        async with httpx.AsyncClient(base_url=page, timeout=60) as client:
            assert (await client.get("/health")).text == "OK"
            assert (await client.get("/")).status_code == 200
        if isinstance(stop, bytes):
            os.write(terminal, stop)
        else:
            os.kill(pid, stop)
        status = await asyncio.wait_for(asyncio.to_thread(os.waitpid, pid, 0), STOP_SECONDS)
        assert os.waitstatus_to_exitcode(status[1]) == 0
    finally:
        loop.remove_reader(terminal)
        os.close(terminal)
    assert b"Traceback" not in shown
    assert shown.rstrip().endswith(b"\x1b[?25h") or b"\x1b[?25h" in shown[-200:], "the cursor is shown again"
    assert left_behind(agent) == []


def read(terminal: int, loop: asyncio.AbstractEventLoop) -> bytes:
    """What the program has drawn; nothing once it has closed its end."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        loop.remove_reader(terminal)
        return b""


async def test_a_port_that_is_taken(agent: Agent, unused_tcp_port: int) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", unused_tcp_port)
    async with server:
        ended = await agent.run("repondeur", "demo", "--port", str(unused_tcp_port))
    assert (ended.code, ended.out) == (2, "")
    assert f"port {unused_tcp_port}" in ended.err
    assert "--port" in ended.err
