"""winmail.dat: what Outlook and Exchange wrap a mail's text and attachments in (MS-OXTNEF; properties: MS-OXPROPS).

Two layers: attributes of the message and of its attachments one after another, and in some of them MAPI properties.
Every count and length is held against what is really there, so that hostile files end early. Linear.
"""

import struct
from dataclasses import dataclass, field

from repondeur.mail import charset, rtf

SIGNATURE = b"\x78\x9f\x3e\x22"

_ATTRIBUTE = struct.Struct("<BHHI")
_ATT_BODY, _ATT_PROPERTIES, _ATT_CODEPAGE = 0x800C, 0x9003, 0x9007
_ATT_NEW_ATTACHMENT, _ATT_DATA, _ATT_TITLE, _ATT_ATTACHMENT_PROPERTIES = 0x9002, 0x800F, 0x8010, 0x9005
_OF_ATTACHMENT = 2

_BODY, _RTF, _HTML, _CODEPAGE = 0x1000, 0x1009, 0x1013, 0x3FDE
_DISPLAY_NAME, _DATA, _FILENAME, _LONG_FILENAME = 0x3001, 0x3701, 0x3704, 0x3707
_MIME_TAG, _CONTENT_ID = 0x370E, 0x3712
_NAMED = 0x8000
_MULTIPLE = 0x1000
_OBJECT, _STRING, _UNICODE = 0x000D, 0x001E, 0x001F
_VARIABLE = frozenset((_OBJECT, _STRING, _UNICODE, 0x0102))
_FIXED = {0x0002: 4, 0x0003: 4, 0x0004: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x000A: 4, 0x000B: 4, 0x0014: 8, 0x0040: 8,
          0x0048: 16}  # fmt: skip
_OBJECT_ID = 16  # octets, before the data of an object

_LONGEST_RTF = 1_000_000  # octets
_MAX_ATTRIBUTES, _MAX_PROPERTIES, _MAX_ATTACHMENTS = 5000, 2000, 200


@dataclass(slots=True)
class TnefAttachment:
    """name: the long one where there is one. size: octets of its content. octets: that content, b"" where it is no
    file."""

    name: str = ""
    size: int = 0
    octets: bytes = b""
    media_type: str = ""
    content_id: str = ""


@dataclass(slots=True)
class Tnef:
    """text, html: of the body, "" when there is none; rich text has become one of the two."""

    text: str = ""
    html: str = ""
    attachments: list[TnefAttachment] = field(default_factory=list)


def read_tnef(octets: bytes, limit: int = 1_000_000) -> Tnef | None:
    """None when this is no TNEF, or when it breaks off before anything was said. limit: characters of text kept."""
    if not octets.startswith(SIGNATURE):
        return None
    found = Tnef()
    label = ""
    position = 6
    for _ in range(_MAX_ATTRIBUTES):
        if position + _ATTRIBUTE.size + 2 > len(octets):
            break
        level, name, _type, length = _ATTRIBUTE.unpack_from(octets, position)
        start = position + _ATTRIBUTE.size
        if level not in (1, _OF_ATTACHMENT) or start + length > len(octets):
            break
        data = octets[start : start + length]
        position = start + length + 2  # a checksum follows, which programs get wrong
        if name == _ATT_CODEPAGE and length >= 4:
            label = f"cp{int.from_bytes(data[:4], 'little')}"
        elif level == _OF_ATTACHMENT:
            _attachment_attribute(found, name, data, label)
        elif name == _ATT_BODY and not found.text:
            found.text = _text(data, label, limit)
        elif name == _ATT_PROPERTIES:
            _body(found, _properties(data), label, limit)
    return found if found.text or found.html or found.attachments else None


