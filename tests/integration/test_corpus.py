"""Floors of what is read rightly from the corpus of real mail that lies beside the project."""

from pathlib import Path

import pytest
from benchmarks.reading import Results, measure

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(
        not CORPUS.is_dir(), reason=f"no corpus beside the project ({CORPUS.parent.name}/{CORPUS.name})"
    ),
]

FLOORS = {
    "subject": 0.985,
    "author": 0.97,
    "to": 1.0,
    "message id": 1.0,
    # The rest are facts on which the sources disagree, such as the names of parts behind a broken delimiter.
    "attachment names": 0.87,
    "attachment count": 0.87,
    "body": 0.94,
    "reply exact": 0.95,
    "reply contains": 0.96,
    "reply excludes": 0.80,
    "forward told": 0.98,
    "forward author": 0.97,
    "forward subject": 0.97,
    "forward body": 0.98,
    "automatic caught": 0.995,
    "ordinary let through": 0.985,
}


@pytest.fixture(scope="module")
def results() -> Results:
    return measure(CORPUS)


def test_nothing_but_refusals_comes_out(results):
    assert results.exceptions == []
    assert len(results.unreadable) <= 3


@pytest.mark.parametrize(("fact", "floor"), FLOORS.items(), ids=FLOORS)
def test_is_read_rightly(results, fact, floor):
    assert results.share(fact) >= floor, results.facts[fact][1]
