"""The delimiter lines of a multipart (RFC 2046, 5.1.1), also where the parameter that names them is wrong."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from repondeur.errors import MessageUnreadable
from repondeur.mail.limits import Limits

# A delimiter line is followed by a field of the part it opens: good evidence where the parameter is missing.
_LIKELY_DELIMITER = re.compile(rb"^--([^\s]{1,200})[ \t]*\r?\ncontent-[a-z-]+:", re.IGNORECASE | re.MULTILINE)
_GUESS_WITHIN = 64 * 1024  # octets
# Without any Content-Type, only a delimiter at the very beginning counts, perhaps below the usual sentence.
_BEGINS_WITH_DELIMITER = re.compile(
    rb"\s{0,20}(?:[^\n]{0,200}(?:multi-?part|mime)[^\n]{0,200}\n\s{0,20})?--[^\s]{1,200}[ \t]*\r?\ncontent-[a-z-]+:",
    re.IGNORECASE,
)
_MAYBE_DELIMITER = re.compile(rb"^--([^\s]{0,100}[A-Za-z0-9=][^\s]{0,100})[ \t]*\r?$", re.MULTILINE)
_CANDIDATES = 20
_MANY_HITS = 10_000


@dataclass(frozen=True, slots=True)
class Delimiter:
    """One delimiter line. before: where the text above it ends; after: where the text below it begins."""

    before: int
    after: int
    closing: bool


def find_delimiters(raw: bytes, start: int, end: int, declared: str, limits: Limits) -> list[Delimiter]:
    """Of a body, in order; [] when there is none that opens a part. declared: the boundary parameter.

    Raises MessageUnreadable when there are more than limits.parts.
    """
    for boundary in _boundaries(raw, start, end, declared):
        found = _lines(raw, start, end, boundary, limits)
        if any(not delimiter.closing for delimiter in found):
            return found
    return []


def begins_with_delimiter(raw: bytes, start: int, end: int) -> bool:
    return bool(_BEGINS_WITH_DELIMITER.match(raw, start, end))


def _boundaries(raw: bytes, start: int, end: int, declared: str) -> Iterator[bytes]:
    """What to look for, likeliest first: the parameter in the charsets it may have had, then what looks like one."""
    names = (declared, declared.strip(" \"'"), declared.partition(";")[0])
    found = [name.encode(codec, "replace") for name in names for codec in ("utf-8", "cp1252") if name]
    yield from dict.fromkeys(found)
    yield from _looks_like_delimiters(raw, start, end)


def _looks_like_delimiters(raw: bytes, start: int, end: int) -> Iterator[bytes]:
    horizon = min(end, start + _GUESS_WITHIN)
    if likely := _LIKELY_DELIMITER.search(raw, start, horizon):
        yield likely.group(1)
    for maybe in islice(_MAYBE_DELIMITER.finditer(raw, start, horizon), _CANDIDATES):
        if raw.find(b"\n--" + maybe.group(1) + b"--", maybe.end(), end) != -1:
            yield maybe.group(1)


def _lines(raw: bytes, start: int, end: int, boundary: bytes, limits: Limits) -> list[Delimiter]:
    """Every delimiter line, those behind a closing one too: programs close the outer multipart with the inner one."""
    needle = b"--" + boundary
    found: list[Delimiter] = []
    for hit in _hits(raw, start, end, needle):
        if hit != start and raw[hit - 1] != 0x0A:
            continue
        line_end = raw.find(b"\n", hit, end)
        line_end = end if line_end == -1 else line_end
        rest = raw[hit + len(needle) : line_end].strip()
        if rest not in (b"", b"--"):
            continue
        # The line break before a delimiter belongs to it (RFC 2046, 5.1.1).
        before = hit - 1 if hit > start else hit
        if before > start and raw[before - 1] == 0x0D:
            before -= 1
        found.append(Delimiter(before, min(line_end + 1, end), rest == b"--"))
        if len(found) > limits.parts:
            raise MessageUnreadable("mail.too_many_parts", limit=limits.parts)
    return found


def _hits(raw: bytes, start: int, end: int, needle: bytes) -> Iterator[int]:
    position = start
    for _ in range(_MANY_HITS):
        hit = raw.find(needle, position, end)
        if hit == -1:
            return
        position = hit + len(needle)
        yield hit
    # Lines that only begin like a delimiter, in such numbers, are left to the regular expression.
    line = re.compile(re.escape(needle) + rb"(?:--)?\s{0,100}?(?:\n|\Z)")
    yield from (found.start() for found in line.finditer(raw, position, end))
