"""HTTP/1.1 over TLS by hand: so that a line can be dropped at any moment, and a slow or huge answer be a stream."""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus

from tests.support.graph.failures import LineDropped

MAX_BODY = 64 * 1024 * 1024
"""Octets of a request that are read at most."""


@dataclass(frozen=True)
class Request:
    """path: as on the wire, still percent-encoded. headers: names in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Response:
    """body: an iterator is sent in chunks. over: called just before the last octets leave."""

    status: int
    body: bytes | Iterator[bytes] = b""
    headers: dict[str, str] = field(default_factory=dict)
    over: Callable[[], None] = lambda: None


Handler = Callable[[Request], Awaitable[Response]]


class Wire:
    """The listening socket and its event loop, in a thread of their own. refuse: lines are closed as they come."""

    def __init__(self, handler: Handler, context: ssl.SSLContext) -> None:
        self._handler = handler
        self._context = context
        self._lines: set[asyncio.StreamWriter] = set()
        self._ready = threading.Event()
        self.refuse = False
        self.port = 0
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="graph", daemon=True)

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(30), "the stand-in for Graph did not start"

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self._cancel_all)
        self._thread.join(30)

    def hang_up(self) -> None:
        """Closes every line there is; what was under way is not answered."""
        self.loop.call_soon_threadsafe(self._abort_all)

    def _abort_all(self) -> None:
        for writer in tuple(self._lines):
            writer.transport.abort()

    def _cancel_all(self) -> None:
        for task in asyncio.all_tasks(self.loop):
            task.cancel()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        with contextlib.suppress(asyncio.CancelledError):
            self.loop.run_until_complete(self._listen())
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()

    async def _listen(self) -> None:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context, backlog=1000)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        try:
            await asyncio.Event().wait()
        finally:
            server.close()
            self._abort_all()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._lines.add(writer)
        try:
            while not self.refuse and (request := await _read(reader)) is not None:
                await _write(writer, await self._handler(request))
                if request.headers.get("connection", "").lower() == "close":
                    break
        except (LineDropped, OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self._lines.discard(writer)
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    """The next request; None when the client has closed the line."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except asyncio.IncompleteReadError:
        return None
    method, target, _ = head[0].split(" ", 2)
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (row.partition(":") for row in head[1:] if row)
    }
    path, _, query = target.partition("?")
    return Request(method, path, query, headers, await _body(reader, headers))


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return await reader.readexactly(min(int(headers.get("content-length", "0")), MAX_BODY))
    parts = []
    while size := int((await reader.readline()).split(b";")[0], 16):
        parts.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(parts)


async def _write(writer: asyncio.StreamWriter, response: Response) -> None:
    is_whole = isinstance(response.body, bytes)
    parts = iter([response.body]) if isinstance(response.body, bytes) else response.body
    whole = next(parts) if is_whole else b""
    length = {"Content-Length": str(len(whole))} if is_whole else {"Transfer-Encoding": "chunked"}
    if response.status == HTTPStatus.NO_CONTENT:
        length = {}
    head = f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in {**length, **response.headers}.items()) + "\r\n"
    if is_whole:
        response.over()
        writer.write(head.encode("latin-1") + whole)
        await writer.drain()
        return
    try:
        writer.write(head.encode("latin-1"))
        for part in parts:
            writer.write(b"%x\r\n%s\r\n" % (len(part), part))
            await writer.drain()
    finally:
        response.over()
    writer.write(b"0\r\n\r\n")
    await writer.drain()