def _attachment_attribute(found: Tnef, name: int, data: bytes, label: str) -> None:
    if name == _ATT_NEW_ATTACHMENT or not found.attachments:
        if len(found.attachments) >= _MAX_ATTACHMENTS:
            return
        found.attachments.append(TnefAttachment())
    attachment = found.attachments[-1]
    if name == _ATT_TITLE:
        attachment.name = attachment.name or _text(data, label, 1000)
    elif name == _ATT_DATA:
        attachment.size = len(data)
        attachment.octets = data
    elif name == _ATT_ATTACHMENT_PROPERTIES:
        properties = _properties(data)
        names = (_string(properties.get(key), label) for key in (_LONG_FILENAME, _FILENAME, _DISPLAY_NAME))
        attachment.name = next((name for name in names if name), attachment.name)
        attachment.media_type = _string(properties.get(_MIME_TAG), label)
        attachment.content_id = _string(properties.get(_CONTENT_ID), label)
        kind, content = properties.get(_DATA, (0, b""))
        if kind == _OBJECT:
            # A message or a drawing; what stands where the data of a file would is a picture of it.
            attachment.size = max(len(content) - _OBJECT_ID, 0)
            attachment.octets = b""
        elif not attachment.octets:
            attachment.octets = content
        attachment.size = attachment.size or len(content)


def _body(found: Tnef, properties: dict[int, tuple[int, bytes]], label: str, limit: int) -> None:
    codepage = properties.get(_CODEPAGE, (0, b""))[1]
    of_web = f"cp{int.from_bytes(codepage[:4], 'little')}" if codepage else label
    if _BODY in properties:
        kind, octets = properties[_BODY]
        found.text = _text(octets, "utf-16-le" if kind == _UNICODE else of_web, limit)
    if _HTML in properties:
        kind, octets = properties[_HTML]
        found.html = _text(octets, "utf-16-le" if kind == _UNICODE else of_web, 4 * limit)
    if _RTF in properties and not found.html:
        rich = rtf.read(rtf.decompress(properties[_RTF][1], _LONGEST_RTF))
        found.html = rich.html
        found.text = found.text or rich.text[:limit]


def _string(value: tuple[int, bytes] | None, label: str) -> str:
    if value is None:
        return ""
    return _text(value[1], "utf-16-le" if value[0] == _UNICODE else label, 1000)


def _text(octets: bytes, label: str, limit: int) -> str:
    return charset.decode(octets[: 4 * limit], label).text.partition("\x00")[0][:limit]


def _properties(data: bytes) -> dict[int, tuple[int, bytes]]:
    """Type and first value of each property that has a number of its own; those behind a broken one are lost."""
    found: dict[int, tuple[int, bytes]] = {}
    try:
        position = 4
        for _ in range(min(int.from_bytes(data[:4], "little"), _MAX_PROPERTIES)):
            kind, name = struct.unpack_from("<HH", data, position)
            position = _behind_name(data, position + 4) if name >= _NAMED else position + 4
            value, position = _value(data, position, kind)
            found.setdefault(name, (kind & ~_MULTIPLE, value))
    except (struct.error, KeyError):
        return found
    return found


def _behind_name(data: bytes, position: int) -> int:
    """Named properties: an identifier of 16 octets, then a number, or a name with its length."""
    (kind,) = struct.unpack_from("<I", data, position + 16)
    if kind == 0:
        return position + 24
    (length,) = struct.unpack_from("<I", data, position + 20)
    return position + 24 + _padded(length)


def _value(data: bytes, position: int, kind: int) -> tuple[bytes, int]:
    """The first value, and where the next property begins. Raises struct.error, or KeyError for an unknown type."""
    multiple, kind = bool(kind & _MULTIPLE), kind & ~_MULTIPLE
    variable = kind in _VARIABLE
    count = 1
    if multiple or variable:
        (count,) = struct.unpack_from("<I", data, position)
        position += 4
    if not variable:
        size = 2 if multiple and kind in (0x0002, 0x000B) else _FIXED[kind]
        return data[position : position + size], position + _padded(size * count)
    first = b""
    for index in range(min(count, _MAX_PROPERTIES)):
        (length,) = struct.unpack_from("<I", data, position)
        if index == 0:
            first = data[position + 4 : position + 4 + length]
        position += 4 + _padded(length)
    return first, position


def _padded(length: int) -> int:
    return (length + 3) // 4 * 4
