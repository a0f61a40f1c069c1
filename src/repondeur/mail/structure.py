"""The MIME structure of a message, as a tree of parts (RFC 2046, 5.1 and 5.2.1).

Read from the top down: a delimiter of an outer multipart always ends the inner ones, so broken and missing inner
delimiters do no harm, and depth and number of parts are bounded before anything is decoded. Linear in the size of the
message for a given depth. The standard library's parser is not used: it recurses until RecursionError, and handles each
line of a 25 MB attachment in Python.
"""

import re
from dataclasses import dataclass, field, replace

from repondeur.errors import MessageUnreadable
from repondeur.mail import transfer
from repondeur.mail.delimiters import Delimiter, begins_with_delimiter, find_delimiters
from repondeur.mail.headers import Header, parse_parameters, read_header
from repondeur.mail.limits import Limits

_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,127}/[a-z0-9!#$&^_.+-]{1,127}")
_EMBEDDED = frozenset(("message/rfc822", "message/global", "message/news"))
_SPACED_SLASH = re.compile(r"\s+/\s*|/\s+")


@dataclass(frozen=True, slots=True)
class Part:
    """One entity. raw[start:end]: its body, transfer encoding still on; all parts share one raw. children: parts of a
    multipart, or the one message of a message/rfc822. defect: code of what is wrong with its structure, or ""."""

    header: Header
    media_type: str
    parameters: dict[str, str]
    raw: bytes = field(repr=False)
    start: int
    end: int
    children: tuple["Part", ...] = ()
    defect: str = ""

    @property
    def content(self) -> bytes:
        return self.raw[self.start : self.end]

    @property
    def encoding(self) -> str:
        """The first one stated that means something, of those that are there."""
        stated = self.header.values("content-transfer-encoding")
        return next((value for value in stated if transfer.changes(value)), stated[0] if stated else "")

    @property
    def octets(self) -> bytes:
        """The body with its transfer encoding undone."""
        return transfer.undo(self.content, self.encoding)

    def first_octets(self, limit: int) -> bytes:
        """About the first `limit` of them, without undoing all of a long body."""
        # No encoding makes more than three characters of an octet, line ends apart.
        return transfer.undo(self.raw[self.start : min(self.end, self.start + 4 * limit)], self.encoding)[:limit]

    def text_octets(self, limit: int) -> bytes:
        """The same of a text, where a wrong encoding can be told."""
        content = self.raw[self.start : min(self.end, self.start + 4 * limit)]
        return transfer.undo_text(content, self.encoding, self.parameters.get("charset", ""))[:limit]

    @property
    def is_multipart(self) -> bool:
        return self.media_type.startswith("multipart/")


@dataclass(slots=True)
class _Count:
    """How many parts were seen, and how many octets decoded to look inside, over the whole message."""

    parts: int = 0
    decoded: int = 0


@dataclass(frozen=True, slots=True)
class _Reader:
    """One message, and what may be read of it; embedded messages get a reader of their own that shares the count."""

    raw: bytes
    limits: Limits
    count: _Count

    def part(self, start: int, end: int, depth: int, default: str = "text/plain") -> Part:
        self._check(depth)
        header, body = read_header(self.raw, start, end, self.limits, top=depth == 0)
        media_type, parameters = self._content_type(header, default, body, end)
        part = Part(header, media_type, parameters, self.raw, body, end)
        if part.is_multipart:
            return self._multipart(part, depth)
        return self._embedded(part, depth) if media_type in _EMBEDDED or _first_piece(part) else part

    def _content_type(self, header: Header, default: str, body: int, end: int) -> tuple[str, dict[str, str]]:
        """RFC 2045, 5.2: what cannot be read is text/plain. Of several fields the first that can be read counts, but
        one whose delimiters are there counts more."""
        stated = [found for value in header.values("content-type") if (found := _read_type(value))]
        for media_type, parameters in stated[1:5]:
            boundary = parameters.get("boundary", "").encode("utf-8", "replace")
            if not stated[0][1].get("boundary") and boundary and self.raw.find(b"--" + boundary, body, end) != -1:
                return media_type, parameters
        if stated and stated[0][0]:
            return stated[0]
        if begins_with_delimiter(self.raw, body, end):
            return "multipart/mixed", {}
        return ("text/plain", stated[0][1]) if stated else (default, {})

    def _embedded(self, part: Part, depth: int) -> Part:
        if not transfer.changes(part.encoding):
            empty = part.start == part.end
            return part if empty else replace(part, children=(self.part(part.start, part.end, depth + 1),))
        # RFC 2046, 5.2.1 forbids it, so it is seldom; but each level could hold a copy of all below.
        inner = part.octets
        self.count.decoded += len(inner)
        if not inner or self.count.decoded > self.limits.size:
            return part
        return replace(part, children=(_Reader(inner, self.limits, self.count).part(0, len(inner), depth + 1),))

    def _check(self, depth: int) -> None:
        self.count.parts += 1
        if self.count.parts > self.limits.parts:
            raise MessageUnreadable("mail.too_many_parts", limit=self.limits.parts)
        if depth > self.limits.depth:
            raise MessageUnreadable("mail.too_deep", limit=self.limits.depth)

    def _multipart(self, part: Part, depth: int) -> Part:
        delimiters = self._delimiters(part)
        if not delimiters and transfer.changes(part.encoding):
            # RFC 2045, 6.4 forbids to encode a multipart, but it is done.
            inner = part.octets
            self.count.decoded += len(inner)
            decoded = replace(part, raw=inner, start=0, end=len(inner))
            if self.count.decoded <= self.limits.size and self._delimiters(decoded):
                return _Reader(inner, self.limits, self.count).parted(decoded, self._delimiters(decoded), depth)
        if not delimiters:
            return replace(part, media_type="text/plain", defect="mail.boundary_missing")
        return self.parted(part, delimiters, depth)

    def parted(self, part: Part, delimiters: list[Delimiter], depth: int) -> Part:
        default = "message/rfc822" if part.media_type == "multipart/digest" else "text/plain"
        children: list[Part] = []
        # A multipart in another with the same boundary: what follows is in it until the next closing delimiter.
        nested: list[Part] | None = None
        ends = [*(delimiter.before for delimiter in delimiters[1:]), part.end]
        for delimiter, closes in zip(delimiters, ends, strict=True):
            if delimiter.closing:
                children, nested = _adopted(children, nested), None
                continue
            child = self.part(min(delimiter.after, closes), closes, depth + 1 + (nested is not None), default)
            if nested is not None:
                nested.append(child)
                continue
            children.append(child)
            if child.defect and child.parameters.get("boundary", "") == part.parameters.get("boundary"):
                nested = []
        children = _adopted(children, nested)
        return replace(
            part, children=tuple(children), defect="" if delimiters[-1].closing else "mail.boundary_unclosed"
        )

    def _delimiters(self, part: Part) -> list[Delimiter]:
        declared = part.parameters.get("boundary", "")
        return find_delimiters(part.raw, part.start, part.end, declared, self.limits)


def _adopted(children: list[Part], nested: list[Part] | None) -> list[Part]:
    """The last child with what was found in it."""
    if not nested:
        return children
    media_type = (_read_type(children[-1].header.first("content-type")) or ("multipart/mixed", {}))[0]
    return [*children[:-1], replace(children[-1], media_type=media_type, defect="", children=tuple(nested))]


def _first_piece(part: Part) -> bool:
    """The first part of a message sent in pieces holds its header and its beginning (RFC 2046, 5.2.2)."""
    return part.media_type == "message/partial" and part.parameters.get("number", "") == "1"


def read_structure(raw: bytes, limits: Limits) -> Part:
    """Raises MessageUnreadable when the message has too large a header, too many parts, or nests too deeply."""
    return _Reader(raw, limits, _Count()).part(0, len(raw), 0)


def read_top(raw: bytes, limits: Limits) -> Part:
    """The header section alone, with the content type it states, and without what is over the limits."""
    header, body = read_header(raw, 0, len(raw), limits, lenient=True, top=True)
    media_type, parameters = next(
        (found for value in header.values("content-type") if (found := _read_type(value)) and found[0]),
        ("text/plain", {}),
    )
    return Part(header, media_type, parameters, raw, body, body)


def _read_type(value: str) -> tuple[str, dict[str, str]] | None:
    """Media type and parameters; a type of "" when only the parameters can be read, None when nothing can."""
    media_type, parameters = parse_parameters(_SPACED_SLASH.sub("/", value))
    if found := _TYPE.match(media_type.strip("\"'<>")):
        return found.group(), parameters
    if media_type in ("html", "text", "text/", "plain"):
        return "text/html" if media_type == "html" else "text/plain", parameters
    if parameters.get("boundary"):
        return "multipart/mixed", parameters
    return ("", parameters) if parameters else None
