"""What the other mails of a thread mean for one."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from repondeur.mail.message import Address, Message
from repondeur.pipeline.thread import (
    continues,
    earlier_of_author,
    left_for_this_one,
    newer_of_author,
    person_asked,
    same_message_id,
    still_waiting,
    written_since_by,
)
from repondeur.store.records import Mail, Neighbour, Stage, State

CLAIRE, PAUL, US = "claire@client.example", "paul@client.example", "Support@boutique.example"
MAIL = Mail(
    id=10,
    mailbox="support",
    identity="i",
    message_id="m10@client.example",
    thread="t",
    subject="",
    author=CLAIRE,
    received=datetime(2026, 11, 20, tzinfo=UTC),
    stage=Stage.UNDERSTAND,
    state=None,
    reason=None,
    tries=0,
    retry_at=None,
    claim=None,
    message=None,
    refs=(),
    steps={},
    actions=(),
)


def one(number: int, author: str = CLAIRE, state: State | None = None, reason: str | None = None) -> Neighbour:
    return Neighbour(number, f"m{number}@client.example", author, state, reason)


@pytest.mark.parametrize(
    ("neighbour", "counts"),
    [
        pytest.param(one(11), True, id="waits"),
        pytest.param(one(11, state=State.ANSWERED), True, id="was answered before us"),
        pytest.param(one(11, state=State.DRAFTED), True, id="a draft lies there"),
        pytest.param(one(11, state=State.HELD), True, id="a person looks at it"),
        pytest.param(one(11, state=State.IGNORED), False, id="was no mail to answer"),
        pytest.param(one(11, state=State.FAILED), False, id="came to nothing"),
        pytest.param(one(9), False, id="is older"),
        pytest.param(one(11, PAUL), False, id="is of someone else"),
    ],
)
def test_which_newer_mail_is_answered_instead(neighbour: Neighbour, counts: bool) -> None:
    assert newer_of_author(MAIL, [neighbour]) == ([neighbour.id] if counts else [])


def test_the_newest_comes_first() -> None:
    assert newer_of_author(MAIL, [one(11), one(12)]) == [12, 11]


def test_what_was_left_for_this_mail_ends_at_the_last_answer() -> None:
    neighbours = [
        one(4, state=State.IGNORED, reason="decide.superseded"),
        one(5, state=State.ANSWERED),
        one(6, state=State.IGNORED, reason="decide.superseded"),
        one(7, PAUL, State.IGNORED, "decide.superseded"),
        one(8, state=State.IGNORED, reason="decide.no_reply_needed"),
        one(9, state=State.IGNORED, reason="decide.superseded"),
    ]
    assert left_for_this_one(MAIL, neighbours) == [6, 9]


def test_only_what_the_author_wrote_before_is_shown_to_the_author() -> None:
    assert earlier_of_author(MAIL, [one(1), one(2), one(3), one(4, PAUL), one(11)], 2) == [2, 3]


OLDER = Message("older@client.example", (Address("", CLAIRE),), "Lampe", "Une lampe ?", "h1", 100)


@pytest.mark.parametrize(
    ("changes", "goes_on"),
    [
        pytest.param({"references": ("x@y", "older@client.example")}, True, id="refers to it"),
        pytest.param({"in_reply_to": ("older@client.example",)}, True, id="replies to it"),
        pytest.param({"references": ("x@y",)}, False, id="is merely of the same thread"),
        pytest.param(
            {"in_reply_to": ("older@client.example",), "reply_to": (Address("", "anna@home.example"),)},
            False,
            id="wants its answer elsewhere: another person, by the same form",
        ),
        pytest.param(
            {"message_id": "older@client.example", "references": ("older@client.example",)},
            False,
            id="has the same Message-ID: a form that knows only one",
        ),
    ],
)
def test_when_a_mail_goes_on_where_another_left_off(changes: dict[str, Any], goes_on: bool) -> None:
    newer = replace(OLDER, message_id="newer@client.example", text="Et la livraison ?")
    assert continues(OLDER, replace(newer, **changes)) is goes_on


def test_who_of_us_wrote_since() -> None:
    neighbours = [one(9, US), one(11, US), one(12, CLAIRE)]
    assert written_since_by(MAIL, neighbours, {US.lower()}) == ["m11@client.example"]


def test_how_many_of_the_author_still_wait() -> None:
    neighbours = [
        one(2, state=State.HELD),
        one(3, state=State.ANSWERED),
        one(4, state=State.HELD),
        one(5, CLAIRE.upper(), State.DRAFTED),
        one(6, state=State.IGNORED, reason="decide.superseded"),
        one(7, state=State.IGNORED, reason="decide.no_reply_needed_thanks"),
        one(8, PAUL, State.HELD),
        one(9),
        one(11),
    ]
    assert still_waiting(MAIL, neighbours) == 4
    assert still_waiting(MAIL, []) == 0


@pytest.mark.parametrize(
    ("neighbour", "asked"),
    [
        pytest.param(Neighbour(9, None, CLAIRE, State.HELD, "decide.asks_for_person"), True, id="waits for a person"),
        pytest.param(Neighbour(9, None, CLAIRE, State.HELD, "decide.person_asked_before"), True, id="still does"),
        pytest.param(
            Neighbour(9, None, CLAIRE, State.ANSWERED, "decide.asks_for_person"), False, id="has had an answer"
        ),
        pytest.param(Neighbour(9, None, PAUL, State.HELD, "decide.asks_for_person"), False, id="somebody else"),
        pytest.param(Neighbour(11, None, CLAIRE, State.HELD, "decide.asks_for_person"), False, id="later"),
        pytest.param(
            Neighbour(9, None, CLAIRE, State.HELD, "decide.legal_matter"), False, id="waits for another reason"
        ),
    ],
)
def test_whether_a_person_was_asked_for(neighbour, asked):
    assert person_asked(MAIL, [neighbour]) is asked


def test_which_mails_may_be_the_same():
    same = MAIL.message_id
    others = [
        Neighbour(7, same, CLAIRE, State.ANSWERED, None),
        Neighbour(8, same, PAUL, State.ANSWERED, None),
        Neighbour(9, "other@client.example", CLAIRE, State.ANSWERED, None),
        Neighbour(11, same, CLAIRE, None, None),
    ]
    assert same_message_id(MAIL, others) == [7]
    assert same_message_id(replace(MAIL, message_id=None), [Neighbour(7, None, CLAIRE, None, None)]) == []
