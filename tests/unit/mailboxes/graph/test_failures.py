"""Answers and broken lines of Graph, as errors that say whether it may work later."""

import errno
import socket
import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import get_args

import httpx2
import pytest

import repondeur.mailboxes.graph.entra as entra_module
from repondeur.errors import LoginRefused, MailboxUnavailable
from repondeur.mailboxes.graph.entra import refusal
from repondeur.mailboxes.graph.failures import Again, Refused, TokenRefused, graph_code, judged, lost, retry_after
from repondeur.mailboxes.graph.pace import backoff
from repondeur.mailboxes.reach import Cause
from repondeur.settings.schema import GraphSettings
from repondeur.texts import catalogue

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SETTINGS = GraphSettings(mailbox_user_id="desk@boutique.example", azure_client_id="app", azure_tenant_id="tenant")


def body(code: object) -> dict[str, object]:
    return {"error": {"code": code, "message": "…"}}


def judge(status: int, code: str = "", *, mailbox: str | None = "desk", **headers: str) -> Exception:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return judged(status, body(code), named, NOW, server="graph", mailbox=mailbox)


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        ("1.5", 1.5),
        ("", None),
        ("-3", None),
        ("soon", None),
        ("٣", None),
        ("9" * 40, None),
        (format_datetime(NOW + timedelta(seconds=40), usegmt=True), 40.0),
        (format_datetime(NOW - timedelta(seconds=40), usegmt=True), 0.0),
        ("Fri, 20 Nov 2026 12:00:09 -0000", 9.0),
    ],
)
def test_retry_after(given, seconds):
    assert retry_after({"retry-after": given}, NOW) == seconds


def test_a_date_is_reckoned_by_the_clock_of_the_server():
    theirs = NOW + timedelta(hours=3)
    headers = {
        "retry-after": format_datetime(theirs + timedelta(seconds=5), usegmt=True),
        "date": format_datetime(theirs, usegmt=True),
    }
    assert retry_after(headers, NOW) == 5.0


@pytest.mark.parametrize(
    "found", [{}, {"error": None}, {"error": "text"}, {"error": []}, {"error": {"code": 7}}, {"error": {}}]
)
def test_bodies_without_a_code(found):
    assert graph_code(found) == ""


def test_a_code_is_not_longer_than_a_code():
    assert len(graph_code(body("x" * 10_000))) == 100


@pytest.mark.parametrize(("status", "received"), [(408, True), (500, True), (502, True), (503, True), (504, True)])
def test_a_busy_server(status, received):
    again = judge(status, retry_after="3")
    assert isinstance(again, Again)
    assert (again.pause, again.received) == (3.0, received)
    assert isinstance(again.error, MailboxUnavailable)


def test_throttled_is_surely_not_done():
    again = judge(429, "ApplicationThrottled", retry_after="12")
    assert isinstance(again, Again)
    assert (again.pause, again.received) == (12.0, False)
    assert (again.error.reason.code, again.error.reason.params["seconds"]) == ("graph.throttled", 12)


def test_a_conversion_that_fails_is_for_good():
    found = judge(500, "ErrorMimeContentConversionFailed")
    assert isinstance(found, Refused)
    assert not found.gone
    assert found.for_good


@pytest.mark.parametrize(
    ("status", "code", "gone"),
    [
        (404, "ErrorItemNotFound", True),
        (410, "syncStateNotFound", True),
        (400, "ErrorItemNotFound", True),
        (400, "ErrorInvalidIdMalformed", False),
        (409, "ErrorIrresolvableConflict", False),
        (413, "", False),
        (404, "", False),
        (404, "UnknownError", False),
        (410, "", False),
        (404, "ErrorFolderNotFound", True),
    ],
)
def test_refusals(status, code, gone):
    found = judge(status, code)
    assert isinstance(found, Refused)
    assert (found.status, found.graph_code, found.gone) == (status, code, gone)


@pytest.mark.parametrize(
    ("status", "code", "name"),
    [
        (403, "ErrorAccessDenied", "graph.access_denied"),
        (404, "ErrorInvalidUser", "graph.mailbox_missing"),
        (404, "MailboxNotEnabledForRESTAPI", "graph.mailbox_missing"),
    ],
)
def test_a_right_or_mailbox_that_is_missing(status, code, name):
    found = judge(status, code)
    assert isinstance(found, LoginRefused)
    assert found.reason.code == name
    assert isinstance(judge(status, code, mailbox=None), Refused)


def test_a_token_and_a_redirect():
    assert isinstance(judge(401), TokenRefused)
    assert isinstance(judge(302), MailboxUnavailable)


