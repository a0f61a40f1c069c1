"""Which questions are the same, and what a mail leaves that found no answer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.house import ANALYSIS

from repondeur.knowledge.gaps import grouped
from repondeur.mail.message import Address, Message
from repondeur.pipeline.findings import Understood
from repondeur.pipeline.gaps import unanswered
from repondeur.policy.screen import Screening
from repondeur.store.gaps import Gap
from repondeur.texts import Reason

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
DELIVERY = [
    "Livrez-vous en Belgique ?",
    "Est-ce que vous livrez en Belgique ?",
    "Bonjour, livrez-vous aussi la Belgique ?",
]
OTHERS = ["Avez-vous un magasin à Lyon ?", "Puis-je payer en trois fois ?"]


def gaps(*questions: str, language: str = "fr") -> list[Gap]:
    return [Gap(number, (one,), language, NOW + timedelta(hours=number)) for number, one in enumerate(questions)]


def test_alike_questions_are_one_group_and_the_most_frequent_comes_first() -> None:
    found = grouped(gaps(OTHERS[0], *DELIVERY, OTHERS[1]))
    assert [len(group.mails) for group in found] == [3, 1, 1]
    assert found[0].mails == [1, 2, 3]
    assert (found[0].first, found[0].last) == (NOW + timedelta(hours=1), NOW + timedelta(hours=3))
    assert found[0].samples(2) == [DELIVERY[2], DELIVERY[1]]
    assert [group.asked[0].text for group in found[1:]] == [OTHERS[1], OTHERS[0]]


def test_the_same_question_twice_in_one_mail_counts_once() -> None:
    (group,) = grouped([Gap(7, (DELIVERY[0], DELIVERY[1]), "fr", NOW)])
    assert group.mails == [7]


def test_questions_without_a_word_are_not_the_same() -> None:
    assert len(grouped(gaps("?", "???", "et le ?"))) == 3


def test_many_questions_are_grouped_in_bounded_time() -> None:
    many = [f"Livrez-vous la référence {number} en Belgique ou en Suisse ?" for number in range(3000)]
    assert sum(len(group.mails) for group in grouped(gaps(*many))) == 3000


MAIL = Message(
    "m@x", (Address("", "c@x.example"),), "Une question", "Bonjour,\n\nLivrez-vous en Suisse ? Merci !", "h", 9
)
ASKED = Understood(Screening("answerable", Reason("x.y")), ANALYSIS)


HELD = Reason("decide.no_answer_known")


@pytest.mark.parametrize(
    ("understood", "message", "left"),
    [
        (ASKED, MAIL, ["Livrez-vous en Suisse ?"]),
        (ASKED, replace(MAIL, text="Merci de nous rappeler."), ["Merci de nous rappeler."]),
        (ASKED, replace(MAIL, text="Ci-joint."), ["Une question"]),
        (ASKED, replace(MAIL, text="Ci-joint.", subject=" "), ["Ci-joint."]),
        (ASKED, replace(MAIL, text="", subject=""), []),
        (replace(ASKED, text="Et en Belgique ?"), MAIL, ["Et en Belgique ?"]),
    ],
)
def test_what_a_mail_leaves(understood: Understood, message: Message, left: list[str]) -> None:
    assert unanswered(replace(message, language="fr"), understood, HELD) == left


@pytest.mark.parametrize(
    ("subject", "text", "language", "left"),
    [
        ("Lampe Aurore", "Et je peux mettre du LED ?", "fr", "Lampe Aurore – Et je peux mettre du LED ?"),
        ("Résiliation", "Comment dois-je m'y prendre ?", "fr", "Résiliation – Comment dois-je m'y prendre ?"),
        ("Lampe Aurore", "Ça se lave au lave-vaisselle ?", "fr", "Lampe Aurore – Ça se lave au lave-vaisselle ?"),
        ("Floor lamp", "Can it hang from a wooden ceiling?", "en", "Floor lamp – Can it hang from a wooden ceiling?"),
        ("Bonjour", "Comment dois-je m'y prendre ?", "fr", "Comment dois-je m'y prendre ?"),
        ("Floor lamp", "Does a floor lamp need a plug?", "en", "Does a floor lamp need a plug?"),
        ("Christmas", "Do you deliver furniture to Belgium?", "en", "Do you deliver furniture to Belgium?"),
    ],
)
def test_a_question_that_says_too_little_comes_with_its_subject(
    subject: str, text: str, language: str, left: str
) -> None:
    message = replace(MAIL, subject=subject, text=text, language=language)
    assert unanswered(message, ASKED, HELD) == [left]


@pytest.mark.parametrize(
    ("code", "passages", "is_gap"),
    [
        ("left_open", (), True),
        ("not_covered", ("kb:a",), True),
        ("answer_without_passage", (), True),
        ("draft_mode", (), True),
        ("draft_mode", ("kb:a",), False),
        ("replies_off", (), True),
        ("legal_matter", (), False),
        ("complaint", (), False),
        ("superseded", (), False),
    ],
)
def test_only_what_waits_for_want_of_an_answer_is_a_gap(code: str, passages: tuple[str, ...], *, is_gap: bool) -> None:
    understood = replace(ASKED, analysis=replace(ANALYSIS, passages=passages))
    assert bool(unanswered(MAIL, understood, Reason(f"decide.{code}"))) == is_gap


@pytest.mark.parametrize("changes", [{"needs_reply": False}, {"needs_human": True}])
def test_what_wants_no_reply_or_a_person_is_no_gap(changes: dict[str, bool]) -> None:
    assert unanswered(MAIL, replace(ASKED, analysis=replace(ANALYSIS, **changes)), HELD) == []  # type: ignore[arg-type]
    assert unanswered(MAIL, replace(ASKED, analysis=None), HELD) == []


def test_of_a_mail_of_questions_only_some_are_kept() -> None:
    text = " ".join(f"Question {number} ?" for number in range(50_000))
    assert unanswered(replace(MAIL, text=text), ASKED, HELD) == [f"Question {number} ?" for number in range(5)]
