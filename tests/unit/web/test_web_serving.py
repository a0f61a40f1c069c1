"""The pages over a real socket: as a browser asks, and as nobody should."""

import asyncio
import contextlib
import random
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.testclient import TestClient
from tests.support.console import FakeConsole
from tests.support.eventually import eventually

from repondeur.web.app import create_app
from repondeur.web.headers import SECURE
from repondeur.web.serving import HEADER_OCTETS, BoundedProtocol, config

SECONDS = 60.0  # for what comes at once
GET = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"
HOOK = b"POST /graph/notifications HTTP/1.1\r\nHost: localhost\r\n"


class Impatient(BoundedProtocol):
    header_seconds = 0.5

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.timeout_keep_alive = 0.2  # type: ignore[assignment]  # seconds; uvicorn says whole ones


class Small(BoundedProtocol):
    most_connections = 3


class Believing:
    """Takes every notice."""

    async def take(self, body: bytes) -> bool:
        return body.startswith(b"{")


@asynccontextmanager
async def served(protocol: type[BoundedProtocol] = BoundedProtocol) -> AsyncIterator[int]:
    """The port of a server with pages and hook."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server = uvicorn.Server(config(create_app(FakeConsole(), hook=Believing()), protocol))
        serving = asyncio.create_task(server.serve([listening]))
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            await asyncio.wait_for(serving, SECONDS)


async def said(port: int, *pieces: bytes) -> bytes:
    """All that comes back until the server closes the line."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        return await asyncio.wait_for(reader.read(), SECONDS)
    except OSError:  # closed before all was read
        return b""
    finally:
        writer.close()


async def closed(reader: asyncio.StreamReader) -> None:
    """Waits until the server has ended the line, however."""
    with contextlib.suppress(ConnectionError):
        await asyncio.wait_for(reader.read(), SECONDS)


async def lives(port: int) -> bool:
    return (await said(port, GET + b"Connection: close\r\n\r\n")).startswith(b"HTTP/1.1 200")


async def test_a_real_server_serves_them() -> None:
    async with served() as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=SECONDS) as client:
        health = await client.get("/health")
        page = await client.get("/", headers={"Accept-Language": "fr"})
        hostile = await client.get("/", headers={"Accept-Language": b"\xff\xfe;q=\xe9"})
        notice = await client.post("/graph/notifications", json={"value": []})
    assert (health.status_code, health.text) == (200, "OK")
    assert "server" not in health.headers
    assert "Derniers messages" in page.text
    assert hostile.status_code == 200
    assert notice.status_code == 202


@pytest.mark.parametrize("began", [b"", b"GET /health HTTP/1.1\r\nHost: loc", GET + b"\r\n" + GET])
async def test_whoever_does_not_come_to_an_end_is_cut_off(began: bytes) -> None:
    async with served(Impatient) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(began)
        await closed(reader)
        writer.close()
        await eventually(partial(lives, port), SECONDS)


async def test_one_octet_after_the_other_is_no_way_to_stay() -> None:
    async with served(Impatient) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        async def trickle() -> None:
            while True:
                writer.write(b"x")
                await asyncio.sleep(0.02)

        trickling = asyncio.create_task(trickle())
        await closed(reader)
        trickling.cancel()
        writer.close()
        await eventually(partial(lives, port), SECONDS)


async def test_a_slow_answer_is_waited_for() -> None:
    class Slow(FakeConsole):
        async def metrics(self) -> str:
            await asyncio.sleep(2 * Impatient.header_seconds)
            return "late\n"

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server = uvicorn.Server(config(create_app(Slow(allowed=frozenset({"127.0.0.1"}))), Impatient))
        serving = asyncio.create_task(server.serve([listening]))
        answer = await said(
            listening.getsockname()[1], GET.replace(b"health", b"metrics") + b"Connection: close\r\n\r\n"
        )
        server.should_exit = True
        await asyncio.wait_for(serving, SECONDS)
    assert answer.endswith(b"late\n")


async def test_there_is_an_end_to_how_many_come_at_once() -> None:
    async with served(Small) as port:
        lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(Small.most_connections)]
        for reader, writer in lines:
            writer.write(GET + b"\r\n")
            assert (await asyncio.wait_for(reader.readuntil(b"OK"), SECONDS)).startswith(b"HTTP/1.1 200")
        assert await said(port, GET + b"\r\n") == b""
        lines[0][1].close()
        await lines[0][1].wait_closed()
        await eventually(partial(lives, port), SECONDS)
        for _, writer in lines:
            writer.close()


