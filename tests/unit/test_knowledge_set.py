"""The set that the search and the answers are measured with is what its figures claim it to be."""

from collections import Counter

import pytest
from tests.support.knowledge_set import KnowledgeSet, Question, read_set

WHYS = {
    "other country",
    "other place",
    "other product",
    "other date",
    "other channel",
    "other audience",
    "not told",
    "negated",
    "internal",
}


@pytest.fixture(scope="module")
def known() -> KnowledgeSet:
    return read_set()


@pytest.fixture(params=["fr", "en"])
def asked(request: pytest.FixtureRequest, known: KnowledgeSet) -> list[Question]:
    return [question for question in known.questions if question.language == request.param]


def test_sixty_entries_half_of_them_french_of_the_length_of_help_pages(known: KnowledgeSet) -> None:
    assert Counter(passage.language for passage in known.passages) == {"fr": 30, "en": 30}
    assert sum(passage.visibility == "internal" for passage in known.passages) == 6
    assert all(40 <= len(passage.text.split()) <= 130 for passage in known.passages)


def test_enough_questions_of_each_kind_in_each_language(asked: list[Question]) -> None:
    def share(count: int) -> float:
        return count / len(asked)

    assert len(asked) >= 150
    assert 0.3 <= share(sum(question.typos for question in asked)) <= 0.37
    assert 0.18 <= share(sum(question.across for question in asked)) <= 0.25
    assert 0.28 <= share(sum(not question.answers for question in asked)) <= 0.33
    assert {question.why for question in asked if not question.answers} == WHYS


def test_every_public_entry_answers_something_and_no_question_stands_twice(known: KnowledgeSet) -> None:
    used = {name for question in known.questions for name in question.answers}
    assert used == {passage.id for passage in known.passages if passage.visibility == "public"}
    assert max(Counter(question.text for question in known.questions).values()) == 1
