"""Floors of what is read rightly from the corpus of real mail that lies beside the project."""

from pathlib import Path

import pytest
from benchmarks.reading import GOALS, Results, measure

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"

pytestmark = pytest.mark.corpus

FLOORS = {
    **GOALS,
    # One of 38 states MIME markup as its text, one the texts of two equal alternatives: 36 is the most.
    "body": 0.945,
    "to": 1.0,
    "message id": 1.0,
    # Sources differ on whether a part without a name is an attachment, and on names below a mail.
    "attachment count": 0.87,
    "reply excludes": 0.80,
    "reply exact": 0.97,
    "reply contains": 0.97,
    "forward told": 1.0,
    "forward author": 1.0,
    "forward subject": 0.99,
    "forward body": 0.99,
    "failed recipients": 0.98,
}


@pytest.fixture(scope="module")
def results() -> Results:
    return measure(CORPUS)


def test_nothing_but_refusals_comes_out(results):
    assert results.exceptions == []
    assert len(results.unreadable) <= 3


@pytest.mark.parametrize(("fact", "floor"), FLOORS.items(), ids=FLOORS)
def test_is_read_rightly(results, fact, floor):
    assert fact in results.facts, "no file states it"
    assert results.share(fact) >= floor, results.facts[fact][1]
