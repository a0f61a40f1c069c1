"""A mail server in this process, on loopback, for the demo: real IMAP and real SMTP, nothing on disk.

Plain text only, 2 MB a message, meant for a few hundred messages. It is no server to test an IMAP client against
alone: it knows no SPECIAL-USE, CONDSTORE or QRESYNC.
"""

import asyncio
import errno
import logging
import re
from collections import defaultdict
from collections.abc import Awaitable
from datetime import datetime
from email.utils import format_datetime
from ipaddress import ip_address
from types import TracebackType
from typing import Self

import structlog

from repondeur.errors import SettingsError
from repondeur.mailboxes.demo.imap import Imap
from repondeur.mailboxes.demo.shop import Account, agent, customer
from repondeur.mailboxes.demo.smtp import Connection, Policy

log = structlog.get_logger(__name__)

MAX_SIZE = 2_000_000
_RETURN_PATH = re.compile(rb"\AReturn-Path:[ \t]*<([^>\r\n]*)>[ \t]*\r?\n", re.IGNORECASE)


class DemoServer:
    """An async context manager; imap_port and smtp_port hold the real ports once it is entered.

    The agent's account signs in to both and sends anywhere; the customer's has IMAP only. What the agent sends to an
    address without an account here is accepted too and kept: see sent_to.
    Raises SettingsError when a port is taken or the host is not a loopback address.
    """

    def __init__(self, host: str = "127.0.0.1", imap_port: int = 0, smtp_port: int = 0) -> None:
        """Port 0: any free one."""
        if not _is_loopback(host):
            raise SettingsError("demo.not_loopback", host=host)
        self.host = host
        self.imap_port = imap_port
        self.smtp_port = smtp_port
        self.agent: Account = agent()
        self.customer: Account = customer()
        self._imap = Imap((self.agent, self.customer), MAX_SIZE)
        self._local = frozenset((self.agent.address, self.customer.address))
        self._sent: dict[str, list[bytes]] = defaultdict(list)
        self._servers: list[asyncio.Server] = []
        self._imap_connections: set[asyncio.Task[None]] = set()
        self._smtp_connections: set[Connection] = set()

    async def __aenter__(self) -> Self:
        # Below these levels the libraries log whole messages, and aiosmtpd a warning of its own at every sign-in.
        logging.getLogger("pymap").setLevel(logging.WARNING)
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        loop = asyncio.get_running_loop()
        policy = Policy(self.agent, self._local, self._accept)
        try:
            self.imap_port = await self._listen(
                asyncio.start_server(self._answer_imap, self.host, self.imap_port), self.imap_port
            )
            self.smtp_port = await self._listen(
                loop.create_server(
                    lambda: Connection(policy, MAX_SIZE, loop, self._smtp_connections), self.host, self.smtp_port
                ),
                self.smtp_port,
            )
        except BaseException:
            await self._close()
            raise
        log.info("demo.listening", host=self.host, imap_port=self.imap_port, smtp_port=self.smtp_port)
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self._close()

    async def deliver(self, raw: bytes) -> None:
        """Puts a message into the agent's INBOX as if it had come by SMTP just now.

        Its Return-Path, if it begins with one, is taken for the envelope's; `{{now}}` anywhere becomes the date.
        """
        await self._imap.put(self.agent.address, arriving(raw, datetime.now().astimezone()))

    async def sent_to(self, address: str) -> tuple[bytes, ...]:
        """What the agent has sent to an address by SMTP, oldest first, byte for byte as it was handed over."""
        return tuple(self._sent[address.lower()])

    async def _accept(self, return_path: str, recipients: tuple[str, ...], raw: bytes, by_agent: bool) -> None:
        now = datetime.now().astimezone()
        for recipient in dict.fromkeys(address.lower() for address in recipients):
            if by_agent:
                self._sent[recipient].append(raw)
            if recipient in self._local:
                await self._imap.put(recipient, _traced(return_path, raw, now))

    def _answer_imap(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._imap.answer(reader, writer))
        self._imap_connections.add(task)
        task.add_done_callback(self._imap_closed)

    def _imap_closed(self, task: asyncio.Task[None]) -> None:
        self._imap_connections.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("demo.imap_failed", error=type(error).__name__)

    async def _listen(self, starting: Awaitable[asyncio.Server], port: int) -> int:
        """The port it really listens on."""
        try:
            server = await starting
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            raise SettingsError("demo.port_taken", host=self.host, port=port) from error
        self._servers.append(server)
        taken: int = server.sockets[0].getsockname()[1]
        return taken

    async def _close(self) -> None:
        """Connections go before the servers: from Python 3.12 on, a server waits for its connections to end."""
        for server in self._servers:
            server.close()
        tasks = tuple(self._imap_connections)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for connection in tuple(self._smtp_connections):
            connection.abort()
        for server in self._servers:
            await server.wait_closed()
        self._servers.clear()


def arriving(raw: bytes, now: datetime) -> bytes:
    """A sample as the server of the shop stores it: dated, with CRLF line ends and the trace fields."""
    lines = _with_crlf(raw.replace(b"{{now}}", format_datetime(now).encode()))
    if (found := _RETURN_PATH.match(lines)) is None:
        return lines
    return _traced(found[1].decode("ascii", "replace"), lines[found.end() :], now)


def _with_crlf(raw: bytes) -> bytes:
    """Line ends as mail has them; a script that pipes a text into SMTP often sends bare LF."""
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _traced(return_path: str, raw: bytes, now: datetime) -> bytes:
    """The message under the trace fields of final delivery (RFC 5321 4.4)."""
    domain = return_path.rpartition("@")[2] or "localhost"
    fields = (
        f"Return-Path: <{return_path}>\r\nReceived: from {domain} by localhost with ESMTP; {format_datetime(now)}\r\n"
    )
    return fields.encode("utf-8", "surrogateescape") + _with_crlf(raw)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
