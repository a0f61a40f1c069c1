"""Does a DKIM signature of the author's own domain cover this mail (RFC 6376)? The arithmetic is dkimpy's.

dkimpy takes what the standard leaves open, and more: it accepts signatures that leave the author or a part of the body
out, and keys that say that they are only being tried. So each is looked at before; and what it says is taken only of a
mail whose author it reads as we do. Runs in a child: dkimpy may hang or fail on what a stranger writes.
"""

import logging
import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

import dkim
from dkim.util import InvalidTagValueList, parse_tag_value

from repondeur.mail.author import read_authors
from repondeur.mail.header_encoding import wire_domain
from repondeur.mail.headers import read_header
from repondeur.mail.limits import Limits
from repondeur.mail.parse import prepared

SIGNATURES_MOST: Final = 5  # that are looked at; mail that was passed on has two or three
SHORTEST_KEY: Final = 1024  # bits (RFC 8301, 3.2)
# Fields that readers go by: a second one, put above those that are signed, must not be what we read.
_ONCE: Final = (b"from", b"subject", b"date", b"to", b"cc", b"reply-to", b"content-type", b"content-transfer-encoding")
_COVERED: Final = (b"from", b"subject")

_LINE_END: Final = re.compile(rb"\r?\n")

_SILENT: Final = logging.getLogger("repondeur.dkimpy")
_SILENT.disabled = True

Tags = Mapping[bytes, bytes]


def candidates(raw: bytes, author: str) -> list[str]:
    """Names in the DNS of the keys with which this mail may be signed for its author."""
    return list(dict.fromkeys(_name(tags) for _, tags in _signatures(raw, author)))


def signed_by(raw: bytes, author: str, keys: Mapping[str, str]) -> str:
    """The domain of the first signature that holds, "" when none does. author: the address we have read. keys: key
    records by their names, as `candidates` gives them. Raises MessageUnreadable for a header over its limits."""
    for index, tags in _signatures(raw, author):
        record = keys.get(_name(tags), "")
        if not _is_usable(record, tags):
            continue
        found = record.encode("ascii", "ignore")
        try:
            # Anew for each: it keeps what it has found.
            holds = _parsed(raw).verify(index, dnsfunc=lambda *_, found=found, **__: found)
        except Exception:  # noqa: BLE001,S112  dkimpy raises many things; whatever it is, the signature does not hold
            continue
        if holds:
            return _text(tags[b"d"])
    return ""


def is_aligned(signer: str, author: str) -> bool:
    """The author's domain, or one above it, of two labels at least.

    Whoever publishes keys there decides on what stands below. A signature of a domain below the author's, which DMARC
    takes too (RFC 7489, 3.1.1), would need a list of the places where domains are sold.
    """
    ours, theirs = wire_domain(author), wire_domain(signer)
    return bool(ours and theirs and "." in theirs and (ours == theirs or ours.endswith("." + theirs)))


def _parsed(raw: bytes) -> dkim.DKIM:
    return dkim.DKIM(raw, logger=_SILENT, minkey=SHORTEST_KEY)


def _signatures(raw: bytes, author: str) -> list[tuple[int, Tags]]:
    """(number from the top, tags) of those that may count; none where dkimpy reads another mail than we do."""
    try:
        mail = _parsed(raw)
    except (dkim.DKIMException, IndexError):  # no header for it
        return []
    counted = Counter(name.lower() for name, _ in mail.headers)
    if any(counted[name] > 1 for name in _ONCE) or not _same_mail(mail, raw) or not _same_author(mail, author):
        return []
    values = [value for name, value in mail.headers if name.lower() == b"dkim-signature"]
    found = [(index, tags) for index, value in enumerate(values[:SIGNATURES_MOST]) if (tags := _tags(value))]
    return [(index, tags) for index, tags in found if _may_count(tags, author)]


def _same_mail(mail: dkim.DKIM, raw: bytes) -> bool:
    """The same fields and the same body: it passes over lines at which our header ends, and other things."""
    ours = prepared(raw)
    header, start = read_header(ours, 0, len(ours), Limits(), top=True)
    names = [name for name, _ in header.fields]
    theirs = [name.decode("ascii").lower() for name, _ in mail.headers]
    return not header.broken and names == theirs and _LINE_END.sub(b"\r\n", ours[start:]) == mail.body


def _same_author(mail: dkim.DKIM, author: str) -> bool:
    values = [value.decode("utf-8", "replace") for name, value in mail.headers if name.lower() == b"from"]
    authors, doubt = read_authors(tuple(" ".join(value.split()) for value in values), 5)
    return len(values) == 1 and len(authors) == 1 and doubt is None and authors[0].key == author.lower()


def _tags(value: bytes) -> Tags | None:
    try:
        tags: Tags = parse_tag_value(value)
    except InvalidTagValueList:
        return None
    return tags


def _may_count(tags: Tags, author: str) -> bool:
    signed = {name.strip().lower() for name in tags.get(b"h", b"").split(b":")}
    return (
        tags.get(b"a") == b"rsa-sha256"  # RFC 8301, 3.1: SHA-1 proves nothing
        and b"l" not in tags  # RFC 6376, 8.2: anybody can write below what is signed
        and all(name in signed for name in _COVERED)
        and bool(_text(tags.get(b"s", b"")))
        and is_aligned(_text(tags.get(b"d", b"")), author.rpartition("@")[2])
    )


def _is_usable(record: str, tags: Tags) -> bool:
    """RFC 6376, 3.6.1: not revoked, not on trial, for mail and for this algorithm."""
    key = _tags(record.encode("ascii", "ignore")) if record else None
    if not key or not key.get(b"p"):
        return False
    flags = _words(key.get(b"t", b""))
    identity = _text(tags.get(b"i", b"@" + tags.get(b"d", b""))).rpartition("@")[2].lower()
    return (
        key.get(b"v", b"DKIM1") == b"DKIM1"
        and key.get(b"k", b"rsa") == b"rsa"
        and bool(_words(key.get(b"h", b"sha256")) & {"sha256"})
        and bool(_words(key.get(b"s", b"*")) & {"*", "email"})
        and "y" not in flags
        and ("s" not in flags or identity == _text(tags[b"d"]).lower())
    )


def _words(value: bytes) -> set[str]:
    return {word.strip().lower() for word in _text(value).split(":")}


def _name(tags: Tags) -> str:
    """RFC 6376, 3.6.2.1."""
    return f"{_text(tags[b's'])}._domainkey.{_text(tags[b'd'])}".lower()


def _text(value: bytes) -> str:
    """Tags without what folding has left in them; "" for what is not ASCII."""
    return "".join(value.decode("ascii").split()) if value.isascii() else ""
