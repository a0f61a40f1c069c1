"""Logs: one event a line on stderr, JSON off a terminal. Ids and decisions, never bodies, never secrets."""

import json
import logging
import sys
from collections import deque
from collections.abc import Iterable, Mapping, MutableMapping
from datetime import date, datetime
from enum import Enum
from pathlib import PurePath
from typing import Any, Final, Literal, TextIO
from urllib.parse import quote
from uuid import UUID

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from repondeur.telemetry.failures import ShownFailures

Format = Literal["auto", "json", "console"]
MASK: Final = "********"
MOST_TOKENS: Final = 32

# Anything shorter would blank out half of every line, and is no secret worth the name.
_SHORTEST_SECRET: Final = 4
_LONGEST_VALUE: Final = 500
_WRITTEN_OUT: Final = (Enum, PurePath, UUID, date)
# What these say below WARNING is chatter, and at DEBUG the openai client writes out whole prompts.
_QUIET: Final = ("uvicorn", "uvicorn.error", "uvicorn.access", "alembic", "openai", "httpx", "httpcore", "asyncio")


def configure(
    level: str = "INFO", form: Format = "auto", secrets: Iterable[str] = (), stream: TextIO | None = None
) -> None:
    """Sends the logs of this program, and of its libraries from WARNING on, to `stream` (stderr).

    level: least level of our own events; only at DEBUG do errors of others show their messages, which may quote a mail
    (see failures.py). form: "auto" is console on a terminal and json elsewhere. secrets: values that
    are masked wherever they turn up in a line, tracebacks included. May be called again; the last call holds.
    """
    out = stream or sys.stderr
    console = out.isatty() if form == "auto" else form == "console"
    mask = Mask()
    mask.add(*secrets)
    _masks.append(mask)
    del _masks[:-1]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=not console),
        structlog.processors.StackInfoRenderer(),
        ShownFailures(messages=level == "DEBUG"),
        plain_values,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(console, out), mask],
        )
    )
    _route_all_to(handler, level)


def also_mask(secret: str) -> None:
    """One that came while the program runs, a token say. The last MOST_TOKENS of them are masked."""
    if secret not in _tokens:
        _tokens.append(secret)
        if _masks:
            _masks[-1].forget_all_but(_tokens)


def masked(text: str) -> str:
    """The text without the secrets known so far."""
    return _masks[-1](None, "", text) if _masks else text


class Mask:
    """Last processor: takes the finished line and blanks out every secret, however it was escaped on the way."""

    def __init__(self) -> None:
        self._lasting: set[str] = set()
        self._spellings: list[str] = []

    def add(self, *secrets: str) -> None:
        self._lasting |= _all_spellings(secrets)
        self.forget_all_but(_tokens)

    def forget_all_but(self, tokens: Iterable[str]) -> None:
        """Those that were added stay; of others only these."""
        # The longest first, so that one secret inside another leaves nothing of the longer one.
        self._spellings = sorted(self._lasting | _all_spellings(tokens), key=len, reverse=True)

    def __call__(self, _: WrappedLogger, __: str, line: Any) -> str:
        text = str(line)
        for spelling in self._spellings:
            text = text.replace(spelling, MASK)
        return text


# The mask in effect; empty until configure is called.
_masks: list[Mask] = []
_tokens: deque[str] = deque(maxlen=MOST_TOKENS)


def _all_spellings(secrets: Iterable[str]) -> set[str]:
    return {spelling for secret in secrets if len(secret) >= _SHORTEST_SECRET for spelling in _spellings(secret)}


def _spellings(secret: str) -> set[str]:
    """As it is, as JSON and Python write it, also twice over, and as it stands in a URL."""
    found = {secret, quote(secret, safe=""), quote(secret)}
    for _ in range(2):
        escaped = {repr(text)[1:-1] for text in found} | {repr(text + "'\"")[1:-4] for text in found}
        as_json = {json.dumps(text, ensure_ascii=ascii_only)[1:-1] for text in found for ascii_only in (True, False)}
        found |= escaped | as_json
    return found


def plain_values(_: WrappedLogger, __: str, event: EventDict) -> MutableMapping[str, Any]:
    """Only short plain values pass. Of anything else, a Message say, only the name of its type is written."""
    return {
        key: value if key in {"exception", "stack"} or key.startswith("_") else _plain(value)
        for key, value in event.items()
    }


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}…"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, _WRITTEN_OUT):
        return str(value.value if isinstance(value, Enum) else value)
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    return f"<{type(value).__name__}>"


def _renderer(console: bool, out: TextIO) -> Processor:
    if not console:
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(
        colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
    )


def _route_all_to(handler: logging.Handler, level: str) -> None:
    # Its own complaints would write out the arguments that it could not format.
    logging.raiseExceptions = False
    logging.captureWarnings(True)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("repondeur").setLevel(level)
    for name in _QUIET:
        library = logging.getLogger(name)
        library.handlers = []
        library.setLevel(logging.WARNING)
        library.propagate = True