def connecting(cause: BaseException) -> httpx2.ConnectError:
    error = httpx2.ConnectError("failed")
    error.__cause__ = cause
    return error


def untrusted() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "failed")
    error.verify_code, error.verify_message = 20, "unable to get local issuer certificate"
    return error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (connecting(socket.gaierror(-2, "Name or service not known")), "graph.host_unknown"),
        (connecting(ConnectionRefusedError(errno.ECONNREFUSED, "refused")), "graph.port_refused"),
        (
            connecting(ExceptionGroup("all", [OSError("x"), ConnectionRefusedError(errno.ECONNREFUSED, "refused")])),
            "graph.port_refused",
        ),
        (connecting(OSError(errno.ENETUNREACH, "Network is unreachable")), "graph.unreachable"),
        (connecting(ssl.SSLError(1, "wrong version number")), "graph.tls_failed"),
        (connecting(ValueError("?")), "graph.unreachable"),
        (httpx2.ProxyError("407"), "graph.unreachable"),
        (httpx2.ConnectTimeout("slow"), "graph.no_answer"),
    ],
)
def test_a_line_that_was_not_made(error, code):
    again = lost(error, "graph")
    assert isinstance(again, Again)
    assert (again.error.reason.code, again.received) == (code, False)
    assert str(again.error)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (httpx2.ReadTimeout("slow"), "graph.timed_out"),
        (httpx2.WriteTimeout("slow"), "graph.timed_out"),
        (TimeoutError(), "graph.timed_out"),
        (httpx2.ReadError("broken"), "graph.connection_lost"),
        (httpx2.WriteError("broken"), "graph.connection_lost"),
        (httpx2.RemoteProtocolError("Server disconnected"), "graph.connection_lost"),
    ],
)
def test_a_line_that_broke_may_have_carried_the_request(error, code):
    again = lost(error, "graph")
    assert isinstance(again, Again)
    assert (again.error.reason.code, again.received) == (code, True)


def test_an_untrusted_certificate_is_not_tried_again():
    found = lost(connecting(untrusted()), "graph")
    assert isinstance(found, MailboxUnavailable)
    assert found.reason.code == "graph.certificate_untrusted"


@pytest.mark.parametrize("name", get_args(Cause))
def test_each_cause_says_what_to_do(name):
    assert catalogue("graph")[name].keys() >= {"en", "fr", "hint_en", "hint_fr"}


def test_each_meaning_of_entra_says_what_to_do():
    for name in {*entra_module._MEANINGS.values(), "conditional_access", "sign_in_refused"}:
        entry = catalogue("graph")[name]
        assert entry.keys() >= {"en", "fr", "hint_en", "hint_fr"}
        assert "{error}" in entry["en"]


@pytest.mark.parametrize(
    ("answer", "kind", "code", "error"),
    [
        ({"error": "invalid_client", "error_codes": [7000215]}, LoginRefused, "wrong_secret", "AADSTS7000215"),
        (
            {"error": "invalid_client", "error_description": "AADSTS7000222: …"},
            LoginRefused,
            "secret_expired",
            "AADSTS7000222",
        ),
        ({"error": "x", "error_codes": [530032]}, LoginRefused, "conditional_access", "AADSTS530032"),
        ({"error": "x", "error_codes": [530]}, LoginRefused, "sign_in_refused", "AADSTS530"),
        ({"error": "invalid_grant", "error_codes": ["7000215"]}, LoginRefused, "sign_in_refused", "invalid_grant"),
        ({"error": "x", "error_codes": [50196]}, MailboxUnavailable, "sign_in_busy", "AADSTS50196"),
        ({"error": "temporarily_unavailable"}, MailboxUnavailable, "sign_in_busy", "temporarily_unavailable"),
    ],
)
def test_what_entra_says(answer, kind, code, error):
    found = refusal(answer, SETTINGS)
    assert isinstance(found, kind)
    assert (found.reason.code, found.reason.params["error"]) == (f"graph.{code}", error)
    assert error in str(found)


@pytest.mark.parametrize("answer", [{}, {"access_token": 7}, {"token_type": "Bearer"}])
def test_an_answer_without_token_and_error(answer):
    found = refusal(answer, SETTINGS)
    assert isinstance(found, MailboxUnavailable)
    assert found.reason.code == "graph.strange_answer"


def test_backoff_doubles_up_to_a_cap():
    assert [backoff(tries, 0) for tries in (1, 2, 3, 6, 60)] == [0.5, 1.0, 2.0, 16.0, 16.0]
    assert backoff(3, 1) == 1.0
