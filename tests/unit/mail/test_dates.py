"""Dates as programs and people write them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repondeur.mail.dates import message_date

MEANT = datetime(2026, 11, 3, 9, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "Tue, 3 Nov 2026 10:12:00 +0100",
        "Tue, 3 Nov 2026 10:12:00 +0100 (CET)",
        "Tue, 003 Nov 2026 10:12:00 +0100",
        "Tue, 03 Nov 2026 09:12:00 -0000",
        "3 Nov 2026 10:12 +0100",
        "3 Nov 26 09:12 GMT",
        "3 Nov 126 09:12 UT",
        "Tue, 3 Nov 2026 09:12:00",
        "Tue, 3 Nov 2026 09:12:00 Z",
        "Tue, 3 Nov 2026 05:12:00 EDT",
        "Tue, 3 Nov 2026 04:12:00 EST",
        "Tue, 3 Nov 2026 01:12:00 PST",
        "Tue, 3 Nov 2026 10:12:00 CET",
        "Tue, 3 Nov 2026 11:12:00 CEST",
        "Tue, 3 Nov 2026 10:12:00 (CET)",
        "Tue, 3 Nov 2026 10:12:00 GMT+0100",
        "Tue, 3 Nov 2026 10:12:00 GMT+01:00",
        "Tue, 3 Nov 2026 10:12:00 +01:00",
        "Tue, 3 Nov 2026 10:12:00 +1:00",
        "Tue, 3 Nov 2026 10:12:00 +0100 CEST",
        "Tue, 3 Nov 2026 10.12.00 +0100",
        "Tue,3 Nov 2026 10:12:00 +0100",
        "Tuesday, 3 November 2026 10:12:00 +0100",
        "Tue Nov  3 09:12:00 2026",
        "Tue Nov  3 09:12:00 UTC 2026",
        "Tue Nov  3 10:12:00 2026 +0100",
        "Nov 3, 2026 9:12 AM",
        "November 3, 2026, 9:12:00 a.m. UTC",
        "Tue, 3-Nov-2026 09:12:00 GMT",
        "2026-11-03T10:12:00+01:00",
        "2026-11-03T09:12:00Z",
        "2026-11-03 09:12:00",
        "2026-11-03 10:12:00 +0100",
        "2026-11-03T09:12:00.000Z",
        "2026/11/03 10:12 +0100",
        "03/11/2026 10:12:00 +0100",
        "03.11.2026 10:12 +0100",
        "mar., 3 nov. 2026 10:12:00 +0100",
        "mardi 3 novembre 2026 à 10:12 +0100",
        "Mardi 3 novembre 2026 10h12 +0100",
        "Di, 3 Nov 2026 10:12:00 +0100",
        "martes, 3 de noviembre de 2026 10:12:00 +0100",
        "Tue, 3 Nov 2026 10:12:00 +0100; x",
        '"Tue, 3 Nov 2026 10:12:00 +0100"',
        "Tue, 3 Nov 2026 10:12:00\t+0100",
        "=?utf-8?q?Tue,_3_Nov_2026_10:12:00_+0100?=",
        "вт, 3 ноя 2026 10:12:00 +0100",
    ],
)
def test_one_moment_in_many_forms(value):
    assert message_date(value) == MEANT


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Tue, 3 Nov 2026 24:00:00 +0000", datetime(2026, 11, 4, tzinfo=UTC)),
        ("Tue, 3 Nov 2026 23:59:60 +0000", datetime(2026, 11, 3, 23, 59, 59, tzinfo=UTC)),
        ("11/23/2026 9:12 PM UTC", datetime(2026, 11, 23, 21, 12, tzinfo=UTC)),
        ("Mon, 1 Jan 70 00:00:00 GMT", datetime(1970, 1, 1, tzinfo=UTC)),
        ("3 août 2026 10:12:00 +0000", datetime(2026, 8, 3, 10, 12, tzinfo=UTC)),
        ("3 févr. 2026 10:12:00 +0000", datetime(2026, 2, 3, 10, 12, tzinfo=UTC)),
        ("3. März 2026 10:12:00 +0000", datetime(2026, 3, 3, 10, 12, tzinfo=UTC)),
        ("3 Nov 2026", datetime(2026, 11, 3, tzinfo=UTC)),
        ("Tue, 3 Nov 2026 10:12:00 +9999", None),
        ("Tue, 33 Nov 2026 10:12:00 +0000", None),
        ("Tue, 3 Nov 2026 25:12:00 +0000", None),
        ("Tue, 3 Brumaire 2026 10:12:00 +0000", None),
        ("10:12", None),
        ("Fri, 31 Dec 9999 23:59:59 -0500", None),
        ("9999-12-31T23:59:59-05:00", None),
        ("31 décembre 9999 23:59:59 -0500", None),
        ("Mon, 1 Jan 0001 00:00:00 +0000", None),
        ("01/01/0001 00:00 +0500", None),
        ("Wed, 31 Dec 2200 23:59:59 +0000", datetime(2200, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("Sun, 31 Dec 1899 23:59:59 +0000", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_other_moments(value, expected):
    assert message_date(value) == expected


def test_the_zone_of_the_author_is_kept():
    for value in ("Tue, 3 Nov 2026 10:12:00 +0900", "3 novembre 2026 10:12:00 +0900"):
        date = message_date(value)
        assert date is not None
        assert date.utcoffset() == timedelta(hours=9)


@given(st.text(max_size=80))
def test_any_text_gives_a_date_or_none(text):
    date = message_date(text)
    assert date is None or date.tzinfo is not None


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001 (given a zone below)
def test_what_the_standard_writes_is_read(moment):
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    assert message_date(moment.strftime("%a, %d %b %Y %H:%M:%S +0000")) == moment
    assert message_date(moment.strftime("%a %b %d %H:%M:%S %Y")) == moment
