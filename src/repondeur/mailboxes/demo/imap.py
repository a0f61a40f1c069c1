"""The IMAP half of the demo server: pymap's in-memory backend, told to keep keywords and to know our accounts."""

import ssl
from argparse import Namespace
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterable
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from email.headerregistry import BaseHeader, HeaderRegistry, UniqueAddressHeader
from io import BytesIO
from typing import Any

from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import Config, Login
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxData, MailboxSet
from pymap.concurrent import Subsystem
from pymap.context import connection_exit
from pymap.imap import IMAPConnection
from pymap.imap.state import ConnectionState
from pymap.mime.parsed import ParsedHeaders
from pymap.parsing.commands import Commands
from pymap.parsing.message import AppendMessage
from pymap.parsing.response import Response
from pymap.parsing.specials import ObjectId
from pymap.parsing.specials.flag import Flag, Wildcard
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

from repondeur.mailboxes.demo.shop import Account

# As most servers name them; pymap does not know SPECIAL-USE (RFC 6154), so a client goes by the names.
FOLDERS = ("Drafts", "Sent")
LONGEST_FIELD = 16_384  # characters; the time the standard library takes grows with their square


class _Fields(HeaderRegistry):
    """Header fields as the standard library reads them. Where it fails on one (Message-ID: <>, a lone quote in From) or
    finds no time in a date, an empty field stands for it: pymap would break the connection, and with it each SEARCH in
    a folder that holds such a mail. What is fetched of the mail stays as it came."""

    def __init__(self) -> None:
        super().__init__()
        several: Any = UniqueAddressHeader  # a single one raises errors where there is none, or more than one
        self.map_to_type("sender", several)

    def __call__(self, name: str, value: str) -> BaseHeader:
        try:
            field: Any = super().__call__(name, value if len(value) <= LONGEST_FIELD else "")
        except Exception:  # noqa: BLE001 - errors of all kinds, which no documentation names
            return super().__call__(name, "")
        return super().__call__(name, "") if getattr(field, "datetime", ...) is None else field


ParsedHeaders._registry = _Fields()  # noqa: SLF001 - pymap has no other place for it


class _Folder(MailboxData):
    """A folder that keeps any keyword. pymap's own forgets all but the system flags, without saying so."""

    @property
    def permanent_flags(self) -> frozenset[Flag]:
        return super().permanent_flags | {Wildcard}


class _Folders(MailboxSet):
    """All folders of one account."""

    def __init__(self) -> None:
        super().__init__()
        self._inbox = self._new()
        self._set = {name: self._new() for name in FOLDERS}
        self._subscribed = dict.fromkeys(FOLDERS, True)

    async def add_mailbox(self, name: str) -> ObjectId:
        if name in self._set:
            raise ValueError(name)
        self._set[name] = folder = self._new()
        return folder.mailbox_id

    def _new(self) -> _Folder:
        return _Folder(self._content_cache, self._thread_cache)


class _Config(Config):
    @property
    def greeting(self) -> bytes:
        # pymap's own looks up the name of this machine, which can hang for seconds where DNS is broken.
        return b"Demo server ready"


class _Connection(IMAPConnection):
    """Writes each response in one piece. pymap writes word by word, which arrives in several TCP segments: in IDLE,
    imaplib then takes half a line for a broken connection."""

    async def write_response(self, resp: Response) -> None:
        whole = BytesIO()
        await resp.async_write(whole)
        with suppress(ConnectionError):
            self.writer.write(whole.getvalue())
            await self.writer.drain()


class Imap:
    """The accounts and their folders, and what answers a connection."""

    def __init__(self, accounts: Iterable[Account], max_size: int) -> None:
        """max_size: octets of one message that APPEND takes."""
        self._config = _Config(
            Namespace(passlib_cfg=None, proxy_protocol=None),
            host=None,
            port=0,
            demo_data=False,
            demo_user="",
            demo_password="",
            # Passwords are random and live as long as the process: hashing them would only cost a second a sign-in.
            hash_context=Cleartext(),
            cpu_subsystem=Subsystem.for_asyncio(),
            # Never used without TLS; given so that pymap does not look for certificates in the environment.
            ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
            tls_enabled=False,
            # A client that tries out what the server knows is not thrown out for it.
            bad_command_limit=None,
            reject_dnsbl=False,
            max_append_len=max_size,
        )
        self._login = login = Login(self._config)
        self._folders: dict[str, _Folders] = {}
        for account in accounts:
            login.users_dict[account.address] = UserMetadata(self._config, account.address, password=account.password)
            self._folders[account.address] = folders = _Folders()
            self._config.set_cache[account.address] = (folders, FilterSet())

    async def answer(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Serves one connection to its end."""
        self._config.apply_context()
        async with AsyncExitStack() as stack:
            connection_exit.set(stack)
            connection = _Connection(Commands(), self._config, reader, writer, SocketInfo.get(writer, None))
            stack.callback(connection.close)
            await connection.run(ConnectionState(self._login, self._config))

    async def put(self, address: str, raw: bytes) -> None:
        """Puts a message, unread, into the INBOX of an account. Raises KeyError for an address without one."""
        inbox = await self._folders[address].get_mailbox("INBOX")
        await inbox.append(AppendMessage(raw, datetime.now(UTC)), recent=True)
