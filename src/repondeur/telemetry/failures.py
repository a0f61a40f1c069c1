"""How a log shows an exception: where it came from, and what it says only when it is one of our own.

The message of any other may hold what it was about: a database quotes the row that it refuses, pydantic the value that
does not fit, and both are people's mail. Of those the type is shown, and what the system or the database calls it.
"""

import os
import sys
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from structlog.typing import EventDict, WrappedLogger

from repondeur.texts import Reason

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]
DEEPEST = 20  # exceptions, one the cause of the next


class ShownFailures:
    """Processor: `exc_info` becomes the text `exception`. messages: those of other errors are shown as well."""

    def __init__(self, *, messages: bool) -> None:
        self._messages = messages

    def __call__(self, _: WrappedLogger, __: str, event: EventDict) -> EventDict:
        error = _error(event.pop("exc_info", None))
        if error is not None:
            event["exception"] = "".join(self._lines(error, DEEPEST)).rstrip("\n")
        return event

    def _lines(self, error: BaseException, depth: int) -> Iterator[str]:
        if not depth:
            return
        if error.__cause__ is not None:
            yield from self._lines(error.__cause__, depth - 1)
            yield "\nThe above exception was the direct cause of the following exception:\n\n"
        elif error.__context__ is not None and not error.__suppress_context__:
            yield from self._lines(error.__context__, depth - 1)
            yield "\nDuring handling of the above exception, another exception occurred:\n\n"
        if error.__traceback__ is not None:
            yield "Traceback (most recent call last):\n"
            yield from traceback.format_tb(error.__traceback__)
        yield f"{_name(error)}{self._says(error)}\n"
        for inner in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
            yield "\nOne of them:\n\n"
            yield from self._lines(inner, depth - 1)

    def _says(self, error: BaseException) -> str:
        ours = isinstance(getattr(error, "reason", None), Reason)  # a sentence of the catalogue
        if self._messages or ours:
            return f": {error}" if str(error) else ""
        called = _called(error)
        return f" [{called}]" if called else ""


def _error(given: Any) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        error: BaseException | None = given[1]
        return error
    return sys.exc_info()[1] if given else None


def _name(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _called(error: BaseException) -> str:
    """SQLSTATE, the name of SQLite's result code, or what the system says of an errno; never a text of anyone else."""
    original = getattr(error, "orig", None) or error  # SQLAlchemy keeps the driver's error there
    for name in ("sqlstate", "sqlite_errorname"):
        if isinstance(code := getattr(original, name, None), str):
            return code
    if isinstance(error, OSError) and isinstance(error.errno, int) and error.errno > 0:
        return os.strerror(error.errno)
    return ""
