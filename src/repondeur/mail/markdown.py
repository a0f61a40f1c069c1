"""Markdown as the plain text of a letter. Pure and linear; never raises.

Models write Markdown whether asked for it or not, and people keep what they know in it; mail is text/plain. What is
said stays word for word: only marks go. Source: CommonMark; tables as in GitHub Flavored Markdown.
"""

import re
from itertools import groupby, zip_longest
from typing import Final

from repondeur.words.sentences import guess_language

_FENCE: Final = re.compile(r"^ {0,3}(?:```|~~~)[^\n`]{0,100}$\n?", re.MULTILINE)
_RULE: Final = re.compile(r"^ {0,3}(?:(?:- *){3,}|(?:\* *){3,}|(?:_ *){3,})$", re.MULTILINE)
_HEADING: Final = re.compile(r"^ {0,3}#{1,6} +(.*?)(?: +#+)? *$", re.MULTILINE)
# "+" stays: before a sum it adds one, whatever it is in Markdown.
_BULLET: Final = re.compile(r"^( {0,12})\* +", re.MULTILINE)
_QUOTED: Final = re.compile(r"^ {0,3}(?:> ?)+", re.MULTILINE)
# No part may run over the start of another: that keeps the time linear.
_IMAGE: Final = re.compile(r"!\[([^\[\]\n]{0,300})\]\([^()\[\s]{0,1000}\)")
_LINK: Final = re.compile(r"!?\[([^\[\]\n]{1,300})\]\(<?([^()\[\s<>]{1,1000})>?(?: \"[^\"\n]{0,200}\")?\)")
_AUTOLINK: Final = re.compile(r"<((?:https?://|mailto:|tel:)[^\s<>]{1,1000}|[^\s<>@]{1,64}@[^\s<>@]{1,255})>")
_CODE: Final = re.compile(r"`{1,2}([^`\n]{1,500})`{1,2}")
# Between two figures or letters a star multiplies: "10*15 cm".
_EMPHASIS: Final = re.compile(r"(?<![\w*])(\*{1,3})(?=[^\s*])([^*\n]{1,500}?)(?<=[^\s*])\1(?![\w*])")
_STRUCK_OUT: Final = re.compile(r"~~(?=\S)[^~\n]{1,500}?(?<=\S)~~ ?")
_LINE_BREAK: Final = re.compile(r"\s*<br ?/?>\s*", re.IGNORECASE)
_UNDERLINED: Final = re.compile(r"(?<!\w)(_{1,2})(?=[^\W_])([^_\n]{1,500}?)(?<=[^\s_])\1(?!\w)")
_ESCAPE: Final = re.compile(r"\\([!\"#$%&'()*+,\-./:;<=>?@\[\]^_`{|}~])")
_ROW: Final = re.compile(r" {0,3}\|.*\| *$|[^|\n]{0,200}(?:\|[^|\n]{0,500}){1,20}$")
_UNDER_HEAD: Final = re.compile(r" {0,3}\|? *:?-{1,60}:? *(?:\| *:?-{1,60}:? *){0,20}\|? *$")
_SCHEME: Final = re.compile(r"^(?:https?://|mailto:|tel:)")
_SIGNS: Final = (": ", "; ")
_FRENCH_SIGNS: Final = ("\u00a0: ", "\u202f; ")
_GAP: Final = re.compile(r"\n{3,}")


def markdown_to_text(markdown: str) -> str:
    """The words. Links and images are "label (address)", rows of a table "- first – Head: second; Head: third".

    What is struck out is not said.
    """
    text = _with_tables(_FENCE.sub("", markdown))
    text = _RULE.sub("", text)
    text = _QUOTED.sub("", _BULLET.sub(r"\1- ", _HEADING.sub(r"\n\1\n", text)))
    text = _LINK.sub(_linked, text)
    text = _AUTOLINK.sub(lambda found: _SCHEME.sub("", found[1]) if "://" not in found[1] else found[1], text)
    text = _CODE.sub(r"\1", _STRUCK_OUT.sub("", text))
    text = _EMPHASIS.sub(r"\2", _EMPHASIS.sub(r"\2", text))
    text = _ESCAPE.sub(r"\1", _UNDERLINED.sub(r"\2", text))
    return _GAP.sub("\n\n", text).strip("\n")


def without_images(markdown: str) -> str:
    """Their descriptions in their place. For texts of ours alone: in what a model writes an address is to be seen."""
    return _IMAGE.sub(r"\1", markdown)


def _linked(found: re.Match[str]) -> str:
    """The address alone where the label is nothing but the address."""
    label, address = found[1], found[2]
    bare = _SCHEME.sub("", address)
    if _SCHEME.sub("", label).rstrip("/") == bare.rstrip("/"):
        return address if "://" in address else label
    if address.startswith(("mailto:", "tel:")):
        same = re.sub(r"\D", "", bare)[-9:] == re.sub(r"\D", "", label)[-9:] if address.startswith("tel:") else False
        return label if same else f"{label} ({bare})"
    return f"{label} ({address})"


def _with_tables(text: str) -> str:
    """Tables as lists. A table has a line of dashes below its head; any other line with bars stays as it is."""
    if "|" not in text:
        return text
    parts: list[str] = []
    for is_row, lines in groupby(text.split("\n"), key=lambda line: _ROW.match(line) is not None):
        block = list(lines)
        parts += _listed(block) if is_row else block
    return "\n".join(parts)


def _listed(rows: list[str]) -> list[str]:
    at = next((place for place, row in enumerate(rows) if place and _UNDER_HEAD.match(row)), 0)
    if not at:
        return rows
    head, below = _cells(rows[at - 1]), [_cells(row) for row in rows[at + 1 :]]
    signs = _FRENCH_SIGNS if guess_language(" ".join(rows)) == "fr" else _SIGNS
    return [*rows[: at - 1], *(_line(head, cells, *signs) for cells in below)]


def _cells(row: str) -> list[str]:
    cells = row.strip().removeprefix("|").removesuffix("|").split("|")
    return [_LINE_BREAK.sub(", ", cell.strip()) for cell in cells]


def _line(head: list[str], cells: list[str], colon: str, semicolon: str) -> str:
    first, *others = cells
    named = list(zip_longest(head[1 : len(cells)], others, fillvalue=""))
    told = semicolon.join(f"{name}{colon}{cell}" if name else cell for name, cell in named if cell)
    # Between two figures a dash would make a range of them.
    behind = " – " if named and named[0][0] else colon
    return f"- {first}{behind}{told}" if first and told else f"- {first or told}"
