"""How the pages are served: what a connection may cost us before anything of it is known to be of use.

A sender that writes one octet a second, or opens connections and says nothing, holds a file descriptor that a mailbox
may need ("slow loris"). uvicorn bounds the pause between two requests only.
"""

import asyncio
from typing import Any, Final

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from repondeur.web.headers import SECURE

HEADER_OCTETS: Final = 32 * 1024  # request line and fields; the longest we answer are handshakes of Graph, some 4 KB
HEADER_SECONDS: Final = 10.0  # until they are there
MOST_CONNECTIONS: Final = 256
_REFUSAL: Final = "Invalid HTTP request received."


def config(app: ASGIApp, protocol: type[asyncio.Protocol] | None = None) -> uvicorn.Config:
    """Of a server that says nothing of itself and believes nobody about who asks."""
    return uvicorn.Config(
        app,
        http=protocol or BoundedProtocol,
        ws="none",
        h11_max_incomplete_event_size=HEADER_OCTETS,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # see web/proxies.py
        timeout_graceful_shutdown=2,
        lifespan="off",
    )


class BoundedProtocol(H11Protocol):
    """A connection on which the fields of a request must be there within header_seconds. With most_connections open,
    the next one is closed unread."""

    header_seconds = HEADER_SECONDS
    most_connections = MOST_CONNECTIONS

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self._hurry: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        super().connection_made(transport)
        if len(self.connections) > self.most_connections:
            transport.abort()
            return
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def send_400_response(self, msg: str) -> None:
        """As every answer of ours, and no defect where one is under way already."""
        if self.conn.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            self.transport.close()
            return
        fields = {**SECURE, "Content-Type": "text/plain; charset=utf-8", "Connection": "close"}
        headers = [(name.lower().encode(), value.encode()) for name, value in fields.items()]
        for event in (
            h11.Response(status_code=400, headers=headers, reason=b"Bad Request"),
            h11.Data(data=_REFUSAL.encode()),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _watch(self) -> None:
        """The clock runs while there is no request to answer, and goes on whatever small pieces of one come."""
        if self.conn.our_state in {h11.SEND_RESPONSE, h11.SEND_BODY}:
            self._rest()
        elif self._hurry is None and not self.transport.is_closing():
            self._hurry = self.loop.call_later(self.header_seconds, self.transport.abort)

    def _rest(self) -> None:
        if self._hurry is not None:
            self._hurry.cancel()
            self._hurry = None
