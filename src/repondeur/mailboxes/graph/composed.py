"""Is the draft that Graph made the message that we composed? Pure.

`createReply` knows recipients and a subject of its own: the author or Reply-To of the mail that is answered, and its
subject after a prefix. What leaves goes to the one recipient that was fixed before, under the subject that we wrote, so
what Graph tells of a draft is compared with them, and put right where it differs.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from repondeur.mail.address import parse_addresses
from repondeur.mail.header_encoding import wire_address
from repondeur.mail.headers import decode_words
from repondeur.mail.limits import Limits
from repondeur.mail.structure import read_top

Json = dict[str, Any]

# What is asked of a draft: where and what it is, its version, and what is compared here.
DRAFT: Final = (
    "id,isDraft,parentFolderId,changeKey,conversationId,internetMessageId,"
    "subject,toRecipients,ccRecipients,bccRecipients"
)
SUBJECT_LIMIT: Final = (
    255  # UTF-16 code units that Exchange keeps of a subject (Exchange Online limits, "Message limits")
)

_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Expected:
    """recipients: addresses of To; there is no Cc and no Bcc. digest: of the exact octets."""

    recipients: tuple[str, ...]
    subject: str
    digest: str


def expected(raw: bytes, recipient: str = "") -> Expected:
    """What the draft made of `raw` must be. recipient: the only one, else those of its To.

    Raises MessageUnreadable, which what we composed never does.
    """
    header = read_top(raw, Limits()).header
    named = [address.address for value in header.values("to") for address in parse_addresses(value).addresses]
    return Expected((recipient,) if recipient else tuple(named), decode_words(header.first("subject")), digest(raw))


def digest(raw: bytes) -> str:
    """Tells two compositions of the same answer apart."""
    return hashlib.sha256(raw).hexdigest()


def correction(draft: Json, wanted: Expected) -> Json:
    """What to PATCH so that the draft is as composed; {} when it is. What Graph does not tell is set."""
    found: Json = {}
    for name, addresses in (("toRecipients", wanted.recipients), ("ccRecipients", ()), ("bccRecipients", ())):
        if _addresses(draft.get(name)) != sorted(map(_key, addresses)):
            found[name] = [{"emailAddress": {"address": address}} for address in addresses]
    if not _same_subject(draft.get("subject"), wanted.subject):
        found["subject"] = wanted.subject.encode("utf-16-le")[: 2 * SUBJECT_LIMIT].decode("utf-16-le", "ignore")
    return found


def bare(message_id: str) -> str:
    """A Message-ID without angle brackets, as two are compared."""
    return "".join(message_id.split()).removeprefix("<").removesuffix(">")


def _addresses(rows: object) -> Sequence[str] | None:
    """None when it is not told, or not as the documentation has it."""
    if not isinstance(rows, list):
        return None
    found = [_address(row) for row in rows]
    return None if None in found else sorted(one for one in found if one is not None)


def _address(row: object) -> str | None:
    given = row.get("emailAddress") if isinstance(row, dict) else None
    address = given.get("address") if isinstance(given, dict) else None
    return _key(address) if isinstance(address, str) else None


def _key(address: str) -> str:
    """Domains as A-labels; Exchange compares the whole without regard to case."""
    return (wire_address(address) or address).casefold()


def _same_subject(theirs: object, ours: str) -> bool:
    if not isinstance(theirs, str):
        return False
    seen, written = _SPACE.sub("", theirs), _SPACE.sub("", ours)
    cut = len(theirs.encode("utf-16-le", "replace")) >= 2 * (SUBJECT_LIMIT - 1)
    return seen == written or (cut and written.startswith(seen))
