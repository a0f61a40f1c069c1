"""Texts of administrators, filled with what is verified."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given as over
from hypothesis import strategies as st
from tests.unit.policy.given import RETOURS, RETURNS, given

from repondeur.mail.message import Address
from repondeur.policy.analysis import Entity
from repondeur.policy.decide import decide
from repondeur.policy.strict import strict_text
from repondeur.policy.templates import Template, verified
from repondeur.texts.templating import PLACEHOLDERS

RECEIVED = Template(
    "received",
    {
        "en": "Dear {{ author_name or 'customer' }},\n\nwe have your mail{% if order_number %} on {{ order_number }}"
        "{% endif %}.\n\n{{ our_name }}",
        "fr": "Bonjour,\n\nvotre message du {{ received }} est arrivé.",
    },
)
AROUND = Template("answer", {"en": "Good day,\n\n{{ passages }}\n\nThe lamp shop"})
NUMBERED = Template("numbered", {"en": "Your order {{ order_number }} is with us."})
ALL = (RECEIVED, AROUND, NUMBERED)


def chosen(name, *, passages=(), entities=(), templates=ALL, **message):
    analysis = {"template": name, "passages": passages, "entities": entities}
    return given(message, analysis, reply_mode="strict", templates=templates, our_name="The lamp shop")


def order(value):
    return (Entity("order_number", value),)


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        pytest.param(
            chosen("received"), "Dear Zoé Martin,\n\nwe have your mail.\n\nThe lamp shop", id="the one that was chosen"
        ),
        pytest.param(
            chosen("received", entities=order("L-77120"), text="Where is L-77120?"),
            "Dear Zoé Martin,\n\nwe have your mail on L-77120.\n\nThe lamp shop",
            id="with a number that stands in the mail",
        ),
        pytest.param(
            chosen("received", language="fr", date=datetime(2026, 11, 1, 9, tzinfo=UTC)),
            "Bonjour,\n\nvotre message du 1er novembre 2026 est arrivé.",
            id="in the language of the mail",
        ),
        pytest.param(chosen("received", language="fr", date=None), "", id="not without what it wants to say"),
        pytest.param(chosen("numbered"), "", id="nor without a number"),
        pytest.param(
            chosen("", passages=("kb:returns",)),
            f"Good day,\n\n{RETURNS.text}\n\nThe lamp shop",
            id="around passages where none was chosen",
        ),
        pytest.param(
            replace(chosen("", passages=("kb:retours",), language="fr"), passages=(RETOURS,)),
            f"Bonjour,\n\n{RETOURS.text}\n\nBien cordialement",
            id="our own words where it has none in this language",
        ),
        pytest.param(
            chosen("", passages=("kb:returns",), templates=(Template("answer", {"en": "Good day,\n\nThe lamp shop"}),)),
            f"Hello,\n\n{RETURNS.text}\n\nKind regards",
            id="our own words where it leaves the passages out",
        ),
        pytest.param(chosen("answer"), "", id="not around nothing"),
        pytest.param(chosen("elsewhere"), "", id="one that does not exist"),
        pytest.param(
            chosen("received", templates=(replace(RECEIVED, intents=("order",)),)), "", id="one for other intents"
        ),
    ],
)
def test_what_a_template_says(facts, text):
    assert strict_text(facts) == text


def test_the_decision_names_the_template():
    assert decide(chosen("received")).reason.code == "decide.answer_by_template"
    assert decide(chosen("numbered")).reason.code == "decide.template_not_filled"


@pytest.mark.parametrize(
    "name",
    ["http://evil.example", "evil.example", "Call 0899 123 456", "Refund 500 €", "a@evil.example", "x" * 61, "A\nB: C"],
)
def test_a_name_that_is_more_than_a_name_is_not_repeated(name):
    assert "author_name" not in verified(chosen("received", authors=(Address(name, "zoe@client.example"),)), "en")


@pytest.mark.parametrize("name", ["Zoé Martin", "Jean-Luc O’Brien", "Dr. Ana Lima", "Ðorđe", "李雷"])
def test_a_name_is(name):
    facts = chosen("received", authors=(Address(name, "zoe@client.example"),))
    assert verified(facts, "en")["author_name"] == name


@pytest.mark.parametrize(
    ("entities", "text"),
    [
        pytest.param(order("77120"), "Where is it?", id="does not stand in the mail"),
        pytest.param((*order("77120"), *order("77121")), "Where are 77120 and 77121?", id="two of them"),
        pytest.param(order("evil.example1"), "See evil.example1", id="looks like a host"),
        pytest.param(order("12 000"), "Pay 12 000", id="looks like a sum"),
        pytest.param(order("7"), "Where is 7?", id="one digit"),
        pytest.param(order("771"), "Where is 77120?", id="part of another"),
        pytest.param(order("FR7630006000011234567890189"), "FR7630006000011234567890189", id="an account"),
    ],
)
def test_a_number_that_is_not_sure_is_none(entities, text):
    assert "order_number" not in verified(chosen("received", entities=entities, text=text), "en")


@pytest.mark.parametrize(
    "name",
    [
        *("Votre Colis Est Perdu Annulée", "Refund Approved", "Nous Vous Remboursons", "Appelez Le Zéro Six Douze"),
        *("Visit Evil Point Com", "Telegram Evilshop", "Ⅳ Zoe", "Zo\u0435 Martin"),
    ],
)
def test_a_name_that_says_something_is_not_said_again(name: str) -> None:
    assert "author_name" not in verified(chosen("received", authors=(Address(name, "zoe@client.example"),)), "en")


@pytest.mark.parametrize(
    "name", ["Zoé Martin", "Nathan Deux", "May Smith", "Jean-Paul Cent", "Sue Grant", "Рита Орлова", "Pat O'Court"]
)
def test_people_are_called_all_kinds_of_names(name: str) -> None:
    facts = chosen("received", authors=(Address(name, "zoe@client.example"),))
    assert verified(facts, "en")["author_name"] == name


@pytest.mark.parametrize("value", ["0612345678", "0033612345678", "33612345678", "01-23-45-67-89", "1990"])
def test_a_telephone_number_or_a_year_is_no_order(value: str) -> None:
    text = f"My order, born in 1990, tel {value}."
    assert "order_number" not in verified(
        chosen("received", entities=(Entity("order_number", value),), text=text), "en"
    )


@pytest.mark.parametrize("value", ["77120", "402-1234567-1234567", "1000012345", "A-0612345678", "2026-0117"])
def test_what_looks_like_an_order_is_one(value: str) -> None:
    facts = chosen("received", entities=(Entity("order_number", value),), text=f"My order {value}.")
    assert verified(facts, "en")["order_number"] == value


@over(st.text(max_size=80), st.text(max_size=200), st.text(max_size=30))
def test_only_what_placeholders_are_called_is_filled_in(name, text, number):
    facts = chosen("received", entities=order(number), text=text, authors=(Address(name, "zoe@client.example"),))
    values = verified(facts, "fr")
    assert values.keys() <= PLACEHOLDERS
    assert "{{" not in strict_text(facts)
