"""uuencode (POSIX, uuencode(1)): as a transfer encoding, and as blocks in the middle of a text.

Each line's first character says how many octets it holds; programs write one character too many, cut spaces at the
line's end, and forget the last lines. What is told is the count.
"""

import binascii
import re
from dataclasses import dataclass

_BEGIN = re.compile(r"^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,300})$", re.MULTILINE)
_BEGIN_OCTETS = re.compile(rb"^begin [0-7]{3,4} [^\r\n]*\r?\n", re.MULTILINE)
# 25 MB of honest lines, which hold 45 octets each.
_MAX_LINES = 600_000
_MAX_BLOCKS = 50


@dataclass(frozen=True, slots=True)
class Block:
    """One file that stood in a text. name: as it was given."""

    name: str
    octets: bytes


def decode(octets: bytes) -> bytes:
    """What can be had; the line "begin" may be missing, and so may "end"."""
    begin = _BEGIN_OCTETS.search(octets)
    # An honest line has 61 characters, but for the last one.
    most = min(_MAX_LINES, len(octets) // 16 + 100)
    lines = octets[begin.end() if begin else 0 :].split(b"\n", most)[:most]
    decoded = []
    for line in lines:
        if line.strip() == b"end":
            break
        part = _line(line)
        if part is not None:
            decoded.append(part)
    return b"".join(decoded)


def take_blocks(text: str) -> tuple[str, tuple[Block, ...]]:
    """The text without its uuencoded files, and the files. A "begin" that no encoded line follows is a word like any
    other. text: with line ends "\\n"."""
    if "begin" not in text:
        return text, ()
    kept: list[str] = []
    blocks: list[Block] = []
    position = 0
    for begin in _BEGIN.finditer(text):
        if begin.start() < position or len(blocks) == _MAX_BLOCKS:
            continue
        found = _block(text, begin)
        if found is None:
            continue
        block, end = found
        kept.append(text[position : begin.start()])
        blocks.append(block)
        position = end
    return "".join([*kept, text[position:]]), tuple(blocks)


def _block(text: str, begin: re.Match[str]) -> tuple[Block, int] | None:
    """The file that begins there, and where the text goes on; None when it is none."""
    plain = begin.group().startswith("begin ")
    position = begin.end() + 1
    decoded: list[bytes] = []
    while position <= len(text) and len(decoded) < _MAX_LINES:
        line_end = text.find("\n", position)
        line_end = len(text) if line_end == -1 else line_end
        line = text[position:line_end]
        if line.strip() in ("end", "===="):
            position = line_end + 1
            break
        octets = _strict(line) if plain else _base64_line(line)
        if octets is None:
            break
        decoded.append(octets)
        position = line_end + 1
    content = b"".join(decoded)
    return (Block(begin.group(1).strip(), content), min(position, len(text))) if content else None


def _strict(line: str) -> bytes | None:
    """A line of a block: all its characters are of the alphabet, and it is as long as it says; "" ends some blocks."""
    if not line.strip(" `"):
        return b"" if line else None
    if not line.isascii() or max(line) > "`" or min(line) < " ":
        return None
    count = (ord(line[0]) - 32) & 63
    needed = (count + 2) // 3 * 4
    return _line(line.encode("ascii")) if count and needed - 8 <= len(line) - 1 <= needed + 2 else None


def _base64_line(line: str) -> bytes | None:
    try:
        return binascii.a2b_base64(line.encode("ascii"), strict_mode=True) if line.strip() else None
    except ValueError:
        return None


def _line(line: bytes) -> bytes | None:
    """The octets of one line; None when it holds none."""
    line = line.rstrip(b"\r\n")
    if not line:
        return None
    count = (line[0] - 32) & 63
    needed = 1 + (count * 4 + 2) // 3
    # Cut spaces are restored, and what is more than the count says is left out.
    try:
        return binascii.a2b_uu(line[:needed].ljust(needed, b" "))
    except binascii.Error:
        return None
