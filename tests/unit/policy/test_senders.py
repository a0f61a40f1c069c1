"""Who the author is to us, and what rules make of it (I15, I16)."""

from dataclasses import replace

import pytest
from tests.unit.policy.given import AUTHOR, OWN, QUESTION, given

from repondeur.mail.message import Address, Message, OwnChecks
from repondeur.mail.sender_pattern import sender_list
from repondeur.policy.decide import decide
from repondeur.policy.guard import Proposal, guard
from repondeur.policy.recipient import recipient
from repondeur.policy.screen import ScreenFacts, screen
from repondeur.policy.senders import STRANGER, Sender, SenderRules, sender_of
from repondeur.texts import LANGUAGES, hint, render

US = "mx.shop.example"
RULES = SenderRules(own_addresses=OWN, internal=sender_list(("corp.example",)), authserv_id=US)
COLLEAGUE = Address("Ana", "ana@corp.example")
LIST = (("list-id", "<team.client.example>"), ("precedence", "bulk"))


def mail(author: Address = AUTHOR, result: str = "", **changes: object) -> Message:
    fields = (f"{US}; dmarc={result} header.from={author.domain}",) if result else ()
    return replace(QUESTION, authors=(author,), authentication_results=fields, **changes)


def judged(message: Message, rules: SenderRules = RULES):
    """The decision, and what the guard would say of an answer."""
    screening = screen(message, ScreenFacts(OWN, False, rules.blocked, rules.allowed))
    facts = replace(given(), message=message, screening=screening, sender=sender_of(message, rules))
    proposal = Proposal(recipient(message), facts.analysis.reply)
    return decide(facts), guard(proposal, facts)


def test_a_stranger_is_a_stranger():
    assert sender_of(QUESTION, SenderRules(own_addresses=OWN)) == STRANGER == Sender()
    assert judged(QUESTION)[0].verdict == "answer"


def test_who_fails_is_not_answered():
    decision, guarding = judged(mail(result="fail"))
    assert (decision.verdict, decision.reason.code) == ("hold", "decide.dmarc_fail")
    assert guarding.verdict == "hold"
    assert judged(mail(result="fail"), replace(RULES, allowed=sender_list(("client.example",))))[0].verdict == "hold"
    assert judged(mail(result="fail"), replace(RULES, authserv_id=""))[0].verdict == "answer", "nobody's word counts"
    for other in ("none", "temperror", "permerror", "bestguesspass", "pass"):
        assert judged(mail(result=other))[0].verdict == "answer"


@pytest.mark.parametrize("result", ["", "none", "temperror", "bestguesspass"])
def test_who_only_claims_to_be_a_colleague_gets_a_draft(result):
    message = mail(COLLEAGUE, result)
    assert sender_of(message, RULES).kind == "external"
    decision, guarding = judged(message)
    assert (decision.verdict, decision.reason.code) == ("draft", "decide.claims_internal")
    assert guarding.verdict == "draft"


def test_a_colleague_is_one_by_a_pass_of_our_own_server():
    assert sender_of(mail(COLLEAGUE, "pass"), RULES) == Sender("internal", authenticated="pass", by="dmarc")
    assert judged(mail(COLLEAGUE, "pass"))[0].verdict == "answer"
    for rules in (replace(RULES, authserv_id=""), replace(RULES, authserv_id="mx.other.example")):
        assert sender_of(mail(COLLEAGUE, "pass"), rules).claims_internal
    in_the_text = replace(mail(COLLEAGUE), text=f"Authentication-Results: {US}; dmarc=pass header.from=corp.example")
    assert sender_of(in_the_text, RULES).claims_internal
    two = replace(mail(COLLEAGUE, "pass"), authors=(COLLEAGUE, AUTHOR))
    assert sender_of(two, RULES).kind == "external"
    doubtful = replace(mail(COLLEAGUE, "pass"), author_doubt="mail.author_unclear")
    assert sender_of(doubtful, RULES).kind == "external"


def test_our_own_check_of_the_signature_adds_and_never_contradicts():
    checked = OwnChecks(dkim="corp.example")
    assert sender_of(mail(COLLEAGUE, own_checks=checked), RULES) == Sender("internal", authenticated="pass", by="dkim")
    assert sender_of(mail(COLLEAGUE, "fail", own_checks=checked), RULES).authenticated == "fail"
    assert sender_of(mail(COLLEAGUE, own_checks=OwnChecks(signers=(COLLEAGUE.address,))), RULES).claims_internal


