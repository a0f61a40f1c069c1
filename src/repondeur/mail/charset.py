"""Octets to text, whatever the label says.

Labels follow the WHATWG Encoding Standard where the two differ from Python's (latin-1 means windows-1252, gb2312
means gb18030): that is what mail programs meant and what people saw when they wrote.
"""

import codecs
import re
from dataclasses import dataclass

_LABEL = re.compile(r"[a-z0-9._:+-]{1,40}")
_NOT_A_LABEL = re.compile(r"[^a-z0-9._:+-]")

# Names that say nothing; then the octets speak for themselves.
_UNDECLARED = frozenset(
    (
        *("", "us-ascii", "ascii", "ansi_x3.4-1968", "646", "iso646-us", "none", "binary", "8bit", "7bit"),
        *("default", "unknown", "unknown-8bit", "x-unknown"),
        *("utf-8", "utf8", "utf_8", "utf8mb4", "cp65001", "unicode-1-1-utf-8"),
    )
)

_ALIASES = {
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "l1": "cp1252",
    "ansi": "cp1252",
    "windows-1252": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "x-gbk": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "big5": "cp950",
    "x-x-big5": "cp950",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "ksc5601": "cp949",
    "ksc_5601": "cp949",
    "windows-949": "cp949",
    "iso-2022-kr": "iso2022_kr",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "x-euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "macintosh": "mac_roman",
    "x-mac-roman": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "unicode-1-1-utf-7": "utf-7",
    "x-utf-7": "utf-7",
}

# Text encodings of Python that are none in mail, and could be slow or surprising on hostile octets.
_REFUSED = frozenset(("idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"))
# Octets that are valid UTF-8 were never meant as these: "Ã©" is not how people write.
_WESTERN = frozenset(("cp1252", "cp1254", "iso8859-15", "iso8859-2", "cp1250", "mac-roman", "cp850", "cp437"))


@dataclass(frozen=True, slots=True)
class Decoded:
    """problem: "" or the code of what was wrong, for people."""

    text: str
    problem: str = ""


def decode(octets: bytes, label: str = "") -> Decoded:
    """The text of these octets. label: the declared charset, "" when none; wrong and unknown ones are tolerated.

    Undeclared octets are UTF-8, or else windows-1252. Never raises; what cannot be decoded becomes U+FFFD.
    """
    name = _normalise(label)
    if name in _UNDECLARED:
        return _guess(octets, declared=name.startswith(("utf", "cp65001")))
    codec = _codec(_ALIASES.get(name, name))
    if codec is None:
        return Decoded(_guess(octets, declared=False).text, "mail.charset_unknown")
    if codec in _WESTERN and not octets.isascii():
        try:
            return Decoded(octets.decode("utf-8"), "mail.charset_wrong")
        except UnicodeDecodeError:
            pass
    try:
        return Decoded(octets.decode(codec))
    except UnicodeError:
        return Decoded(octets.decode(codec, "replace"), "" if codec == "cp1252" else "mail.charset_wrong")


def _normalise(label: str) -> str:
    found = _LABEL.search(_NOT_A_LABEL.sub(" ", label.lower().removeprefix("charset=")))
    return found.group() if found else ""


def _codec(name: str) -> str | None:
    """Python's canonical name, None when it has no such text encoding."""
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    # The attribute is how CPython itself keeps base64, zlib and rot13 out of bytes.decode.
    is_text = getattr(info, "_is_text_encoding", True)
    return None if not is_text or info.name.replace("-", "_") in _REFUSED else info.name


def _guess(octets: bytes, *, declared: bool) -> Decoded:
    try:
        return Decoded(octets.decode("utf-8-sig" if octets.startswith(codecs.BOM_UTF8) else "utf-8"))
    except UnicodeDecodeError:
        pass
    if octets.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Decoded(octets.decode("utf-16", "replace"), "mail.charset_wrong")
    tolerant = octets.decode("utf-8", "replace")
    # Mostly good UTF-8 with a broken spot (a cut line, a bad relay) stays UTF-8; otherwise it never was.
    broken = tolerant.count("\ufffd")
    good = sum(1 for character in tolerant[:100_000] if character > "\x7f") - broken
    if good > 2 * broken:
        return Decoded(tolerant, "mail.charset_wrong")
    return Decoded(octets.decode("cp1252", "replace"), "mail.charset_wrong" if declared else "mail.charset_missing")
