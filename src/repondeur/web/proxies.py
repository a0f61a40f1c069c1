"""Who asks, where a reverse proxy stands between. Anyone can write X-Forwarded-For, so it is believed of proxies that
settings name, and of nobody else."""

from collections.abc import Collection, Iterable
from ipaddress import ip_address, ip_network
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

_TOLD_BY: Final = b"x-forwarded-for"
# What proxies write, and nothing of ours reads: taken away, so that nothing ever will by accident.
_FORWARDED: Final = frozenset({_TOLD_BY, b"forwarded", b"x-real-ip", b"x-client-ip", b"true-client-ip"}) | {
    b"x-forwarded-" + what for what in (b"host", b"port", b"proto", b"scheme", b"server", b"prefix")
}


class KnownProxies:
    """networks: of the proxies that are believed. A request that names a client and comes from anybody else has none:
    what is open to some addresses only, the metrics, is closed to it."""

    def __init__(self, app: ASGIApp, networks: Collection[str]) -> None:
        self._app = app
        self._networks = [ip_network(one, strict=False) for one in networks]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and any(name in _FORWARDED for name, _ in scope["headers"]):
            kept = [field for field in scope["headers"] if field[0] not in _FORWARDED]
            told = [value.decode("latin-1") for name, value in scope["headers"] if name == _TOLD_BY]
            client = self._client(scope.get("client"), told)
            scope = {**scope, "headers": kept, "client": None if client is None else (client, 0)}
        await self._app(scope, receive, send)

    def _client(self, peer: tuple[str, int] | None, told: Iterable[str]) -> str | None:
        """The last address on the way that is no proxy of ours: each proxy adds at the end whom it was asked by."""
        if peer is None or not self._is_proxy(peer[0]):
            return None
        way = (part.strip() for field in told for part in field.split(","))
        last = next((address for address in reversed(list(way)) if not self._is_proxy(address)), "")
        return last if _is_address(last) else None

    def _is_proxy(self, address: str) -> bool:
        return _is_address(address) and any(ip_address(address) in network for network in self._networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
