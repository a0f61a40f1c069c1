"""What the logs say, and what they never say."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

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


def test_a_secret_learnt_later_is_masked_too(stream: io.StringIO) -> None:
    logs.configure(stream=stream)
    logs.hide("token-canary")
    structlog.get_logger("repondeur.x").info("signed.in", answer="token-canary")
    assert "canary" not in stream.getvalue()


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


def test_configured_twice_says_things_once(stream: io.StringIO, lines: Lines) -> None:
    logs.configure(stream=stream)
    logs.configure(stream=stream)
    structlog.get_logger("repondeur.x").info("once")
    assert len(lines()) == 1
