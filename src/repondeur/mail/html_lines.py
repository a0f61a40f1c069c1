"""Lines of text, as a page is written down from its top to its end."""

import re
from dataclasses import dataclass, field

from repondeur.mail.quotes.attribution import is_attribution
from repondeur.mail.quotes.header_block import read_label
from repondeur.mail.quotes.separator import separator

# Private-use characters, taken out of every input, so that they can only come from here.
CUT = "\ue102"
_SIGNED, _UNSIGNED = "\ue100", "\ue101"  # where a signature begins and ends, until `finished`
MARKS = re.compile("[\ue100-\ue102]")

_SPACES = re.compile(r"[ \t\n\r\f]+")
_DELIMITER = re.compile(r"(?:--|—|––|_{2,})")
_DEEPEST_QUOTE = 20
_MOST_CELL_LINES, _LONGEST_ROW = 4, 1_000
_MOST_SIGNED, _MOST_SIGNED_CHARACTERS = 12, 1_200
_LONGEST_ATTRIBUTION, _MOST_ATTRIBUTION_LINES = 400, 6
_TELLS = re.compile(r"\d|@")


@dataclass(frozen=True, slots=True)
class Line:
    """level: how many quotes it stands in."""

    level: int
    text: str


@dataclass(slots=True)
class Lines:
    """White space as in HTML: runs of it are one space, none at a line's ends (CSS Text 3, 4.1)."""

    lines: list[Line] = field(default_factory=list)
    level: int = 0
    indent: str = ""
    bullet: str = ""  # stands before the next line instead of the indent
    _parts: list[str] = field(default_factory=list)
    _space: bool = True  # the line is empty, or ends in a space
    _blank: bool = False  # an empty line is due before the next text

    def add(self, text: str) -> None:
        """Text within a line."""
        text = _SPACES.sub(" ", text)
        if self._space and text[:1] == " ":
            text = text[1:]
        if text:
            self._parts.append(text)
            self._space = text[-1] == " "

    def add_as_it_is(self, text: str) -> None:
        """Text whose spaces and line ends count."""
        first, *others = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._put(first)
        for line in others:
            self.end_line()
            self._put(line)

    def _put(self, text: str) -> None:
        if text:
            self._parts.append(text)
            self._space = text[-1] in " \t"

    def end_line(self) -> None:
        """As a line break does: an empty line stays one."""
        text = "".join(self._parts).replace("\xa0", " ").rstrip()
        self._parts.clear()
        self._space = True
        if text or self.bullet.strip():
            if self._blank and self.lines:
                self.lines.append(Line(min(self.level, self.lines[-1].level), ""))
            text = ((self.bullet or self.indent) + text).rstrip()
            self.bullet = ""
        self._blank = False
        # A third empty line would be dropped in the end anyway.
        if text or len(self.lines) < 2 or self.lines[-1].text or self.lines[-2].text:
            self.lines.append(Line(self.level, text))

    def break_block(self) -> None:
        """The next text begins a new line."""
        if self._parts and (not self._space or "".join(self._parts).strip(" ")):
            self.end_line()
        else:
            self._parts.clear()
            self._space = True

    def break_paragraph(self) -> None:
        """The next text begins a new paragraph."""
        self.break_block()
        self._blank = True

    def mark(self, character: str) -> None:
        self.break_block()
        self.lines.append(Line(0, character))

    def cut(self, place: int) -> None:
        """Says that from that line on all is old."""
        self.lines.insert(place, Line(0, CUT))

    def open_signature(self) -> None:
        self.mark(_SIGNED)

    def close_signature(self) -> None:
        self.mark(_UNSIGNED)

    def next_bullet(self, bullet: str) -> None:
        self.break_block()
        self.bullet = bullet

    def merge(self, start: int, cells: list[tuple[int, int]], *, data: bool, spaced: bool) -> None:
        """Makes one line of the lines of a row, which begin at `start`; not where a cell has several lines (more than
        four: `data`, of a table that is one), or quotes and marks stand in it. spaced: space above it is kept."""
        pieces = []
        for above, end in cells:
            filled = [line for line in self.lines[above:end] if line.text]
            if len(filled) > (_MOST_CELL_LINES if data else 1):
                return
            if any(line.level != self.level or MARKS.search(line.text) for line in filled):
                return
            pieces.append(" ".join(line.text.strip() for line in filled))
        while pieces and not pieces[-1]:
            pieces.pop()
        if not data:
            pieces = [piece for piece in pieces if piece]
        if len(pieces) < 2 or sum(map(len, pieces)) > _LONGEST_ROW:
            return
        blank = spaced and not self.lines[start].text
        del self.lines[start:]
        if blank:
            self.lines.append(Line(self.level, ""))
        self.lines.append(Line(self.level, self.indent + "\t".join(pieces)))
        self._blank = False

    def quote_attribution(self, start: int) -> None:
        """The lines from `start` on stand above a quote and say whose it is. In a language whose words mail.body knows
        it will see that; otherwise they become part of the quote."""
        filled = [line for line in self.lines[start:] if line.text]
        text = " ".join(line.text for line in filled)
        if not 0 < len(filled) <= _MOST_ATTRIBUTION_LINES or len(text) > _LONGEST_ATTRIBUTION or self.level:
            return
        if not _TELLS.search(text) or MARKS.search(text) or is_attribution(text, quote_follows=True):
            return
        self.lines[start:] = [Line(1, line.text) for line in self.lines[start:]]

    def finished(self) -> str:
        """The text; quoted lines begin with ">" for each level; at most one empty line in a row."""
        self.break_block()
        result: list[str] = []
        for line in _signed(self.lines):
            text = line.text
            if line.level:
                text = (">" * min(line.level, _DEEPEST_QUOTE) + " " + text).rstrip()
            if text or (result and result[-1]):
                result.append(text)
        return "\n".join(result).strip("\n")


