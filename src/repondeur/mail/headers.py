"""The header section: fields, folding, encoded words, parameters (RFC 5322 2.2, RFC 2047, RFC 2045 5.1, RFC 2231).

Everything here is linear in its input and reads what programs really send, not only what the grammars allow.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from repondeur.errors import MessageUnreadable
from repondeur.mail import charset, transfer
from repondeur.mail.limits import Limits

_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
# After a stray line, only these show that the header section really goes on.
_WELL_KNOWN = re.compile(
    rb"(?:from|to|cc|subject|date|sender|reply-to|received|return-path|message-id|in-reply-to|references|mime-version"
    rb"|delivered-to|(?:content|x|list|resent|dkim|arc|authentication|auto|errors)-[!-9;-~]+)[ \t]*:",
    re.IGNORECASE,
)
_FOLD = re.compile(r"[\r\n]+[ \t]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x80-\x9f\u2028\u2029\ud800-\udfff]+")
_WORD_START = re.compile(r"=\?([\w.:+-]{1,40})(?:\*[\w-]{0,40})?\?([bBqQ])\?")
_PARAMETER = re.compile(
    r'[;\s]\s*([^\s=;"]{1,100})\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|(.*?)(?=;|\s[^\s=;"]{1,60}=[^=]|$))', re.DOTALL
)
_SPACES = re.compile(r"\s+")
_SECTION = re.compile(r"(.+?)\*(\d{1,3})?(\*)?")


@dataclass(frozen=True, slots=True)
class Header:
    """fields: (name in lower case, unfolded value with encoded words as they are), in order. broken: stray lines."""

    fields: tuple[tuple[str, str], ...] = ()
    broken: bool = False

    def values(self, name: str) -> tuple[str, ...]:
        return tuple(value for field, value in self.fields if field == name)

    def first(self, name: str) -> str:
        """The topmost value, or ""."""
        return next((value for field, value in self.fields if field == name), "")


def read_header(raw: bytes, start: int, end: int, limits: Limits, *, lenient: bool = False) -> tuple[Header, int]:
    """The header section that begins at `start`, and where the body begins.

    An mbox "From " line is skipped. A section without the empty line ends where the fields end.
    Raises MessageUnreadable for a section or a field over the limits; lenient: leaves out what is over them instead.
    """
    fields: list[tuple[str, bytearray]] = []
    broken = False
    position = start
    while position < end:
        line, following = _line(raw, position, end, limits)
        if not line:
            position = following
            break
        if position - start + len(line) > limits.header and _goes_on(line, fields):
            if lenient:
                break
            raise MessageUnreadable("mail.header_too_large", limit=limits.header)
        if line[:1] in b" \t" and fields:
            fields[-1][1].extend(b"\n" + line)
        elif found := _FIELD.match(line):
            fields.append((found.group(1).decode("ascii").lower(), bytearray(line[found.end() :])))
        elif position == start and line.startswith((b"From ", b">From ")):
            pass
        elif _WELL_KNOWN.match(_line(raw, following, end, limits)[0]):
            broken = True
        else:
            broken = bool(fields)
            break
        if fields and len(fields[-1][1]) > limits.field:
            if not lenient:
                raise MessageUnreadable("mail.field_too_large", field=fields[-1][0][:60], limit=limits.field)
            fields[-1] = ("", bytearray())
        position = following
    return Header(tuple((name, _text(bytes(value))) for name, value in fields if name), broken), position


def _goes_on(line: bytes, fields: list[tuple[str, bytearray]]) -> bool:
    return bool(_FIELD.match(line)) or (bool(fields) and line[:1] in b" \t")


def _line(raw: bytes, position: int, end: int, limits: Limits) -> tuple[bytes, int]:
    """One line without its end, and where the next begins. A line over every limit is cut: it ends the reading."""
    horizon = min(end, position + limits.header + 2)
    line_end = raw.find(b"\n", position, horizon)
    if line_end == -1:
        return raw[position:horizon], horizon
    return raw[position:line_end].removesuffix(b"\r"), line_end + 1


def _text(value: bytes) -> str:
    """Unfolded. Raw 8-bit octets are UTF-8 (RFC 6532), or else windows-1252."""
    return _FOLD.sub(" ", charset.decode(value).text).strip()


def clean(text: str) -> str:
    """Without control characters and line separators: each run of them becomes one space."""
    return _CONTROL.sub(" ", text)


def decode_words(value: str) -> str:
    """The value with its encoded words decoded (RFC 2047), wherever they stand, and without control characters.

    White space between neighbours is dropped (6.2); neighbours of one charset are joined before decoding, because
    programs split characters in two.
    """
    if "=?" not in value:
        return clean(value).strip()
    pieces: list[str] = []
    label, octets = "", b""
    position = 0
    while found := _WORD_START.search(value, position):
        word_end = value.find("?=", found.end())
        if word_end == -1:
            break
        gap = value[position : found.start()]
        if gap.strip() or found.group(1).lower() != label:
            pieces.append(charset.decode(octets, label).text)
            octets = b""
            pieces.append(gap if gap.strip() or not label else "")
        label = found.group(1).lower()
        octets += _word(value[found.end() : word_end], found.group(2))
        position = word_end + 2
    pieces.append(charset.decode(octets, label).text)
    pieces.append(value[position:])
    return clean("".join(pieces)).strip()


def _word(text: str, encoding: str) -> bytes:
    octets = text.encode("utf-8", "replace")
    if encoding in "bB":
        return transfer.base64(octets)
    return unquote_to_bytes(octets.replace(b"%", b"%25").replace(b"_", b" ").replace(b"=", b"%"))


def parse_parameters(value: str) -> tuple[str, dict[str, str]]:
    """The value before the first ";", in lower case, and the parameters, decoded; names in lower case.

    Reads RFC 2231 (continuations, charsets), encoded words in values, missing quotes and missing semicolons.
    """
    flat = _SPACES.sub(" ", value)
    main = re.split(r"[;\s]", flat.strip(), maxsplit=1)[0].lower()
    plain: dict[str, str] = {}
    sections: dict[str, list[tuple[int, bool, str]]] = {}
    for found in _PARAMETER.finditer(flat, len(main) if flat.lower().startswith(main) else 0):
        name, quoted, bare = found.groups()
        text = quoted.replace('\\"', '"').replace("\\\\", "\\") if quoted is not None else bare.strip()
        section = _SECTION.fullmatch(name.lower())
        if section:
            base, number, star = section.groups()
            extended = bool(star) or number is None
            sections.setdefault(base, []).append((int(number or 0), extended, text))
        else:
            plain.setdefault(name.lower(), decode_words(text))
    return main, plain | {name: _join_sections(found) for name, found in sections.items()}


def _join_sections(sections: list[tuple[int, bool, str]]) -> str:
    """RFC 2231: sections by number; the first extended one begins with charset'language'."""
    ordered = sorted(sections, key=lambda section: section[0])
    label = ""
    octets = b""
    for index, (_, extended, text) in enumerate(ordered):
        if extended and index == 0 and text.count("'") >= 2:
            label, _, text = text.split("'", 2)  # noqa: PLW2901 (the rest of this section is what counts)
        octets += unquote_to_bytes(text) if extended else text.encode("utf-8", "replace")
    decoded = charset.decode(octets, label).text
    return decode_words(decoded) if not label else clean(decoded).strip()
