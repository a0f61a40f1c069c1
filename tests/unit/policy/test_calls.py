"""What of a mail may stand in a request to another system: verified words, as the settings want them."""

import json
import re
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.policy.given import SURE

from repondeur.mail.message import Address, Message
from repondeur.policy.analysis import Entity
from repondeur.policy.calls import Call, Calls, Parameter, calls_for
from repondeur.policy.facts import Facts
from repondeur.policy.screen import Screening
from repondeur.texts import Reason

ANALYSIS = replace(SURE, intent="order", reply="", passages=())
US = "us@shop.example"


def facts(text: str = "", *entities: tuple[str, str], author: str = "claire@client.example", **fields: Any) -> Facts:
    message = Message(
        fields.pop("message_id", "m1@client.example"),
        (Address(fields.pop("name", "Claire"), author),),
        fields.pop("subject", "Order"),
        text,
        content_hash="x",
        size=1,
        to=(Address("", US),),
    )
    found = tuple(Entity(kind, value) for kind, value in entities)  # type: ignore[arg-type]
    analysis = replace(ANALYSIS, entities=found, intent=fields.pop("intent", "order"))
    screening = Screening("answerable", Reason("screen.answerable"))
    return Facts(message, screening, frozenset({US}), analysis=analysis, **fields)


def made(given: Facts, url: str = "https://x.example/a", body: Any = None, **parameters: Parameter) -> Calls:
    call = Call("c", "POST", url, body or {name: f"{{{name}}}" for name in parameters}, ("order",), (), parameters)
    return calls_for(given, (call,), "box", 7, "identity")


def value(given: Facts, parameter: Parameter) -> Any:
    """What stands in the body; the code of why there is no call."""
    found = made(given, value=parameter)
    return json.loads(found.made[0].body)["value"] if found.made else found.left_out[0].code.removeprefix("call.")


def test_facts_of_the_mail() -> None:
    sources = ("author_address", "author_name", "message_id", "subject", "mailbox", "intent", "language", "priority")
    found = {source: value(facts(), Parameter(source)) for source in (*sources, "mail_number")}
    assert found == {
        "author_address": "claire@client.example",
        "author_name": "Claire",
        "message_id": "m1@client.example",
        "subject": "Order",
        "mailbox": "box",
        "intent": "order",
        "language": "en",
        "priority": "normal",
        "mail_number": "7",
    }


@pytest.mark.parametrize(
    ("word", "parameter", "result"),
    [
        ("77120", {}, "77120"),
        ("77120", {"type": "integer"}, 77120),
        ("12.50", {"type": "number"}, 12.5),
        ("12.50", {"type": "integer"}, "value_refused"),
        ("abc", {"type": "integer"}, "value_refused"),
        ("77120", {"pattern": "[0-9]{5}"}, "77120"),
        ("771201", {"pattern": "[0-9]{5}"}, "value_refused"),
        ("77120", {"enum": ("1", "77120")}, "77120"),
        ("77120", {"enum": ("1",)}, "value_refused"),
        ("77120", {"max_length": 4}, "value_refused"),
        ("https://evil.example/x", {}, "value_refused"),
        ("https://evil.example/x", {"pattern": ".*"}, "value_refused"),
        ("javascript:alert", {"pattern": ".*"}, "value_refused"),
        ("//evil", {"pattern": ".*"}, "value_refused"),
        ("evil.example", {}, "value_refused"),
        ("evil.example", {"pattern": "[a-z.]+"}, "evil.example"),
        ("10.0.0.1", {}, "value_refused"),
        ("=1+1", {}, "value_refused"),
        ("+33612345678", {}, "value_refused"),
        ("+33612345678", {"pattern": r"\+33[0-9]{9}"}, "+33612345678"),
        ("a@b.example", {}, "value_refused"),
        ("a\u200bb", {"pattern": ".*"}, "value_refused"),
        ("a\nb", {"pattern": "(?s).*"}, "value_refused"),
        ("x'; DROP TABLE", {}, "x'; DROP TABLE"),  # JSON has its own quotes
    ],
)
def test_values_of_the_mail(word: str, parameter: dict[str, Any], result: object) -> None:
    given = facts(f"about {word} please", ("order_number", word))
    assert value(given, Parameter("order_number", **parameter)) == result


