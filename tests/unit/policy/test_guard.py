from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st
from tests.unit.policy.given import AUTHOR, MARGINS, RETURNS, SURE, given
from tests.unit.policy.test_decide import ANY_ANALYSIS, ANY_FACTS

from repondeur.mail.compose import compose_reply
from repondeur.mail.message import Address
from repondeur.policy.decide import decide
from repondeur.policy.guard import TEXT_LIMIT, Guarding, Proposal, guard
from repondeur.policy.recipient import recipient
from repondeur.policy.reply import proposed_text
from repondeur.policy.screen import Screening
from repondeur.policy.subject import automatic_subject
from repondeur.store.records import from_json, to_json
from repondeur.texts import LANGUAGES, Reason, hint, render

ELSE = Address("", "else@other.example")
ANSWERABLE = Screening("answerable", Reason("screen.answerable"))


def proposal(facts, **changes):
    return replace(Proposal(recipient(facts.message), proposed_text(facts)), **changes)


def composed(facts, **changes):
    return compose_reply(
        facts.message,
        **{
            "sender": Address("SAV", "sav@shop.example"),
            "recipient": AUTHOR,
            "text": proposed_text(facts),
            "message_id": "r@shop.example",
            "date": datetime(2026, 11, 21, tzinfo=UTC),
            "signature": "",
            "language": "en",
            "automatic": True,
            **changes,
        },
    )


def judged(proposed, facts):
    guarding = guard(proposed, facts)
    return guarding.verdict, [reason.code for reason in guarding.reasons]


def test_a_plain_answer_leaves():
    for facts in (given(), given(reply_mode="strict")):
        assert judged(proposal(facts), facts) == ("send", [])
        assert judged(Proposal.of(composed(facts)), facts) == ("send", [])


@pytest.mark.parametrize(
    ("changes", "verdict", "reason"),
    [
        pytest.param({"recipient": ELSE}, "hold", "wrong_recipient", id="to somebody else"),
        pytest.param({"recipient": None}, "hold", "wrong_recipient", id="to nobody"),
        pytest.param({"text": ""}, "hold", "empty_text", id="no text"),
        pytest.param({"text": "I cannot answer this."}, "hold", "asks_for_person", id="a text that asks for a person"),
        pytest.param({"text": "En tant qu’IA, je…"}, "hold", "asks_for_person", id="and in French"),
        pytest.param({"text": "Yes\u202e."}, "draft", "hidden_text", id="bidi"),
        pytest.param({"text": "Yes." + "\n" * 9 + "No."}, "draft", "hidden_text", id="a gap"),
        pytest.param({"text": ("Yes. " * 801)[: TEXT_LIMIT + 1]}, "draft", "too_long", id="too long"),
        pytest.param({"text": "Kind regards,\n[Your Name]"}, "draft", "placeholder", id="a gap in the text"),
        pytest.param({"text": "Bonjour {{ nom }},"}, "draft", "placeholder", id="a template's field"),
    ],
)
def test_a_proposal_that_does_not_leave(changes, verdict, reason):
    assert judged(proposal(given(), **changes), given()) == (verdict, [f"guard.{reason}"])


@pytest.mark.parametrize("text", ["Yes. " * 799 + "Bye.", "See [the page] and <b>.", "You have thirty days\n\n\nBye"])
def test_a_text_that_may_leave(text):
    assert judged(proposal(given(), text=text), given()) == ("send", [])


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        pytest.param(given({"authors": (Address("", "no-reply@x.example"),)}), "hold", id="no-reply"),
        pytest.param(given({"authors": (Address("", "orders.noreply2@x.example"),)}), "hold", id="no-reply, hidden"),
        pytest.param(given({"authors": (Address("", "MAILER-DAEMON@x.example"),)}), "hold", id="a daemon"),
        pytest.param(given({"authors": (Address("", "cron-daemon@x.example"),)}), "hold", id="another daemon"),
        pytest.param(given({"authors": (Address("", "ne_pas_repondre@x.example"),)}), "hold", id="ne pas répondre"),
        pytest.param(given({"authors": (Address("", "sav@shop.example"),)}), "hold", id="ourselves"),
        pytest.param(given({"authors": (Address("", "sav+x@shop.example"),)}), "hold", id="a sub-address of ours"),
        pytest.param(given({"fields": (("list-id", "<a>"),)}), "hold", id="a list"),
        pytest.param(given({"fields": (("auto-submitted", "Auto-Replied; x=y"),)}), "hold", id="automatic"),
        pytest.param(given({"fields": (("precedence", "bulk"),)}), "hold", id="bulk"),
        pytest.param(given({"report_type": "delivery-status"}), "hold", id="a report"),
        pytest.param(given({"authors": (AUTHOR, ELSE)}), "hold", id="two authors"),
        pytest.param(given({"author_doubt": "mail.x"}), "hold", id="an author in doubt"),
        pytest.param(given({"authors": ()}), "hold", id="no author"),
        pytest.param(given({"to": (ELSE,)}), "draft", id="not addressed to us"),
        pytest.param(given({"reply_to": (ELSE,)}), "draft", id="Reply-To elsewhere"),
        pytest.param(given({"return_path": ""}), "draft", id="a null return path"),
    ],
)
def test_the_addressing_is_looked_at_once_more_even_if_screening_erred(facts, verdict):
    erred = replace(facts, screening=ANSWERABLE)
    assert judged(proposal(erred), erred)[0] == verdict


