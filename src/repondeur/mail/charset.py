"""Octets to text, whatever the label says.

Labels follow the WHATWG Encoding Standard where the two differ from Python's (latin-1 means windows-1252, gb2312
means gb18030): that is what mail programs meant and what people saw when they wrote.
"""

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass

from repondeur.mail import iso2022
from repondeur.mail.charset_guess import cyrillic, likely_charset
from repondeur.mail.charset_names import UNDECLARED, codec_of, normalised

# Octets that are valid UTF-8 were never meant as these: "Ã©" is not how people write.
_WESTERN = frozenset(("cp1252", "cp1254", "iso8859-15", "iso8859-2", "cp1250", "mac-roman", "cp850", "cp437"))
_CYRILLIC = frozenset(("cp1251", "koi8-r", "koi8-u", "iso8859-5"))
_SAME_LETTERS = {"koi8-u": "koi8-r"}
_WIDE = frozenset(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"))
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The controls U+0080 to U+009F are no text: a program took windows-1252 for Latin-1 on the way.
_C1 = re.compile("[\x80-\x9f]")
_C1_MEANT = {code: bytes((code,)).decode("cp1252", "ignore") or None for code in range(0x80, 0xA0)}
_TWICE = re.compile("[\xc2-\xf4][\x80-\xbf\u0152-\u2122]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """problem: "" or the code of what was wrong, for people."""

    text: str
    problem: str = ""


def decode(octets: bytes, label: str = "", hint: str = "") -> Decoded:
    """The text of these octets. label: the declared charset, "" when none; wrong and unknown ones are tolerated.

    Undeclared octets are UTF-8, or else what `hint` names (the charset of the text near by), or what their pattern
    shows, or else windows-1252. Never raises; what cannot be decoded becomes U+FFFD.
    """
    if not label and octets.isascii() and b"\x1b" not in octets and b"\x00" not in octets:
        return Decoded(octets.decode("ascii"))
    name = normalised(label)
    if octets.isascii() and b"\x00" not in octets and (name in UNDECLARED or name in _PLAIN):
        return _japanese(octets) if iso2022.has_escapes(octets) else Decoded(octets.decode("ascii"))
    decoded = _decode(octets, name, hint)
    if _C1.search(decoded.text):
        return Decoded(decoded.text.translate(_C1_MEANT), decoded.problem)
    return decoded


def _decode(octets: bytes, name: str, hint: str) -> Decoded:
    if name in UNDECLARED:
        return _guess(octets, hint, declared=name.startswith(("utf", "cp65001")))
    codec = codec_of(name)
    if codec is None:
        return Decoded(_guess(octets, hint, declared=False).text, "mail.charset_unknown")
    if codec.startswith("iso2022_jp"):
        return _japanese(octets)
    if codec in _WIDE:
        return _wide(octets, codec)
    if codec in _WESTERN or codec in _CYRILLIC:
        return _single(octets, codec)
    if codec == "cp932" and likely_charset(octets) == "euc_jp":
        # It would read as well, as half-width katakana that say nothing.
        return Decoded(octets.decode("euc_jp", "replace"), "mail.charset_wrong")
    try:
        return Decoded(octets.decode(codec))
    except UnicodeError:
        return _wrong(octets, codec)


def _single(octets: bytes, codec: str) -> Decoded:
    """A charset of one octet a character, in which nearly all octets mean something."""
    try:
        return Decoded(octets.decode("utf-8"), "mail.charset_wrong")
    except UnicodeDecodeError:
        pass
    labelled = _SAME_LETTERS.get(codec, codec)
    meant = cyrillic(octets, labelled) if codec in _CYRILLIC else ""
    if meant not in ("", labelled):
        return Decoded(octets.decode(meant, "replace"), "mail.charset_wrong")
    return Decoded(octets.decode(codec, "replace"))


def _wrong(octets: bytes, codec: str) -> Decoded:
    """Octets that are not in the charset of their label: another one if all of them are in it, else as labelled."""
    for other in ("utf-8", "big5hkscs") if codec == "cp950" else ("utf-8",):
        try:
            return Decoded(octets.decode(other), "" if other == "big5hkscs" else "mail.charset_wrong")
        except UnicodeDecodeError:
            continue
    if codec == "utf-7":
        return Decoded(_guess(octets, "", declared=True).text, "mail.charset_wrong")
    tolerant = octets.decode(codec, "replace")
    if 20 * tolerant.count("\ufffd") > len(tolerant):
        tolerant = octets.decode(likely_charset(octets) or codec, "replace")
    return Decoded(tolerant, "mail.charset_wrong")


def _japanese(octets: bytes) -> Decoded:
    if octets.isascii():
        return Decoded(iso2022.decode(octets))
    if iso2022.has_escapes(octets):
        return Decoded(iso2022.decode(octets), "mail.charset_wrong")
    return Decoded(_first_that_reads(octets, ("utf-8", likely_charset(octets) or "cp932")), "mail.charset_wrong")


def _first_that_reads(octets: bytes, names: tuple[str, ...]) -> str:
    """The last of the charsets gets the octets whether they are in it or not."""
    for codec in names[:-1]:
        try:
            return octets.decode(codec)
        except UnicodeDecodeError:
            continue
    return octets.decode(names[-1], "replace")


def _wide(octets: bytes, codec: str) -> Decoded:
    """UTF-16 and UTF-32. Without a byte order mark the NULs of spaces and line breaks tell the order."""
    if marked := _marked(octets):
        return Decoded(octets.decode(marked, "replace"))
    if b"\x00" not in octets:
        try:
            return Decoded(octets.decode("utf-8"), "mail.charset_wrong" if octets else "")
        except UnicodeDecodeError:
            pass
    if codec == "utf-16":
        codec = "utf-16-le" if _nuls(octets, 1) > _nuls(octets, 0) else "utf-16-be"
    return Decoded(octets.decode(codec, "replace"))


def _marked(octets: bytes) -> str:
    return next((codec for mark, codec in _BOMS if octets.startswith(mark)), "")


def _nuls(octets: bytes, parity: int) -> int:
    return octets[parity:4000:2].count(0)


def _guess(octets: bytes, hint: str, *, declared: bool) -> Decoded:
    wrong = "mail.charset_wrong"
    if marked := _marked(octets):
        return Decoded(octets.decode(marked, "replace"), wrong)
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    else:
        if "\x00" in text and (order := _unmarked(octets)):
            return Decoded(octets.decode(order, "replace"), wrong)
        return _once(text)
    if iso2022.has_escapes(octets):
        return _japanese(octets)
    # Mostly good UTF-8 with a broken spot (a cut line, a bad relay) stays UTF-8; otherwise it never was.
    tolerant = octets.decode("utf-8", "replace")
    broken = tolerant.count("\ufffd")
    good = sum(1 for character in tolerant[:100_000] if character > "\x7f") - broken
    if good > 2 * broken:
        return Decoded(octets.decode("utf-8", _ODD_OCTETS), wrong)
    if order := _unmarked(octets):
        return Decoded(octets.decode(order, "replace"), wrong)
    if hint and (known := _hinted(octets, hint)) is not None:
        return Decoded(known, wrong if declared else "mail.charset_missing")
    codec = likely_charset(octets) or "cp1252"
    return Decoded(octets.decode(codec, "replace"), wrong if declared else "mail.charset_missing")


def _hinted(octets: bytes, hint: str) -> str | None:
    name = normalised(hint)
    codec = None if name in UNDECLARED else codec_of(name)
    if codec is None or codec in _WIDE or codec.startswith(("iso2022", "utf", "hz")):
        return None
    try:
        return octets.decode(codec)
    except UnicodeError:
        return None


def _unmarked(octets: bytes) -> str:
    """UTF-16 of mostly ASCII that nothing announces: every other octet is NUL."""
    half = min(len(octets), 4000) // 2
    for parity, order in ((1, "utf-16-le"), (0, "utf-16-be")):
        if half >= 4 and 10 * _nuls(octets, parity) >= 7 * half and not _nuls(octets, 1 - parity):
            return order
    return ""


def _once(text: str) -> Decoded:
    """Text that was taken for windows-1252 and encoded a second time ("dÃ©jÃ " for "déjà"), as it was before: only
    when all of it shows the pattern, which nobody writes by chance."""
    if not _TWICE.search(text):
        return Decoded(text)
    try:
        octets = b"".join(map(_octet, text))
        return Decoded(octets.decode("utf-8"), "mail.charset_wrong")
    except UnicodeError:
        return Decoded(text)


def _octet(character: str) -> bytes:
    return bytes((ord(character),)) if character < "\xa0" else character.encode("cp1252")


def _odd_octets(error: UnicodeError) -> tuple[str, int]:
    """A line of Latin-1 between lines of UTF-8: its octets as windows-1252. A cut character stays unknown: one at the
    end, or one that begins like others do."""
    if not isinstance(error, UnicodeDecodeError) or error.reason == "unexpected end of data":
        return "\ufffd", getattr(error, "end", 1)
    if error.object.count(error.object[error.start], max(0, error.start - _BEFORE), error.start) > 1:
        return "\ufffd", error.end
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


_BEFORE = 200  # octets that are looked at
_ODD_OCTETS = "repondeur.odd_octets"
_handler: Callable[[UnicodeError], tuple[str | bytes, int]] = _odd_octets
codecs.register_error(_ODD_OCTETS, _handler)
# Charsets in which ASCII octets are ASCII, so that nothing needs to be looked up.
_PLAIN = frozenset(("iso-8859-1", "iso-8859-15", "windows-1252", "latin1", "iso-8859-2", "windows-1250"))
