"""How many passages an engine is given for a mail."""

import doctest
from dataclasses import replace
from datetime import date

from tests.support.analysing import mail, passage

from repondeur.engines import prompt
from repondeur.engines.base import Context
from repondeur.knowledge import counting
from repondeur.knowledge.index import Index
from repondeur.mail.message import Address, Forward
from repondeur.pipeline.understand import MOST_PASSAGES, PASSAGES, found_passages

TODAY = date(2026, 11, 20)
THINGS = ("lamps", "chairs", "tables", "mirrors", "carpets", "clocks", "vases", "candles", "curtains", "shelves")
SHOP = Index(passage(thing, f"Our {thing}", f"How we deliver {thing} and what {thing} cost.") for thing in THINGS)


def found(text):
    return found_passages(mail(text, "A question", language="en"), SHOP, TODAY)


def test_who_asks_more_is_given_more_passages_up_to_a_limit():
    assert len(found("What does it cost that you deliver?")) == PASSAGES
    two = found("What do lamps cost? How do you deliver chairs?")
    assert len(two) == PASSAGES + 1
    many = found(" ".join(f"What do {thing} cost?" for thing in THINGS))
    assert len(many) == MOST_PASSAGES


def test_the_passage_of_each_question_is_shown_to_a_model():
    asked = mail("What do lamps, mirrors and clocks cost? And do you deliver vases?", "A question", language="en")
    built = prompt.built(asked, Context(Address("Shop", "us@shop.example"), passages=found(asked.text)))
    assert {"kb:lamps", "kb:vases"} <= set(built.passages)


def test_what_a_forward_asks_is_searched_for():
    forward = Forward(Address("Odile", "odile@client.example"), "", "How do you deliver mirrors?", before="")
    covering = replace(mail("Could you answer my mother below?", "Fwd", language="en"), forward=forward)
    assert found_passages(covering, SHOP, TODAY)[0].id == "kb:mirrors"
    built = prompt.built(
        covering, Context(Address("Shop", "us@shop.example"), passages=found_passages(covering, SHOP, TODAY))
    )
    assert "kb:mirrors" in built.passages


def test_what_is_measured_leads_to_where_such_measures_are_told():
    known = Index(
        [
            passage("lift", "The lift", "It carries 400 kg at most."),
            passage("hall", "The hall", "It is lit until late."),
            passage("ramp", "The ramp", "It is 6 metres long."),
        ]
    )
    found = found_passages(mail("We would bring a safe, 310 kilos of it.", "Safe", language="en"), known, TODAY)
    assert [one.id for one in found] == ["kb:lift"]


def test_all_that_is_found_is_shown_of_a_mail_that_asks_several_things():
    several = mail("What do lamps cost? And may my dog come along?", "A question", language="en")
    context = Context(Address("Shop", "us@shop.example"), passages=found_passages(several, SHOP, TODAY))
    assert len(prompt.built(several, context).passages) == len(context.passages) == PASSAGES + 1


def test_examples_in_docstrings_hold():
    assert doctest.testmod(counting).failed == 0
