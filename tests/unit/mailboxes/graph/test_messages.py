"""What Graph tells of a message, whole and in part; a header made of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from typing import Any

import pytest

from repondeur.mailboxes.graph.delta import changed, starts_over
from repondeur.mailboxes.graph.failures import Refused
from repondeur.mailboxes.graph.messages import SELECT, Found, header_of, header_section, moment, moment_text

RECEIVED = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TOLD: dict[str, Any] = {
    "@odata.etag": 'W/"CQAAABYAAAA"',
    "id": "AAkALg=",
    "conversationId": "AAQk=",
    "internetMessageId": "<one@shop.example>",
    "isRead": False,
    "isDraft": False,
    "parentFolderId": "AQMk=",
    "receivedDateTime": "2026-11-20T09:00:00Z",
    "categories": ["Blue"],
}
WHOLE = Found("AAkALg=", "AAQk=", "<one@shop.example>", False, False, "AQMk=", RECEIVED, ("Blue",))


def test_a_whole_message() -> None:
    assert Found.from_json(TOLD) == WHOLE
    assert WHOLE.whole
    assert set(SELECT.split(",")) == TOLD.keys() - {"@odata.etag"}


def test_it_survives_the_ledger() -> None:
    assert Found.from_json(WHOLE.to_json()) == WHOLE
    partial = Found("AAkALg=", read=True)
    assert Found.from_json(partial.to_json()) == partial


@pytest.mark.parametrize("missing", sorted(TOLD.keys() - {"@odata.etag", "id", "categories"}))
def test_a_part_is_not_whole(missing: str) -> None:
    assert not Found.from_json({name: value for name, value in TOLD.items() if name != missing}).whole


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"internetMessageId": None}, {"message_id": ""}, id="told that there is none"),
        pytest.param({"isRead": "false"}, {"read": None}, id="text is no truth value"),
        pytest.param({"receivedDateTime": 5}, {"received": None}, id="a number is no moment"),
        pytest.param({"receivedDateTime": "yesterday"}, {"received": None}, id="nor is a word"),
        pytest.param({"categories": "Blue"}, {"categories": None}, id="no list"),
        pytest.param({"categories": ["Blue", 7]}, {"categories": ("Blue",)}, id="a number among categories"),
        pytest.param({"parentFolderId": {}}, {"folder_id": None}, id="an object as an id"),
    ],
)
def test_other_types_than_documented_count_as_not_told(change: dict[str, Any], expected: dict[str, Any]) -> None:
    assert Found.from_json(TOLD | change) == replace(WHOLE, **expected)


def test_what_is_told_now_goes_over_what_was_known() -> None:
    assert Found("AAkALg=", read=True).over(WHOLE) == replace(WHOLE, read=True)
    assert Found("AAkALg=", categories=()).over(WHOLE) == replace(WHOLE, categories=())
    assert WHOLE.over(None) is WHOLE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20T09:00:00Z", RECEIVED),
        ("2026-11-20T09:00:00.1234567Z", RECEIVED + timedelta(microseconds=123456)),
        ("2026-11-20T09:00:00.5Z", RECEIVED + timedelta(microseconds=500000)),
        ("2026-11-20T10:00:00+01:00", RECEIVED),
        ("2026-11-20T09:00:00", None),
        ("", None),
        (None, None),
    ],
)
def test_moments(text: object, expected: datetime | None) -> None:
    assert moment(text) == expected


def test_a_moment_as_a_literal_is_rounded_down_and_in_utc() -> None:
    paris = timezone(timedelta(hours=1))
    assert moment_text(datetime(2026, 11, 20, 10, 0, 0, 999_999, tzinfo=paris)) == "2026-11-20T09:00:00Z"


def test_the_header_of_a_beginning() -> None:
    assert header_section(b"From: a@x.example\r\nTo: b@x.example\r\n\r\nBody\r\n\r\n") == (
        b"From: a@x.example\r\nTo: b@x.example\r\n\r\n"
    )
    assert header_section(b"From: a@x.example\n\nBody") == b"From: a@x.example\n\n"
    assert len(header_section(b"X: " + b"y" * 1_000_000)) == 256_000


def test_a_header_made_of_what_graph_tells() -> None:
    told = {
        "internetMessageHeaders": [
            {"name": "Received", "value": "from a by b; Fri, 20 Nov 2026 09:00:00 +0000"},
            {"name": "Received", "value": "from a by b; Fri, 20 Nov 2026 09:00:00 +0000"},
            {"name": "From", "value": "Zoé <zoe@shop.example>"},
            {"name": "Subject", "value": "=?utf-8?q?Caf=C3=A9?="},
        ],
        "subject": "Another",
        "from": {"emailAddress": {"name": "Mallory", "address": "mallory@evil.example"}},
        "internetMessageId": "<one@shop.example>",
    }
    made = message_from_bytes(header_of(told))
    assert len(made.get_all("Received", [])) == 2
    assert [made.get_all(name) for name in ("Subject", "Message-ID")] == [
        ["=?utf-8?q?Caf=C3=A9?="],
        ["<one@shop.example>"],
    ]
    assert len(made.get_all("From", [])) == 1
    assert "From: Zoé <zoe@shop.example>\r\n".encode() in header_of(told)


def test_a_header_made_of_properties_where_there_was_none() -> None:
    told = {
        "subject": "Café, un été",
        "from": {"emailAddress": {"name": "Zoé Durand", "address": "zoe@shop.example"}},
        "toRecipients": [
            {"emailAddress": {"name": "Support", "address": "support@desk.example"}},
            {"emailAddress": {"name": "", "address": "b@desk.example"}},
        ],
        "internetMessageId": "<one@shop.example>",
        "receivedDateTime": "2026-11-20T09:00:00Z",
    }
    octets = header_of(told)
    assert octets.isascii()
    made = message_from_bytes(octets)
    assert made["From"] == "=?utf-8?q?Zo=C3=A9_Durand?= <zoe@shop.example>"
    assert made["To"] == "Support <support@desk.example>, b@desk.example"
    assert made["Subject"].startswith("=?utf-8?")
    assert made["Date"] == "Fri, 20 Nov 2026 09:00:00 +0000"
    assert octets.endswith(b"\r\n\r\n")


EVIL = "x\r\nBcc: y@evil.example\n\nBody\u2028Cc: z@evil.example\x85\x00"


@pytest.mark.parametrize(
    "told",
    [
        {"subject": EVIL},
        {"subject": f"é{EVIL}"},
        {"internetMessageId": EVIL},
        {"from": {"emailAddress": {"name": EVIL, "address": "a@x.example"}}},
        {"from": {"emailAddress": {"name": f"é{EVIL}", "address": "a@x.example"}}},
        {"from": {"emailAddress": {"name": "A", "address": f"a@x.example{EVIL}"}}},
        {"internetMessageHeaders": [{"name": "X-A", "value": EVIL}]},
        {"internetMessageHeaders": [{"name": "X-A: b\r\nBcc", "value": "y@evil.example"}]},
        {"internetMessageHeaders": [{"name": "Bcc ", "value": "y@evil.example"}]},
    ],
)
def test_no_value_begins_another_field(told: dict[str, Any]) -> None:
    octets = header_of(told)
    names = {line.partition(b":")[0].lower() for line in octets.strip().split(b"\r\n") if line}
    assert names <= {b"subject", b"message-id", b"from", b"x-a"}
    assert b"\n" not in octets.strip().replace(b"\r\n", b"")
    assert octets.count(b"\r\n\r\n") <= 1


def test_nothing_known_makes_no_header() -> None:
    assert header_of({}) == b""
    assert header_of({"internetMessageHeaders": [5, {"name": "X"}], "from": None, "toRecipients": 5}) == b""


# -- what a page of changes means


def one(ref: str = "a", **change: Any) -> dict[str, Any]:
    return TOLD | {"id": ref} | change


REMOVED = {"id": "a", "@removed": {"reason": "deleted"}}


@pytest.mark.parametrize(
    ("entries", "waiting", "done", "gone"),
    [
        pytest.param([one()], {"a"}, set(), set(), id="unread mail"),
        pytest.param([one(isRead=True)], set(), {"a"}, set(), id="read"),
        pytest.param([one(isDraft=True)], set(), {"a"}, set(), id="a draft"),
        pytest.param([one(receivedDateTime="2026-11-18T09:00:00Z")], set(), {"a"}, set(), id="from before our time"),
        pytest.param([REMOVED], set(), set(), {"a"}, id="removed"),
        pytest.param([one(), REMOVED], set(), set(), {"a"}, id="removed after all"),
        pytest.param([REMOVED, one()], {"a"}, set(), set(), id="there again"),
        pytest.param([one(), one(), {"id": "a", "isRead": True}], set(), {"a"}, set(), id="the last word counts"),
        pytest.param([{"id": "a", "isRead": False}], {"a"}, set(), set(), id="too little is told"),
        pytest.param([{"id": "known", "isRead": False}], {"known"}, set(), set(), id="the rest is known"),
        pytest.param([{"isRead": False}, {"id": 7}, one("b")], {"b"}, set(), set(), id="entries without an id"),
        pytest.param([], set(), set(), set(), id="an empty page"),
    ],
)
def test_changes(entries: list[dict[str, Any]], waiting: set[str], done: set[str], gone: set[str]) -> None:
    known = replace(WHOLE, ref="known", folder_id="elsewhere")
    told = changed(entries, "AQMk=", datetime(2026, 11, 19, tzinfo=UTC), {"known": known}.get)
    assert (set(told.waiting), set(told.done), set(told.gone)) == (waiting, done, gone)
    assert all(found.folder_id == "AQMk=" for found in told.waiting.values())
    assert {found.whole for ref, found in told.waiting.items() if ref == "known"} <= {True}


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (410, "", True),
        (400, "syncStateNotFound", True),
        (404, "SyncStateNotFound", True),
        (400, "SyncStateInvalid", True),
        (400, "resyncRequired", True),
        (400, "ErrorInvalidUrlQuery", False),
        (404, "ErrorItemNotFound", False),
    ],
)
def test_when_to_start_over(status: int, code: str, expected: bool) -> None:
    assert starts_over(Refused(status, code)) is expected
