"""The figures of the table count what their names say."""

import pytest
from tests.support.knowledge_set import Question
from tests.support.knowledge_table import Found, Outcome, answering, area, recall


def asked(*answers: str) -> Question:
    return Question("?", "en", answers, "" if answers else "a", "" if answers else "not told", False, False)


def test_recall_counts_only_questions_that_have_an_answer() -> None:
    results = [Found(asked("a"), ("a", "b"), 1), Found(asked("b", "c"), ("a", "c"), 1), Found(asked(), ("a",), 1)]
    assert recall(results, 1) == 0.5
    assert recall(results, 2) == 1
    assert recall([], 1) == 0


@pytest.mark.parametrize(("scores", "expected"), [((3, 2, 1, 0), 1), ((1, 0, 3, 2), 0), ((1, 1, 1, 1), 0.5)])
def test_the_area_is_one_where_the_score_tells_all_and_a_half_where_it_tells_nothing(
    scores: tuple[int, int, int, int], expected: float
) -> None:
    questions = (asked("a"), asked("a"), asked(), asked())
    assert area([Found(one, (), score) for one, score in zip(questions, scores, strict=True)]) == expected


def test_an_answer_is_right_by_what_it_cites_first_and_its_other_passages_do_not_make_it_so() -> None:
    def done(question: Question, *cited: str, leaks: tuple[str, ...] = ()) -> Outcome:
        return Outcome(question, bool(cited), cited, "decide.answer" if cited else "decide.no_answer_known", leaks)

    told = answering(
        [done(asked("a"), "a"), done(asked("a"), "b", "a"), done(asked("a")), done(asked(), "a", leaks=("x",))]
        + [done(asked()) for _ in range(3)]
    )
    assert told.answered == 3
    assert told.right == pytest.approx(1 / 3)
    assert told.answerable == pytest.approx(2 / 3)
    assert told.unanswerable == 0.25
    assert told.leaks == 1
