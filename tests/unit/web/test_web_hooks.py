"""What the hook answers, whatever it is sent. What it believes is tested with the mailbox."""

import asyncio
import contextlib
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from tests.support.console import FakeConsole
from tests.support.eventually import eventually

from repondeur.errors import MailboxUnavailable, StoreUnavailable
from repondeur.web.app import create_app
from repondeur.web.hooks import PATH, Limits, routes

JSON = "application/json; charset=utf-8"
CLOSE = "Connection: close"
TOKEN = "Validation: Testing client application reachability for subscription Request-Id: 123 + <b>é</b>&x=1%2B"
FULL = StoreUnavailable("store.full")
KEYS_AWAY = MailboxUnavailable("imap.unreachable", host="login.example", port=443, problem="x")


@dataclass
class FakeHook:
    """Takes everything; error: raised instead. answer: is it notices at all?"""

    answer: bool = True
    error: Exception | None = None
    taken: list[bytes] = field(default_factory=list)

    async def take(self, body: bytes) -> bool:
        if self.error is not None:
            raise self.error
        self.taken.append(body)
        return self.answer


class StuckHook(FakeHook):
    async def take(self, body: bytes) -> bool:
        await asyncio.Event().wait()
        return True


def call(
    hook: FakeHook | None, method: str = "POST", query: str = "", body: bytes = b"{}", kind: str = JSON
) -> Response:
    client = TestClient(create_app(FakeConsole(), (), hook), "http://hook.shop.example", raise_server_exceptions=False)
    headers = {"Content-Type": kind} if kind else {}
    return client.request(method, PATH + query, content=body if method == "POST" else None, headers=headers)


class TestHandshake:
    @pytest.mark.parametrize("method", ["GET", "POST"])
    @pytest.mark.parametrize(
        "query",
        [
            pytest.param(f"?validationToken={quote_plus(TOKEN)}", id="as Graph encodes it"),
            pytest.param(f"?validationToken={quote(TOKEN, safe='')}", id="with %20"),
            pytest.param(f"?a=1&validationToken={quote_plus(TOKEN)}&b=", id="among others"),
        ],
    )
    def test_the_decoded_token_comes_back_as_plain_text(self, method: str, query: str) -> None:
        hook = FakeHook()
        answer = call(hook, method, query, b"", "text/plain; charset=utf-8")
        assert answer.status_code == 200
        assert answer.content == TOKEN.encode()
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert hook.taken == []

    @pytest.mark.parametrize(
        "query",
        [
            pytest.param("validationToken=" + "x" * 4097, id="too long"),
            pytest.param("validationToken=", id="empty"),
            pytest.param("validationToken", id="no value"),
            pytest.param("validationToken=a&validationToken=b", id="two"),
            pytest.param("validationToken=a&validationToken=a", id="the same twice"),
            pytest.param("validationToken=a%0d%0aSet-Cookie:%20b", id="two lines"),
            pytest.param("validationToken=a%00", id="NUL"),
            pytest.param("validationToken=a%C2%9B", id="a control character of Latin-1"),
            pytest.param("validationToken=%ff", id="no UTF-8"),
            pytest.param("validationToken=a&" + "&".join(["b=1"] * 30), id="many fields"),
        ],
    )
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_odd_tokens_are_refused(self, method: str, query: str) -> None:
        hook = FakeHook()
        answer = call(hook, method, f"?{query}")
        assert (answer.status_code, answer.content, hook.taken) == (400, b"", [])

    def test_the_longest_token(self) -> None:
        assert call(FakeHook(), query="?validationToken=" + "x" * 4096).text == "x" * 4096

    def test_another_name_is_no_token(self) -> None:
        assert call(FakeHook(), "GET", "?validationtoken=a").status_code == 400


