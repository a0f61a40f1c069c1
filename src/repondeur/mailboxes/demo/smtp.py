"""The SMTP half of the demo server: it takes mail as a provider's server does, and delivers it in this process."""

import secrets
from asyncio import AbstractEventLoop, BaseTransport, WriteTransport
from collections.abc import Awaitable, Callable

import structlog
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from repondeur.mailboxes.demo.shop import Account

log = structlog.get_logger(__name__)

# return path ("" for the null path), envelope recipients, the message as it came, whether the agent sent it
Accept = Callable[[str, tuple[str, ...], bytes, bool], Awaitable[None]]


class Policy:
    """Who may send what. Whoever signed in sends anywhere, as itself or with the null reverse-path; a stranger
    reaches the accounts of this server only, and cannot pretend to be the one that signs in."""

    def __init__(self, agent: Account, local: frozenset[str], accept: Accept) -> None:
        """local: the addresses that have an account here, in lower case."""
        self._agent = agent
        self._local = local
        self._accept = accept

    def authenticate(
        self, _smtp: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, credentials: object
    ) -> AuthResult:
        if not isinstance(credentials, LoginPassword):
            return AuthResult(success=False, handled=False)
        known = secrets.compare_digest(credentials.login, self._agent.address.encode())
        right = secrets.compare_digest(credentials.password, self._agent.password.encode())
        return AuthResult(success=known and right, handled=False)

    async def handle_MAIL(  # noqa: N802 - the library looks for this name
        self, _smtp: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        ours = address.lower() == self._agent.address
        if ours and not session.authenticated:
            return "530 5.7.0 Authentication required"
        if session.authenticated and not ours and address != "<>":
            return "553 5.7.1 Sender address not owned by user"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802 - the library looks for this name
        self, _smtp: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.lower() not in self._local and not session.authenticated:
            return "550 5.7.1 Relaying denied"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - the library looks for this name
        self, _smtp: SMTP, session: Session, envelope: Envelope
    ) -> str:
        return_path = "" if envelope.mail_from == "<>" else envelope.mail_from or ""
        await self._accept(
            return_path, tuple(envelope.rcpt_tos), envelope.original_content or b"", bool(session.authenticated)
        )
        return "250 2.0.0 OK"

    async def handle_exception(self, error: Exception) -> str:
        # The library's own answer would show the error's text to whoever is connected.
        log.error("demo.smtp_failed", error=type(error).__name__)
        return "451 4.3.0 Local error"


class Connection(SMTP):
    """One SMTP connection. connections: those that are not closed yet."""

    # Octets of one line. RFC 5321 4.5.3.1.6 has 1,000, but HTML mail goes over it every day, and servers take it.
    line_length_limit = 65_536

    def __init__(self, policy: Policy, max_size: int, loop: AbstractEventLoop, connections: set["Connection"]) -> None:
        super().__init__(
            policy,
            data_size_limit=max_size,
            hostname="localhost",
            ident="Demo server",
            auth_require_tls=False,
            authenticator=policy.authenticate,
            loop=loop,
        )
        self._connections = connections

    def connection_made(self, transport: BaseTransport) -> None:
        self._connections.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._connections.discard(self)
        super().connection_lost(error)

    def abort(self) -> None:
        if isinstance(self.transport, WriteTransport):
            self.transport.abort()
