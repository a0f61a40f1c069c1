"""Encoded words (RFC 2047), as programs really write them: cut, nested, unclosed, with spaces, wrongly labelled.

Linear in the length of a field, which has a limit of its own.
"""

import re

from repondeur.mail import charset, transfer
from repondeur.mail.charset_names import codec_of, normalised

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x80-\x9f\u2028\u2029\ud800-\udfff]+")
_WORD_START = re.compile(r"=\? ?([^?\s=<>()@,;*]{0,60})(?:\*[\w-]{0,40})? ?\? ?([bBqQ]) ?\?")
_GOES_ON = re.compile(r"[0-9A-F]{2}[^\s?]{0,75}\?=")
_ESCAPED_OCTET = re.compile(rb"=([0-9A-Fa-f]{2})")
_ESCAPED = re.compile(r"=[0-9A-F]{2}")
_BASE64_TEXT = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_NOT_BLANK = re.compile(r"[^\s?]*")
# Charsets with states: each word begins anew (RFC 2047, 3), so they are decoded one by one.
_WITH_STATES = ("iso-2022", "iso2022", "utf-7", "utf-16", "hz")


def clean(text: str) -> str:
    """Without control characters and line separators: each run of them becomes one space."""
    return _CONTROL.sub(" ", text)


def decode_words(value: str) -> str:
    """The value with its encoded words decoded, wherever they stand, and without control characters.

    White space between neighbours is dropped (6.2); neighbours of one charset are joined before decoding, because
    programs split characters in two. A word that was encoded twice is decoded twice.
    """
    if "=?" not in value:
        return clean(value).strip()
    once = _decode(value)
    return clean(_decode(once) if "=?" in once else once).strip()


def _decode(value: str) -> str:
    pieces: list[str] = []
    label = ""
    words: list[tuple[str, str]] = []  # neighbours of one charset: encoding, text
    position = 0
    while found := _WORD_START.search(value, position):
        text, following = _text(value, found.end(), found.group(2).upper())
        gap = value[position : found.start()]
        name = normalised(found.group(1))
        if gap.strip() or name != label or not words:
            pieces += [_join(words, label), gap if gap.strip() or not words else ""]
            words = []
        label = name
        words.append((found.group(2).upper(), text))
        position = following
    return "".join([*pieces, _join(words, label), value[position:]])


def _text(value: str, start: int, encoding: str) -> tuple[str, int]:
    """The encoded text that begins at `start`, and where the value goes on behind its end."""
    end = value.find("?=", start)
    while encoding == "Q" and end != -1 and (further := _GOES_ON.match(value, end + 2)):
        # "Really?=20yes?=": a question mark that was left as it is, and an escape sequence.
        end = further.end() - 2
    inner = _WORD_START.search(value, start, end if end != -1 else len(value))
    if end != -1 and inner is None:
        return value[start:end], end + 2
    # Never closed: up to the next word, or to the next space.
    horizon = inner.start() if inner else len(value)
    pattern = _BASE64_TEXT if encoding == "B" else _NOT_BLANK
    found = pattern.match(value, start, horizon)
    stop = found.end() if found else start
    following = stop + 1 if value[stop : stop + 1] == "?" else stop
    return value[start:stop], following


def _join(words: list[tuple[str, str]], label: str) -> str:
    if label.startswith(_WITH_STATES):
        return "".join(charset.decode(_octets(encoding, text, label), label).text for encoding, text in words)
    joined: list[tuple[str, str]] = []
    for encoding, text in words:
        if joined and joined[-1][0] == encoding == "B" and len(joined[-1][1]) % 4 and not joined[-1][1].endswith("="):
            # Base64 that was cut anywhere, not only between groups of four.
            joined[-1] = ("B", joined[-1][1] + text)
        else:
            joined.append((encoding, text))
    octets = b"".join(_octets(encoding, text, label) for encoding, text in joined)
    return charset.decode(octets, label).text


def _octets(encoding: str, text: str, label: str) -> bytes:
    octets = text.encode("utf-8" if text.isascii() else codec_of(label) or "utf-8", "replace")
    if encoding == "B" and not (_ESCAPED.search(text) and not _BASE64_TEXT.fullmatch(text)):
        return transfer.base64(octets)
    return _ESCAPED_OCTET.sub(_unescaped, octets.replace(b"_", b" "))


def _unescaped(found: re.Match[bytes]) -> bytes:
    return bytes((int(found[1], 16),))
