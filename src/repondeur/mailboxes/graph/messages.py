"""What we ask Graph to tell of a message, and what it told. Pure.

Source: Microsoft Graph v1.0, "message resource type".
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime, formataddr
from typing import Any, Final

__all__ = ["HEADER_SELECT", "SELECT", "Found", "header_of", "header_section", "moment", "moment_text"]

SELECT: Final = "id,conversationId,internetMessageId,isRead,isDraft,parentFolderId,receivedDateTime,categories"
HEADER_SELECT: Final = "internetMessageHeaders,internetMessageId,subject,from,toRecipients,receivedDateTime"

HEADER_LIMIT: Final = 256_000  # octets of a header; the reader of mail takes less
_FIELD_NAME: Final = re.compile(r"[!-9;-~]{1,200}")  # RFC 5322 2.2
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_HEADER_END: Final = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of one message. None: we were not told.

    ref: the immutable id. message_id: as Graph writes it, with angle brackets; "" when the message has none.
    received: with a zone.
    """

    ref: str
    conversation: str | None = None
    message_id: str | None = None
    read: bool | None = None
    draft: bool | None = None
    folder_id: str | None = None
    received: datetime | None = None
    categories: tuple[str, ...] | None = None

    @property
    def whole(self) -> bool:
        """Enough to tell whether this message is one to take up."""
        told = (self.conversation, self.message_id, self.read, self.draft, self.folder_id, self.received)
        return all(value is not None for value in told)

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> "Found":
        """A message resource, or the parts of it that changed; what has another type than documented counts as not
        told. Raises KeyError when there is no id."""
        read, draft = given.get("isRead"), given.get("isDraft")
        categories = given.get("categories")
        return cls(
            ref=_text(given["id"]) or "",
            conversation=_text(given.get("conversationId")),
            message_id=(_text(given["internetMessageId"]) or "") if "internetMessageId" in given else None,
            read=read if isinstance(read, bool) else None,
            draft=draft if isinstance(draft, bool) else None,
            folder_id=_text(given.get("parentFolderId")),
            received=moment(given.get("receivedDateTime")),
            categories=tuple(filter(None, map(_text, categories))) if isinstance(categories, list) else None,
        )

    def to_json(self) -> dict[str, Any]:
        """What was told, under Graph's names; from_json reads it again."""
        every = {
            "id": self.ref,
            "conversationId": self.conversation,
            "internetMessageId": self.message_id,
            "isRead": self.read,
            "isDraft": self.draft,
            "parentFolderId": self.folder_id,
            "receivedDateTime": None if self.received is None else self.received.astimezone(UTC).isoformat(),
            "categories": None if self.categories is None else list(self.categories),
        }
        return {name: value for name, value in every.items() if value is not None}

    def over(self, older: "Found | None") -> "Found":
        """What is told now, and for the rest what was known before."""
        if older is None:
            return self
        told = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(older, **{name: value for name, value in told.items() if value is not None})


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def moment(text: object) -> datetime | None:
    """A DateTimeOffset, with up to seven digits of a second (OData ABNF); what is finer than a microsecond is cut. None
    for anything else, and for a moment without a zone."""
    try:
        read = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return read if read is not None and read.tzinfo is not None else None


def moment_text(when: datetime) -> str:
    """As a literal of $filter: whole seconds, rounded down."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def header_section(octets: bytes) -> bytes:
    """The header of a message of which only the beginning is there (RFC 5322 2.1)."""
    end = _HEADER_END.search(octets, 0, HEADER_LIMIT)
    return octets[: end.end()] if end else octets[:HEADER_LIMIT]


def header_of(given: Mapping[str, Any]) -> bytes:
    """An RFC 5322 header section made from a message resource, for mail that Graph does not give as MIME; b"" when
    nothing is known of it. No value can begin another field."""
    told = tuple(_told_fields(given.get("internetMessageHeaders")))
    named = {name.lower() for name, _ in told}
    lines = [f"{name}: {value}" for name, value in (*told, *_made_fields(given, named))]
    octets = "\r\n".join(lines).encode("utf-8", "replace")[:HEADER_LIMIT]
    return octets + b"\r\n\r\n" if octets else b""


def _told_fields(told: object) -> Iterator[tuple[str, str]]:
    for field in told if isinstance(told, list) else ():
        if not isinstance(field, Mapping):
            continue
        name, value = _text(field.get("name")), _text(field.get("value"))
        if name is not None and value is not None and _FIELD_NAME.fullmatch(name):
            yield name, _one_line(value)


def _made_fields(given: Mapping[str, Any], named: set[str]) -> Iterator[tuple[str, str]]:
    """Those that the header of a message that never left Exchange lacks."""
    made = {
        "From": _address(given.get("from")),
        "To": ", ".join(filter(None, map(_address, _rows(given.get("toRecipients"))))),
        "Subject": _encoded(_text(given.get("subject")) or ""),
        "Message-ID": _one_line(_text(given.get("internetMessageId")) or ""),
    }
    received = moment(given.get("receivedDateTime"))
    if received is not None:
        made["Date"] = format_datetime(received)
    yield from ((name, value) for name, value in made.items() if value and name.lower() not in named)


def _rows(given: object) -> list[Any]:
    return given if isinstance(given, list) else []


def _address(given: object) -> str:
    """A recipient resource as RFC 5322 3.4 writes it; "" when it holds no address that can be written."""
    inner = given.get("emailAddress") if isinstance(given, Mapping) else None
    if not isinstance(inner, Mapping):
        return ""
    address, name = _one_line(_text(inner.get("address")) or ""), _one_line(_text(inner.get("name")) or "")
    if not re.fullmatch(r"[^\s<>,;:\"()@]+@[^\s<>,;:\"()@]+", address) or not address.isascii():
        return ""
    return _one_line(formataddr((name, address)))


def _encoded(text: str) -> str:
    line = _one_line(text)
    return line if line.isascii() else _one_line(Header(line, "utf-8", maxlinelen=10_000).encode())


def _one_line(text: str) -> str:
    return _CONTROLS.sub(" ", text).strip()
