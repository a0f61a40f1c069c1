"""Content-Transfer-Encoding undone (RFC 2045, 6), tolerantly: bad input gives what can be had, never an error."""

import binascii
import re
from collections.abc import Callable

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_ONLY_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/=]*[ \t]*\r?\n)*[A-Za-z0-9+/=]*[ \t]*")
_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} [^\r\n]*\r?\n", re.MULTILINE)


def undo(octets: bytes, encoding: str) -> bytes:
    """encoding: the value of Content-Transfer-Encoding; unknown ones mean "as it is"."""
    decode = _DECODERS.get(_name(encoding))
    return decode(octets) if decode else octets


def changes(encoding: str) -> bool:
    """Whether undo does anything for this encoding."""
    return _name(encoding) in _DECODERS


def base64(octets: bytes) -> bytes:
    """Every character outside the alphabet is skipped (RFC 2045, 6.8). Padding may be missing, or stand in the middle
    where two encoded texts were joined; but what follows it in other characters is a footer that a list added."""
    end = octets.find(b"=")
    if end != -1 and not _ONLY_BASE64.fullmatch(octets, end):
        octets = octets[:end]
    clean = _NOT_BASE64.sub(b"", octets)
    return b"".join(_base64_run(run) for run in clean.split(b"=") if run)


def _base64_run(run: bytes) -> bytes:
    # One left-over character holds six bits: no octet.
    usable = run[:-1] if len(run) % 4 == 1 else run
    return binascii.a2b_base64(usable + b"=" * (-len(usable) % 4))


def uuencoded(octets: bytes) -> bytes:
    begin = _UU_BEGIN.search(octets)
    # 25 MB of honest lines, which hold 45 octets each.
    lines = octets[begin.end() if begin else 0 :].split(b"\n", 600_000)[:600_000]
    return b"".join(_uu_lines(lines))


def _uu_lines(lines: list[bytes]) -> list[bytes]:
    decoded = []
    for line in lines:
        if not line.strip():
            continue
        if line.strip() == b"end":
            break
        try:
            decoded.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Some encoders write more characters than the length octet says: trust the length.
            count = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                decoded.append(binascii.a2b_uu(line[:count]))
            except binascii.Error:
                continue
    return decoded


def _name(encoding: str) -> str:
    return re.split(r"[;(]", encoding, maxsplit=1)[0].strip("\"' ").lower()


_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    **dict.fromkeys(("base64", "b", "base-64"), base64),
    **dict.fromkeys(("quoted-printable", "quotedprintable", "qp", "q"), binascii.a2b_qp),
    **dict.fromkeys(("x-uuencode", "uuencode", "x-uue", "uue"), uuencoded),
}