def test_a_word_that_is_not_there_is_none() -> None:
    order = Parameter("order_number")
    assert value(facts("about 77120", ("order_number", "77121")), order) == "value_missing"
    assert value(facts("about 771200", ("order_number", "77120")), order) == "value_missing"
    assert value(facts("about 77120", ("invoice_number", "77120")), order) == "value_missing"
    assert value(facts("", ("order_number", "77120"), subject="No 77120"), order) == "77120"
    assert value(facts("", ("order_number", "")), replace(order, required=False)) is None
    twice = facts("77120, 77120", ("order_number", "77120"), ("order_number", "77120"))
    assert value(twice, order) == "77120"


def test_free_text_is_made_harmless() -> None:
    subject = Parameter("subject", max_length=40)
    assert value(facts(subject="=SUM(1)\u202e @all https://e.example"), subject) == "'=SUM(1) ＠all hxxps://e[.]example"
    assert len(value(facts(subject="x" * 500), subject)) == 40


@pytest.mark.parametrize(
    "address", ["a b@x.example", "http://x@y.example", "=x@y.example", "é@x.example", "x@y.example/z"]
)
def test_an_address_is_plain(address: str) -> None:
    assert not made(facts(author=address), who=Parameter("author_address")).made
    assert value(facts(message_id=address), Parameter("message_id")) == "value_refused"


@pytest.mark.parametrize(
    ("word", "target"),
    [
        ("77120", "/o/77120/n"),
        ("a/b", "/o/a%2Fb/n"),
        ("a b?c#d%2e", "/o/a%20b%3Fc%23d%252e/n"),
        ("é", "/o/%C3%A9/n"),
        ("..", None),
        (".", None),
        ("a\\b", "/o/a%5Cb/n"),
    ],
)
def test_a_value_in_the_path_is_one_segment(word: str, target: str | None) -> None:
    given = facts(f"see {word} there", ("order_number", word))
    found = made(given, "https://x.example:8443/o/{order}/n?key={fixed", order=Parameter("order_number", pattern=".*"))
    if target is None:
        assert [one.code for one in found.left_out] == ["call.no_segment"]
    else:
        assert found.made[0].url == f"https://x.example:8443{target}?key={{fixed"


@given(text=st.text(max_size=40), kind=st.sampled_from(["order_number", "phone", "person", "date", "amount"]))
def test_whatever_the_words_no_link_and_no_other_place_comes_of_them(text: str, kind: str) -> None:
    given = facts(f"so {text} so", (kind, text), subject=text, name=text)
    found = made(
        given,
        "https://x.example/a/{word}/b",
        {"t": "{word} {subject}", "n": "{name}"},
        word=Parameter(kind, required=False),
        subject=Parameter("subject", required=False),
        name=Parameter("author_name", required=False),
    )
    for one in found.made:
        assert re.fullmatch(r"https://x\.example/a/[A-Za-z0-9%_.~-]+/b", one.url)
        body = json.loads(one.body)
        assert set(body) == {"t", "n"}
        assert not re.search(r"(?i)\bhttps?://", one.body.decode())


def test_none_for_mail_that_may_not_be_what_it_says() -> None:
    order = Parameter("order_number")
    good = facts("about 77120", ("order_number", "77120"))
    assert made(good, order=order).made
    message = good.message
    for bad in (
        replace(good, message=replace(message, to=(Address("", "other@x.example"),))),
        replace(good, message=replace(message, authors=(*message.authors, Address("", "b@x.example")))),
        replace(good, message=replace(message, hidden="x" * 30)),
        replace(good, screening=Screening("list", Reason("automatic.list"))),
        replace(good, superseded_by=9),
        replace(good, other_mailbox="other"),
        replace(good, answered_by_person=True),
        replace(good, analysis=None),
        replace(good, analysis=replace(ANALYSIS, intent="question")),
    ):
        assert made(bad, order=order) == Calls()


def test_the_same_mail_has_the_same_key_and_another_call_another() -> None:
    given = facts("about 77120", ("order_number", "77120"))
    one = Call("a", "POST", "https://x.example", {}, ("order",))
    keys = [found.key for found in calls_for(given, (one, replace(one, id="b")), "box", 7, "identity").made]
    again = [found.key for found in calls_for(given, (one, replace(one, id="b")), "box", 8, "identity").made]
    other = [found.key for found in calls_for(given, (one,), "box", 7, "another").made]
    assert keys == again
    assert len({*keys, *other}) == 3
    assert calls_for(given, (replace(one, mailboxes=("else",)),), "box", 7, "identity") == Calls()


def test_a_long_mail_is_quick() -> None:
    text = "1" * 1_000_000
    began = time.process_time()
    given = facts(text, ("order_number", "1" * 199), subject="x" * 1_000_000)
    made(given, order=Parameter("order_number", pattern="(1+)+2"), subject=Parameter("subject"))
    assert time.process_time() - began < 1
