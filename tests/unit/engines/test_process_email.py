"""Whatever an engine returns, what comes out fits the mail and the context."""

import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.support.analysing import context, mail, passage

from repondeur import process_email
from repondeur.engines.answer import read
from repondeur.engines.base import Statement
from repondeur.engines.process import checked
from repondeur.policy.analysis import Analysis, Entity
from repondeur.policy.intents import Intent
from repondeur.policy.templates import Template
from repondeur.telemetry import metrics

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
        pytest.param("“York”", "York", id="in quotes"),
        pytest.param("order.77120", None, id="no pattern"),
    ],
)
async def test_entities_stand_in_the_mail_letter_by_letter(value, kept):
    found = await process_email(MAIL, context(), Wild(entities=(Entity("address", value),)))
    assert found.entities == ((Entity("address", kept),) if kept else ())
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
        ({"intent": "privacy request"}, "intent", "privacy_request", ()),
        ({"priority": "x"}, "priority", "normal", ("priority",)),
        ({"sentiment": "x"}, "sentiment", "neutral", ("sentiment",)),
        ({"confidence": 7.0}, "confidence", 1.0, ()),
        ({"confidence": -7.0}, "confidence", 0.0, ()),
        ({"confidence": math.nan}, "confidence", 0.0, ()),
        ({"language": "???"}, "language", "en", ("language",)),
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


def test_what_a_model_left_out_comes_from_the_built_in_engine():
    said = mail("Bonjour,\nMa commande 77120 est arrivée cassée. C'est inadmissible !", language="fr")
    found = checked(read('{"intent": "complaint"}', "test"), said, context())
    assert found.missing[:3] == ("summary", "entities", "priority")
    assert "arrivée cassée" in found.summary
    assert Entity("order_number", "77120") in found.entities
    assert (found.priority, found.sentiment, found.language) == ("high", "negative", "fr")
    assert (found.needs_human, found.confidence, found.reply) == (True, 0.0, ""), "these stay cautious"


def test_what_a_model_said_stays():
    said = '{"intent": "order", "summary": "S", "entities": [], "priority": "low", "sentiment": "positive"}'
    found = checked(read(said, "test"), mail("Where is order 77120?"), context())
    assert (found.summary, found.entities, found.priority, found.sentiment) == ("S", (), "low", "positive")
    assert "entities" not in found.missing


def test_an_impossible_value_is_filled_in_too():
    said = '{"intent": "order", "summary": "S", "entities": "77120", "priority": "so-so"}'
    found = checked(read(said, "test"), mail("Where is order 77120?"), context())
    assert found.entities == (Entity("order_number", "77120"),)
    assert found.priority == "normal"
    assert found.dropped == ("entities", "priority")
    assert {"entities", "priority"} <= set(found.missing)


async def test_entities_that_the_mail_does_not_name_are_counted():
    before = counted("wild", "entities")
    made_up = (Entity("date", "12 May"), Entity("person", "Bob"), Entity("person", "Ruth"))
    found = await process_email(MAIL, context(), Wild(entities=made_up, dropped=("cc", "reply")))
    assert found.dropped_entities == 2
    assert counted("wild", "entities") == before + 2
    assert counted("wild", "unknown") >= 1
    assert counted("wild", "cc") == 0, "what a model makes up is no label"


def counted(engine, field):
    labels = {"engine": engine, "field": field}
    return metrics.REGISTRY.get_sample_value("repondeur_engine_dropped_total", labels) or 0


async def test_dates_are_counted_from_the_day_of_the_mail():
    said = replace(MAIL, text="See you next Tuesday at 2 pm.", date=datetime(2026, 11, 20, 10, tzinfo=UTC))
    named = Wild(entities=(Entity("date", "next tuesday at 2 PM"),))
    found = await process_email(said, context(now=datetime(2027, 1, 1, tzinfo=UTC)), named)
    assert found.entities == (Entity("date", "next Tuesday at 2 pm", "2026-11-24T14:00:00+00:00"),)
    here = await process_email(said, context(zone="Europe/Paris"), named)
    assert here.entities[0].normalised == "2026-11-24T14:00:00+01:00"


async def test_the_priority_is_raised_by_the_mail_and_by_what_went_before():
    assert (await process_email(replace(MAIL, text="Our shop is down!"), context(), Wild())).priority == "urgent"
    assert (await process_email(MAIL, context(unanswered=1), Wild())).priority == "high"


async def test_a_template_is_one_that_was_offered():
    asked = context(templates=(Template("received"),))
    found = await process_email(MAIL, asked, Wild(template="received"))
    assert (found.template, found.dropped) == ("received", ())
    found = await process_email(MAIL, asked, Wild(template="refund"))
    assert (found.template, found.dropped) == ("", ("template",))


