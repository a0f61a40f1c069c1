"""What commands write: sentences in the person's language, tables, or JSON, one object a line."""

import json
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import typer

from repondeur.errors import RepondeurError, SettingsError
from repondeur.settings.language import before_settings
from repondeur.texts import Language, Param, Reason, hint, render
from repondeur.texts import say as sentence

# Line ends for Unicode (UAX 14) that JSON leaves as they are: readers that split into lines would cut an object in two.
_LINE_ENDS = {ord(character): f"\\u{ord(character):04x}" for character in "\x85\u2028\u2029"}

_chosen: list[Language] = []


def speak(language: Language) -> None:
    """From now on people are spoken to in this language; before, in that of their locale."""
    _chosen[:] = [language]


def language() -> Language:
    return _chosen[0] if _chosen else before_settings(os.environ)


def say(code: str, /, **params: Param) -> None:
    """One sentence of the catalogue on stdout."""
    typer.echo(safe(sentence(code, language(), **params)))


def note(code: str, /, **params: Param) -> None:
    """A remark beside a table, on stderr: what is piped is the table alone."""
    typer.echo(safe(sentence(code, language(), **params)), err=True)


def note_reason(reason: Reason) -> None:
    """The same for a reason."""
    typer.echo(safe(render(reason, language())), err=True)


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


def write_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on a terminal; off one, lines with tabs between the cells and no headings, for cut and awk."""
    if not sys.stdout.isatty():
        for row in rows:
            typer.echo("\t".join(safe(cell) for cell in row))
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*headings, box=SIMPLE_HEAD, pad_edge=False)
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
    typer.echo(mark + safe(about + render(reason, language())), err=True)
    if advice := hint(reason, language()):
        typer.echo(" " * len(mark) + "  " + safe(advice), err=True)


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
