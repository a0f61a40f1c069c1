"""The size of a picture, told from its header without decoding it. Pure.

Sources: PNG 11.2.2; ITU-T T.81 B.2.2 (JPEG); TIFF 6.0 section 8; RFC 9649 (WebP); GIF89a 18; BITMAPINFOHEADER.
"""

import struct
from typing import Final

# Start of frame, all but DHT, JPG and DAC, which lie between them.
_FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_WIDTH, _HEIGHT = 256, 257  # tags of TIFF
_TAGS: Final = 500
_FRAMES_MOST: Final = 1000


def dimensions(octets: bytes, media_type: str) -> tuple[int, int] | None:
    """Width and height in pixels, as the header states them; None when it does not say."""
    reading = _READERS.get(media_type)
    try:
        return reading(octets) if reading else None
    except (struct.error, IndexError):
        return None


def frames(octets: bytes) -> int:
    """How many pictures a TIFF holds, as a fax does its pages; at most 1000."""
    order = "<" if octets[:2] == b"II" else ">"
    seen: set[int] = set()
    try:
        (at,) = struct.unpack_from(order + "I", octets, 4)
        while at and at not in seen and len(seen) < _FRAMES_MOST:
            (count,) = struct.unpack_from(order + "H", octets, at)
            seen.add(at)
            (at,) = struct.unpack_from(order + "I", octets, at + 2 + 12 * count)
    except struct.error:
        return max(len(seen), 1)
    return len(seen)


def _png(octets: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from(">II", octets, 16)
    return width, height


def _gif(octets: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", octets, 6)
    return width, height


def _bmp(octets: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<ii", octets, 18)
    return abs(width), abs(height)


def _jpeg(octets: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(octets) and octets[at] == 0xFF:
        marker = octets[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", octets, at + 5)
            return width, height
        at += 2 + max(struct.unpack_from(">H", octets, at + 2)[0], 2)
    return None


def _webp(octets: bytes) -> tuple[int, int] | None:
    form = octets[12:16]
    if form == b"VP8X":
        return 1 + int.from_bytes(octets[24:27], "little"), 1 + int.from_bytes(octets[27:30], "little")
    if form == b"VP8L":
        (bits,) = struct.unpack_from("<I", octets, 21)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if form == b"VP8 ":
        width, height = struct.unpack_from("<HH", octets, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


def _tiff(octets: bytes) -> tuple[int, int] | None:
    order = "<" if octets[:2] == b"II" else ">"
    (at,) = struct.unpack_from(order + "I", octets, 4)
    (count,) = struct.unpack_from(order + "H", octets, at)
    found: dict[int, int] = {}
    for entry in range(min(count, _TAGS)):
        tag, form = struct.unpack_from(order + "HH", octets, at + 2 + 12 * entry)
        if tag in {_WIDTH, _HEIGHT}:
            (found[tag],) = struct.unpack_from(order + ("H" if form == 3 else "I"), octets, at + 10 + 12 * entry)
    return (found[_WIDTH], found[_HEIGHT]) if len(found) == 2 else None


_READERS: Final = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/gif": _gif,
    "image/bmp": _bmp,
    "image/webp": _webp,
    "image/tiff": _tiff,
}
