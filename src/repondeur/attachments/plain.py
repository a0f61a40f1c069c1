"""Files that this program reads itself, as it reads mail: text, HTML and attached mail."""

import re
from typing import Final

from repondeur.attachments.file_text import FileLimits
from repondeur.errors import MessageUnreadable
from repondeur.mail.charset import decode
from repondeur.mail.html import html_to_text, without_marks
from repondeur.mail.parse import parse

_META: Final = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([a-zA-Z0-9_:.-]{2,40})", re.IGNORECASE)
_BINARY: Final = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]")
# A text with a larger share of characters that no text has is none.
_ODD_SHARE: Final = 0.05
_LOOKED_AT: Final = 20_000  # characters


def read_text(octets: bytes, limits: FileLimits) -> str:
    """Raises MessageUnreadable for what is no text."""
    text = decode(octets[: 4 * limits.text + 4]).text[: limits.text + 1]
    start = text[:_LOOKED_AT]
    if len(_BINARY.findall(start)) > _ODD_SHARE * len(start):
        raise MessageUnreadable("attachment.broken")
    return text


def read_page(octets: bytes, limits: FileLimits) -> str:
    """HTML as its reader sees it."""
    label = _META.search(octets, 0, 2048)
    source = decode(octets[: 20 * limits.text], label[1].decode("ascii") if label else "").text
    return without_marks(html_to_text(source))


def read_mail(octets: bytes) -> str:
    """An attached mail: who wrote it and what; of what is attached to it only the names."""
    try:
        mail = parse(octets)
    except MessageUnreadable as error:
        code = "attachment.too_deep" if error.reason.code == "mail.too_deep" else "attachment.broken"
        raise MessageUnreadable(code) from error
    head = (
        ("From", f"{mail.author.name} <{mail.author.address}>" if mail.author.address else ""),
        ("Date", f"{mail.date:%Y-%m-%d %H:%M}" if mail.date else ""),
        ("Subject", mail.subject),
        ("Attachments", ", ".join(part.name for part in mail.attachments if part.name)),
    )
    lines = [f"{field}: {value}" for field, value in head if value]
    return "\n".join([*lines, "", mail.body])
