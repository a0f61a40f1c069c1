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


@pytest.mark.parametrize(
    ("understood", "message", "left"),
    [
        (ASKED, MAIL, ["Livrez-vous en Suisse ?"]),
        (ASKED, replace(MAIL, text="Merci de nous rappeler."), ["Merci de nous rappeler."]),
        (ASKED, replace(MAIL, text="Ci-joint."), ["Une question"]),
        (ASKED, replace(MAIL, text="Ci-joint.", subject=" "), ["Ci-joint."]),
        (ASKED, replace(MAIL, text="", subject=""), []),
        (replace(ASKED, text="Et en Belgique ?"), MAIL, ["Et en Belgique ?"]),
        (replace(ASKED, analysis=replace(ANALYSIS, passages=("kb:a",))), MAIL, []),
        (replace(ASKED, analysis=replace(ANALYSIS, needs_reply=False)), MAIL, []),
        (replace(ASKED, analysis=None), MAIL, []),
    ],
)
def test_what_a_mail_leaves(understood: Understood, message: Message, left: list[str]) -> None:
    assert unanswered(replace(message, language="fr"), understood) == left


def test_of_a_mail_of_questions_only_some_are_kept() -> None:
    text = " ".join(f"Question {number} ?" for number in range(50_000))
    assert unanswered(replace(MAIL, text=text), ASKED) == [f"Question {number} ?" for number in range(5)]
