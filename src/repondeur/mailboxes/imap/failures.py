"""Why a mail server could not be reached, told apart: one code for each cause that a person can do something about."""

import errno
import socket
import ssl
from typing import Literal

from repondeur.errors import LoginRefused, MailboxUnavailable, RepondeurError
from repondeur.mailboxes.imap.responses import Refusal, printable

Service = Literal["imap", "smtp"]

# X509_V_ERR_*, openssl/x509_vfy.h
_NOT_YET_VALID, _EXPIRED, _NAME_MISMATCH, _ADDRESS_MISMATCH = 9, 10, 62, 64


class ConnectionBroken(MailboxUnavailable):
    """The line was lost under a command (EOF, BYE, timeout): another connection may be tried at once."""


class CommandRefused(MailboxUnavailable):
    """The server said NO or BAD to this command; the line still stands, and other commands may do."""


class TooManyConnections(MailboxUnavailable):
    """The server takes no further connection of this account: fewer may do."""


class ServerAsksForPause(MailboxUnavailable):
    """The server is throttling this account. seconds: how long to stay away."""

    def __init__(self, code: str, /, *, seconds: float, **params: str | int | float) -> None:
        super().__init__(code, seconds=round(seconds), **params)
        self.seconds = seconds


def unreachable(error: OSError, service: Service, server: str, port: int) -> RepondeurError:
    """What to tell of an error while connecting, TLS included."""
    name = _cause(error)
    return MailboxUnavailable(f"{service}.{name}", server=server, port=port, detail=printable(_words(error)))


def refused(refusal: Refusal, server: str, user: str, *, signing_in: bool) -> RepondeurError:
    """What to raise for an IMAP server's NO, BAD or BYE. While signing in, a plain NO means wrong credentials."""
    if refusal.kind == "limit":
        return TooManyConnections("imap.too_many_connections", server=server)
    if refusal.kind == "throttled":
        return ServerAsksForPause("imap.throttled", server=server, seconds=refusal.seconds)
    if refusal.kind == "login" or (signing_in and refusal.kind in ("refused", "missing")):
        return LoginRefused("imap.login_refused", server=server, user=user)
    if refusal.kind == "unavailable":
        return CommandRefused("imap.server_busy", server=server, reply=refusal.text)
    return CommandRefused("imap.command_refused", server=server, reply=refusal.text)


def _cause(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate(error)
    if isinstance(error, ssl.SSLError):
        return "tls_failed"
    if isinstance(error, socket.gaierror):
        return "host_unknown"
    if isinstance(error, ConnectionRefusedError) or f"[Errno {errno.ECONNREFUSED}]" in str(error):
        # asyncio folds the errors of several addresses of one host into one text.
        return "port_refused"
    if isinstance(error, TimeoutError):
        return "no_answer"
    return "unreachable"


def _certificate(error: ssl.SSLCertVerificationError) -> str:
    code = error.verify_code
    if code in (_EXPIRED, _NOT_YET_VALID):
        return "certificate_expired"
    if code in (_NAME_MISMATCH, _ADDRESS_MISMATCH):
        return "certificate_name"
    return "certificate_untrusted"


def _words(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return error.strerror or str(error) or type(error).__name__
