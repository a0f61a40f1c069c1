"""Rich text of Outlook as plain text, or as the HTML that it was made from (MS-OXRTFCP, MS-OXRTFEX, RTF 1.9.1).

One pass over tokens, with a stack of at most so many groups.
"""

import re
import struct
from dataclasses import dataclass, field
from itertools import islice

from repondeur.mail import charset

_HEADER = struct.Struct("<IIII")
_COMPRESSED, _AS_IT_IS = 0x75465A4C, 0x414C454D
_WINDOW = 4096
# What the window holds at the beginning (MS-OXRTFCP, 2.1.2.1).
_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor "
    rb"MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|[\r\n]+|([^\\{}\r\n]+)"
)
_UNSHOWN = frozenset(
    (b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"header", b"footer", b"fldinst",
     b"listtable", b"generator", b"themedata", b"xmlnstbl", b"rsidtbl", b"mmathpr", b"latentstyles", b"datastore",
     b"bkmkstart")
)  # fmt: skip
_BREAKS = {b"par": b"\n", b"line": b"\n", b"row": b"\n", b"sect": b"\n", b"page": b"\n", b"tab": b"\t", b"cell": b"\t"}
_SIGNS = {
    b"emdash": "—", b"endash": "–", b"bullet": "•", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“",
    b"rdblquote": "”",
}  # fmt: skip
_MAX_GROUPS = 500
_MAX_TOKENS = 300_000


@dataclass(frozen=True, slots=True)
class Rich:
    """One of the two is "": html when the text was made from HTML."""

    text: str = ""
    html: str = ""


def decompress(octets: bytes, limit: int) -> bytes:
    """The rich text of a compressed one, at most `limit` octets; b"" when it is none."""
    if len(octets) < _HEADER.size:
        return b""
    _, size, kind, _ = _HEADER.unpack_from(octets)
    data = octets[_HEADER.size :]
    if kind == _AS_IT_IS:
        return data[: min(size, limit)]
    if kind != _COMPRESSED:
        return b""
    window = bytearray(_DICTIONARY.ljust(_WINDOW, b"\x00"))
    write = len(_DICTIONARY)
    result = bytearray()
    position = 0
    while position < len(data) and len(result) < min(size, limit):
        flags = data[position]
        position += 1
        for bit in range(8):
            if position >= len(data):
                break
            if not flags >> bit & 1:
                copied = data[position : position + 1]
                position += 1
            else:
                reference = int.from_bytes(data[position : position + 2].ljust(2, b"\x00"), "big")
                position += 2
                read = reference >> 4
                if read == write:
                    return bytes(result)
                copied = _repeated(window, read, write, (reference & 15) + 2)
            for octet in copied:
                window[write] = octet
                write = (write + 1) % _WINDOW
            result += copied
    return bytes(result[:limit])


def _repeated(window: bytearray, read: int, write: int, length: int) -> bytes:
    """What stands at `read`, which may reach into what is being written now."""
    distance = (write - read) % _WINDOW
    run = bytes(window[(read + index) % _WINDOW] for index in range(min(length, distance)))
    return (run * (length // len(run) + 1))[:length]


def read(octets: bytes) -> Rich:
    """Never raises; what is no rich text gives an empty one."""
    if not octets.lstrip().startswith(b"{\\rtf"):
        return Rich()
    reader = _Reader(octets, from_html=b"\\fromhtml" in octets[:2000])
    for found in islice(_TOKEN.finditer(octets), _MAX_TOKENS):
        reader.take(found)
        if len(reader.groups) > _MAX_GROUPS:
            break
    text = reader.text()
    return Rich(html=text) if reader.from_html else Rich(text=text.strip())


@dataclass(slots=True)
class _Group:
    unshown: bool = False  # a table of fonts and the like
    skip: int = 1  # octets that stand for each character after \u, for readers that do not know it


@dataclass(slots=True)
class _Reader:
    octets: bytes
    from_html: bool
    groups: list[_Group] = field(default_factory=lambda: [_Group()])
    pieces: list[str] = field(default_factory=list)
    pending: bytearray = field(default_factory=bytearray)  # in the code page, not yet decoded
    label: str = "cp1252"
    left_out: bool = False  # \htmlrtf: what the HTML has no place for
    skip: int = 0

    def text(self) -> str:
        self._flush()
        paired = "".join(self.pieces).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return paired.replace("\x00", "")

    def take(self, found: re.Match[bytes]) -> None:
        word, number, escaped, sign, brace, plain = found.groups()
        group = self.groups[-1]
        if brace == b"{":
            self.groups.append(_Group(group.unshown, group.skip))
        elif brace:
            self.groups[-1:] = [] if len(self.groups) > 1 else [_Group()]
        elif word:
            self._word(word, int(number) if number else None, group)
        elif sign == b"*":
            group.unshown = group.unshown or not self.octets.startswith(b"\\htmltag", found.end())
        elif group.unshown or self.left_out:
            return
        elif self.skip and (escaped or plain):
            self.pending += plain[self.skip :] if plain else b""
            self.skip = max(self.skip - (len(plain) if plain else 1), 0)
        elif escaped:
            self.pending.append(int(escaped, 16))
        elif sign:
            self.pending += {b"~": b" ", b"_": b"-", b"-": b""}.get(sign, sign)
        elif plain:
            self.pending += plain

    def _word(self, word: bytes, number: int | None, group: _Group) -> None:
        if word == b"ansicpg":
            self.label = f"cp{number or 1252}"
        elif word == b"htmlrtf":
            self.left_out = number != 0
        elif word == b"uc":
            group.skip = min(abs(number or 0), 10)
        elif word in _UNSHOWN:
            group.unshown = True
        elif word == b"htmltag":
            group.unshown = group.unshown or not self.from_html
        elif not group.unshown and not self.left_out:
            self._shown(word, number, group)

    def _shown(self, word: bytes, number: int | None, group: _Group) -> None:
        if word == b"u" and number is not None:
            self._flush()
            self.pieces.append(chr(number & 0xFFFF))
            self.skip = group.skip
        elif word in _BREAKS and not (self.from_html and word in (b"row", b"cell")):
            self.pending += _BREAKS[word]
        elif word in _SIGNS:
            self._flush()
            self.pieces.append(_SIGNS[word])

    def _flush(self) -> None:
        if self.pending:
            self.pieces.append(charset.decode(bytes(self.pending), self.label).text)
            self.pending.clear()
