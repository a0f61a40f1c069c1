"""The header section: fields and folding (RFC 5322, 2.2), read as programs really send it. Linear in its input."""

import re
from dataclasses import dataclass

from repondeur.errors import MessageUnreadable
from repondeur.mail import charset
from repondeur.mail.encoded_words import clean, decode_words
from repondeur.mail.limits import Limits
from repondeur.mail.parameters import parse_parameters

__all__ = ["Header", "clean", "decode_words", "parse_parameters", "read_header"]

_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
# After a stray line, only these show that the header section really goes on.
_WELL_KNOWN = re.compile(
    rb"(?:from|to|cc|subject|date|sender|reply-to|received|return-path|message-id|in-reply-to|references|mime-version"
    rb"|delivered-to|(?:content|x|list|resent|dkim|arc|authentication|auto|errors)-[!-9;-~]+)[ \t]*:",
    re.IGNORECASE,
)
_FOLD = re.compile(r"[\r\n]+[ \t]*")
# A line of a folded field whose white space was lost: only these can be told from a line of text.
_PARAMETER_LINE = re.compile(
    rb"(?:boundary|charset|name|filename|type|format|start|report-type|protocol|micalg)\*?\d{0,2}\*?=", re.IGNORECASE
)
_NOT_EMPTY = re.compile(rb"[^\r\n]")
_STRAY_LINES = re.compile(
    rb"(?:(?:[ \t]+[^\s]|[1-5]\d\d[ -]|[A-Z]{3,10} /[^\s]{0,200} HTTP/|HTTP/|/)[^\r\n]{0,1000}\r?\n){1,10}"
)
_CHARSET = re.compile(rb"charset\s{0,3}=\s{0,3}[\"']?([A-Za-z0-9_.:+-]{2,40})", re.IGNORECASE)
_NEAR_BY = 4096  # octets


@dataclass(frozen=True, slots=True)
class Header:
    """fields: (name in lower case, unfolded value with encoded words as they are), in order. broken: stray lines.
    guessed: names of fields with octets that are neither ASCII nor UTF-8, in a charset that had to be guessed."""

    fields: tuple[tuple[str, str], ...] = ()
    broken: bool = False
    guessed: frozenset[str] = frozenset()

    def values(self, name: str) -> tuple[str, ...]:
        return tuple(value for field, value in self.fields if field == name)

    def first(self, name: str) -> str:
        """The topmost value that is not empty, or ""."""
        return next((value for field, value in self.fields if field == name and value), "")


def read_header(
    raw: bytes, start: int, end: int, limits: Limits, *, lenient: bool = False, top: bool = False
) -> tuple[Header, int]:
    """The header section that begins at `start`, and where the body begins.

    An mbox "From " line is skipped. A section without the empty line ends where the fields end. top: it is that of the
    whole message, above which programs left lines of their own.
    Raises MessageUnreadable for a section or a field over the limits; lenient: leaves out what is over them instead.
    """
    fields: list[tuple[str, bytearray]] = []
    position = _behind_mbox_line(raw, start, end)
    fields_start = _behind_stray_lines(raw, position, end) if top else position
    broken = position != fields_start
    position = fields_start
    while position < end:
        line, following = _line(raw, position, end, limits)
        if not line or (fields and line[:1].isspace() and _ends_section(line, raw, following, end, limits)):
            position = following
            break
        if position - start + len(line) > limits.header and _goes_on(line, fields):
            if lenient:
                break
            raise MessageUnreadable("mail.header_too_large", limit=limits.header)
        if not _taken(line, fields):
            if line.startswith(b"--") or not _WELL_KNOWN.match(_line(raw, following, end, limits)[0]):
                broken = broken or bool(fields)
                break
            broken = True
        if fields and len(fields[-1][1]) > limits.field:
            if not lenient:
                raise MessageUnreadable("mail.field_too_large", field=fields[-1][0][:60], limit=limits.field)
            fields[-1] = ("", bytearray())
        position = following
    guessed = frozenset(name for name, value in fields if not value.isascii() and not _is_utf8(value))
    return Header(_texts(fields, raw, position), broken, guessed), position


def _taken(line: bytes, fields: list[tuple[str, bytearray]]) -> bool:
    """Whether the line begins a field or goes on the last one; then it stands in `fields`."""
    if line[:1] in b" \t" and fields:
        fields[-1][1].extend(b"\n" + line)
        return True
    found = _FIELD.match(line)
    if found is None and b"\x00" in line:
        found = _FIELD.match(line.replace(b"\x00", b""))
    if found:
        fields.append((found.group(1).decode("ascii").lower(), bytearray(found.string[found.end() :])))
        return True
    if fields and fields[-1][0].startswith("content-") and _PARAMETER_LINE.match(line):
        fields[-1][1].extend(b"\n " + line)
        return True
    return False


def _behind_mbox_line(raw: bytes, start: int, end: int) -> int:
    """Where the fields begin after the line that parts messages in a mailbox file (RFC 4155), if there is one."""
    if not raw.startswith((b"From ", b">From "), start, end) or _FIELD.match(raw, start, end):
        return start
    line_end = raw.find(b"\n", start, min(end, start + 1000))
    fields = _NOT_EMPTY.search(raw, line_end, end) if line_end != -1 else None
    return fields.start() if fields and _FIELD.match(raw, fields.start(), end) else start


def _behind_stray_lines(raw: bytes, start: int, end: int) -> int:
    """Where the fields begin when a server's words, a path or half of a folded field stand above them. Other lines are
    text: what looks like a header below them is quoted, and names no author."""
    above = _STRAY_LINES.match(raw, start, end)
    return above.end() if above and _WELL_KNOWN.match(raw, above.end(), end) else start


def _ends_section(line: bytes, raw: bytes, following: int, end: int, limits: Limits) -> bool:
    """A line of white space alone goes on a field by the old grammar; where none follows, it was meant as empty."""
    if line.strip():
        return False
    after = _line(raw, following, end, limits)[0]
    return bool(after) and not _goes_on(after, [("", bytearray())])


def _goes_on(line: bytes, fields: list[tuple[str, bytearray]]) -> bool:
    return bool(_FIELD.match(line)) or (bool(fields) and line[:1] in b" \t")


def _line(raw: bytes, position: int, end: int, limits: Limits) -> tuple[bytes, int]:
    """One line without its end, and where the next begins. A line over every limit is cut: it ends the reading."""
    horizon = min(end, position + limits.header + 2)
    line_end = raw.find(b"\n", position, horizon)
    if line_end == -1:
        return raw[position:horizon], horizon
    return raw[position:line_end].removesuffix(b"\r"), line_end + 1


def _texts(fields: list[tuple[str, bytearray]], raw: bytes, body: int) -> tuple[tuple[str, str], ...]:
    hint = ""
    if any(not value.isascii() for _, value in fields):
        # Who writes raw octets in a header writes them in the charset of the text.
        stated = next(
            (found for name, value in fields if name == "content-type" and (found := _CHARSET.search(value))), None
        )
        stated = stated or _CHARSET.search(raw, body, body + _NEAR_BY)
        hint = stated.group(1).decode("ascii") if stated else ""
    return tuple((name, _text(bytes(value), hint)) for name, value in fields if name)


def _is_utf8(octets: bytearray) -> bool:
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True


def _text(value: bytes, hint: str) -> str:
    """Unfolded. Raw 8-bit octets are UTF-8 (RFC 6532), or else what charset.decode makes of them."""
    text = charset.decode(value, hint=hint).text
    return (_FOLD.sub(" ", text) if "\n" in text or "\r" in text else text).strip()
