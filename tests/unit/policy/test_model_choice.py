"""Which model may be asked about a mail."""

from dataclasses import replace
from typing import Any

import pytest

from repondeur.policy.analysis import PassedOver
from repondeur.policy.model_choice import Choice, MailFacts, candidates
from repondeur.texts import LANGUAGES, Reason, render

FRENCH = MailFacts(language="fr", length=500, attachments=False, mailbox="support", intent="order", sensitive="")


@pytest.mark.parametrize(
    ("conditions", "fits"),
    [
        ({}, True),
        ({"language": ("en", "fr")}, True),
        ({"language": ("en",)}, False),
        ({"longer_than": 499}, True),
        ({"longer_than": 500}, False),
        ({"shorter_than": 501}, True),
        ({"shorter_than": 500}, False),
        ({"attachments": False}, True),
        ({"attachments": True}, False),
        ({"intent": ("order", "invoice")}, True),
        ({"intent": ("invoice",)}, False),
        ({"sensitive": False}, True),
        ({"sensitive": True}, False),
        ({"mailbox": ("support",)}, True),
        ({"mailbox": ("sales",)}, False),
        ({"language": ("fr",), "longer_than": 1000}, False),
        ({"language": ("fr",), "longer_than": 100, "mailbox": ("support",)}, True),
    ],
)
def test_all_conditions_have_to_hold(conditions: dict[str, Any], fits: bool) -> None:
    found = candidates(FRENCH, [Choice(("special",), **conditions)], ("usual", "builtin"))
    assert found.models == (("special",) if fits else ("usual", "builtin"))


def test_the_first_choice_that_fits_wins_and_says_why() -> None:
    choices = [Choice(("a",), language=("en",)), Choice(("b", "c"), language=("fr",), longer_than=10), Choice(("d",))]
    found = candidates(FRENCH, choices, ("e",))
    assert found.models == ("b", "c")
    assert found.why == Reason("model.choice", {"number": 2, "conditions": "language = fr, longer_than = 10"})
    assert candidates(FRENCH, choices[2:], ("e",)).why == Reason("model.choice_for_all", {"number": 1})
    assert candidates(FRENCH, [], ("e",)).why == Reason("model.default")
    for language in LANGUAGES:
        assert render(found.why, language)


def test_sensitive_mail_stays_in_the_house_whatever_the_choices_say() -> None:
    private = replace(FRENCH, sensitive="health")
    over = PassedOver("remote", Reason("model.not_local", {"kind": "health"}))
    choices = [Choice(("remote", "near"))]
    found = candidates(private, choices, ("remote",), local={"near", "builtin"})
    assert (found.models, found.passed_over) == (("near",), (over,))
    assert candidates(FRENCH, choices, ("remote",), local={"near"}).models == ("remote", "near")
    assert candidates(private, choices, ("remote",)).models == ("remote", "near")


def test_sensitive_mail_never_lacks_a_model() -> None:
    private = replace(FRENCH, sensitive="money")
    choices = [Choice(("remote",))]
    found = candidates(private, choices, ("other", "near"), local={"near"})
    assert found.models == ("near", "builtin")
    assert found.why == Reason("model.sensitive", {"kind": "money"})
    assert candidates(private, [], ("remote",), local=set()).models == ("builtin",)
