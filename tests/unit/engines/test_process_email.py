"""Whatever an engine returns, what comes out fits the mail and the context."""

import math
from dataclasses import replace

import pytest
from tests.support.analysing import context, mail, passage

from repondeur import process_email
from repondeur.policy.analysis import Analysis, Entity
from repondeur.policy.intents import Intent

MAIL = mail("Hello,\nmy order 77120 should go to\n4 Mill Lane, York.\nThanks, Ruth", subject="Parcel for ACME Ltd")
WILD = Analysis(
    intent="order",
    summary="s",
    entities=(),
    priority="normal",
    sentiment="neutral",
    language="en",
    needs_reply=True,
    needs_human=False,
    confidence=0.5,
    reply="",
    passages=(),
    engine="wild",
)


class Wild:
    """An engine that returns what it is told to."""

    name = "wild"

    def __init__(self, **fields):
        self.analysis = replace(WILD, **fields)

    async def analyse(self, message, context):
        return self.analysis

    async def close(self):
        pass


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        pytest.param("77120", "77120", id="in the text"),
        pytest.param("ACME Ltd", "ACME Ltd", id="in the subject"),
        pytest.param("4 mill lane, YORK", "4 Mill Lane, York", id="as the mail has it, not as the model"),
        pytest.param("to 4 Mill Lane", "to\n4 Mill Lane", id="over a line end"),
        pytest.param("77121", None, id="made up"),
        pytest.param(" ", None, id="blank"),
        pytest.param("order.77120", None, id="no pattern"),
    ],
)
async def test_entities_stand_in_the_mail_letter_by_letter(value, kept):
    found = await process_email(MAIL, context(), Wild(entities=(Entity("order_number", value),)))
    assert found.entities == ((Entity("order_number", kept),) if kept else ())
    assert found.dropped == (() if kept else ("entities",))


async def test_an_entity_of_unknown_kind_is_dropped():
    found = await process_email(MAIL, context(), Wild(entities=(Entity("iban", "77120"),)))
    assert (found.entities, found.dropped) == ((), ("entities",))


async def test_passages_are_those_that_were_supplied():
    supplied = context(passage("returns", "Returns", "30 days"))
    found = await process_email(MAIL, supplied, Wild(passages=("kb:returns", "kb:margins", "kb:returns")))
    assert (found.passages, found.dropped) == (("kb:returns",), ("passages",))


@pytest.mark.parametrize(
    ("fields", "name", "value", "dropped"),
    [
        ({"intent": "takeover"}, "intent", "other", ("intent",)),
        ({"priority": "x"}, "priority", "normal", ("priority",)),
        ({"sentiment": "x"}, "sentiment", "neutral", ("sentiment",)),
        ({"confidence": 7.0}, "confidence", 1.0, ()),
        ({"confidence": -7.0}, "confidence", 0.0, ()),
        ({"confidence": math.nan}, "confidence", 0.0, ()),
        ({"language": "???"}, "language", "en", ()),
        ({"reply": " a\u200b\x00b "}, "reply", "ab", ()),
        ({"reply": "x" * 99_999}, "reply", "x" * 8000, ()),
        ({"summary": "a\nb"}, "summary", "a b", ()),
        ({"dropped": ("to",), "intent": "x"}, "dropped", ("to", "intent"), ("to", "intent")),
    ],
)
async def test_values_are_possible_ones(fields, name, value, dropped):
    found = await process_email(MAIL, context(), Wild(**fields))
    assert getattr(found, name) == value
    assert found.dropped == dropped


async def test_intents_are_those_of_the_context():
    found = await process_email(MAIL, context(intents=(Intent("roof"), Intent("other"))), Wild(intent="roof"))
    assert found.intent == "roof"


async def test_without_an_engine_the_built_in_one_works():
    found = await process_email(MAIL, context())
    assert found.engine == "builtin"
    assert Entity("order_number", "77120") in found.entities