ODD = [
    b"\x16\x03\x01\x02\x00\x01\x00",  # TLS on a plain port
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET  HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\n folded\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n",
    b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /" + b"a" * HEADER_OCTETS + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    GET + b"X: " + b"a" * HEADER_OCTETS + b"\r\n\r\n",
    GET + b"X: a\r\n" * (HEADER_OCTETS // 6) + b"\r\n",
    HOOK + b"Content-Type: application/json\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}",
    HOOK + b"Content-Type: application/json\r\nContent-Length: -1\r\n\r\n{}",
    HOOK + b"Content-Type: application/json\r\nContent-Length: 99999999999999999999\r\n\r\n{}",
    HOOK + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
    HOOK
    + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    HOOK + b"Content-Type: application/json\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n\r\n",
    b"CONNECT example.org:443 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"TRACE / HTTP/1.1\r\nHost: localhost\r\nX-Secret: 1\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET http://evil.example/messages/7 HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    b"GET //evil.example/%2e%2e/static/..%2f..%2fetc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"\r\n" * 2000,
]


@pytest.fixture(scope="module")
def alphabet() -> list[bytes]:
    return [b"\r\n", b"\n", b"\r", b"\x00", b" ", b":", b"GET / HTTP/1.1", b"Host: localhost", b"\xff", b"a" * 999]


async def test_odd_requests_end_in_a_refusal_or_in_silence(alphabet: list[bytes]) -> None:
    chance = random.Random(7)
    made = [b"".join(chance.choices(alphabet, k=chance.randrange(1, 30))) for _ in range(150)]
    flipped = [bytes(octet ^ (chance.random() < 0.02) * chance.randrange(256) for octet in GET) for _ in range(100)]
    async with served(Impatient) as port:
        answers = await asyncio.gather(*(said(port, one) for one in ODD))
        answers += await asyncio.gather(*(said(port, one) for one in made))
        answers += await asyncio.gather(*(said(port, one, b"\r\n\r\n") for one in flipped))
        assert await lives(port)
    for answer in filter(None, answers):
        for head in re.findall(rb"(?ms)^(HTTP/1\.1 .*?\r\n)\r\n", answer):
            status = int(head.split()[1])
            assert status in {200, 202, 400, 404, 405, 413, 415}, head
            lower = head.lower()
            assert all(name.lower().encode() in lower for name in SECURE), head
            assert b"evil.example" not in lower
    assert b"x-secret" not in b"".join(answers).lower()


@pytest.mark.parametrize(
    ("networks", "headers", "status"),
    [
        ((), {}, 200),
        ((), {"X-Forwarded-For": "10.0.0.1"}, 403),
        ((), {"Forwarded": "for=10.0.0.1"}, 403),
        ((), {"X-Real-IP": "10.0.0.1"}, 403),
        (("127.0.0.0/8",), {}, 200),
        (("127.0.0.0/8",), {"X-Forwarded-For": "10.0.0.1"}, 200),
        (("127.0.0.0/8",), {"X-Forwarded-For": "10.0.0.1, 127.0.0.9"}, 200),
        (("127.0.0.0/8",), {"X-Forwarded-For": "10.0.0.1, 203.0.113.5"}, 403),
        (("127.0.0.0/8",), {"X-Forwarded-For": "10.0.0.1, unknown"}, 403),
        (("127.0.0.0/8",), {"X-Forwarded-For": ""}, 403),
        (("127.0.0.0/8",), {"X-Real-IP": "10.0.0.1"}, 403),
        (("192.0.2.0/24",), {"X-Forwarded-For": "10.0.0.1"}, 403),
    ],
)
def test_who_asks_is_who_a_known_proxy_says(networks: tuple[str, ...], headers: dict[str, str], status: int) -> None:
    app = create_app(FakeConsole(allowed=frozenset({"10.0.0.1", "127.0.0.1"})), proxies=networks)
    client = TestClient(app, "http://localhost", client=("127.0.0.1", 50000))
    assert client.get("/metrics", headers=headers).status_code == status
