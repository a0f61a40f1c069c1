"""What a file is, by its content and its name together. Pure.

Content that says what it is wins over any name. Where it says nothing (plain text of one form or another) the name
decides, and the media type only where there is no telling name: mail programs send "application/octet-stream" for
anything.

Sources: PDF 32000-1 7.5.2; PKWARE APPNOTE 4.3.6 and 4.3.16; MS-CFB 2.2; ECMA-376 part 2; ODF 1.3 part 2, 3.3; PNG 5.2;
TIFF 6.0 section 2; RFC 9649 (WebP).
"""

import re
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What can be done with a file. The value is what people call it."""

    PDF = "PDF"
    DOCX = "DOCX"
    XLSX = "XLSX"
    PPTX = "PPTX"
    ODT = "ODT"
    ODS = "ODS"
    ODP = "ODP"
    DOC = "DOC"
    XLS = "XLS"
    PPT = "PPT"
    MSG = "MSG"
    RTF = "RTF"
    EML = "EML"
    HTML = "HTML"
    TEXT = "TXT"
    PICTURE = "picture"
    ARCHIVE = "ZIP"
    ENCRYPTED_OFFICE = "encrypted Office file"
    EMPTY = "empty file"
    OTHER = "other"


PACKED: Final = frozenset({Kind.DOCX, Kind.XLSX, Kind.PPTX, Kind.ODT, Kind.ODS, Kind.ODP})

_HEAD = 4096
_START = 1024  # a PDF may have so many octets before its mark
_BY_SUFFIX: Final = {
    "pdf": Kind.PDF, "docx": Kind.DOCX, "docm": Kind.DOCX, "dotx": Kind.DOCX, "xlsx": Kind.XLSX, "xlsm": Kind.XLSX,
    "pptx": Kind.PPTX, "pptm": Kind.PPTX, "odt": Kind.ODT, "ods": Kind.ODS, "odp": Kind.ODP, "doc": Kind.DOC,
    "xls": Kind.XLS, "ppt": Kind.PPT, "msg": Kind.MSG, "rtf": Kind.RTF, "eml": Kind.EML, "html": Kind.HTML,
    "htm": Kind.HTML, "xhtml": Kind.HTML, "txt": Kind.TEXT, "text": Kind.TEXT, "csv": Kind.TEXT, "tsv": Kind.TEXT,
    "md": Kind.TEXT, "log": Kind.TEXT, "json": Kind.TEXT, "xml": Kind.TEXT, "vcf": Kind.TEXT, "yaml": Kind.TEXT,
    "yml": Kind.TEXT, "png": Kind.PICTURE, "jpg": Kind.PICTURE, "jpeg": Kind.PICTURE, "jpe": Kind.PICTURE,
    "tif": Kind.PICTURE, "tiff": Kind.PICTURE, "webp": Kind.PICTURE, "bmp": Kind.PICTURE, "gif": Kind.PICTURE,
    "zip": Kind.ARCHIVE,
}  # fmt: skip
_BY_TYPE: Final = {
    "application/pdf": Kind.PDF,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": Kind.DOCX,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": Kind.XLSX,
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": Kind.PPTX,
    "application/vnd.oasis.opendocument.text": Kind.ODT,
    "application/vnd.oasis.opendocument.spreadsheet": Kind.ODS,
    "application/vnd.oasis.opendocument.presentation": Kind.ODP,
    "application/msword": Kind.DOC,
    "application/vnd.ms-excel": Kind.XLS,
    "application/vnd.ms-powerpoint": Kind.PPT,
    "application/vnd.ms-outlook": Kind.MSG,
    "application/rtf": Kind.RTF,
    "text/rtf": Kind.RTF,
    "message/rfc822": Kind.EML,
    "message/global": Kind.EML,
    "text/html": Kind.HTML,
    "application/xhtml+xml": Kind.HTML,
    "application/json": Kind.TEXT,
    "application/xml": Kind.TEXT,
    "application/zip": Kind.ARCHIVE,
    "application/x-zip-compressed": Kind.ARCHIVE,
}
_MIME: Final = {kind: name for name, kind in reversed(_BY_TYPE.items())}
_PICTURES: Final = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"II*\x00": "image/tiff",
    b"MM\x00*": "image/tiff",
    b"BM": "image/bmp",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
_OPEN_DOCUMENT: Final = {b"text": Kind.ODT, b"spreadsheet": Kind.ODS, b"presentation": Kind.ODP}
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STREAMS: Final = (
    ("EncryptedPackage", Kind.ENCRYPTED_OFFICE),
    ("__properties_version1.0", Kind.MSG),
    ("WordDocument", Kind.DOC),
    ("Workbook", Kind.XLS),
    ("PowerPoint Document", Kind.PPT),
)
# What begins like this is no text, whatever it is called: programs, disk images, other archives, fonts, sound, film.
_FOREIGN = re.compile(
    rb"MZ|\x7fELF|\xca\xfe\xba\xbe|\xcf\xfa\xed\xfe|Rar!|7z\xbc\xaf|\x1f\x8b|BZh|\xfd7zXZ|\x28\xb5\x2f\xfd|MSCF"
    rb"|ID3|OggS|fLaC|RIFF....(?:WAVE|AVI )|....ftyp|\x1aE\xdf\xa3|SQLite format 3",
    re.DOTALL,
)
_HTML = re.compile(
    rb"\s*(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,500}?-->\s*)?<(?:!doctype html|html)\b",
    re.IGNORECASE | re.DOTALL,
)


def suffix_of(name: str) -> str:
    """In lower case, without the dot; "" when there is none."""
    _, dot, suffix = name.rpartition(".")
    return suffix.strip().lower()[:10] if dot else ""


def expected_kind(name: str, media_type: str) -> Kind:
    """What it claims to be, as far as can be told without its content; OTHER where that is nothing we read."""
    media_type = media_type.lower()
    by_name = _BY_SUFFIX.get(suffix_of(name))
    if by_name is not None:
        return by_name
    by_type = _BY_TYPE.get(media_type)
    if by_type is not None:
        return by_type
    if media_type.startswith("image/"):
        return Kind.PICTURE if mime_of_picture(media_type) else Kind.OTHER
    is_text = media_type.startswith("text/") and media_type != "text/calendar" and not suffix_of(name)
    return Kind.TEXT if is_text else Kind.OTHER


def mime_of_picture(media_type: str) -> bool:
    return media_type in {
        *_PICTURES.values(),
        "image/webp",
        "image/jpg",
        "image/pjpeg",
        "image/x-png",
        "image/x-ms-bmp",
    }


def kind_of(name: str, media_type: str, octets: bytes) -> Kind:
    """What it is. OTHER: nothing that we read."""
    if not octets.strip(b"\x00 \t\r\n"):
        return Kind.EMPTY
    head = octets[:_HEAD]
    if b"%PDF-" in head[:_START]:
        return Kind.PDF
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _packed(octets, expected_kind(name, media_type))
    if head.startswith(_COMPOUND):
        return _compound(octets)
    if head.startswith(b"{\\rt"):
        return Kind.RTF
    if picture_type(octets):
        return Kind.PICTURE
    if _FOREIGN.match(head):
        return Kind.OTHER
    if _HTML.match(head):
        return Kind.HTML
    # What claims to be one of the kinds above, and is not, is found broken by whoever reads it.
    return expected_kind(name, media_type)


def mime_of(kind: Kind, octets: bytes) -> str:
    """The media type under which a file of this kind is read."""
    return picture_type(octets) if kind is Kind.PICTURE else _MIME.get(kind, "text/plain")


def picture_type(octets: bytes) -> str:
    """By its first octets; "" when it is no picture that can be read."""
    if octets[:4] == b"RIFF" and octets[8:12] == b"WEBP":
        return "image/webp"
    found = next((name for mark, name in _PICTURES.items() if octets.startswith(mark)), "")
    # Two letters begin many a text; a bitmap has four zeros after its size (BITMAPFILEHEADER).
    return "" if found == "image/bmp" and octets[6:10] != bytes(4) else found


def _packed(octets: bytes, claimed: Kind) -> Kind:
    if octets[30:38] == b"mimetype":
        named = octets[38:120]
        return next(
            (kind for form, kind in _OPEN_DOCUMENT.items() if b"opendocument." + form in named),
            Kind.ARCHIVE if claimed is Kind.ARCHIVE else Kind.OTHER,
        )
    # The names of the members stand in clear before each of them and once more at the end.
    for folder, kind in ((b"word/", Kind.DOCX), (b"xl/", Kind.XLSX), (b"ppt/", Kind.PPTX)):
        if b"[Content_Types].xml" in octets and folder in octets:
            return kind
    return Kind.ARCHIVE


def _compound(octets: bytes) -> Kind:
    for stream, kind in _STREAMS:
        if stream.encode("utf-16-le") in octets:
            return kind
    return Kind.OTHER
