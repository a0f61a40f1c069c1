"""The form of the record's rows: what was written by one version holds for all that follow."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from repondeur.store.chain import GENESIS, Link, Place, canonical, fault, linked

AT = datetime(2026, 11, 20, 10, 0, 0, 7, UTC)
FIRST = linked(None, AT, "decided", 12, '{"reason":"r","salt":"00"}')
SECOND = linked(Place(FIRST.id, FIRST.hash), AT, "paused", None, "{}")


def test_the_hashes_of_a_version_are_those_of_all() -> None:
    assert (FIRST.id, FIRST.previous) == (1, GENESIS)
    assert FIRST.details_digest == "64a00bfbed4d558fbb5eeab804ca1e19c501ee873a876b6bc5c30a2ae59d6dd7"
    assert FIRST.hash == "a9e54d2e5a618558b4c713a13b14c24b3b768d7e0dd2e1b2c3d6dd28b0d562dc"
    assert (SECOND.id, SECOND.previous) == (2, FIRST.hash)
    assert SECOND.hash == "91f2493f50cea6fa3cb11c020b0bc23c928fb3c6c26f9a63d5160911c0f81b78"


def test_a_whole_chain_has_no_fault() -> None:
    assert fault(FIRST, None) is None
    assert fault(SECOND, FIRST) is None
    assert fault(replace(FIRST, details=None), None) is None, "details may be forgotten"


def test_a_moment_counts_and_not_its_zone() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=5)))
    assert fault(replace(FIRST, at=elsewhere), None) is None
    assert fault(replace(FIRST, at=AT + timedelta(microseconds=1)), None) == "hash"


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (replace(SECOND, id=3), "number"),
        (replace(SECOND, previous=GENESIS), "previous"),
        (replace(SECOND, details="{ }"), "details"),
        (replace(SECOND, mail_id=12), "hash"),
        (replace(SECOND, event="resumed"), "hash"),
        (replace(SECOND, hash=FIRST.hash), "hash"),
    ],
)
def test_each_fault_has_its_name(row: Link, found: str) -> None:
    assert fault(row, FIRST) == found


def test_there_is_one_spelling_for_a_value() -> None:
    assert canonical({"b": 1, "a": "é\u2028\ud800"}) == '{"a":"\\u00e9\\u2028\\ud800","b":1}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(float("nan"))
