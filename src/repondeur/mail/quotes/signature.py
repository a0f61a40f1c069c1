"""What stands under a mail: the block below "-- " (RFC 3676, 4.3), and lines like "Envoyé de mon iPhone".

Closing words and a name ("Cordialement, Anne") stay with the text: the author wrote them now.
"""

import re

from repondeur.mail.quotes import words

_DELIMITER = re.compile(r"[ \t]?(?:--|—|––|_{2,})[ \t]*")
_MAX_LINES = 12
_MAX_CHARACTERS = 1200


def signature_start(lines: list[str]) -> int | None:
    """The line at which the signature begins, None when there is none. Something must stand above it.

    A delimiter counts only when what follows is short and not a quote: longer texts below a line of dashes are text.
    """
    first = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    for index in range(first + 1, len(lines)):
        if _DELIMITER.fullmatch(lines[index]) and _is_short(lines[index + 1 :]):
            return _device_start(lines, index, first)
    start = _device_start(lines, len(lines), first)
    return start if start < len(lines) and any(line.strip() for line in lines[start:]) else None


def _is_short(rest: list[str]) -> bool:
    filled = [line for line in rest if line.strip()]
    if len(filled) > _MAX_LINES or sum(map(len, filled)) > _MAX_CHARACTERS:
        return False
    return not any(line.startswith(">") for line in filled)


def _device_start(lines: list[str], end: int, first: int) -> int:
    """`end`, moved up over lines that a device added, and over the blank lines between."""
    start = end
    for index in range(end - 1, first, -1):
        line = lines[index].strip()
        if not line:
            continue
        if not is_device_line(line):
            break
        start = index
    return start


def is_device_line(line: str) -> bool:
    return len(line) < 400 and bool(words().device.fullmatch(line))
