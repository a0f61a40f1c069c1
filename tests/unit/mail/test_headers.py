"""Header syntax: encoded words, parameters, identifiers, dates."""

from datetime import UTC, datetime, timedelta

import pytest

from repondeur.errors import MessageUnreadable
from repondeur.mail.fields import message_date, message_ids, return_path
from repondeur.mail.headers import decode_words, parse_parameters, read_header
from repondeur.mail.limits import Limits


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        ("=?utf-8?q?caf=C3=A9?=", "café"),
        ("=?UTF-8?B?Y2Fmw6k=?=", "café"),
        ("=?iso-8859-1?Q?caf=E9_noir?=", "café noir"),
        ("=?utf-8*fr?q?caf=C3=A9?=", "café"),
        ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"),
        ("=?utf-8?q?caf=C3?= =?utf-8?q?=A9?=", "café"),
        ("=?utf-8?B?Y2Fmw6k?=", "café"),
        ("=?utf-8?q?with spaces?=", "with spaces"),
        ("x=?utf-8?q?=C3=A9?=y", "xéy"),
        ("=?no-such-charset?q?caf=C3=A9?=", "café"),
        ("=?utf-8?q?never closed", "=?utf-8?q?never closed"),
        ("=?utf-8?x?what?=", "=?utf-8?x?what?="),
        ("=?utf-8?q??=", ""),
        ("100 % =? sure", "100 % =? sure"),
        ("=?utf-8?q?a=0D=0ABcc:_b?=", "a Bcc: b"),
        ("=?utf-8?q?a=E2=80=A8b?=", "a b"),
    ],
)
def test_encoded_words(value, expected):
    assert decode_words(value) == expected


@pytest.mark.parametrize(
    ("value", "main", "parameters"),
    [
        ("text/plain", "text/plain", {}),
        ('TEXT/Plain; Charset="UTF-8"', "text/plain", {"charset": "UTF-8"}),
        ("a/b; name=This is a file.txt", "a/b", {"name": "This is a file.txt"}),
        ("a/b; name=one.txt charset=x", "a/b", {"name": "one.txt", "charset": "x"}),
        ('a/b; name="semi;colon.txt"; x=y', "a/b", {"name": "semi;colon.txt", "x": "y"}),
        (r'a/b; name="q\"q.txt"', "a/b", {"name": 'q"q.txt'}),
        ('a/b; name="never closed', "a/b", {"name": "never closed"}),
        ("a/b; name*=utf-8''caf%C3%A9.txt", "a/b", {"name": "café.txt"}),
        ("a/b; name*=iso-8859-1'fr'caf%E9.txt", "a/b", {"name": "café.txt"}),
        ("a/b; name*0=one; name*1=two; name*2=three", "a/b", {"name": "onetwothree"}),
        ("a/b; name*1*=%C3%A9; name*0*=utf-8''a", "a/b", {"name": "aé"}),
        ("a/b; name*0*=utf-8''a%20; name*1=b%20", "a/b", {"name": "a b%20"}),
        ("a/b; name*=plain.txt", "a/b", {"name": "plain.txt"}),
        ("a/b; name=fallback.txt; name*=utf-8''good.txt", "a/b", {"name": "good.txt"}),
        ('a/b; name="=?utf-8?Q?caf=C3=A9?="', "a/b", {"name": "café"}),
        ("a/b; boundary=----=_Part_0_1.2", "a/b", {"boundary": "----=_Part_0_1.2"}),
        ("", "", {}),
    ],
)
def test_parameters(value, main, parameters):
    assert parse_parameters(value) == (main, parameters)


def header_of(raw):
    return read_header(raw, 0, len(raw), Limits())


def test_folded_values_are_unfolded():
    assert header_of(b"Subject: one\r\n\ttwo\r\n  three\r\n\r\nbody")[0].first("subject") == "one two three"


def test_space_before_the_colon_is_tolerated():
    assert header_of(b"From : jo@client.example\n\n")[0].values("from") == ("jo@client.example",)


def test_the_body_begins_after_the_empty_line():
    raw = b"A: 1\n\nB: 2\n"
    header, body = header_of(raw)
    assert header.fields == (("a", "1"),)
    assert raw[body:] == b"B: 2\n"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"Subject: " + b"x" * 17_000 + b"\n\n", "mail.field_too_large"),
        (b"Subject: a\n" + b" x" * 40 * 400 + b"\n\n", "mail.field_too_large"),
        (b"X-A: " + b"x" * 100_000 + b"\n\n", "mail.header_too_large"),
        (b"X-A: 12345678901234567890\n" * 4_000, "mail.header_too_large"),
    ],
)
def test_too_large_headers_are_refused(raw, code):
    with pytest.raises(MessageUnreadable) as refused:
        header_of(raw)
    assert refused.value.reason.code == code
    assert str(refused.value)
    assert refused.value.hint("fr")


def test_a_long_first_line_that_is_no_field_is_text():
    assert header_of(b"x" * 100_000)[0].fields == ()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["<a@b>"], ("a@b",)),
        (["<a@b> <c@d>", "<a@b>"], ("a@b", "c@d")),
        (["< a @ b >"], ("a@b",)),
        (["a@b"], ("a@b",)),
        (["Your message of today <a@b>"], ("a@b",)),
        (["Your message of today"], ()),
        (["<no-at-sign>"], ("no-at-sign",)),
        ([""], ()),
        (["<>"], ()),
    ],
)
def test_message_ids(values, expected):
    assert message_ids(tuple(values)) == expected


def test_of_too_many_references_the_root_and_the_latest_stay():
    found = message_ids((" ".join(f"<{number}@x>" for number in range(50)),), limit=3)
    assert found == ("0@x", "48@x", "49@x")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Tue, 3 Nov 2026 10:12:00 +0000", datetime(2026, 11, 3, 10, 12, tzinfo=UTC)),
        ("Tue, 3 Nov 2026 10:12:00 -0000", datetime(2026, 11, 3, 10, 12, tzinfo=UTC)),
        ("3 Nov 26 10:12 GMT", datetime(2026, 11, 3, 10, 12, tzinfo=UTC)),
        ("2026-11-03T10:12:00+00:00", datetime(2026, 11, 3, 10, 12, tzinfo=UTC)),
        ("Tue, 3 Nov 2026 10:12:00 +9999", None),
        ("Tue, 33 Nov 2026 10:12:00 +0000", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates(value, expected):
    assert message_date(value) == expected


def test_the_zone_of_the_author_is_kept():
    date = message_date("Tue, 3 Nov 2026 10:12:00 +0900")
    assert date is not None
    assert date.utcoffset() == timedelta(hours=9)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], None),
        (["<>"], ""),
        (["< >"], ""),
        (["<jo@client.example>"], "jo@client.example"),
        (["<a@b.example>", "<>"], "a@b.example"),
    ],
)
def test_return_path(values, expected):
    assert return_path(tuple(values)) == expected
