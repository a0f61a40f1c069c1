"""ISO-2022-JP as it is really written (RFC 1468 and what Windows programs add to it).

Python's codecs refuse the characters that NEC and IBM added (①, ㈱, 髙), so each stretch between two escape sequences
is moved to Shift JIS, where windows-31j knows them all.
"""

import re

# Of several in a row the last one counts.
_ESCAPE = re.compile(rb"(?:\x1b(\$@|\$B|\$\(D|\(I|\(B|\(J|\(H))+")
# No text changes so often; the codec of the standard library is faster, and knows less.
_MANY_ESCAPES = 50_000
_TWO_OCTETS = (b"$@", b"$B")


def has_escapes(octets: bytes) -> bool:
    """Whether Japanese is announced by an escape sequence in these octets."""
    return b"\x1b$B" in octets or b"\x1b$@" in octets or b"\x1b(I" in octets


def decode(octets: bytes) -> str:
    """What is in no character set becomes U+FFFD. Linear; never raises."""
    if octets.count(b"\x1b") > _MANY_ESCAPES:
        return octets.decode("iso2022_jp_ext", "replace")
    pieces = _ESCAPE.split(octets)
    text = [pieces[0].decode("cp932", "replace")]
    for escape, stretch in zip(pieces[1::2], pieces[2::2], strict=True):
        if escape in _TWO_OCTETS:
            text.append(_two_octets(stretch))
        elif escape == b"$(D":
            text.append(re.sub(rb"([\x21-\x7e])([\x21-\x7e])", _supplementary, stretch).decode("euc_jp", "replace"))
        elif escape == b"(I":
            text.append(
                bytes(octet | 0x80 if 0x21 <= octet <= 0x5F else octet for octet in stretch).decode("cp932", "replace")
            )
        else:
            text.append(stretch.decode("cp932", "replace"))
    return "".join(text)


def _two_octets(stretch: bytes) -> str:
    # A line break ends the stretch in the standard; programs forget to come back and to announce it again.
    lines = re.split(rb"([\x00-\x20]+)", stretch)
    return "".join(
        line.decode("ascii") if index % 2 else b"".join(_shift_jis(line)).decode("cp932", "replace")
        for index, line in enumerate(lines)
    )


def _shift_jis(line: bytes) -> list[bytes]:
    moved = []
    for row, cell in zip(line[::2], line[1::2], strict=False):
        if not (0x21 <= row <= 0x7E and 0x21 <= cell <= 0x7E):
            moved.append(bytes((row, cell)))
            continue
        lead = (row - 0x21) // 2 + (0x81 if row < 0x5F else 0xC1)
        trail = cell + 0x7E if row % 2 == 0 else cell + (0x1F if cell < 0x60 else 0x20)
        moved.append(bytes((lead, trail)))
    return moved


def _supplementary(pair: re.Match[bytes]) -> bytes:
    return bytes((0x8F, pair[1][0] | 0x80, pair[2][0] | 0x80))
