"""A question is cut to what the model can read, and in which order."""

from datetime import UTC, datetime

import pytest
from tests.support.analysing import context, mail, passage

from repondeur.engines import prompt
from repondeur.engines.base import Turn
from repondeur.engines.runtimes.fitting import fitted, size

PASSAGE = passage("returns", "Returns of a parcel", "PASSAGE. A parcel may come back within thirty days. " * 6)
THREAD = (
    Turn(
        "ann@client.example",
        "EARLIER. I have ordered a lamp and a parcel is missing. " * 4,
        datetime(2026, 11, 20, tzinfo=UTC),
    ),
)
TOLD = context(PASSAGE, thread=THREAD)
LONG = mail("BEGIN Hello, where is my parcel? " + "I have waited for a long time. " * 180 + " END")


def letters(text):
    return len(text)


def cut_to(room, message=LONG, told=TOLD, count=letters):
    found = fitted(message, told, room, count)
    return None if found is None else found.messages[1]["content"]


def whole(told):
    return size(prompt.build(LONG, told), letters)


def test_what_fits_is_left_alone():
    assert fitted(LONG, TOLD, whole(TOLD), letters) == prompt.built(LONG, TOLD)


def test_passages_give_way_first_then_the_thread_then_the_text():
    without_passages = cut_to(whole(context(thread=THREAD)))
    assert "PASSAGE" not in without_passages
    assert "EARLIER" in without_passages
    without_both = cut_to(whole(context()))
    assert "PASSAGE" not in without_both
    assert "EARLIER" not in without_both
    assert "left out" not in without_both
    shorter = cut_to(whole(context()) - 500)
    assert "left out" in shorter
    assert "BEGIN" in shorter
    assert shorter.index("END") < len(shorter)


@pytest.mark.parametrize("room", range(2200, 9000, 700))
def test_it_fits_and_the_instructions_stay(room):
    found = fitted(LONG, TOLD, room, letters)
    assert size(found.messages, letters) <= room
    assert found.messages[0]["content"] == prompt.system(TOLD)


def test_the_room_is_used():
    found = fitted(LONG, context(), whole(context()) - 1000, letters)
    assert size(found.messages, letters) > whole(context()) - 1300


def test_nothing_is_asked_where_not_even_the_instructions_fit():
    assert cut_to(500) is None


def test_a_tokeniser_that_counts_each_byte_is_heeded():
    greek = mail("Καλημέρα " * 2000)
    found = fitted(greek, context(), 4000, lambda text: len(text.encode()))
    assert size(found.messages, lambda text: len(text.encode())) <= 4000
