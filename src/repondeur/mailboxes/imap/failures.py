"""Why a mail server could not be reached, told apart: one code for each cause that a person can do something about."""

from typing import Literal

from repondeur.errors import LoginRefused, MailboxUnavailable, RepondeurError
from repondeur.mailboxes import reach
from repondeur.mailboxes.imap.responses import Refusal, printable

Service = Literal["imap", "smtp"]


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
    detail = printable(reach.words(error))
    return MailboxUnavailable(f"{service}.{reach.cause(error)}", server=server, port=port, detail=detail)


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