async def test_statements_are_those_that_were_asked():
    asked = context(statements=(Statement("vip", "Known client"), Statement("loss", "Something was lost")))
    found = await process_email(MAIL, asked, Wild(statements={"vip": True, "approved": True}))
    assert (found.statements, found.dropped, found.missing) == ({"vip": True}, ("statements",), ("statements",))


@pytest.mark.parametrize(
    ("ours", "said", "language"),
    [("fr", "en", "fr"), ("fr", "", "fr"), ("", "en", "en"), ("en", "de", "de"), ("fr", "???", "fr"), ("", "", "en")],
)
async def test_the_language_is_ours_unless_it_is_none_that_we_answer_in(ours, said, language):
    message = replace(MAIL, text="77120", language=ours)
    missing = () if said else ("language",)
    assert (await process_email(message, context(), Wild(language=said, missing=missing))).language == language


@pytest.mark.parametrize(
    ("text", "ours", "said", "language"),
    [
        ("Bonjour, où en est ma commande ? Je n'ai rien reçu.", "fr", "de", "fr"),
        ("Bonjour, où en est ma commande ? Je n'ai rien reçu.", "fr", "xx", "fr"),
        ("Hello, where is my order? I have heard nothing.", "en", "nl", "en"),
        ("Guten Tag, wo ist meine Bestellung? Ich habe noch nichts erhalten.", "en", "de", "de"),
        ("Guten Tag, wo ist meine Bestellung? Ich habe noch nichts erhalten.", "en", "en", "de"),
        ("Dzień dobry, gdzie jest moje zamówienie? Nie mam żadnych wiadomości.", "en", "pl", "pl"),
        ("Hej! Var är min beställning? Jag har inte hört något från er.", "en", "sv", "sv"),
        ("Lampe 77120 ?", "fr", "de", "de"),
    ],
)
async def test_what_the_words_tell_goes_before_what_an_engine_says(text, ours, said, language):
    message = replace(MAIL, text=text, language=ours)
    assert (await process_email(message, context(), Wild(language=said))).language == language


WORDS = mail(
    "Bonjour, à Lyon le 12 mai, 06 12 34 56 78, 49,90 €, ana@client.example, dix euros, lundi ou à Noël, , "
    "commande 77120 de Léa Roy.\nMerci " + "beaucoup " * 30
)


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        ("phone", "Bonjour", ""),
        ("phone", "12", ""),
        ("phone", "06.12.34.56.78", "06 12 34 56 78"),
        ("amount", "Merci", ""),
        ("amount", "49,90€", "49,90 €"),
        ("amount", "dix euros", "dix euros"),
        ("order_number", "Merci", ""),
        ("order_number", "commande n° 77120", "77120"),
        ("invoice_number", "Lyon", ""),
        ("email", "Lyon", ""),
        ("email", "ana@client.example", "ana@client.example"),
        ("date", "Bonjour", ""),
        ("date", "12 mai", "12 mai"),
        ("date", "Noël", "Noël"),
        ("date", "lundi", "lundi"),
        ("person", ",", ""),
        ("person", "49,90", ""),
        ("person", "Léa Roy", "Léa Roy"),
        ("person", "beaucoup " * 30, ""),
        ("address", WORDS.text, ""),
        ("address", "Lyon", "Lyon"),
    ],
)
async def test_entities_may_be_what_they_are_said_to_be(kind, value, kept):
    message = replace(WORDS, language="fr")
    found = await process_email(message, context(), Wild(entities=(Entity(kind, value),)))
    assert [one.value for one in found.entities] == ([kept] if kept else [])


async def test_the_author_stands_in_the_mail():
    author = MAIL.author
    named = (Entity("email", author.address.upper()), Entity("person", f"“{author.name}”"))
    found = await process_email(MAIL, context(), Wild(entities=named))
    assert [one.value for one in found.entities] == [author.address, author.name]


def test_an_intent_that_is_missing_comes_from_the_built_in_engine():
    said = (
        '{"intent": ["order"], "summary": "S", "entities": [], "priority": "low", "needs_human": false, "reply": "R"}'
    )
    found = checked(read(said, "test"), mail("Where is my order 77120?"), context())
    assert (found.intent, found.summary, found.reply, found.needs_human) == ("order", "S", "R", True)
    assert (found.missing[0], found.dropped) == ("intent", ("intent",))


@pytest.mark.parametrize("written", [datetime(1, 1, 1, 0, 30, tzinfo=UTC), datetime(9999, 12, 31, 23, 30, tzinfo=UTC)])
@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Paris"])
async def test_a_mail_from_the_end_of_the_calendar(written, zone):
    text = "Please call me tomorrow at 12am, not yesterday, by 31 December and within 48 hours."
    found = await process_email(mail(text, date=written), context(zone=zone))
    assert found.intent
