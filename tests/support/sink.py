"""A web server by hand, on loopback, that keeps every request and answers octet by octet what a test wants."""

import json
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.scripted import HangUp, Line, Server


@dataclass(frozen=True)
class Asked:
    """One request as it came. headers: names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Reply = bytes | Iterable[bytes]


def reply(status: int, body: bytes = b"", **headers: str) -> bytes:
    """A whole answer. headers: retry_after="5" for Retry-After."""
    fields = {"content-length": str(len(body))} | {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} Said\r\n{head}\r\n".encode() + body


OK = reply(200, b"ok")


class Sink:
    """asked: every request, in order. answer: called for each; b"" hangs up without a word."""

    def __init__(self, answer: Callable[[Asked], Reply] = lambda _: OK, tls: ssl.SSLContext | None = None) -> None:
        self.answer = answer
        self.asked: list[Asked] = []
        self.came = threading.Event()
        self._server = Server(self._talk, tls)
        self.port = self._server.port
        self.url = f"http{'s' if tls else ''}://localhost:{self.port}"

    def __enter__(self) -> "Sink":
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()

    @property
    def connections(self) -> int:
        return self._server.connections

    def _talk(self, server: Server, line: Line) -> None:
        method, target, _ = line.read().split(" ", 2)
        headers: dict[str, str] = {}
        while row := line.read():
            name, _, value = row.partition(":")
            headers[name.lower()] = value.strip()
        asked = Asked(method, target, headers, line.read_octets(int(headers.get("content-length", "0"))))
        self.asked.append(asked)
        self.came.set()
        said = self.answer(asked)
        for part in [said] if isinstance(said, bytes) else said:
            if server.stopping.is_set():
                raise HangUp
            line.send(part)
