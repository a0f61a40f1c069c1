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
from repondeur.mail.headers import Header, parse_parameters, read_header
from repondeur.mail.limits import Limits

_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,127}/[a-z0-9!#$&^_.+-]{1,127}")
# A delimiter line is followed by a field of the part it opens: good evidence where the parameter is missing.
_LIKELY_DELIMITER = re.compile(rb"^--([^\s]{1,200})[ \t]*\r?\ncontent-[a-z-]+:", re.IGNORECASE | re.MULTILINE)
_GUESS_WITHIN = 64 * 1024  # octets
_EMBEDDED = frozenset(("message/rfc822", "message/global", "message/news"))


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
        return self.header.first("content-transfer-encoding")

    @property
    def octets(self) -> bytes:
        """The body with its transfer encoding undone."""
        return transfer.undo(self.content, self.encoding)

    def first_octets(self, limit: int) -> bytes:
        """About the first `limit` of them, without undoing all of a long body."""
        # No encoding makes more than three characters of an octet, line ends apart.
        return transfer.undo(self.raw[self.start : min(self.end, self.start + 4 * limit)], self.encoding)[:limit]

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
        header, body = read_header(self.raw, start, end, self.limits)
        media_type, parameters = _content_type(header, default)
        part = Part(header, media_type, parameters, self.raw, body, end)
        if part.is_multipart:
            return self._multipart(part, body, end, depth)
        return self._embedded(part, depth) if media_type in _EMBEDDED else part

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

    def _multipart(self, part: Part, start: int, end: int, depth: int) -> Part:
        delimiters: list[_Delimiter] = []
        for boundary in _boundaries(part, self.raw, start, end):
            delimiters = _delimiters(self.raw, start, end, boundary, self.limits)
            if delimiters:
                break
        if not delimiters:
            return replace(part, media_type="text/plain", defect="mail.boundary_missing")
        default = "message/rfc822" if part.media_type == "multipart/digest" else "text/plain"
        opening = [delimiter for delimiter in delimiters if not delimiter.closing]
        ends = [*(delimiter.before for delimiter in delimiters[1:]), end]
        children = tuple(
            self.part(min(delimiter.after, closes), closes, depth + 1, default)
            for delimiter, closes in zip(opening, ends, strict=False)
        )
        return replace(part, children=children, defect="" if delimiters[-1].closing else "mail.boundary_unclosed")


@dataclass(frozen=True, slots=True)
class _Delimiter:
    """One delimiter line. before: where the text above it ends; after: where the text below it begins."""

    before: int
    after: int
    closing: bool


def read_structure(raw: bytes, limits: Limits) -> Part:
    """Raises MessageUnreadable when the message has too large a header, too many parts, or nests too deeply."""
    return _Reader(raw, limits, _Count()).part(0, len(raw), 0)


def read_top(raw: bytes, limits: Limits) -> Part:
    """The header section alone, with the content type it states, and without what is over the limits."""
    header, body = read_header(raw, 0, len(raw), limits, lenient=True)
    media_type, parameters = _content_type(header, "text/plain")
    return Part(header, media_type, parameters, raw, body, body)


def _content_type(header: Header, default: str) -> tuple[str, dict[str, str]]:
    """RFC 2045, 5.2: what cannot be read is text/plain. Of several fields the first that can be read counts."""
    for value in header.values("content-type"):
        media_type, parameters = parse_parameters(value)
        if _TYPE.fullmatch(media_type):
            return media_type, parameters
        if media_type in ("text", "html", "text/"):
            return "text/html" if media_type == "html" else "text/plain", parameters
    return ("text/plain" if header.values("content-type") else default), {}


def _boundaries(part: Part, raw: bytes, start: int, end: int) -> list[bytes]:
    """What to look for, likeliest first: the parameter in the charsets it may have had, then what looks like one."""
    declared = part.parameters.get("boundary", "")
    found = [declared.encode(name, "replace") for name in ("utf-8", "cp1252")] if declared else []
    likely = _LIKELY_DELIMITER.search(raw, start, min(end, start + _GUESS_WITHIN))
    return [*dict.fromkeys(found), *([likely.group(1)] if likely else [])]


def _delimiters(raw: bytes, start: int, end: int, boundary: bytes, limits: Limits) -> list[_Delimiter]:
    """Every delimiter line, up to the closing one."""
    needle = b"--" + boundary
    found: list[_Delimiter] = []
    position = start
    while (hit := raw.find(needle, position, end)) != -1:
        position = hit + len(needle)
        if hit != start and raw[hit - 1] != 0x0A:
            continue
        line_end = raw.find(b"\n", position, end)
        line_end = end if line_end == -1 else line_end
        rest = raw[position:line_end].strip()
        if rest not in (b"", b"--"):
            continue
        # The line break before a delimiter belongs to it (RFC 2046, 5.1.1).
        before = hit - 1 if hit > start else hit
        if before > start and raw[before - 1] == 0x0D:
            before -= 1
        found.append(_Delimiter(before, min(line_end + 1, end), rest == b"--"))
        if rest:
            break
        if len(found) > limits.parts:
            raise MessageUnreadable("mail.too_many_parts", limit=limits.parts)
    return found
