"""CSV and its relatives, as spreadsheets write them: any delimiter, UTF-8, UTF-16 or windows-1252. Pure.

Source: RFC 4180; Excel writes ";" where the comma is the decimal mark.
"""

import csv
import io
from typing import Final

from repondeur.errors import SettingsError
from repondeur.knowledge.reading.entry import Content
from repondeur.knowledge.reading.pairs import Row, column, pairs
from repondeur.mail import charset
from repondeur.mail.clean import clean_line

_DELIMITERS: Final = (";", ",", "\t", "|")


def read_table(source: str, octets: bytes) -> Content:
    """Raises SettingsError: knowledge.no_pairs, .bad_table, .long_row, .bad_value, .column_near, .not_text."""
    text = charset.decode(octets).text.lstrip("\ufeff")
    if "\x00" in text[:4096]:
        raise SettingsError("knowledge.not_text", path=source)
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    headings: list[str] = []
    rows: list[Row] = []
    try:
        for cells in reader:
            if not headings:
                headings = _each_once([cell.strip() for cell in cells])
                continue
            if any(cell.strip() for cell in cells[len(headings) :]):
                raise SettingsError("knowledge.long_row", path=source, row=reader.line_num, delimiter=_shown(delimiter))
            if any(cells):
                rows.append(Row(reader.line_num, dict(zip(headings, cells, strict=False))))
    except csv.Error as error:
        raise SettingsError("knowledge.bad_table", path=source, row=reader.line_num, problem=str(error)) from error
    return pairs(source, rows or [Row(1, dict.fromkeys(headings, ""))])


def _delimiter(text: str) -> str:
    """The one that parts a question from an answer in the first line; else the most frequent there."""
    first = text.lstrip("\r\n")[:4096].partition("\n")[0]
    for delimiter in _DELIMITERS:
        meant = {column(cell.strip(' "\r')) for cell in first.split(delimiter)}
        if {"question", "answer"} <= meant:
            return delimiter
    return max(_DELIMITERS, key=first.count)


def _each_once(headings: list[str]) -> list[str]:
    """Of two columns with the same heading the first counts; the others keep their place."""
    seen: set[str] = set()
    named = []
    for number, heading in enumerate(headings):
        named.append(f"({number + 1})" if heading in seen or not heading else heading)
        seen.add(heading)
    return named


def _shown(delimiter: str) -> str:
    return "TAB" if delimiter == "\t" else clean_line(delimiter)
