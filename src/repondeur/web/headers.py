"""Header fields that every answer of ours carries, so that nothing in a mail can make a browser do anything.

Sources: CSP level 3; OWASP Secure Headers project.
"""

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECURE: Final = {
    # No script, no frame, no form, nothing from anywhere else: the pages are text with one style sheet and one icon.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # The address of a page names a mail: it is nobody else's business.
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Pages hold mail: they stay in no cache, also not after the reader has gone.
    "Cache-Control": "no-store",
}

# For the page that a stranger wrote, cleaned as it is: besides, it is alone in an origin of its own, and may not run,
# load, embed or send anything. What a reader clicks on opens elsewhere.
A_STRANGERS_PAGE: Final = {
    "Content-Security-Policy": (
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}


def secure(headers: MutableHeaders) -> None:
    """Adds the fields that are not there yet."""
    for name, value in SECURE.items():
        headers.setdefault(name, value)


class SecureHeaders:
    """The same for every answer of an ASGI application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                secure(MutableHeaders(scope=message))
            await send(message)

        await self._app(scope, receive, send_secured if scope["type"] == "http" else send)
