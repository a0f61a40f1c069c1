"""PDF and Office files: what attachments.reader finds in them, in sections."""

import re
from collections.abc import Iterator
from typing import Final

from repondeur.attachments.file_text import PAGE_END, FileLimits
from repondeur.attachments.reader import FileReader, FileText
from repondeur.errors import SettingsError
from repondeur.knowledge.reading.entry import Content, Entry, Facts, Section
from repondeur.knowledge.reading.markdown import plain
from repondeur.knowledge.reading.pairs import Row, column, pairs
from repondeur.mail.clean import clean, clean_line

# What belongs to oneself may be larger than what a stranger sends.
LIMITS: Final = FileLimits(size=64 * 1024 * 1024, pages=500, seconds=120, text=2_000_000)

_HEADING = re.compile(r"^#{1,4} +(.{1,300}?) *$", re.MULTILINE)
_RULE = re.compile(r"^\|[|: -]+\|[ ]*\n", re.MULTILINE)
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()<>#+.!|~-])")
_BETWEEN_CELLS = re.compile(r"(?<!\\)\|")
# A line of a PDF ends where the paper does, and the sentence goes on.
_WRAPPED = re.compile(r"(?<=[^\s.:;!?…])\n(?=[a-zà-öø-ÿ(«])")
_LONGEST_TITLE: Final = 90


def file_reader() -> FileReader:
    """To be closed."""
    return FileReader(LIMITS, marked=True)


async def read_document(source: str, octets: bytes, reader: FileReader) -> Content:
    """source: the file's name. reader: as `file_reader` makes it. Raises SettingsError with the reader's reason
    (attachment.*) or knowledge.nothing_in_it, and TemporaryError."""
    read = await reader.read(source, "", octets)
    if not read.text.strip():
        error = SettingsError("knowledge.nothing_in_it", path=source)
        error.reason = read.not_read or error.reason
        raise error
    notes = () if read.not_read is None else (read.not_read,)
    found = _table(source, read)
    if found is not None:
        return Content(found.entries, (*found.notes, *notes))
    sections = tuple(_sections(read.text) if _HEADING.search(read.text) else _pages(read.text))
    title = "" if any(section.title for section in sections) else _first_line(read.text)
    return Content((Entry(Facts(title=title, language=read.language), sections),), notes)


def _sections(text: str) -> Iterator[Section]:
    headings = list(_HEADING.finditer(text))
    yield Section("", _unmarked(text[: headings[0].start()]))
    for heading, following in zip(headings, [*headings[1:], None], strict=False):
        part = text[heading.end() : following.start() if following else len(text)]
        yield Section(clean_line(_unmarked(heading[1])), _unmarked(part))


def _unmarked(markdown: str) -> str:
    return _ESCAPED.sub(r"\1", plain(_RULE.sub("", markdown.replace(PAGE_END, "\n\n"))))


def _pages(text: str) -> Iterator[Section]:
    for page in text.split(PAGE_END):
        yield Section("", clean(_WRAPPED.sub(" ", page)))


def _first_line(text: str) -> str:
    """The title of what has no headings, where its first line looks like one."""
    first, _, rest = text.strip().partition("\n")
    title = clean_line(first)
    return title if rest.strip() and len(title) <= _LONGEST_TITLE and title[-1:] not in set(".:;,!?…") else ""


def _table(source: str, read: FileText) -> Content | None:
    """The pairs of a sheet that has a column of questions and one of answers; None where there is no such sheet."""
    rows: list[Row] = []
    headings: list[str] = []
    for number, line in enumerate(_RULE.sub("", f"{read.text}\n").split("\n"), 1):
        cells = _cells(line)
        if {"question", "answer"} <= {column(cell) for cell in cells}:
            headings = cells
        elif not cells:
            headings = []
        elif len(cells) == len(headings):
            rows.append(Row(number, dict(zip(headings, cells, strict=True))))
    return pairs(source, rows) if rows else None


def _cells(line: str) -> list[str]:
    if not line.startswith("|"):
        return []
    return [_ESCAPED.sub(r"\1", cell).strip() for cell in _BETWEEN_CELLS.split(line.strip().strip("|"))]
