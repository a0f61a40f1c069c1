"""Content-Transfer-Encoding undone (RFC 2045, 6), tolerantly: bad input gives what can be had, never an error."""

import binascii
import re
from collections.abc import Callable

from repondeur.mail import uuencode

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_NOT_BASE64 = bytes(set(range(256)) - set(_ALPHABET))
_ONLY_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/=]*[ \t]*\r?\n)*[A-Za-z0-9+/=]*[ \t]*")
_NO_LINE_OF_BASE64 = re.compile(rb"(?<=[A-Za-z0-9+/=]\n)[A-Za-z0-9+/=]*[^A-Za-z0-9+/=\r\n]")
_SOFT_BREAK = re.compile(rb"=[ \t]+(?=\r?\n|\Z)")
_NOT_LETTERS = re.compile(r"[^a-z0-9]")
_ESCAPED = re.compile(rb"=[0-9A-Fa-f]{2}|=\r?\n")
# What only an encoder writes: an escaped equals sign, blank or line break.
_SURELY_ESCAPED = re.compile(rb"=(?:3D|20|\r?\n)")
_HIGH_ESCAPED = re.compile(rb"=[89A-Fa-f][0-9A-Fa-f]")
# A whole body of base64: full lines of one length, and a last one.
_BODY_OF_BASE64 = re.compile(rb"\s*(?:[A-Za-z0-9+/]{56,76}\r?\n)*[A-Za-z0-9+/]{4,76}={0,2}\s*")
# Octets of no text in any charset of mail but UTF-16 and UTF-32.
_NO_TEXT = re.compile(rb"[\x00-\x06\x10-\x1a\x1c-\x1f\x7f]")
_SAMPLE = 4096


def undo(octets: bytes, encoding: str) -> bytes:
    """encoding: the value of Content-Transfer-Encoding; unknown ones mean "as it is"."""
    decode = _DECODERS.get(_name(encoding))
    return decode(octets) if decode else octets


def undo_text(octets: bytes, encoding: str, charset: str = "") -> bytes:
    """The same for a part that is shown as text, where a wrong encoding can be told: what it gives would be no text."""
    name = _name(encoding)
    decode = _DECODERS.get(name)
    if decode is base64:
        return _not_base64(octets, charset)
    if decode is quoted_printable:
        whole = base64(octets) if _looks_base64(octets) else b""
        return whole if _is_text(whole) else quoted_printable(octets)
    if decode:
        return decode(octets)
    return _undeclared(octets, stated=name in ("8bit", "8bits", "binary"))


def changes(encoding: str) -> bool:
    """Whether undo does anything for this encoding."""
    return _name(encoding) in _DECODERS


def base64(octets: bytes) -> bytes:
    """Every character outside the alphabet is skipped (RFC 2045, 6.8). Padding may be missing, or stand in the middle
    where two encoded texts were joined; but what follows it in other characters is a footer that a list added."""
    end = octets.find(b"=")
    if end != -1 and not _ONLY_BASE64.fullmatch(octets, end):
        octets = octets[:end]
    clean = octets.translate(None, _NOT_BASE64)
    return b"".join(_base64_run(run) for run in clean.split(b"=") if run)


def _base64_run(run: bytes) -> bytes:
    # One left-over character holds six bits: no octet.
    usable = run[:-1] if len(run) % 4 == 1 else run
    return binascii.a2b_base64(usable + b"=" * (-len(usable) % 4))


def quoted_printable(octets: bytes) -> bytes:
    """Lower-case digits count, and white space behind a soft line break is none of the text (RFC 2045, 6.7)."""
    if b"= " in octets or b"=\t" in octets:
        octets = _SOFT_BREAK.sub(b"=", octets)
    if b"=\r" in octets:
        octets = octets.replace(b"=\r\n", b"").replace(b"=\r", b"=3D\r")
    return binascii.a2b_qp(octets)


def _not_base64(octets: bytes, charset: str) -> bytes:
    """Text that is called base64 and may be none."""
    decoded = base64(octets)
    wide = charset.lower().startswith(("utf-16", "utf-32", "utf16", "ucs", "unicode"))
    if wide or (_ONLY_BASE64.fullmatch(octets[:_SAMPLE]) and not _NO_TEXT.search(decoded[:_SAMPLE])):
        return decoded
    sample = octets[:_SAMPLE]
    if _is_text(decoded) and 4 * len(sample.translate(None, _NOT_BASE64)) > 3 * len(b"".join(sample.split())):
        return decoded
    if (footer := _NO_LINE_OF_BASE64.search(octets)) and _is_text(above := base64(octets[: footer.start()])):
        return above
    if _HIGH_ESCAPED.search(sample):
        return quoted_printable(octets)
    words = sample.split()
    longest = max(map(len, words), default=0)
    # A body of base64 has long lines and no words; without them it was never encoded.
    return octets if longest < 40 and not _NO_TEXT.search(sample) else decoded


def _undeclared(octets: bytes, *, stated: bool) -> bytes:
    """Text under no encoding, or under one that is no name: encoded all the same when all of it shows it."""
    sample = octets[: 8 * _SAMPLE]
    if not stated and octets.isascii() and _SURELY_ESCAPED.search(sample) and _HIGH_ESCAPED.search(sample):
        decoded = quoted_printable(octets)
        if _is_text(decoded) and len(_ESCAPED.findall(sample)) >= sample.count(b"=") - 1:
            return decoded
    if len(octets) >= 60 and _looks_base64(octets):
        decoded = base64(octets)
        return decoded if _is_text(decoded) else octets
    return octets


def _looks_base64(octets: bytes) -> bool:
    """No words, no punctuation, both cases, and lines of base64: seldom text by chance."""
    sample = octets[:_SAMPLE]
    if len(sample.strip()) < 20 or b" " in sample.strip() or sample.islower() or sample.isupper():
        return False
    return bool(_BODY_OF_BASE64.fullmatch(octets))


def _is_text(octets: bytes) -> bool:
    """UTF-8 without control characters, at least at its beginning."""
    sample = octets[:_SAMPLE]
    if not sample or _NO_TEXT.search(sample):
        return False
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(sample) - 4 and len(octets) > len(sample)
    return True


def _name(encoding: str) -> str:
    """ "Quoted/Printable; x" is quotedprintable."""
    return _NOT_LETTERS.sub("", re.split(r"[;(,]", encoding, maxsplit=1)[0].lower())


_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    **dict.fromkeys(("base64", "b", "xbase64", "base64encoded", "64base"), base64),
    **dict.fromkeys(("quotedprintable", "quotedprintible", "quotedprintable7bit", "qp", "q"), quoted_printable),
    **dict.fromkeys(("xuuencode", "uuencode", "xuue", "uue", "uuencoded", "xuuencoded"), uuencode.decode),
}