def test_nothing_leaves_to_an_address_that_nobody_reads():
    to = Address("", "orders.noreply2@x.example")
    assert "guard.machine_address" in judged(proposal(given(), recipient=to), given())[1]


def test_auto_submitted_no_is_said_by_people():
    facts = given({"fields": (("auto-submitted", "no"),)})
    assert judged(proposal(facts), facts) == ("send", [])


@pytest.mark.parametrize(
    ("facts", "reasons"),
    [
        pytest.param(
            given(analysis={"passages": ("kb:none",)}),
            ["guard.uncovered_citation", "guard.foreign_time"],
            id="an invented source",
        ),
        pytest.param(
            given(analysis={"passages": ("kb:margins",)}, passages=(RETURNS, MARGINS)),
            ["guard.internal_supplied", "guard.uncovered_citation", "guard.foreign_time"],
            id="free: an internal source within reach",
        ),
        pytest.param(given(analysis={"needs_human": True}), ["decide.needs_human"], id="not decided"),
        pytest.param(given(reply_mode="draft"), ["decide.draft_mode"], id="not decided, draft"),
    ],
)
def test_what_an_answer_rests_on(facts, reasons):
    assert judged(proposal(facts), facts)[1] == reasons


def test_in_strict_mode_only_our_own_text_leaves():
    facts = given(reply_mode="strict")
    assert judged(proposal(facts, text=SURE.reply), facts) == ("draft", ["guard.not_our_text"])


def test_all_objections_are_told_and_the_gravest_decides():
    facts = given({"reply_to": (ELSE,), "return_path": ""}, reply_mode="draft")
    drafted = ["decide.reply_to_elsewhere", "decide.null_return_path", "guard.hidden_text"]
    assert judged(proposal(facts, text="[name]\u200b"), facts) == ("draft", [*drafted, "guard.placeholder"])
    assert judged(proposal(facts, recipient=ELSE, text="\u200b\u2800"), facts) == (
        "hold",
        ["guard.wrong_recipient", "guard.empty_text", *drafted],
    )


@pytest.mark.parametrize(
    ("change", "verdict", "reason"),
    [
        pytest.param(lambda ready: {"subject": "x"}, "send", None, id="the subject as told is not what leaves"),
        pytest.param(
            lambda ready: {
                "headers": tuple((name, "Re: x" if name == "Subject" else value) for name, value in ready.headers)
            },
            "hold",
            "foreign_subject",
            id="another subject",
        ),
        pytest.param(
            lambda ready: {"raw": b"Bcc: e@x.example\r\n" + ready.raw}, "hold", "bad_fields", id="a field more"
        ),
        pytest.param(
            lambda ready: {
                "headers": (*ready.headers, ("Bcc", "e")),
                "raw": ready.raw.replace(b"\r\n\r\n", b"\r\nBcc: e\r\n\r\n", 1),
            },
            "hold",
            "bad_fields",
            id="a field more, and told",
        ),
        pytest.param(
            lambda ready: {"headers": (ready.headers[0], *ready.headers), "raw": b"From: x\r\n" + ready.raw},
            "hold",
            "bad_fields",
            id="a field twice, and told",
        ),
    ],
)
def test_the_fields_are_looked_at(change, verdict, reason):
    ready = composed(given())
    expected = (verdict, [f"guard.{reason}"] if reason else [])
    assert judged(Proposal.of(replace(ready, **change(ready))), given()) == expected


