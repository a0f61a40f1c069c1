"""What the nearest passage leaves open is named in the mail's own words."""

from dataclasses import replace

import pytest
from tests.unit.policy.given import MARGINS, OPENING, QUESTION, RETOURS, RETURNS, given

from repondeur.policy.decide import decide
from repondeur.policy.lacking import lacking
from repondeur.texts import render


@pytest.mark.parametrize(
    ("text", "language", "passage", "words"),
    [
        ("Can I return a battery within 30 days?", "en", "kb:returns", ("battery",)),
        ("Can I return my lamp in Switzerland?", "en", "kb:returns", ("Switzerland",)),
        ("Puis-je retourner une étagère abîmée ?", "fr", "kb:retours", ("étagère", "abîmée")),
    ],
)
def test_what_is_open(text: str, language: str, passage: str, words: tuple[str, ...]) -> None:
    found = lacking(replace(QUESTION, text=text, language=language), (RETURNS, RETOURS, OPENING))
    assert found is not None
    assert (found.passage.id, found.words) == (passage, words)


@pytest.mark.parametrize(
    ("text", "language", "passages"),
    [
        ("Can I return a battery within 30 days?", "en", ()),
        ("What does a lamp cost at the lowest price, with a battery?", "en", (MARGINS,)),
        ("Do you give guided tours of the castle?", "en", (RETURNS, OPENING)),
        ("Kann ich eine Lampe zurückgeben?", "de", (RETURNS, OPENING)),
        ("", "en", (RETURNS,)),
    ],
)
def test_nothing_is_named_where_nothing_public_is_near(text, language, passages) -> None:
    assert lacking(replace(QUESTION, subject="", text=text, language=language), passages) is None


def test_a_reason_for_people_says_it() -> None:
    held = decide(given({"text": "Can I return a battery within 30 days?"}, analysis={"reply": "", "passages": ()}))
    assert "kb:returns, leaves open “battery”" in render(held.reason, "en")


def test_a_mail_of_nothing_but_questions_is_looked_at_in_bounded_time() -> None:
    long = replace(QUESTION, text="Can I return a battery? " * 40_000)
    found = lacking(long, (RETURNS, OPENING))
    assert found is not None
    assert found.words == ("battery",)
