"""What stands before the items of lists: of HTML, and of Word, whose lists are paragraphs."""

import re
from dataclasses import dataclass
from typing import Final

from repondeur.mail.html_hidden import Attributes

BULLET: Final = "* "
_MAX_NUMBER = 100_000
# The bullets of Symbol, Wingdings and Courier New, read as letters.
_WORD_ITEM = re.compile(
    r"(\s*)(?:([·•▪■◦○‣⁃§Øüvo§\uf0b7\uf0a7\uf0d8\uf0fc–-])|(\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]))\s{1,40}"
)
_LEVEL = re.compile(r"\blevel([1-9])\b")
_ROMAN: Final = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


@dataclass(slots=True)
class Counter:
    """Of one list. kind: as in the type attribute of ol; "" for bullets."""

    kind: str = ""
    number: int = 1

    @classmethod
    def of(cls, tag: str, attributes: Attributes) -> "Counter":
        if tag != "ol":
            return cls()
        start = _integer(attributes.get("start"))
        kind = attributes.get("type") or "1"
        return cls(kind if kind in "1aAiI" else "1", 1 if start is None else start)

    def next_bullet(self, value: str | None) -> str:
        """value: the attribute of the item."""
        if not self.kind:
            return BULLET
        given = _integer(value)
        number = self.number if given is None else given
        self.number = number + 1
        return f"{_written(number, self.kind)}. "


def _integer(value: str | None) -> int | None:
    text = (value or "").strip()
    return int(text) if re.fullmatch(r"-?[0-9]{1,5}", text) and abs(int(text)) < _MAX_NUMBER else None


def _written(number: int, kind: str) -> str:
    if kind in "aA" and 0 < number <= 26:
        letter = chr(ord("a") + number - 1)
    elif kind in "iI" and 0 < number < 100:
        letter = _roman(number)
    else:
        return str(number)
    return letter.upper() if kind.isupper() else letter


def _roman(number: int) -> str:
    result = ""
    for value, letters in _ROMAN:
        while number >= value:
            result += letters
            number -= value
    return result


def is_word_item(attributes: Attributes, style: str) -> bool:
    return "mso-list" in style or "MsoList" in (attributes.get("class") or "")


def word_item(line: str, style: str) -> str:
    """A paragraph that Word shows as an item of a list: "·       text" as "* text", indented by its level."""
    found = _WORD_ITEM.match(line)
    if not found:
        return line
    level = _LEVEL.search(style)
    indent = "  " * (int(level.group(1)) - 1 if level else 0)
    return f"{indent}{found.group(3) or BULLET.strip()} {line[found.end() :]}"
