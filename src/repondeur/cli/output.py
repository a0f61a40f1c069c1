"""What commands write: sentences in the person's language, tables, or JSON, one object a line."""

import json
import os
import re
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap
from typing import Final

import typer

from repondeur.errors import RepondeurError, SettingsError
from repondeur.settings.language import before_settings
from repondeur.texts import Language, Param, Reason, hint, render
from repondeur.texts import say as sentence

# Line ends for Unicode (UAX 14) that JSON leaves as they are: readers that split into lines would cut an object in two.
_LINE_ENDS = {ord(character): f"\\u{ord(character):04x}" for character in "\x85\u2028\u2029"}

_NARROWEST: Final = 20  # columns of a text beside what it begins with
_COMMAND: Final = re.compile(r"`[^`]{1,60}`|[“«]\s?repondeur [^”»]{1,60}[”»]")
_LONG_WORD, _BETWEEN, _FEW_COLUMNS = 24, 3, 3  # of a table

_chosen: list[Language] = []


def speak(language: Language) -> None:
    """From now on people are spoken to in this language; before, in that of their locale."""
    _chosen[:] = [language]


def language() -> Language:
    return _chosen[0] if _chosen else before_settings(os.environ)


def say(code: str, /, **params: Param) -> None:
    """One sentence of the catalogue on stdout."""
    write_wrapped("", sentence(code, language(), **params))


def note(code: str, /, **params: Param) -> None:
    """A remark beside a table, on stderr: what is piped is the table alone."""
    write_wrapped("", sentence(code, language(), **params), err=True)


def note_reason(reason: Reason) -> None:
    """The same for a reason."""
    write_wrapped("", render(reason, language()), err=True)


def heading(code: str) -> str:
    """A word of the catalogue, for the head of a table."""
    return sentence(code, language())


def pair(name: str, value: str) -> str:
    """A name and what belongs to it: "name: value", in French with a space before the colon."""
    return sentence("cli.pair", language(), name=name, value=value)


def labelled(name: str) -> str:
    """The name of a field, with the colon of the language."""
    return pair(name, "").rstrip()


def write_json(value: object) -> None:
    """One object on one line of stdout, UTF-8 where the terminal has it."""
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    line = json.dumps(value, ensure_ascii=not utf8, default=str)
    typer.echo(line.translate(_LINE_ENDS))


def write_wrapped(start: str, text: str, *, under: str = "", err: bool = False) -> None:
    """One line; on a terminal as many as it takes, cut between words. start: what the first begins with; under: what
    the others begin with, blanks of the same width if not said. err: on stderr."""
    begun = safe(start)
    if not (sys.stderr if err else sys.stdout).isatty():
        typer.echo(begun + safe(text), err=err)
        return
    # Made safe only then: that makes plain spaces of those at which no line is to break, as in a command to copy.
    whole = _COMMAND.sub(lambda found: found[0].replace(" ", "\u00a0"), " ".join(text.splitlines()))
    columns, _ = typer.get_terminal_size()
    under = under or " " * len(begun)
    width = max(columns, len(begun) + _NARROWEST)
    lines = wrap(
        whole, width, initial_indent=begun, subsequent_indent=under, break_long_words=False, break_on_hyphens=False
    )
    for line in lines or [begun.rstrip()]:
        typer.echo(safe(line), err=err)


def write_fields(fields: Sequence[tuple[str, str]]) -> None:
    """What things are called, and what they are; nothing of what is empty."""
    shown = [(name if name == "→" else labelled(name), value) for name, value in fields if value]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        write_wrapped(f"  {name:<{width}}  ", value)


def _cuts_words(headings: Sequence[str], rows: Sequence[Sequence[str]], columns: int) -> bool:
    """Whether a table of several columns would have to cut words, but for very long ones."""
    longest = (
        max(len(word) for cell in column for word in cell.split() or [""])
        for column in zip(headings, *rows, strict=True)
    )
    needed = sum(min(one, _LONG_WORD) + _BETWEEN for one in longest)
    return len(headings) > _FEW_COLUMNS and needed > columns


def write_cells(row: Sequence[str]) -> None:
    """One line with tabs between the cells, for cut and awk."""
    typer.echo("\t".join(safe(cell) for cell in row))


def write_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on a terminal, or where that has no room for one the cells of each row below one another; off a terminal,
    lines with tabs between the cells and no headings, for cut and awk."""
    if not sys.stdout.isatty():
        for row in rows:
            write_cells(row)
        return
    columns, _ = typer.get_terminal_size()
    if _cuts_words(headings, rows, columns):
        for row in rows:
            write_fields([*zip(headings, row, strict=True)])
            typer.echo()
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for one in headings:
        table.add_column(one, overflow="fold")  # a value that is cut off helps nobody
    for row in rows:
        # As Text, because square brackets in a subject are no markup.
        table.add_row(*(Text(safe(cell)) for cell in row))
    Console().print(table)


def safe(text: str) -> str:
    """One line without anything that could move the cursor, change colours or turn the text around: a subject may
    hold escape sequences (ECMA-48) and bidirectional controls."""
    return "".join(character if character.isprintable() else " " if character.isspace() else "�" for character in text)


def complain(error: RepondeurError) -> None:
    """Message and hint on stderr; all problems of a SettingsError; where it happened only when LOG_LEVEL is DEBUG."""
    problems = error.problems if isinstance(error, SettingsError) else ()
    complain_of(error.reason)
    for problem in problems:
        complain_of(problem, mark="- ")
    if debugging():
        _write_traceback(error)


def complain_of(reason: Reason, *, mark: str = "", about: str = "") -> None:
    """What went wrong, and under it what to do, on stderr. about: whom it concerns."""
    write_wrapped(mark, about + render(reason, language()), err=True)
    if advice := hint(reason, language()):
        write_wrapped(" " * len(mark) + "  ", advice, err=True)


def complain_unexpected(error: Exception) -> None:
    """For an error without a name: its type and place. Its message may quote a mail, so it is shown only on request."""
    if debugging():
        _write_traceback(error)
        return
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "repondeur" in Path(frame.filename).parts]
    place = next((f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(ours or frames)), "?")
    complain_of(Reason("cli.unexpected", {"error": type(error).__name__, "place": place}))


def debugging() -> bool:
    import logging

    asked = os.environ.get("LOG_LEVEL", "").strip().upper() == "DEBUG"
    return asked or logging.getLogger("repondeur").level == logging.DEBUG


def _write_traceback(error: Exception) -> None:
    from repondeur.telemetry.log import masked

    typer.echo(masked("".join(traceback.format_exception(error))), err=True)
