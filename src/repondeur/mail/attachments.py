"""What is said of an attachment without opening it: its name, kind and size, and whether it is part of the text.

Source: RFC 2183 (disposition), RFC 2392 (cid: addresses).
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import unquote

from repondeur.mail.headers import clean, decode_words
from repondeur.mail.message import Attachment
from repondeur.mail.parameters import percent_decoded
from repondeur.mail.structure import Part
from repondeur.mail.tnef import TnefAttachment

_LONGEST_NAME, _LONGEST_ID = 255, 200
# Nothing that turns the writing direction or shows nothing: "exe.pdf" must not be "fdp.exe" (joiners of scripts stay).
_UNSEEN = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_PATH = re.compile(r"(?:[A-Za-z]:[\\/]|\.{0,2}[\\/]|file:/+|~/)")
_SEPARATORS = re.compile(r"[\\/]+")
_CID = re.compile(r"cid:([^\s\"'<>)\\]{1,200})", re.IGNORECASE)
_TNEF_TYPES = frozenset(("application/ms-tnef", "application/vnd.ms-tnef"))
_TNEF_NAMES = frozenset(("winmail.dat", "win.dat"))
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,66}")


def file_name(part: Part, disposition: dict[str, str]) -> str:
    """Decoded, for people: never used as a path (I20). "" when the mail gives none; an attached mail that is announced
    as a file has its subject."""
    name = disposition.get("filename") or disposition.get("name") or part.parameters.get("name", "")
    if not name and part.media_type not in ("text/plain", "text/html"):
        name = part.parameters.get("filename", "")
    if not name and part.children and part.media_type != "message/partial" and part.header.first("content-disposition"):
        name = decode_words(part.children[0].header.first("subject"))
    return shown_name(percent_decoded(name))


def shown_name(name: str) -> str:
    """On one line, without the folders of a path, and as it reads."""
    line = " ".join(_UNSEEN.sub("", clean(decode_words(name))).split()).strip("\"'")
    if _PATH.match(line) or "../" in line or "..\\" in line:
        line = next((step for step in reversed(_SEPARATORS.split(line)) if step not in ("", ".", "..")), "")
    return line[:_LONGEST_NAME].strip()


def attached(part: Part, name: str, disposition: str, *, related: bool) -> Attachment:
    """inline: a picture that came with a page, and does not say that it is a file; see mark_inline."""
    content_id = clean(part.header.first("content-id")).strip().strip("<>")[:_LONGEST_ID]
    inline = related and part.media_type.startswith("image/") and disposition != "attachment"
    return Attachment(name, part.media_type[:127], len(part.octets), inline, content_id)


def is_wrapped(part: Part, name: str) -> bool:
    """Whether this is a winmail.dat, by its type or its name."""
    return part.media_type in _TNEF_TYPES or name.lower() in _TNEF_NAMES


def from_tnef(wrapped: TnefAttachment) -> Attachment:
    kind = wrapped.media_type.strip().lower()
    media_type = kind if _TYPE.fullmatch(kind) else "application/octet-stream"
    content_id = clean(wrapped.content_id).strip().strip("<>")[:_LONGEST_ID]
    return Attachment(shown_name(wrapped.name), media_type, wrapped.size, content_id=content_id)


def mark_inline(attachments: list[Attachment], files: set[int], pages: Iterable[str]) -> tuple[Attachment, ...]:
    """Pictures that a page shows are inline too; anything else is an attachment, whatever its disposition says.

    files: indices of those that say that they are files.
    """
    if not any(attachment.content_id for attachment in attachments):
        return tuple(attachments)
    shown = {unquote(found).lower() for page in pages for found in _CID.findall(page)}
    return tuple(
        replace(attachment, inline=True)
        if attachment.content_id.lower() in shown and attachment.media_type.startswith("image/") and index not in files
        else attachment
        for index, attachment in enumerate(attachments)
    )
