"""What an IMAP server says beside OK: response codes (RFC 5530), busy servers, identifiers in header fields. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["login", "limit", "throttled", "unavailable", "missing", "refused"]

_CODE = re.compile(r"\[([A-Z][A-Z0-9-]*)[^\]]*\]")
_SUGGESTED = re.compile(r"suggested backoff time:?\s*(\d+)\s*(ms|milliseconds?|s\b|seconds?)?", re.IGNORECASE)
_LIMIT = re.compile(
    r"too many (simultaneous )?(connections|sessions|logins)|maximum number of connections", re.IGNORECASE
)
_THROTTLED = re.compile(r"throttl|rate limit|exceeded (command|bandwidth)|too many requests", re.IGNORECASE)
_BUSY = re.compile(
    r"temporar|try again|unavailable|server (is )?busy|internal (server )?error|not connected|shutting down",
    re.IGNORECASE,
)
_MISSING = re.compile(
    r"(does|did)(n't| not) exist|unknown (mailbox|folder)|no such|not found|nonexistent", re.IGNORECASE
)
_KIND_OF_CODE: dict[str, Kind] = {
    "AUTHENTICATIONFAILED": "login",
    "AUTHORIZATIONFAILED": "login",
    "EXPIRED": "login",
    "PRIVACYREQUIRED": "login",
    "LIMIT": "unavailable",
    "THROTTLED": "throttled",
    "OVERQUOTA": "refused",
    "UNAVAILABLE": "unavailable",
    "INUSE": "unavailable",
    "SERVERBUG": "unavailable",
    "NONEXISTENT": "missing",
    "TRYCREATE": "missing",
}
THROTTLED_SECONDS = 60.0
LONGEST_SUGGESTION = 900.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """A NO, BAD or BYE, understood. seconds: how long the server asks us to stay away, 0 when it does not say."""

    kind: Kind
    text: str
    seconds: float = 0.0


def refusal(said: str) -> Refusal:
    """What a refusal means. said: the server's text, with or without its response code.

    Exchange: "BAD Request is throttled. Suggested Backoff Time: 299523 milliseconds"; Dovecot: "NO [UNAVAILABLE]
    Maximum number of connections from user+IP exceeded"; Gmail: "NO [ALERT] Too many simultaneous connections.
    (Failure)". A text that names too many connections says more than its code does.
    """
    text = printable(said)
    if found := _SUGGESTED.search(said):
        return Refusal("throttled", text, min(_seconds(found), LONGEST_SUGGESTION))
    if _LIMIT.search(said):
        return Refusal("limit", text)
    if _THROTTLED.search(said):
        return Refusal("throttled", text, THROTTLED_SECONDS)
    for code in _CODE.findall(said.upper()):
        if kind := _KIND_OF_CODE.get(code):
            return Refusal(kind, text, THROTTLED_SECONDS if kind == "throttled" else 0.0)
    if _MISSING.search(said):
        return Refusal("missing", text)
    return Refusal("unavailable" if _BUSY.search(said) else "refused", text)


def printable(said: str, limit: int = 200) -> str:
    """A server's words on one line, without control characters, cut."""
    return " ".join("".join(c if c.isprintable() else " " for c in said).split())[:limit]


def _seconds(found: re.Match[str]) -> float:
    number = float(found[1])
    return number if (found[2] or "ms").lower().startswith("s") else number / 1000


def numbers(data: Iterable[object]) -> list[int]:
    """The numbers of SEARCH responses, ascending: of several lines, with trailing blanks (Yahoo), with (MODSEQ n)."""
    found: set[int] = set()
    for line in data:
        if isinstance(line, bytes):
            found.update(int(word) for word in line.partition(b"(")[0].split() if word.isdigit())
    return sorted(found)


def sequence_windows(exists: int, width: int) -> Iterator[str]:
    """Sequence sets that cover a folder of `exists` messages, so that no answer grows past what a client reads."""
    for first in range(1, exists + 1, width):
        yield f"{first}:{min(first + width - 1, exists)}"


def bare_id(message_id: str) -> str:
    """A Message-ID in the form in which two are compared: without angle brackets and blanks."""
    return "".join(message_id.split()).removeprefix("<").removesuffix(">")


def searchable(message_id: str) -> str:
    """The longest part of a Message-ID that can stand in a quoted string of SEARCH; "" when there is none.

    SEARCH HEADER looks for substrings (RFC 9051 6.4.4), so a part finds the whole; what is found is then compared.
    """
    runs: Sequence[str] = re.findall(r"[!#-;=?-\[\]-~]+", bare_id(message_id))
    return max(runs, key=len, default="")[:250]


def field_values(header: bytes, name: str) -> list[str]:
    """Unfolded values of one header field. header: as fetched with BODY.PEEK[HEADER.FIELDS (...)]."""
    unfolded = re.sub(rb"\r?\n(?=[ \t])", b"", header)
    values = []
    for line in unfolded.splitlines():
        field, colon, value = line.partition(b":")
        if colon and field.strip().lower() == name.lower().encode():
            values.append(value.decode("utf-8", "surrogateescape").strip())
    return values


def identifiers(header: bytes, name: str) -> set[str]:
    """Message identifiers in one header field, in the form of bare_id."""
    found: set[str] = set()
    for value in field_values(header, name):
        found.update(bare_id(item) for item in re.findall(r"<([^<>]*)>", value) or value.split())
    return found


def quoted(text: str) -> str:
    """A quoted string (RFC 9051 4.3)."""
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
