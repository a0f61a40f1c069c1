"""Mail servers that do what real ones will not do on demand. Over real sockets, on loopback, one thread a connection.

A script is a function that is given each command and the line to the client; it answers and returns True, or returns
False to leave the command to the usual answers.
"""

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self


class HangUp(Exception):
    """Raised by a script: the server closes the line."""


class Line:
    """The server's end of one connection. number: of the connection, from 1. over: set when it has ended."""

    def __init__(self, sock: socket.socket, number: int) -> None:
        self.sock = sock
        self.number = number
        self.over = threading.Event()
        self._file = sock.makefile("rb")

    def send(self, text: str | bytes) -> None:
        self.sock.sendall(text.encode() if isinstance(text, str) else text)

    def reply(self, text: str) -> None:
        self.send(text + "\r\n")

    def read(self) -> str:
        line = self._file.readline()
        if not line:
            raise HangUp
        return line.decode("utf-8", "surrogateescape").rstrip("\r\n")

    def read_octets(self, count: int) -> bytes:
        return self._file.read(count)

    def upgrade(self, context: ssl.SSLContext) -> None:
        self.sock = context.wrap_socket(self.sock, server_side=True)
        self._file = self.sock.makefile("rb")


class Talk(Protocol):
    def __call__(self, server: "Server", line: Line) -> None: ...


@dataclass
class Server:
    """said: every command of every connection, in order. connections: how many there were."""

    talk: Talk
    tls: ssl.SSLContext | None = None
    said: list[str] = field(default_factory=list)
    connections: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._lines: list[Line] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in self._lines:
            _shut(line.sock)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(sock, self.connections), daemon=True).start()

    def _serve(self, sock: socket.socket, number: int) -> None:
        line = None
        try:
            if self.tls is not None:
                sock = self.tls.wrap_socket(sock, server_side=True)
            line = Line(sock, number)
            self._lines.append(line)
            self.talk(self, line)
        except (HangUp, OSError, ValueError):
            pass
        finally:
            _shut(line.sock if line else sock)
            if line:
                line.over.set()


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()


Script = Callable[[Line, str, str], bool]

SELECT = (
    "* FLAGS (\\Answered \\Seen \\Deleted)\r\n* {exists} EXISTS\r\n* 0 RECENT\r\n"
    "* OK [PERMANENTFLAGS ({kept})] Kept\r\n* OK [UIDVALIDITY 7] Valid\r\n"
)


def imap_server(
    script: Script = lambda *_: False,
    *,
    capability: str = "IMAP4rev1 IDLE UIDPLUS MOVE AUTH=PLAIN",
    greeting: str = "* OK ready",
    exists: int = 0,
    kept: str = "\\Seen \\*",
    tls: ssl.SSLContext | None = None,
) -> Server:
    """An IMAP server with an INBOX. script(line, tag, command): command without its tag."""

    def talk(server: Server, line: Line) -> None:
        line.reply(greeting)
        while True:
            tag, _, command = line.read().partition(" ")
            server.said.append(command)
            if script(line, tag, command):
                continue
            _imap_answer(line, tag, command, capability, SELECT.format(exists=exists, kept=kept))

    return Server(talk, tls)


def _imap_answer(line: Line, tag: str, command: str, capability: str, select: str) -> None:
    word = re.sub(r"^UID ", "", command.upper()).split(" ")[0]
    if word == "CAPABILITY":
        line.reply(f"* CAPABILITY {capability}")
    elif word == "AUTHENTICATE":
        line.reply("+ ")
        line.read()
    elif word == "SELECT":
        line.send(select)
    elif word == "LIST":
        line.send('* LIST (\\HasNoChildren) "/" INBOX\r\n* LIST (\\Sent) "/" Sent\r\n* LIST (\\Drafts) "/" Drafts\r\n')
    elif word == "SEARCH":
        line.reply("* SEARCH")
    elif word == "IDLE":
        line.reply("+ idling")
        line.read()
    elif word == "LOGOUT":
        line.reply("* BYE")
        raise HangUp
    line.reply(f"{tag} OK done")


def smtp_server(
    replies: dict[str, str | Callable[[Line], None]] | None = None,
    *,
    extensions: tuple[str, ...] = ("SIZE 10000000", "8BITMIME", "SMTPUTF8", "AUTH PLAIN LOGIN"),
    tls: ssl.SSLContext | None = None,
) -> Server:
    """A submission server. replies: by how a command begins, or "." for the end of the message: the reply, or what
    to do instead. The message itself is in said as one entry."""
    given = replies or {}

    def answer(line: Line, command: str, usual: str) -> None:
        for start, reply in given.items():
            if command.upper().startswith(start.upper()):
                if callable(reply):
                    reply(line)
                else:
                    line.reply(reply)
                return
        line.reply(usual)

    def talk(server: Server, line: Line) -> None:
        answer(line, "GREETING", "220 ready")
        while True:
            command = line.read()
            server.said.append(command)
            match command.upper().split(" ")[0]:
                case "EHLO":
                    announced = [f"250-{extension}\r\n" for extension in extensions]
                    answer(line, command, f"250-test\r\n{''.join(announced)}250 ENHANCEDSTATUSCODES")
                case "AUTH":
                    _smtp_auth(line, command, answer)
                case "DATA":
                    answer(line, command, "354 go on")
                    if isinstance(given.get("DATA"), str):
                        continue
                    server.said.append(_smtp_message(line))
                    answer(line, ".", "250 taken")
                case "QUIT":
                    line.reply("221 bye")
                    raise HangUp
                case _:
                    answer(line, command, "250 fine")

    return Server(talk, tls)


def _smtp_message(line: Line) -> str:
    message = []
    while (text := line.read()) != ".":
        message.append(text)
    return "\n".join(message)


def _smtp_auth(line: Line, command: str, answer: Callable[[Line, str, str], None]) -> None:
    if command.upper() == "AUTH LOGIN":
        for prompt in ("VXNlcm5hbWU6", "UGFzc3dvcmQ6"):
            line.reply(f"334 {prompt}")
            line.read()
    answer(line, command, "235 welcome")


def hang_up(_: Line) -> None:
    raise HangUp


def be_silent(line: Line) -> None:
    line.read()


@contextmanager
def listening_without_a_word() -> Iterator[int]:
    """A port that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def free_port() -> int:
    """A loopback port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
