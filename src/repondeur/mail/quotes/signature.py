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
    end = _delimiter(lines, first)
    start = _device_start(lines, len(lines) if end is None else end, first)
    return start if start < len(lines) else None


def _delimiter(lines: list[str], first: int) -> int | None:
    """The topmost delimiter with little enough below it; looked for from the end."""
    found = None
    filled = characters = 0
    for index in range(len(lines) - 1, first, -1):
        line = lines[index].strip()
        if is_delimiter(lines[index]):
            found = index
        if line.startswith(">"):
            break
        filled += bool(line)
        characters += len(line)
        if filled > _MAX_LINES + 1 or characters > _MAX_CHARACTERS:
            break
    return found


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


def is_delimiter(line: str) -> bool:
    return bool(_DELIMITER.fullmatch(line))


def is_device_line(line: str) -> bool:
    return len(line) < 400 and bool(words().device.fullmatch(line))
