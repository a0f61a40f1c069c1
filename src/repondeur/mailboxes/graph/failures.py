"""What Graph answers when it will not, and lines that fail, as errors of repondeur.errors.

Sources: "Microsoft Graph error responses and resource types", "Microsoft Graph throttling guidance", RFC 9110.
"""

import math
import re
import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx2

from repondeur.errors import LoginRefused, MailboxUnavailable, RepondeurError
from repondeur.mailboxes import reach

# What a 404 says when not the message is missing, but the mailbox as a whole.
_NO_MAILBOX = frozenset(
    {
        "ErrorInvalidUser",
        "ErrorNonExistentMailbox",
        "MailboxNotEnabledForRESTAPI",
        "MailboxNotSupportedForRESTAPI",
        "Request_ResourceNotFound",
        "ResourceNotFound",
    }
)
# Said with status 500, and yet no better the next time (Exchange Web Services, ResponseCode).
_FOR_GOOD = frozenset({"ErrorContentConversionFailed", "ErrorMimeContentConversionFailed", "ErrorMimeContentInvalid"})
_NOT_IMPLEMENTED = 501
_UNNAMED = frozenset({"", "UnknownError"})  # of a proxy on the way, or of a front end that asked nobody
LONGEST_PAUSE: Final = 900.0  # seconds that anyone can stop us for; Graph asks for some minutes at most
_LONGEST_CODE = 100


class Refused(RepondeurError):
    """Graph said 4xx or 501 to this one request; sign-in and throttling are other errors. graph_code: error.code or
    ""."""

    def __init__(self, status: int, graph_code: str) -> None:
        super().__init__("graph.refused", status=status, code=graph_code or "?")
        self.status = status
        self.graph_code = graph_code

    @property
    def gone(self) -> bool:
        """Graph itself says that there is no such thing."""
        missing = self.status in {404, 410} and self.graph_code not in _UNNAMED
        return missing or self.graph_code == "ErrorItemNotFound"

    @property
    def absent(self) -> bool:
        """Graph says so, or something in between: enough for what is made anew without harm."""
        return self.gone or self.status in {404, 410}

    @property
    def for_good(self) -> bool:
        """No other time will do better; any other refusal may pass."""
        return self.status == _NOT_IMPLEMENTED or self.graph_code in _FOR_GOOD


class TokenRefused(Exception):
    """401: another token may do. Never leaves this package."""


class Again(Exception):
    """The same request may succeed later. Never leaves this package.

    error: what to raise when it is not tried again. pause: seconds for which Graph asks to be left alone. received:
    the request may have been carried out.
    """

    def __init__(self, error: RepondeurError, *, pause: float | None = None, received: bool = False) -> None:
        super().__init__(error.reason.code)
        self.error = error
        self.pause = pause
        self.received = received


def graph_code(body: Mapping[str, Any]) -> str:
    """error.code of a body; "" when it has none."""
    error = body.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    return code[:_LONGEST_CODE] if isinstance(code, str) else ""


def judged(
    status: int,
    body: Mapping[str, Any],
    headers: Mapping[str, str],
    now: datetime,
    *,
    server: str,
    mailbox: str | None,
) -> Exception:
    """What an answer other than 2xx means. headers: names in lower case. mailbox: whose right to be there is in doubt
    when Graph says 403 or knows no such mailbox; None where that is the caller's question."""
    code = graph_code(body)
    if status == 401:
        return TokenRefused()
    if status == 429:
        pause = retry_after(headers, now)
        return Again(throttled(min(pause or 1, LONGEST_PAUSE)), pause=pause)
    if code in _FOR_GOOD:
        return Refused(status, code)
    if (status >= 500 and status != _NOT_IMPLEMENTED) or status == 408:
        error = MailboxUnavailable("graph.server_busy", server=server, status=status)
        return Again(error, pause=retry_after(headers, now), received=True)
    if status >= 400:
        if mailbox is not None and status == 403:
            # Graph names a code; what does not is something that stands before it.
            return LoginRefused("graph.access_denied", mailbox=mailbox, code=code) if code else strange(server, status)
        if mailbox is not None and status == 404 and code in _NO_MAILBOX:
            return LoginRefused("graph.mailbox_missing", mailbox=mailbox, code=code)
        return Refused(status, code)
    return strange(server, status)


def throttled(seconds: float) -> MailboxUnavailable:
    return MailboxUnavailable("graph.throttled", seconds=max(1, math.ceil(seconds)))


def strange(server: str, status: int) -> MailboxUnavailable:
    return MailboxUnavailable("graph.strange_answer", server=server, status=status)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds of Retry-After, which gives seconds or a date (RFC 9110 10.2.3); None when it says nothing of use.
    A date is reckoned from the answer's own Date where it has one: our clock may be off."""
    given = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]*)?", given):
        return float(given)
    if (until := _date(given)) is None:
        return None
    return max(0.0, (until - (_date(headers.get("date", "")) or now)).total_seconds())


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def lost(error: httpx2.TransportError | TimeoutError, server: str) -> Again | MailboxUnavailable:
    """What a line that was not made, or broke, means; an untrusted certificate is not tried again at once."""
    if isinstance(error, httpx2.ConnectTimeout):
        return Again(MailboxUnavailable("graph.no_answer", server=server))
    if isinstance(error, httpx2.ConnectError | httpx2.ProxyError):
        return _not_made(error, server)
    if isinstance(error, httpx2.TimeoutException | TimeoutError):
        return Again(MailboxUnavailable("graph.timed_out", server=server), received=True)
    return Again(MailboxUnavailable("graph.connection_lost", server=server), received=True)


def _not_made(error: BaseException, server: str) -> Again | MailboxUnavailable:
    # The last one is the nearest to the socket.
    causes = [found for found in _chain(error) if isinstance(found, OSError)]
    known = next(
        (found for found in causes if reach.cause(found) != "unreachable"), causes[-1] if causes else OSError()
    )
    unavailable = MailboxUnavailable(f"graph.{reach.cause(known)}", server=server, detail=reach.words(known))
    return unavailable if isinstance(known, ssl.SSLCertVerificationError) else Again(unavailable)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        if isinstance(error, BaseExceptionGroup):
            for inner in error.exceptions:
                yield from _chain(inner)
        error = error.__cause__ or error.__context__
