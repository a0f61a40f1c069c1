"""Values of single header fields: identifiers and the reverse-path (RFC 5322 3.6.4; RFC 5321 4.4)."""

import re

from repondeur.mail.address import parse_addresses
from repondeur.mail.headers import clean

_BRACKETED = re.compile(r"<([^<>]{1,1000})>")
# Octets of UTF-8. Databases index identifiers, and no program writes such long ones.
_LONGEST_IDENTIFIER = 500
_COMMENT = re.compile(r"\([^()]*\)")


def message_ids(values: tuple[str, ...], limit: int = 100) -> tuple[str, ...]:
    """Identifiers without angle brackets, each once, in order; white space inside is dropped, missing brackets are
    tolerated, and what is longer than any program writes is left out. Of more than `limit` the first and the last ones
    stay: the root of a thread and what it is about."""
    found: dict[str, None] = {}
    for value in values:
        bracketed = _BRACKETED.findall(value)
        loose = [word for word in _COMMENT.sub(" ", value).split() if "@" in word or len(value.split()) == 1]
        for identifier in bracketed or loose:
            kept = "".join(clean(identifier).split()).strip("<>,;")
            if kept and len(kept.encode("utf-8", "replace")) <= _LONGEST_IDENTIFIER:
                found.setdefault(kept)
    kept_ids = tuple(found)
    return kept_ids if len(kept_ids) <= limit else (kept_ids[0], *kept_ids[1 - limit :])


def return_path(values: tuple[str, ...]) -> str | None:
    """The topmost one, which the delivering server wrote: "" for the null path, None when no field says it.

    Postfix writes the null path as a bare MAILER-DAEMON where it hands mail to a program (pipe(8), null_sender).
    """
    if not values:
        return None
    value = values[0].strip()
    if value in ("", "<>") or not value.replace("<", "").replace(">", "").strip():
        return "" if value else None
    addresses = parse_addresses(value, 1).addresses
    path = addresses[0].address if addresses else None
    return "" if path and path.lower() == "mailer-daemon" else path
