"""How parent and child talk: one byte for the kind, four for the length (big-endian), then the octets."""

import struct
from enum import IntEnum
from typing import Final

HEADER: Final = struct.Struct(">BI")
LONGEST: Final = 2**32 - 1


class Kind(IntEnum):
    """PAYLOAD goes to the child, everything else comes from it.

    READY: modules loaded. ANSWER: the result. UNREADABLE: JSON of a reason, [code, params]. MEMORY: it ran out of
    memory, and ends. FAILED: JSON [exception class, place], never its message, which may quote the
    payload. TOO_LARGE: empty.
    """

    PAYLOAD = 0
    READY = 1
    ANSWER = 2
    UNREADABLE = 3
    MEMORY = 4
    FAILED = 5
    TOO_LARGE = 6


def header(kind: Kind, length: int) -> bytes:
    return HEADER.pack(kind, length)
