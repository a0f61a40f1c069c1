from dataclasses import replace

import pytest
from tests.unit.policy.given import AUTHOR, OWN, QUESTION

from repondeur.mail.message import Address, Invitation
from repondeur.mail.sender_pattern import sender_list
from repondeur.policy.screen import ScreenFacts, screen
from repondeur.texts import hint, render

US = Address("", "SAV@Shop.example")


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        pytest.param({}, "answerable", id="a person asks"),
        pytest.param({"authors": (US,)}, "ourselves", id="our own address, whatever its case"),
        pytest.param({"authors": (Address("", "mailer-daemon@isp.example"),)}, "bounce", id="a daemon"),
        pytest.param({"authors": (Address("", "no-reply@bank.example"),)}, "automatic", id="no-reply"),
        pytest.param({"fields": (("auto-submitted", "auto-replied"),)}, "automatic", id="an automatic reply"),
        pytest.param({"fields": (("list-id", "<news.example>"),)}, "list", id="a list"),
        pytest.param({"text": "", "invitation": Invitation("REPLY", "x")}, "automatic", id="a calendar answers"),
        pytest.param({"text": "", "invitation": Invitation("REQUEST", "x")}, "answerable", id="an invitation"),
        pytest.param(
            {"authors": (Address("", "newsletter@shop.example"),)}, "automatic", id="an address that only sends"
        ),
        pytest.param({"authors": ()}, "unreadable", id="no author: a person must see it"),
        pytest.param({"authors": (Address("Zoé", ""),)}, "unreadable", id="a name without an address"),
        pytest.param({"authors": (), "report_type": "delivery-status"}, "bounce", id="a bounce without an author"),
        # A person must see these, so they are not dropped here; the rules and the guard see to it.
        pytest.param({"authors": (AUTHOR, Address("", "b@client.example"))}, "answerable", id="several authors"),
        pytest.param({"authors": (US, AUTHOR)}, "answerable", id="several authors, one of them us"),
        pytest.param({"author_doubt": "mail.two_authors"}, "answerable", id="an author in doubt"),
        pytest.param({"to": (Address("", "else@client.example"),)}, "answerable", id="a blind copy"),
        pytest.param({"reply_to": (Address("", "other@client.example"),)}, "answerable", id="Reply-To elsewhere"),
        pytest.param({"return_path": ""}, "answerable", id="ordinary mail with a null return path"),
        pytest.param({"text": "", "subject": ""}, "answerable", id="an empty mail"),
    ],
)
def test_what_may_be_answered_at_all(changes, verdict):
    screening = screen(replace(QUESTION, **changes), ScreenFacts(OWN))
    assert screening.verdict == verdict


def test_a_message_of_ours_is_ours_whoever_it_names():
    assert screen(QUESTION, ScreenFacts(OWN, own_message=True)).verdict == "ourselves"
    machine = replace(QUESTION, fields=(("auto-submitted", "auto-replied"),))
    assert screen(machine, ScreenFacts(OWN, own_message=True)).verdict == "ourselves"


def test_an_international_domain_of_ours_is_ours_in_both_forms():
    own = ScreenFacts(frozenset({"sav@exämple.org"}))
    assert screen(replace(QUESTION, authors=(Address("", "sav@xn--exmple-cua.org"),)), own).verdict == "ourselves"


@pytest.mark.parametrize(
    "blocked", ["zoe@client.example", "ZOE@Client.Example", "@client.example", "client.example", "*@cl*.example"]
)
def test_blocked_authors(blocked):
    assert screen(QUESTION, ScreenFacts(OWN, blocked=sender_list((blocked,)))).verdict == "blocked"
    assert screen(QUESTION, ScreenFacts(OWN, blocked=sender_list(("@lient.example",)))).verdict == "answerable"


def test_to_block_goes_before_to_allow_and_takes_any_of_the_authors():
    both = sender_list(("client.example",))
    assert screen(QUESTION, ScreenFacts(OWN, blocked=both, allowed=both)).verdict == "blocked"
    two = replace(QUESTION, authors=(Address("", "a@other.example"), AUTHOR))
    assert screen(two, ScreenFacts(OWN, blocked=both)).verdict == "blocked"


BULK = [
    {"fields": (("list-id", "<news.example>"),)},
    {"fields": (("list-unsubscribe", "<https://news.example/out>"), ("precedence", "bulk"))},
    {"fields": (("precedence", "list"),)},
    {"fields": (("precedence", "junk"), ("x-campaign-id", "4"), ("feedback-id", "1:2"))},
    {"authors": (Address("", "no-reply@forms.client.example"),)},
    {"authors": (Address("", "newsletter@client.example"),)},
]
NEVER = [
    {"fields": (("list-id", "<a.example>"), ("auto-submitted", "auto-replied"))},
    {"fields": (("auto-submitted", "auto-generated"),)},
    {"fields": (("precedence", "auto_reply"),)},
    {"fields": (("precedence", "bulk"), ("x-auto-response-suppress", "All"))},
    {"fields": (("x-loop", "us"),)},
    {"fields": (("x-failed-recipients", "a@b.example"),)},
    {"authors": (Address("", "mailer-daemon@client.example"),)},
    {"report_type": "delivery-status"},
    {"subject": "Automatic reply: out of office"},
    {"authors": (US,)},
]


@pytest.mark.parametrize("changes", BULK)
def test_who_is_allowed_may_write_to_many(changes):
    mail = replace(QUESTION, **changes)
    assert screen(mail, ScreenFacts(OWN)).verdict in ("automatic", "list")
    allowed = sender_list(("client.example", "*@*.client.example"))
    assert screen(mail, ScreenFacts(OWN, allowed=allowed)).verdict == "answerable"
    assert screen(mail, ScreenFacts(OWN, allowed=sender_list(("other.example",)))).verdict in ("automatic", "list")


@pytest.mark.parametrize("changes", NEVER)
def test_nobody_is_allowed_to_be_a_machine_that_answers_or_ourselves(changes):
    allowed = sender_list(("client.example", "shop.example"))
    verdict = screen(replace(QUESTION, **changes), ScreenFacts(OWN, allowed=allowed)).verdict
    assert verdict in ("automatic", "bounce", "ourselves")


@pytest.mark.parametrize("changes", [{}, {"authors": (US,)}, {"authors": ()}])
def test_every_reason_can_be_told_in_both_languages(changes):
    reason = screen(replace(QUESTION, **changes), ScreenFacts(OWN)).reason
    assert render(reason, "en") != render(reason, "fr")
    assert hint(reason, "fr") is not None
