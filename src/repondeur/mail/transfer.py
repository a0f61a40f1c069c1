"""Content-Transfer-Encoding undone (RFC 2045, 6), tolerantly: bad input gives what can be had, never an error."""

import binascii
import re

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} [^\r\n]*\r?\n", re.MULTILINE)


def undo(octets: bytes, encoding: str) -> bytes:
    """encoding: the value of Content-Transfer-Encoding; unknown ones mean "as it is"."""
    match _name(encoding):
        case "base64" | "b":
            return base64(octets)
        case "quoted-printable" | "quotedprintable" | "q" | "qp":
            return binascii.a2b_qp(octets)
        case "x-uuencode" | "uuencode" | "x-uue" | "uue":
            return uuencoded(octets)
        case _:
            return octets


def base64(octets: bytes) -> bytes:
    """Every character outside the alphabet is skipped (RFC 2045, 6.8); padding may be missing or in the middle."""
    clean = _NOT_BASE64.sub(b"", octets)
    return b"".join(_base64_run(run) for run in clean.split(b"=") if run)


def _base64_run(run: bytes) -> bytes:
    # One left-over character holds six bits: no octet.
    usable = run[:-1] if len(run) % 4 == 1 else run
    return binascii.a2b_base64(usable + b"=" * (-len(usable) % 4))


def uuencoded(octets: bytes) -> bytes:
    begin = _UU_BEGIN.search(octets)
    lines = octets[begin.end() if begin else 0 :].splitlines()
    return b"".join(_uu_lines(lines))


def _uu_lines(lines: list[bytes]) -> list[bytes]:
    decoded = []
    for line in lines:
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
    return encoding.strip().strip("\"'").split(";")[0].split("(")[0].strip().lower()
