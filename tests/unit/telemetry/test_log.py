"""What the logs say, and what they never say."""

import errno
import io
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import structlog
from pydantic import TypeAdapter
from sqlalchemy import create_engine, text

from repondeur.errors import StoreUnavailable
from repondeur.mail.message import Address
from repondeur.telemetry import log as logs

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Logging is global: leave it as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    logging.captureWarnings(False)
    logging.raiseExceptions = True
    root.handlers, root.level = handlers, level


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def lines(stream: io.StringIO) -> Lines:
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_one_json_object_a_line_off_a_terminal(stream: io.StringIO, lines: Lines) -> None:
    logs.configure(stream=stream)
    structlog.get_logger("repondeur.mailboxes.imap").info("imap.reconnected", mailbox="support", after=31)
    (line,) = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "imap.reconnected",
        "mailbox": "support",
        "after": 31,
        "level": "info",
        "logger": "repondeur.mailboxes.imap",
    }


def test_the_level_is_ours_and_libraries_speak_from_warning_on(stream: io.StringIO, lines: Lines) -> None:
    logs.configure("DEBUG", stream=stream)
    structlog.get_logger("repondeur.x").debug("ours")
    logging.getLogger("openai").debug("a whole prompt")
    logging.getLogger("httpx").info("GET")
    logging.getLogger("uvicorn.error").warning("careful %s", "now")
    assert [(line["event"], line["level"]) for line in lines()] == [("ours", "debug"), ("careful now", "warning")]


def test_below_the_level_nothing_is_said(stream: io.StringIO) -> None:
    logs.configure("WARNING", stream=stream)
    structlog.get_logger("repondeur.x").info("not.said")
    assert stream.getvalue() == ""


SECRETS = ["canary-plain", 'canary"quote\\back', "canäry-accent", "canary@host/ path%", "canary\ttab"]


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("secret", SECRETS)
def test_secrets_are_masked_wherever_they_turn_up(stream: io.StringIO, form: logs.Format, secret: str) -> None:
    logs.configure("DEBUG", form, [secret], stream)
    own = structlog.get_logger("repondeur.x")
    own.warning("in.a.value", detail=f"login {secret} refused", nested={"list": [secret]}, shown=repr(secret))
    own.warning(f"in the event {secret}")
    logging.getLogger("imapclient").warning("sent %s", secret)
    try:
        raise ValueError(f"LOGIN support {secret}")
    except ValueError:
        own.exception("in.a.traceback")
        logging.getLogger("sqlalchemy").exception("in another's traceback")
    written = stream.getvalue()
    assert written.count(logs.MASK) >= 7
    assert "canary" not in written
    assert "canäry" not in written


def test_one_secret_inside_another(stream: io.StringIO) -> None:
    logs.configure(secrets=["hunter", "hunter-and-more"], stream=stream)
    structlog.get_logger("repondeur.x").info("e", value="hunter-and-more")
    assert "and-more" not in stream.getvalue()


def test_values_that_could_hold_a_mail_show_their_type_only(stream: io.StringIO, lines: Lines) -> None:
    logs.configure(stream=stream)
    structlog.get_logger("repondeur.x").info(
        "e", author=Address("Ann", "ann@x.example"), raw=b"Subject: x", long="x" * 900
    )
    (line,) = lines()
    assert (line["author"], line["raw"], len(line["long"])) == ("<Address>", "<bytes>", 501)


def test_tracebacks_show_no_variables(stream: io.StringIO) -> None:
    logs.configure(form="console", stream=stream)
    body = "local canary"
    try:
        raise KeyError(len(body))
    except KeyError:
        structlog.get_logger("repondeur.x").exception("failed")
    assert "Traceback" in stream.getvalue()
    assert "canary" not in stream.getvalue().replace('body = "local canary"', "")


def of_sqlite() -> None:
    with create_engine("sqlite://", hide_parameters=True).begin() as connection:
        connection.execute(text("CREATE TABLE mail (body TEXT CHECK (body <> 'canary'))"))
        connection.execute(text("INSERT INTO mail VALUES (:body)"), {"body": "canary"})


def of_pydantic() -> None:
    TypeAdapter(int).validate_python("canary")


def of_the_database_server() -> None:
    raise psycopg.errors.NotNullViolation("Failing row contains (1, canary)")


def in_a_chain() -> None:
    try:
        of_pydantic()
    except ValueError as error:
        raise KeyError(str(error)) from error


def in_a_group() -> None:
    raise ExceptionGroup("canary", [ValueError("canary"), StoreUnavailable("store.full")])


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize(
    ("fail", "shown"),
    [
        (of_sqlite, ["IntegrityError [SQLITE_CONSTRAINT_CHECK]"]),
        (of_pydantic, ["ValidationError"]),
        (of_the_database_server, ["NotNullViolation [23502]"]),
        (in_a_chain, ["ValidationError", "direct cause", "KeyError"]),
        (in_a_group, ["ExceptionGroup", "ValueError", "StoreUnavailable: The disk"]),
    ],
)
def test_what_others_say_when_they_fail_may_quote_a_mail_so_it_is_not_written(
    stream: io.StringIO, form: logs.Format, fail: Callable[[], None], shown: list[str]
) -> None:
    logs.configure(form=form, stream=stream)
    try:
        fail()
    except Exception as error:
        structlog.get_logger("repondeur.x").warning("failed", exc_info=error)
        logging.getLogger("asyncio").exception("failed")
    written = without_source(stream.getvalue())
    assert "canary" not in written
    for part in shown:
        assert written.count(part) >= 2, part


def test_at_debug_errors_show_all_they_say(stream: io.StringIO) -> None:
    logs.configure("DEBUG", stream=stream)
    try:
        raise ValueError("the message")
    except ValueError:
        structlog.get_logger("repondeur.x").exception("failed")
    assert "ValueError: the message" in stream.getvalue()


def test_what_the_system_says_of_an_error_is_shown(stream: io.StringIO) -> None:
    logs.configure(stream=stream)
    structlog.get_logger("repondeur.x").warning("failed", exc_info=OSError(errno.ENOSPC, "canary"))
    assert "OSError [No space left on device]" in stream.getvalue()
    assert "canary" not in stream.getvalue()


def without_source(written: str) -> str:
    """Without the lines of our own code that a traceback quotes."""
    source = Path(__file__).read_text().splitlines()
    for line in sorted({line.strip() for line in source if "canary" in line}, key=len, reverse=True):
        for spelling in (line, json.dumps(line)[1:-1]):
            written = written.replace(spelling, "")
    return written


def test_configured_twice_says_things_once(stream: io.StringIO, lines: Lines) -> None:
    logs.configure(stream=stream)
    logs.configure(stream=stream)
    structlog.get_logger("repondeur.x").info("once")
    assert len(lines()) == 1


def test_a_token_that_came_at_run_time_is_masked_and_old_ones_are_forgotten(stream: io.StringIO) -> None:
    logs.configure("INFO", "json", ["canary-lasting"], stream)
    logs.also_mask("canary-token-0")
    structlog.get_logger("repondeur.x").warning("said", what="canary-token-0 canary-lasting")
    assert "canary" not in stream.getvalue()
    for number in range(1, logs.MOST_TOKENS + 1):
        logs.also_mask(f"token-{number}")
    assert logs.masked("canary-token-0 token-9 canary-lasting") == "canary-token-0 ******** ********"