@pytest.mark.parametrize(
    ("author", "code"),
    [
        (Address("", "ana@c0rp.example"), "decide.resembles_ours"),
        (Address("", "ana@corp-example.com"), "decide.resembles_ours"),
        (Address("", "ana@shop.example.evil.test"), "decide.resembles_ours"),
        (Address("corp.example", "x@evil.example"), "decide.shows_ours"),
        (Address("sav at shop dot example", "x@evil.example"), "decide.shows_ours"),
    ],
)
def test_who_looks_like_one_of_us_gets_a_draft(author, code):
    for result in ("", "pass"):
        decision, guarding = judged(mail(author, result))
        assert (decision.verdict, decision.reason.code) == ("draft", code)
        assert guarding.verdict == "draft"
    assert all(render(decision.reason, language) and hint(decision.reason, language) for language in LANGUAGES)


def test_a_likeness_that_settings_allow_is_honest_and_a_name_never_is():
    rules = replace(RULES, allowed=sender_list(("corp.com", "evil.example")))
    assert judged(mail(Address("", "a@corp.com")), rules)[0].verdict == "answer"
    assert judged(mail(Address("sav@corp.example", "x@evil.example")), rules)[0].reason.code == "decide.shows_ours"


def test_an_allowed_list_is_answered_and_nothing_else_is_overruled():
    rules = replace(RULES, allowed=sender_list(("client.example",)))
    decision, guarding = judged(mail(fields=LIST), rules)
    assert (decision.verdict, guarding.verdict) == ("answer", "send")
    assert judged(mail(fields=LIST))[1].verdict == "hold"
    assert judged(mail(fields=(*LIST, ("auto-submitted", "auto-replied"))), rules)[1].verdict == "hold"
    assert judged(mail(fields=LIST, return_path=""), rules)[0].verdict == "draft"
    assert judged(mail(fields=LIST, to=()), rules)[0].verdict == "draft"
    assert judged(mail(fields=LIST, author_doubt="mail.author_unclear"), rules)[0].verdict == "hold"
    form = Address("", "no-reply@client.example")
    assert judged(mail(form), rules)[0].verdict == "answer"
    assert judged(mail(form), rules)[1].verdict == "hold", "behind which nobody reads"


def test_only_the_allowed_are_answered_where_settings_say_so():
    rules = replace(RULES, only_allowed=True, allowed=sender_list(("zoe@client.example",)))
    assert judged(mail(), rules)[0].verdict == "answer"
    assert judged(mail(Address("", "eve@client.example")), rules)[0].reason.code == "decide.not_allowed"
    assert judged(mail(COLLEAGUE, "pass"), rules)[0].verdict == "answer"
    assert judged(mail(COLLEAGUE), rules)[0].verdict == "draft"


@pytest.mark.parametrize(
    ("protection", "signers", "code"),
    [
        ("smime_encrypted", (), "decide.smime_encrypted"),
        ("smime_opaque", (), "decide.smime_opaque"),
        ("pgp_encrypted", (), "decide.pgp_encrypted"),
        ("pgp_signed", (), "decide.signature_not_verified"),
        ("smime_signed", (), "decide.signature_not_verified"),
        ("smime_signed", ("eve@evil.example",), "decide.signature_of_other"),
        ("pgp_encrypted", ("zoe@client.example",), "decide.pgp_encrypted"),
    ],
)
def test_protected_mail_is_held(protection, signers, code):
    decision, guarding = judged(mail(protection=protection, own_checks=OwnChecks(signers=signers)))
    assert (decision.verdict, decision.reason.code, guarding.verdict) == ("hold", code, "hold")
    assert all(render(decision.reason, language) and hint(decision.reason, language) for language in LANGUAGES)


def test_a_signature_that_is_the_authors_takes_the_normal_way():
    signed = mail(protection="smime_signed", own_checks=OwnChecks(signers=("a@b.example", "zoe@client.example")))
    assert judged(signed)[0].verdict == "answer"
