"""Names of charsets as mail programs write them (IANA's registry, the WHATWG Encoding Standard, and plain mistakes)."""

import codecs
import re

_LABEL = re.compile(r"[a-z0-9._:+-]{1,40}")
_NOT_A_LABEL = re.compile(r"[^a-z0-9._:+-]")
# A known name inside an unknown one: "utf-8-mac", "windows-1252http-equiv", "x-cp1251".
_FAMILY = re.compile(
    r"(utf)-?_?(8|7|16le|16be|16)|(8859)[-_]?(\d{1,2})|(?:windows|win|cp|ibm|dos)[-_]?(\d{3,4})|(koi8)-?([ru])"
)

# Names that say nothing; then the octets speak for themselves.
UNDECLARED = frozenset(
    (
        *("", "us-ascii", "ascii", "ansi_x3.4-1968", "646", "iso646-us", "none", "binary", "8bit", "7bit"),
        *("default", "unknown", "unknown-8bit", "x-unknown", "x-user-defined", "undefined", "charset"),
        *("utf-8", "utf8", "utf_8", "utf8mb4", "utf8mb3", "utf", "cp65001", "unicode-1-1-utf-8", "x-unicode20utf8"),
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
    "unicode": "utf-16",
    "ucs-2": "utf-16",
    "iso-10646-ucs-2": "utf-16",
    "ksc5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "korean": "cp949",
    "big5-hkscs": "big5hkscs",
    "chinese": "gb18030",
    "cn-gb": "gb18030",
    "hz-gb-2312": "hz",
    "ms_kanji": "cp932",
    "iso-2022-jp-1": "iso2022_jp_ext",
    "iso-2022-jp-2": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "cyrillic": "iso8859-5",
    "thai": "cp874",
    "mac": "mac_roman",
    "iso-8559-1": "cp1252",
    "iso-8859-1-windows-3.1-latin-1": "cp1252",
    "dos-874": "cp874",
}

# Text encodings of Python that are none in mail, and could be slow or surprising on hostile octets.
_REFUSED = frozenset(("idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"))


def normalised(label: str) -> str:
    """A charset's label in lower case, without what surrounds it: quotes, parameters, a second "charset="."""
    found = _LABEL.search(_NOT_A_LABEL.sub(" ", label.lower().replace("charset=", " ")))
    return found.group() if found else ""


def codec_of(name: str) -> str | None:
    """Python's canonical name for a normalised label; None when it has no such text encoding."""
    return _codec(_ALIASES.get(name, name)) or _codec(_family(name))


def _family(name: str) -> str:
    found = _FAMILY.search(name)
    if not found:
        return ""
    groups = [group for group in found.groups() if group]
    known = {"utf": "utf-", "8859": "iso-8859-", "koi8": "koi8-"}
    joined = known[groups[0]] + groups[1] if groups[0] in known else f"cp{groups[0]}"
    return _ALIASES.get(joined, joined)


def _codec(name: str) -> str | None:
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    # The attribute is how CPython itself keeps base64, zlib and rot13 out of bytes.decode.
    is_text = getattr(info, "_is_text_encoding", True)
    return None if not is_text or info.name.replace("-", "_") in _REFUSED else info.name
