from dataclasses import replace

import pytest
from tests.unit.policy.given import AUTHOR, OWN, QUESTION

from repondeur.mail.message import Address, Invitation
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


@pytest.mark.parametrize("blocked", ["zoe@client.example", "@client.example"])
def test_blocked_authors(blocked):
    assert screen(QUESTION, ScreenFacts(OWN, blocked=frozenset({blocked}))).verdict == "blocked"
    assert screen(QUESTION, ScreenFacts(OWN, blocked=frozenset({"@lient.example"}))).verdict == "answerable"


@pytest.mark.parametrize("changes", [{}, {"authors": (US,)}, {"authors": ()}])
def test_every_reason_can_be_told_in_both_languages(changes):
    reason = screen(replace(QUESTION, **changes), ScreenFacts(OWN)).reason
    assert render(reason, "en") != render(reason, "fr")
    assert hint(reason, "fr") is not None
