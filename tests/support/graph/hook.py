"""A hook that notices are posted to, for tests of the stand-in, or of subscriptions without the program's own hook."""

import json
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.support.graph.server import GraphServer


class Hook:
    """Over HTTPS, trusted by that server. handshakes: tokens that were asked for. notices: bodies that came.

    status: answered to notices; a list is used up first. shake: what is answered to a handshake, as (status, content
    type, body) from the token.
    """

    def __init__(self, graph: GraphServer) -> None:
        self.handshakes: list[str] = []
        self.bodies: list[Any] = []
        self.statuses: list[int] = []
        self.shake: Callable[[str], tuple[int, str, bytes]] = lambda token: (200, "text/plain", token.encode())
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*graph.hook_certificate())
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://localhost:{self._server.server_address[1]}/hook"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def notices(self) -> list[Any]:
        """The single notices of all bodies, in the order in which they came."""
        return [notice for body in tuple(self.bodies) for notice in body["value"]]

    def _handler(hook) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler's own self is another
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                token = parse_qs(urlsplit(self.path).query).get("validationToken")
                if token:
                    hook.handshakes.append(token[0])
                    self._answer(*hook.shake(token[0]))
                    return
                status = hook.statuses.pop(0) if hook.statuses else 202
                if status == 202:
                    hook.bodies.append(json.loads(body))
                self._answer(status, "text/plain", b"")

            def _answer(self, status: int, kind: str, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        return Handler
