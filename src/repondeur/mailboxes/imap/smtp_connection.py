"""An SMTP connection that is encrypted as the settings ask and signed in."""

import asyncio
import base64
import contextlib
import re
import socket

from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPException, SMTPResponseException

from repondeur.errors import LoginRefused, MailboxUnavailable, RepondeurError
from repondeur.mailboxes.imap import failures, oauth
from repondeur.mailboxes.imap.connection import Timeouts, keep_alive
from repondeur.mailboxes.imap.responses import printable
from repondeur.mailboxes.tls import client_context
from repondeur.settings.schema import ImapSettings

CHECK_SECONDS = 10.0
_LIKE_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}|[A-Za-z0-9+/_-]{6,}={1,2}")


async def connected(settings: ImapSettings, timeouts: Timeouts) -> SMTP:
    """Connects and signs in. Raises MailboxUnavailable, LoginRefused, SettingsError."""
    smtp = await reached(settings, timeouts)
    try:
        await sign_in(smtp, settings)
    except BaseException:
        smtp.close()
        raise
    return smtp


async def reached(settings: ImapSettings, timeouts: Timeouts) -> SMTP:
    """Connects, with TLS unless "none" was asked for, and says EHLO."""
    context = await asyncio.to_thread(client_context, settings.mail_ca_file)
    smtp = SMTP(
        hostname=settings.smtp_server,
        port=settings.smtp_port,
        use_tls=settings.smtp_security == "tls",
        start_tls=False,  # done below, where its failures can be told apart
        tls_context=context,
        timeout=timeouts.connect,
        local_hostname=_own_name(),
    )
    try:
        await smtp.connect()
        await _greeted(smtp)
        if settings.smtp_security == "starttls":
            if not smtp.supports_extension("starttls"):
                raise MailboxUnavailable("smtp.starttls_missing", server=settings.smtp_server, port=settings.smtp_port)
            await smtp.starttls()
            await _greeted(smtp)
        keep_alive(smtp.get_transport_info("socket"))
    except (SMTPException, OSError) as error:
        smtp.close()
        raise _unreachable(error, settings) from error
    except BaseException:
        smtp.close()
        raise
    smtp.timeout = timeouts.command
    return smtp


async def sign_in(smtp: SMTP, settings: ImapSettings) -> None:
    """By token, else by password. A server that offers no AUTH is used without, as on a trusted wire."""
    if "auth" not in smtp.esmtp_extensions:
        return
    try:
        if oauth.wanted(settings):
            await _by_token(smtp, settings)
        elif settings.smtp_pass is not None:
            await _by_password(smtp, settings.smtp_user, settings.smtp_pass.get_secret_value(), settings.smtp_server)
    except (SMTPException, OSError) as error:
        raise MailboxUnavailable("smtp.connection_lost", server=settings.smtp_server) from error


async def is_alive(smtp: SMTP) -> bool:
    """Does a connection that was kept still answer? Its transaction is cleared on the way."""
    if not smtp.is_connected:
        return False
    try:
        await smtp.rset(timeout=CHECK_SECONDS)
    except (SMTPException, OSError):
        return False
    return smtp.is_connected


async def part(smtp: SMTP) -> None:
    """Says QUIT where the line still stands, and closes."""
    with contextlib.suppress(SMTPException, OSError):
        await smtp.quit(timeout=1.0)
    smtp.close()


async def _greeted(smtp: SMTP) -> None:
    try:
        await smtp.ehlo()
    except SMTPResponseException:
        await smtp.helo()


async def _by_token(smtp: SMTP, settings: ImapSettings) -> None:
    for attempt in (1, 2):
        token = await asyncio.to_thread(oauth.access_token, settings)
        encoded = base64.b64encode(oauth.initial_response(settings.smtp_user, token))
        response = await smtp.execute_command(b"AUTH", b"XOAUTH2", encoded)
        if response.code == 334:  # the reason of a refusal; the reply follows an empty line
            response = await smtp.execute_command(b"")
        # Refused once, it may just have run out: renewed, it is tried again.
        if 200 <= response.code < 300 or attempt == 2 or not smtp.is_connected:
            return _judge(response.code, response.message, settings.smtp_user, settings.smtp_server, token)
    return None


async def _by_password(smtp: SMTP, user: str, password: str, server: str) -> None:
    methods = set(smtp.server_auth_methods)
    if "plain" in methods or not methods & {"login", "cram-md5"}:
        secret = base64.b64encode(f"\0{user}\0{password}".encode())
        response = await smtp.execute_command(b"AUTH", b"PLAIN", secret)
        return _judge(response.code, response.message, user, server, password)
    if "login" not in methods:
        try:
            await smtp.auth_crammd5(user, password)
        except SMTPResponseException as error:
            _judge(error.code, error.message, user, server, password)
        return None
    response = await smtp.execute_command(b"AUTH", b"LOGIN")
    for word in (user, password):
        if response.code == 334:
            response = await smtp.execute_command(base64.b64encode(word.encode()))
    return _judge(response.code, response.message, user, server, password)


def _judge(code: int, said: str, user: str, server: str, secret: str) -> None:
    """RFC 4954 4 and 6: 535 refused, 454 temporary."""
    if 200 <= code < 300:
        return
    # Some servers repeat what they were sent. What could be Base64 of it, or a part of that, is left out too.
    said = _LIKE_BASE64.sub("…", said)
    for sent in (secret, base64.b64encode(secret.encode()).decode().rstrip("=")):
        said = said.replace(sent, "…")
    reply = printable(f"{code} {said}")
    if 400 <= code < 500:
        raise MailboxUnavailable("smtp.later", server=server, reply=reply)
    raise LoginRefused("smtp.login_refused", server=server, user=user, reply=reply)


def _unreachable(error: SMTPException | OSError, settings: ImapSettings) -> RepondeurError:
    cause: BaseException | None = error
    while cause is not None:
        # aiosmtplib wraps what the socket said; its own errors are OSErrors too.
        if isinstance(cause, OSError) and not isinstance(cause, SMTPException):
            return failures.unreachable(cause, "smtp", settings.smtp_server, settings.smtp_port)
        if isinstance(cause, SMTPResponseException):
            reply = printable(f"{cause.code} {cause.message}")
            return MailboxUnavailable("smtp.later", server=settings.smtp_server, reply=reply)
        if isinstance(cause, TimeoutError):
            return failures.unreachable(TimeoutError(), "smtp", settings.smtp_server, settings.smtp_port)
        cause = cause.__cause__
    return MailboxUnavailable("smtp.connection_lost", server=settings.smtp_server)


def _own_name() -> str:
    """For EHLO. Without asking DNS, which may take long: our name where it is a full one, else a literal."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"