@pytest.mark.parametrize(
    ("subject", "repeated"),
    [
        ("Order 77120, CMD-2026-00123", "Re: Order 77120, CMD-2026-00123"),
        ("Commande n° 4002345678 du 12/03/2026", "Re: Commande n° 4002345678 du 12/03/2026"),
        ("RE: Visit https://evil.test/a?b now", "Re: Visit … now"),
        ("See hxxp://evil[.]test", "Re: See …"),
        ("See evil=?utf-8?q?x?=.test", "Re: See …"),
        ("Write to a (at) evil dot com", "Re: Write to …"),
        ("Call 06 12 34 56 78 please", "Re: Call … please"),
        ("IBAN FR76 3000 6000 0112 3456 7890 189", "Re: IBAN …"),
        ("Ｗｗｗ．ｅｖｉｌ．ｔｅｓｔ, été", "Re: …, été"),
    ],
)
def test_a_subject_is_repeated_without_what_a_reader_could_follow(subject, repeated):
    facts = given({"subject": subject})
    whole = composed(facts)
    assert automatic_subject(subject) == repeated == automatic_subject(repeated)
    assert judged(Proposal.of(whole), facts) == (
        ("send", []) if repeated == whole.subject else ("hold", ["guard.foreign_subject"])
    )
    assert judged(Proposal.of(composed(given({"subject": repeated}))), facts) == ("send", [])


def test_what_is_not_marked_automatic_does_not_leave_by_itself():
    draft = composed(given(), automatic=False)
    assert judged(Proposal.of(draft), given()) == ("draft", ["guard.not_marked_automatic"])


@settings(deadline=None)
@over(facts=ANY_FACTS, analysis=ANY_ANALYSIS)
def test_the_guard_sends_nothing_that_the_rules_would_not_answer(facts, analysis):
    facts = replace(facts, analysis=analysis)
    guarding = guard(proposal(facts), facts)
    decision = decide(facts)
    assert (guarding.verdict == "send") <= (decision.verdict == "answer")
    assert (guarding.verdict == "send") == (guarding.reasons == ())
    assert guarding.verdict == "hold" or decision.verdict in {"answer", "draft"}


@settings(deadline=None)
@over(facts=ANY_FACTS, text=st.text(max_size=80))
def test_every_objection_can_be_told(facts, text):
    for reason in guard(proposal(facts, text=text), facts).reasons:
        if not reason.code.startswith("automatic."):
            assert all(render(reason, language) for language in LANGUAGES)
            assert hint(reason, "fr") or decide(facts).verdict == "ignore"


@pytest.mark.parametrize(
    "text",
    [
        "We are open on Saturday.",
        "Your order leaves tomorrow morning.",
        "We will get back to you shortly.",
        "We have passed your question on to a colleague.",
        "Yes, we ship to Jersey.",
    ],
)
def test_where_nothing_is_cited_plain_words_of_service_are_no_commitment(text):
    facts = given({}, {"passages": (), "reply": text})
    assert guard(Proposal(facts.message.author, text), facts).verdict == "send"


def test_beside_a_source_they_have_to_stand_in_it():
    facts = given({}, {"reply": "A technician will visit you tomorrow."})
    objections = guard(Proposal(facts.message.author, "A technician will visit you tomorrow."), facts).reasons
    assert [one.code for one in objections] == ["guard.unfounded_promise", "guard.foreign_time"]


def test_what_earlier_versions_stored_is_still_read():
    stored = {"verdict": "draft", "reasons": [{"code": "guard.placeholder", "params": {}}]}
    assert from_json(Guarding, stored) == Guarding("draft", (Reason("guard.placeholder"),))


def test_objections_are_stored_with_their_places():
    facts = given({}, {"reply": "See evil.example."})
    guarding = guard(Proposal(facts.message.author, "See evil.example."), facts)
    assert from_json(Guarding, to_json(guarding)) == guarding
    assert to_json(guarding)["objections"][0]["span"] == {"text": "evil.example", "start": 4, "end": 16}


def test_a_source_that_an_engine_made_up_keeps_the_reply_from_leaving():
    facts = given({}, {"dropped": ("passages",)})
    assert judged(proposal(facts), facts) == ("draft", ["guard.uncovered_citation"])
