"""How much of a mail is read. Past these bounds it is held for a person instead (I19)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """size, header, field: octets of the whole mail, of its header section, of one field. depth, parts: MIME.

    These five are firm: a mail past one of them raises MessageUnreadable. The others only cut what is kept:
    text: characters of body. addresses: of one address field. attachments: listed. references: identifiers.
    """

    size: int = 25 * 1024 * 1024
    depth: int = 50
    parts: int = 500
    header: int = 64 * 1024
    field: int = 16 * 1024
    text: int = 1_000_000
    addresses: int = 200
    attachments: int = 200
    references: int = 100
