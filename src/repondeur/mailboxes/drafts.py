"""Is a draft in the mailbox still the one that we put there? Pure.

Servers add header fields, change line ends, fold anew and choose another transfer encoding; what a person would see
must be the same.
"""

import re

from repondeur.errors import MessageUnreadable
from repondeur.mail import charset, transfer
from repondeur.mail.headers import Header, decode_words
from repondeur.mail.limits import Limits
from repondeur.mail.structure import read_top

_COMPARED = ("subject", "to", "cc", "bcc", "in-reply-to")
_SPACE = re.compile(r"\s+")


def unchanged(kept: bytes, ours: bytes) -> bool:
    """Do both have the same text, subject, recipients and In-Reply-To? What cannot be read counts as changed."""
    try:
        return _seen(kept) == _seen(ours)
    except MessageUnreadable:
        return False


def _seen(raw: bytes) -> tuple[object, ...]:
    top = read_top(raw, Limits())
    text = charset.decode(transfer.undo(raw[top.start :], top.encoding), top.parameters.get("charset", "")).text
    lines = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    return top.media_type, lines, *(_values(top.header, name) for name in _COMPARED)


def _values(header: Header, name: str) -> tuple[str, ...]:
    return tuple(_SPACE.sub("", decode_words(value)) for value in header.values(name) if value.strip())
