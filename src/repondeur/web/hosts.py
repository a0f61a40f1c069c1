"""Under which names the pages are shown.

A page elsewhere can give its own name the address 127.0.0.1 and then read what a reader's browser gets from there (DNS
rebinding). The browser still sends that name in the Host field (RFC 9110, 7.2), so names that are not ours are refused.
"""

from collections.abc import Collection
from ipaddress import ip_address
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from repondeur.texts import Reason
from repondeur.web import hooks
from repondeur.web.view import View

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
EVERY_ADDRESS: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104  recognised here, bound nowhere
# They show nothing: whoever watches over the process may not know a name, and a proxy passes on the public one.
OPEN: Final = frozenset({"/health", hooks.PATH})


class KnownHosts:
    """Answers 400 to a request under any other name than `names`, whatever its port, or one for this machine.

    Among names, "0.0.0.0" or "::" stand for every address, but for no name: an address cannot be rebound.
    """

    def __init__(self, app: ASGIApp, view: View, names: Collection[str]) -> None:
        self._app, self._view = app, view
        self._names = LOOPBACK | {_plain(name) for name in names}
        self._any_address = not EVERY_ADDRESS.isdisjoint(self._names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in OPEN or self._known(Headers(scope=scope).getlist("host")):
            await self._app(scope, receive, send)
            return
        page = self._view.page(Request(scope), "error.html", 400, reason=Reason("web.other_host"))
        await page(scope, receive, send)

    def _known(self, fields: list[str]) -> bool:
        if len(fields) != 1:
            return False
        name = host_of(fields[0])
        return name in self._names or (self._any_address and _is_address(name))


def host_of(field: str) -> str:
    """The name or address in a Host field, in lower case, without port and brackets; "" for what is none."""
    if field.startswith("["):
        address, bracket, port = field[1:].partition("]")
        name = address if bracket and _is_address(address) else ""
    else:
        name, colon, port = field.partition(":")
        port = colon + port
    return _plain(name) if not port or (port[0] == ":" and (not port[1:] or port[1:].isdecimal())) else ""


def _plain(name: str) -> str:
    return name.strip("[]").rstrip(".").lower()


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