def _signed(lines: list[Line]) -> list[Line]:
    """With "-- " above the signature that a program has marked, where it is short and nothing new stands below it."""
    opened = next((place for place in range(len(lines) - 1, -1, -1) if lines[place].text == _SIGNED), None)
    if opened is None:
        return lines
    is_last = _is_last(lines, opened)
    kept = [line for line in lines[:opened] if line.text not in (_SIGNED, _UNSIGNED)]
    kept += [Line(0, "-- ")] if is_last else []
    return kept + [line for line in lines[opened + 1 :] if line.text != _UNSIGNED]


def _is_last(lines: list[Line], opened: int) -> bool:
    above = next((line.text.strip() for line in reversed(lines[:opened]) if line.text), "")
    if not above or _DELIMITER.fullmatch(above):
        return False
    closed = next((place for place in range(opened, len(lines)) if lines[place].text == _UNSIGNED), len(lines))
    inside = [line for line in lines[opened + 1 : closed] if line.text]
    if not inside or any(line.level for line in inside) or _DELIMITER.fullmatch(inside[0].text.strip()):
        return False
    if len(inside) > _MOST_SIGNED or sum(len(line.text) for line in inside) > _MOST_SIGNED_CHARACTERS:
        return False
    below: list[str] = []
    quoted = False
    for line in lines[closed + 1 :]:
        if line.text == CUT or _heads_old_mail(line.text):
            break
        quoted = quoted or line.level > 0
        if line.text and not line.level and (quoted or len(below) > _MOST_ATTRIBUTION_LINES):
            return False
        if line.text and not line.level:
            below.append(line.text)
    return not below or is_attribution(" ".join(below)[: 2 * _LONGEST_ATTRIBUTION], quote_follows=True)


def _heads_old_mail(line: str) -> bool:
    return separator(line) in ("forwarded", "original") or bool(read_label(line)[0])
