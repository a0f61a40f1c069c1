"""What the search finds and the program answers on the sets of tests/fixtures/knowledge, and what it must never say.

The figures stand a little below those that benchmarks/knowledge.py prints, so that a change for the worse fails here.
"""

import asyncio
from dataclasses import replace

import pytest
from tests.support.knowledge_set import SETS, TRADES, KnowledgeSet, read_set
from tests.support.knowledge_table import DEPTH, Found, answering, found, our_search, outcomes, public_index, recall
from tests.support.simulated_model import careful, careless, simulated

from repondeur.engines.builtin import BuiltinEngine
from repondeur.knowledge.index import Index
from repondeur.policy.facts import ReplyMode


@pytest.fixture(scope="module")
def known() -> KnowledgeSet:
    return read_set()


@pytest.fixture(scope="module")
def index(known: KnowledgeSet) -> Index:
    return Index(known.passages)


@pytest.fixture(scope="module")
def results(known: KnowledgeSet, index: Index) -> list[Found]:
    return found(known, our_search(index))


def test_the_right_passage_is_found_in_both_languages(results: list[Found]) -> None:
    for language in ("fr", "en"):
        asked = [one for one in results if one.question.language == language]
        assert recall(asked, 1) >= 0.58
        assert recall(asked, DEPTH) >= 0.80
    assert recall(results, 1) >= 0.60
    assert recall(results, DEPTH) >= 0.83


def test_the_right_passage_is_found_across_languages_and_with_typos(results: list[Found]) -> None:
    across = [one for one in results if one.question.across]
    typos = [one for one in results if one.question.typos]
    assert recall(across, 1) >= 0.45
    assert recall(across, DEPTH) >= 0.70
    assert recall(typos, 1) >= 0.62
    assert recall(typos, DEPTH) >= 0.83


def test_the_built_in_engine_knows_what_it_does_not_know(known: KnowledgeSet, index: Index) -> None:
    """Of all trades; the index of one of them has what is internal too, which must not be told for all that."""
    done = asyncio.run(outcomes(every(2, known), index, BuiltinEngine()))
    for trade in TRADES[1:]:
        other = read_set(SETS / trade)
        done += asyncio.run(outcomes(other, public_index(other), BuiltinEngine()))
    told = answering(done)
    assert told.leaks == 0
    assert told.right >= 0.80
    assert told.unanswerable <= 0.10
    assert told.answerable >= 0.21


def test_questions_of_another_trade_are_not_answered() -> None:
    shop, clinic = read_set(SETS / "appliances"), read_set(SETS / "clinic")
    strange = replace(clinic, questions=shop.questions + read_set(SETS / "accounting").questions)
    done = asyncio.run(outcomes(strange, public_index(clinic), BuiltinEngine()))
    assert sum(one.answered for one in done) <= 0.06 * len(done)


@pytest.mark.parametrize(("reply", "answerable"), [("strict", 0.55), ("free", 0.70)])
def test_a_model_that_errs_at_times_still_answers_most(
    known: KnowledgeSet, index: Index, reply: ReplyMode, answerable: float
) -> None:
    told = answering(asyncio.run(simulated(every(3, known), index, careful, reply=reply))[0])
    assert told.leaks == 0
    assert told.right >= 0.75
    assert told.unanswerable <= 0.15
    assert told.answerable >= answerable


def test_a_model_that_cites_whatever_it_is_shown_tells_nothing_internal(known: KnowledgeSet, index: Index) -> None:
    done = asyncio.run(simulated(every(6, known), index, careless))[0]
    assert any(one.answered for one in done)
    assert not [one.leaks for one in done if one.leaks]


def every(step: int, known: KnowledgeSet) -> KnowledgeSet:
    """One question in `step`, and all that only internal entries answer: a model behind a server takes its time."""
    chosen = [one for number, one in enumerate(known.questions) if number % step == 0 or one.why == "internal"]
    return replace(known, questions=tuple(chosen))
