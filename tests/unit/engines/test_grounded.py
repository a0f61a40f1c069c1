"""Answers of the knowledge alone: all of what is asked, or nothing."""

from datetime import date

import pytest

from repondeur.engines.grounded import answer
from repondeur.policy.knowing import Questions, passed_over
from repondeur.policy.passage import Passage
from repondeur.words.sentences import sentences


def passage(name, title, text, language="en"):
    return Passage(f"kb:{name}", title, text, language, "public")


POOL = (
    passage(
        "lockers", "Lockers and towels", "A locker takes a coin of one euro, and towels are hired out. Bring a padlock."
    ),
    passage("lessons", "Swimming lessons for children", "Children learn to swim on Mondays, at 12 euros a lesson."),
    passage("sauna", "The sauna", "The sauna is for adults; it costs 15 euros. No children there."),
)
KENNEL = (
    passage(
        "pension",
        "Pension pour chiens",
        "La pension coûte 19 € par nuit, du lundi au samedi, promenade comprise.",
        "fr",
    ),
    passage("toilettage", "Toilettage", "Le toilettage d'un petit chien coûte 35 €, le mardi.", "fr"),
)


def cited(text, known, language="en", **more):
    return answer("", sentences(text), known, language, **more).passages


def test_what_one_sentence_asks_besides_is_not_passed_over():
    def passed(question):
        return passed_over(Questions("", (question,), "", "en"), POOL[0], POOL)

    assert not passed("Do lockers take a coin and a padlock?")
    assert passed("Do lockers take a coin, and what do swimming lessons for children cost?")


def test_what_is_asked_without_a_question_mark_is_answered_too():
    asked = "Do I need a coin for the lockers or a padlock? Also are there swimming lessons for children."
    assert cited(asked, POOL) == ("kb:lockers", "kb:lessons")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Combien coûte la pension pour mon chien la nuit du 9 décembre ?", ("kb:pension",)),
        ("Combien coûte la pension pour mon chien la nuit de Noël ?", ()),
    ],
)
def test_a_date_is_answered_by_the_days_of_the_week_that_a_passage_tells(text, found):
    assert cited(text, KENNEL, "fr", written=date(2026, 11, 20)) == found