class TestNotices:
    @pytest.mark.parametrize("kind", [JSON, "application/json", "Application/JSON;charset=UTF-8"])
    def test_they_are_handed_on_as_they_came(self, kind: str) -> None:
        hook = FakeHook()
        answer = call(hook, body=b'{"value": []}', kind=kind)
        assert (answer.status_code, answer.content) == (202, b"")
        assert hook.taken == [b'{"value": []}']
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers

    @pytest.mark.parametrize(
        "kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonx", "json"]
    )
    def test_what_is_not_said_to_be_json(self, kind: str) -> None:
        hook = FakeHook()
        assert (call(hook, kind=kind).status_code, hook.taken) == (415, [])

    def test_what_is_no_notices(self) -> None:
        assert call(FakeHook(answer=False)).status_code == 400

    def test_a_get_without_token(self) -> None:
        assert call(FakeHook(), "GET").status_code == 400

    @pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
    def test_other_methods(self, method: str) -> None:
        answer = call(FakeHook(), method)
        assert answer.status_code == 405
        assert "POST" in answer.headers["allow"]

    @pytest.mark.parametrize("error", [FULL, KEYS_AWAY], ids=["store", "keys"])
    def test_what_was_not_stored_is_to_come_again(self, error: Exception) -> None:
        answer = call(FakeHook(error=error))
        assert (answer.status_code, answer.headers["retry-after"], answer.content) == (503, "10", b"")

    def test_a_defect_is_said_to_be_one(self) -> None:
        answer = call(FakeHook(error=ValueError("secret words")))
        assert answer.status_code == 500
        assert "secret words" not in answer.text

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_without_a_hook_there_is_no_such_path(self, method: str) -> None:
        assert call(None, method, "?validationToken=a").status_code == 404

    def test_it_answers_under_any_name_and_the_pages_do_not(self) -> None:
        client = TestClient(create_app(FakeConsole(), (), FakeHook()), "http://hook.shop.example")
        assert client.post(PATH, json={}).status_code == 202
        for path in ("/", "/ready", "/metrics", "/messages/7", f"{PATH}/x", "/graph"):
            assert client.get(path).status_code == 400


@asynccontextmanager
async def served(hook: FakeHook, limits: Limits) -> AsyncIterator[tuple[str, int]]:
    app = FastAPI()
    app.include_router(routes(hook, limits))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None))
        serving = asyncio.create_task(server.serve([listening]))
        yield listening.getsockname()
        server.should_exit = True
        await asyncio.wait_for(serving, 60)


async def begun(
    address: tuple[str, int], length: str, body: bytes
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A POST whose head and a part of its body are on their way."""
    reader, writer = await asyncio.open_connection(*address)
    writer.write(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\n{length}\r\n\r\n".encode() + body)
    return reader, writer


async def answer_to(address: tuple[str, int], length: str, body: bytes = b"", again: bytes = b"") -> bytes:
    """All that comes back until the server closes; it must, within a time. again: sent without end."""
    reader, writer = await begun(address, length, body)
    answer = b""
    # A server that closes before it has read all may take its answer with it (RFC 9112, 9.6).
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(60):
            while again and not reader.at_eof():
                writer.write(again)
                await writer.drain()
            while chunk := await reader.read(1000):
                answer += chunk
    writer.close()
    return answer


def status(answer: bytes) -> int:
    found = re.match(rb"HTTP/1\.1 (\d+) ", answer)
    return int(found[1]) if found else 0


async def test_bodies_that_are_too_large_or_too_slow() -> None:
    hook = FakeHook()
    async with served(hook, Limits(body=1_000_000, seconds=0.5)) as address:
        chunks = b"".join(b"186a0\r\n" + b"x" * 100_000 + b"\r\n" for _ in range(10))
        announced, slow, endless, longer, largest = await asyncio.gather(
            answer_to(address, "Content-Length: 1000001"),
            answer_to(address, "Content-Length: 1000", b"x" * 10),
            answer_to(address, "Transfer-Encoding: chunked", again=b"10000\r\n" + b"x" * 65536 + b"\r\n"),
            answer_to(address, f"{CLOSE}\r\nTransfer-Encoding: chunked", chunks + b"1\r\nx\r\n0\r\n\r\n"),
            answer_to(address, f"{CLOSE}\r\nContent-Length: 1000000", b"x" * 1_000_000),
        )
    assert (status(announced), status(slow), status(largest)) == (413, 408, 202)
    assert {status(endless), status(longer)} <= {413, 0}
    assert [len(body) for body in hook.taken] == [1_000_000]


async def test_many_bodies_do_not_fill_the_memory() -> None:
    async with served(FakeHook(), Limits(body=1_000_000, together=1_010_000)) as address:

        async def answers(expected: int) -> bool:
            answer = await answer_to(address, f"{CLOSE}\r\nContent-Length: 20000", b"x" * 20_000)
            return status(answer) == expected and (expected == 202 or b"retry-after: 10" in answer.lower())

        _, held = await begun(address, "Content-Length: 1000000", b"x" * 999_999)
        assert await eventually(lambda: answers(503)), "no room for a second"
        held.close()
        assert await eventually(lambda: answers(202)), "a sender that went away leaves its room"


async def test_a_store_that_does_not_come_back_is_no_hang() -> None:
    async with served(StuckHook(), Limits(to_store=0.1)) as address:
        assert status(await answer_to(address, "Content-Length: 2", b"{}")) == 503
