"""Values of single header fields: identifiers, the reverse-path, results of authentication (RFC 5322 3.6.4; RFC 5321
4.4; RFC 8601)."""

import re

from repondeur.mail.address import parse_addresses
from repondeur.mail.headers import clean
from repondeur.mail.limits import Limits

_BRACKETED = re.compile(r"<([^<>]{1,1000})>")
# Octets of UTF-8. Databases index identifiers, and no program writes such long ones.
_LONGEST_IDENTIFIER = 500
_COMMENT = re.compile(r"\([^()]*\)")
_LINE_END, _HEADER_END = re.compile(rb"\r*\n"), re.compile(rb"\n[ \t]*\n")
_FOLDED = re.compile(rb"\n[ \t]+")
_RESULTS = re.compile(rb"^authentication-results[ \t]*:(.*)$", re.IGNORECASE | re.MULTILINE)
UNREADABLE = "\ufffd"
_ODD = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


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

    Postfix writes the null path as MAILER-DAEMON where it hands mail to a program (pipe(8), null_sender), and others
    put their name behind it.
    """
    if not values:
        return None
    value = values[0].strip()
    if value in ("", "<>") or not value.replace("<", "").replace(">", "").strip():
        return "" if value else None
    addresses = parse_addresses(value, 1).addresses
    path = addresses[0].address if addresses else None
    return "" if path and path.lower().partition("@")[0] == "mailer-daemon" else path


def stated_results(raw: bytes, limits: Limits) -> tuple[str, ...]:
    """Values of Authentication-Results, topmost first, unfolded, read as a server on the way reads them.

    A bare CR parts no fields for it, and a NUL makes another name or id: whoever wrote such things wanted to be read in
    two ways, by the server that removes forged fields, and by us. Such an octet is U+FFFD here, which stands in no id.
    raw: from the first field on.
    """
    section = _HEADER_END.split(_LINE_END.sub(b"\n", raw[: limits.header]), maxsplit=1)[0]
    values = _RESULTS.findall(_FOLDED.sub(b" ", section))
    return tuple(_ODD.sub(UNREADABLE.encode(), value).decode("utf-8", "replace").strip() for value in values)
