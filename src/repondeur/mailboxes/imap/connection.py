"""An IMAP connection: made, encrypted, signed in, and its errors understood. For one thread at a time.

IMAPClient connects, signs in and parses; what it gets wrong for us is done on imaplib's public methods below it.
Errors of imaplib, of IMAPClient and of the socket become errors of repondeur.errors here.
"""

import contextlib
import imaplib
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import structlog
from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError

from repondeur.errors import LoginRefused, MailboxUnavailable, RepondeurError
from repondeur.mailboxes.imap import failures, oauth, responses
from repondeur.mailboxes.imap.responses import quoted
from repondeur.mailboxes.tls import client_context
from repondeur.settings.schema import ImapSettings

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. connect: until the greeting; command: without a single octet from the server; whole: for one job, which
    is a few commands and at most about a megabyte, from when its turn comes; data: for the answer after SMTP's final
    dot (RFC 5321 4.5.3.2.6)."""

    connect: float = 20.0
    command: float = 60.0
    whole: float = 300.0
    data: float = 300.0


DEFAULT_TIMEOUTS = Timeouts()
LITERAL_LIMIT = 64 * 1024 * 1024  # octets; we ask for parts of a megabyte, but not every server keeps to parts


class Connection:
    """Connects and signs in when made. Raises MailboxUnavailable, LoginRefused."""

    def __init__(self, settings: ImapSettings, timeouts: Timeouts = DEFAULT_TIMEOUTS, *, sign_in: bool = True) -> None:
        self.settings = settings
        self.server = settings.imap_server
        self.timeouts = timeouts
        self.capabilities: frozenset[str] = frozenset()
        self._context = client_context(settings.mail_ca_file)
        self.client = self._connected()
        if sign_in:
            try:
                self.sign_in()
            except BaseException:
                self.close()
                raise

    def _connected(self) -> IMAPClient:
        settings = self.settings
        client = None
        try:
            client = IMAPClient(
                settings.imap_server,
                settings.imap_port,
                ssl=settings.imap_security == "tls",
                ssl_context=self._context,
                timeout=SocketTimeout(self.timeouts.connect, self.timeouts.command),
            )
            self.wire: imaplib.IMAP4 = client._imap  # noqa: SLF001 - IMAPClient gives no other way to imaplib
            self.wire.read = self._bounded(self.wire.read)  # imaplib trusts any length
            self.wire.debug = 0  # IMAPClient sets 5, which formats every octet of every mail for a log nobody reads
            client.normalise_times = False
            keep_alive(self.wire.sock)
            if settings.imap_security == "starttls":
                if not client.has_capability("STARTTLS"):
                    raise MailboxUnavailable("imap.starttls_missing", server=self.server, port=settings.imap_port)
                client.starttls(self._context)
        except (imaplib.IMAP4.error, OSError, MailboxUnavailable) as error:
            if client is not None:
                self._hang_up()
            if isinstance(error, MailboxUnavailable):
                raise
            if isinstance(error, OSError):
                raise failures.unreachable(error, "imap", settings.imap_server, settings.imap_port) from error
            raise self.refused(error, signing_in=False) from error
        return client

    def _bounded(self, read: Callable[[int], bytes]) -> Callable[[int], bytes]:
        """Reads a literal, unless the server announces one that nobody asked for: its length would be allocated."""

        def read_literal(size: int) -> bytes:
            if size > LITERAL_LIMIT:
                raise self.wire.abort("literal too long")
            return read(size)

        return read_literal

    def sign_in(self) -> None:
        """By token, else by password. A refused token is renewed and tried once more."""
        if self.wire.state == "NONAUTH":
            if oauth.wanted(self.settings):
                try:
                    self._by_token()
                except LoginRefused:
                    log.info("imap.token_renewed", mailbox=self.settings.name)
                    self.close()
                    self.client = self._connected()
                    self._by_token()
            else:
                self._by_password()
        with self.errors(signing_in=True):
            self.capabilities = frozenset(c.decode("ascii", "replace").upper() for c in self.client.capabilities())
            if "ID" in self.capabilities:
                # A few providers (NetEase) close folders to clients that do not say who they are (RFC 2971).
                with contextlib.suppress(IMAPClientError):
                    self.client.id_({"name": "repondeur"})

    def _by_token(self) -> None:
        answers = iter((oauth.initial_response(self.settings.imap_user, oauth.access_token(self.settings)),))
        with self.errors(signing_in=True):
            # After a refusal the server sends its reason as a challenge and wants an empty line.
            self.client.sasl_login("XOAUTH2", lambda _: next(answers, b""))

    def _by_password(self) -> None:
        user, secret = self.settings.imap_user, self.settings.imap_pass
        if secret is None:
            raise LoginRefused("imap.password_missing", user=user)
        password = secret.get_secret_value()
        with self.errors(signing_in=True):
            if self.client.has_capability("AUTH=PLAIN") or not (user + password).isascii():
                # imaplib's LOGIN cannot carry "é" and sends the name unquoted.
                self.client.plain_login(user, password)
            elif self.client.has_capability("LOGINDISABLED"):
                raise LoginRefused("imap.login_disabled", server=self.server)
            else:
                self.client.login(quoted(user), password)

    # -- errors

    @contextlib.contextmanager
    def errors(self, *, signing_in: bool = False) -> Iterator[None]:
        """Turns what imaplib and the socket raise into our errors."""
        try:
            with self.errors_of_the_line():
                yield
        except imaplib.IMAP4.error as error:
            raise self.refused(error, signing_in=signing_in) from error

    @contextlib.contextmanager
    def errors_of_the_line(self) -> Iterator[None]:
        """As errors(), but a plain NO or BAD passes: it is the caller's to judge."""
        try:
            yield
        except imaplib.IMAP4.readonly as error:
            raise MailboxUnavailable("imap.read_only", server=self.server) from error
        except (imaplib.IMAP4.abort, OSError) as error:
            raise self._broken(error) from error
        except (imaplib.IMAP4.error, RepondeurError):
            raise
        except Exception as error:
            # imaplib and IMAPClient take what a server says for well-formed: any error may come of what is not.
            log.warning("imap.answer_unreadable", server=self.server, error=type(error).__name__)
            raise failures.ConnectionBroken("imap.unreadable", server=self.server) from error

    def refused(self, error: Exception, *, signing_in: bool) -> RepondeurError:
        # IMAPClient calls every failure of a sign-in a refusal, a lost line too.
        for failure in (error, error.__context__):
            if isinstance(failure, imaplib.IMAP4.abort):
                return self._broken(failure)
        said = error.args[0] if error.args else ""
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        return failures.refused(responses.refusal(text), self.server, self.settings.imap_user, signing_in=signing_in)

    def _broken(self, error: Exception) -> RepondeurError:
        understood = responses.refusal(str(error))
        if understood.kind in ("limit", "throttled"):  # said in a BYE
            return failures.refused(understood, self.server, self.settings.imap_user, signing_in=False)
        if isinstance(error, TimeoutError):
            return failures.ConnectionBroken("imap.no_answer", server=self.server, port=self.settings.imap_port)
        return failures.ConnectionBroken("imap.connection_lost", server=self.server)

    # -- ending

    def abort(self) -> None:
        """Cuts the line, from any thread: a command that waits fails at once. Its thread then calls close()."""
        with contextlib.suppress(OSError):
            # Not SSLSocket.shutdown, which takes the TLS object away from under the thread that reads.
            socket.socket.shutdown(self.wire.sock, socket.SHUT_RDWR)

    def close(self) -> None:
        """Signs off without waiting for an answer, and closes."""
        with contextlib.suppress(OSError):
            self.wire.send(b"RBYE LOGOUT\r\n")
        self._hang_up()

    def _hang_up(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self.wire.shutdown()


def keep_alive(sock: socket.socket | ssl.SSLSocket) -> None:
    """Lets the system find out, within some minutes, that a peer is gone without a word."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 20), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, option):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
