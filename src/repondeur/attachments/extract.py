"""Text out of one file: which way its kind is read, and what of it is kept."""

import re
from collections.abc import Sequence
from typing import Final

from repondeur.attachments.archive import look_at_members, read_members
from repondeur.attachments.documents import Pages, read_document, read_pdf, read_picture
from repondeur.attachments.file_text import PAGE_END, FileLimits, FileText
from repondeur.attachments.kinds import PACKED, Kind, kind_of
from repondeur.attachments.ocr import Recognition
from repondeur.attachments.plain import read_mail, read_page, read_text
from repondeur.errors import MessageUnreadable
from repondeur.mail.language import detect
from repondeur.texts import Reason

# Of a control character only the line end, the tab and the page end mean something.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\u200b\u2060\ufeff\ud800-\udfff]")
_LINE_END: Final = re.compile(r"\r\n?|[\x85\u2028\u2029]")
_BLANKS: Final = re.compile(r"[ \t\xa0]+(?=\n|\Z)")
_EMPTY_LINES: Final = re.compile(r"\n{3,}")


def extract(
    name: str,
    media_type: str,
    octets: bytes,
    languages: Sequence[str],
    *,
    limits: FileLimits,
    ocr: Recognition | None,
    marked: bool = False,
) -> FileText:
    """The text of a file and its language. marked: headings and tables of an Office file as Markdown has them. Raises
    MessageUnreadable, code attachment.…, when nothing can be read."""
    kind = kind_of(name, media_type, octets)
    if kind is Kind.ARCHIVE:
        read = read_members(octets, limits, ocr, _read)
    else:
        read = _read(kind, octets, limits, ocr, marked=marked)
    text, left = PAGE_END.join(_cleaned(page) for page in read.texts), read.left
    if not any(map(str.isalnum, text)):
        if read.scans:
            raise MessageUnreadable("attachment.no_ocr")
        raise MessageUnreadable(left.code if left else "attachment.no_text", **(left.params if left else {}))
    if len(text) > limits.text:
        text, left = text[: limits.text], Reason("attachment.text_cut", {"characters": limits.text})
    return FileText(text, read.pages, detect(text, languages), left, read.scans)


def _read(kind: Kind, octets: bytes, limits: FileLimits, ocr: Recognition | None, *, marked: bool = False) -> Pages:
    if kind in PACKED:
        look_at_members(octets)
    match kind:
        case Kind.EMPTY:
            raise MessageUnreadable("attachment.empty")
        case Kind.OTHER | Kind.ARCHIVE:
            raise MessageUnreadable("attachment.unsupported")
        case Kind.ENCRYPTED_OFFICE:
            raise MessageUnreadable("attachment.encrypted")
        case Kind.PDF:
            return read_pdf(octets, limits, ocr)
        case Kind.PICTURE:
            return read_picture(octets, limits, ocr)
        case Kind.EML:
            return Pages((read_mail(octets),))
        case Kind.HTML:
            return Pages((read_page(octets, limits),))
        case Kind.TEXT:
            return Pages((read_text(octets, limits),))
        case _:
            return read_document(kind, octets, marked=marked)


def _cleaned(page: str) -> str:
    """With line ends "\\n", without what shows nothing, and without blanks that only a layout needed."""
    text = _CONTROL.sub("", _LINE_END.sub("\n", page)).replace(PAGE_END, "\n")
    return _EMPTY_LINES.sub("\n\n", _BLANKS.sub("", text)).strip()
