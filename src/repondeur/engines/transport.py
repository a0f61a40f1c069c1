"""The wire to a model server: no redirects (they would carry the key elsewhere), no compressed or endless answers."""

import ipaddress
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import httpx2

MAX_RESPONSE = 1_048_576


class ResponseTooLarge(Exception):
    """More octets than a completion can have. Never leaves the engine: it becomes engine.answer_too_large."""


def http_client(base_url: str, timeout: float) -> "httpx2.AsyncClient":
    """timeout: seconds for each wait on the line; the caller limits the whole.

    The proxy variables of the environment count for servers elsewhere, never for one on this machine.
    """
    import httpx2

    class Capped(httpx2.AsyncByteStream):
        def __init__(self, stream: httpx2.AsyncByteStream) -> None:
            self._stream = stream

        async def __aiter__(self) -> AsyncIterator[bytes]:
            size = 0
            async for part in self._stream:
                size += len(part)
                if size > MAX_RESPONSE:
                    raise ResponseTooLarge
                yield part

        async def aclose(self) -> None:
            await self._stream.aclose()

    async def cap(response: httpx2.Response) -> None:
        # We ask for no compression. A server that compresses all the same could hide any size in a few octets.
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise ResponseTooLarge
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = Capped(response.stream)

    return httpx2.AsyncClient(
        headers={"Accept-Encoding": "identity"},
        timeout=httpx2.Timeout(timeout, connect=min(10.0, timeout)),
        follow_redirects=False,
        trust_env=not on_this_machine(base_url),
        event_hooks={"response": [cap]},
    )


def on_this_machine(base_url: str) -> bool:
    """Whether the host of a URL is loopback, by its name or number."""
    host = (urlsplit(base_url).hostname or "").rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def server_name(base_url: str) -> str:
    """Host and port, for people: never user information, a path or a query, which may hold a secret."""
    parts = urlsplit(base_url)
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        port = ""
    return f"{parts.hostname or '?'}{port}"
