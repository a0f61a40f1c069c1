"""Answers of the knowledge alone: all of what is asked, or nothing."""

from datetime import date

import pytest

from repondeur.engines.grounded import answer
from repondeur.policy.passage import Passage
from repondeur.words.sentences import sentences


def passage(name, title, text, language="en"):
    return Passage(f"kb:{name}", title, text, language, "public")


POOL = (
    passage("lockers", "Lockers and towels", "A locker takes a coin of one euro. Towels are hired out at 3 euros."),
    passage("lessons", "Swimming lessons for children", "Children learn to swim on Mondays, at 12 euros a lesson."),
    passage("sauna", "The sauna", "The sauna is for adults; it costs 15 euros. Lockers there need no coin."),
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
    assert cited("Do towels cost anything?", POOL) == ("kb:lockers",)
    assert cited("Do I need a coin for the lockers, and what do swimming lessons for children cost?", POOL) == ()


def test_what_is_asked_without_a_question_mark_is_not_passed_over():
    asked = "Do I need a coin for the lockers? Also how much are swimming lessons for children."
    assert cited(asked.partition(" Also")[0], POOL) == ("kb:lockers",)
    assert cited(asked, POOL) in {(), ("kb:lockers", "kb:lessons")}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Combien coûte la pension pour mon chien la nuit du 9 décembre ?", ("kb:pension",)),
        ("Combien coûte la pension pour mon chien la nuit de Noël ?", ()),
    ],
)
def test_a_date_is_answered_by_the_days_of_the_week_that_a_passage_tells(text, found):
    assert cited(text, KENNEL, "fr", written=date(2026, 11, 20)) == found
