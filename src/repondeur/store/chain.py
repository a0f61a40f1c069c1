"""The record's chain: each row is bound to all rows before it by a SHA-256. Pure.

What a row binds are its own columns and the digest of its details. So details can be forgotten, which people have a
right to, and the chain still holds; and since they hold a salt, nobody can find out by trying what they have said.
"""

import hashlib
import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, Literal, NamedTuple

GENESIS: Final = "0" * 64  # stands where the first row names the one before it

Fault = Literal["number", "previous", "details", "hash"]


@dataclass(frozen=True, slots=True)
class Link:
    """One row. id: its place in the chain, from 1, without gaps. mail_id: None for what concerns no single mail.
    details: canonical JSON, None once forgotten. previous: the hash of the row before. Digests in hexadecimal."""

    id: int
    at: datetime
    mail_id: int | None
    event: str
    details: str | None
    details_digest: str
    previous: str
    hash: str


class Place(NamedTuple):
    """Where the chain ends: the number and the hash of its last row."""

    id: int
    hash: str


def linked(head: Place | None, at: datetime, event: str, mail_id: int | None, details: str) -> Link:
    """The row that comes after `head`; None for the first one. details: canonical JSON."""
    number, previous = (head.id + 1, head.hash) if head else (1, GENESIS)
    row = Link(number, at, mail_id, event, details, sha256(details), previous, hash="")
    return replace(row, hash=_hash(row))


def is_hash(text: str) -> bool:
    """Whether this can be the hash of a row: SHA-256, in hexadecimal."""
    return re.fullmatch(r"[0-9a-f]{64}", text) is not None


def fault(row: Link, before: Link | None) -> Fault | None:
    """What of a row does not fit its own hash or the row before it; None when all does."""
    number, previous = (before.id + 1, before.hash) if before else (1, GENESIS)
    if row.id != number:
        return "number"
    if row.previous != previous:
        return "previous"
    if row.details is not None and sha256(row.details) != row.details_digest:
        return "details"
    return None if row.hash == _hash(row) else "hash"


def canonical(value: Any) -> str:
    """One spelling for each value, in ASCII: what is hashed must read the same from every database. Raises ValueError
    for NaN and infinity, which JSON does not have."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def sha256(value: str | bytes) -> str:
    """In hexadecimal. A text may hold half a surrogate pair: mail has everything."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value).hexdigest()


def _hash(row: Link) -> str:
    bound = {name: getattr(row, name) for name in ("previous", "id", "mail_id", "event", "details_digest")}
    return sha256(canonical({**bound, "at": row.at.astimezone(UTC).isoformat(timespec="microseconds")}))
