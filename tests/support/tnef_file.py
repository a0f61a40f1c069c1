"""Writes winmail.dat files for tests (MS-OXTNEF): what Outlook would send, and what it never would."""

import struct

STRING, UNICODE, BINARY, OBJECT, LONG = 0x1E, 0x1F, 0x102, 0x0D, 0x03
BODY, RTF, HTML, CODEPAGE = 0x1000, 0x1009, 0x1013, 0x3FDE
DATA, FILENAME, LONG_FILENAME, MIME_TAG, CONTENT_ID = 0x3701, 0x3704, 0x3707, 0x370E, 0x3712


def attribute(level, name, data):
    return struct.pack("<BHHI", level, name, 0, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def tnef(*attributes, codepage=1252):
    version = attribute(1, 0x9006, struct.pack("<I", 0x10000))
    page = attribute(1, 0x9007, struct.pack("<II", codepage, 0))
    return b"\x78\x9f\x3e\x22\x01\x00" + version + page + b"".join(attributes)


def properties(*values):
    """values: (number, type, octets or int)."""
    return struct.pack("<I", len(values)) + b"".join(_property(*value) for value in values)


def _property(number, kind, value):
    head = struct.pack("<HH", kind, number)
    if isinstance(value, int):
        return head + struct.pack("<i", value)
    return head + struct.pack("<II", 1, len(value)) + value + b"\0" * (-len(value) % 4)


def message(*values):
    return attribute(1, 0x9003, properties(*values))


def attachment(title, data, *values):
    return (
        attribute(2, 0x9002, b"\0" * 14)
        + attribute(2, 0x8010, title + b"\0")
        + attribute(2, 0x800F, data)
        + (attribute(2, 0x9005, properties(*values)) if values else b"")
    )


def plain_rtf(text):
    """Compressed rich text of the kind that is not compressed."""
    return struct.pack("<IIII", len(text) + 12, len(text), 0x414C454D, 0) + text


def packed_rtf(text):
    """Compressed rich text in which nothing is repeated: eight literals in each run."""
    runs = b"".join(b"\0" + text[start : start + 8] for start in range(0, len(text), 8))
    return struct.pack("<IIII", len(runs) + 12, len(text), 0x75465A4C, 0) + runs
