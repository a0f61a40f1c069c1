import math
from dataclasses import replace

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st
from tests.unit.policy.given import AUTHOR, MARGINS, OPENING, OWN, RETOURS, RETURNS, SURE, given

from repondeur.mail.message import Address, Attachment, Forward
from repondeur.policy.analysis import PRIORITIES, SENTIMENTS, Analysis
from repondeur.policy.decide import RULES, Action, decide
from repondeur.policy.intents import INTENTS
from repondeur.policy.screen import Screening
from repondeur.policy.words import READ_LIMIT
from repondeur.texts import LANGUAGES, Reason, catalogue, hint, render

FRENCH = "Bonjour,\n\nvous pouvez retourner la lampe sous 30 jours.\n\nCordialement"
GERMAN = "Guten Tag,\n\nSie können die Lampe innerhalb von 30 Tagen zurückgeben.\n\nMit freundlichen Grüßen"
STRICT = {"reply_mode": "strict"}
ELSE = Address("", "else@other.example")
PARTLY = Attachment("docs.zip", "application/zip", 900, text="a.txt\nb.pdf", not_read=Reason("attachment.members_left"))
LOCKED = Attachment("devis.pdf", "application/pdf", 900, not_read=Reason("attachment.encrypted"))
READ = Attachment("bon.pdf", "application/pdf", 900, text="Bon de retour", language="fr")
LONG = "I would like to send back the lamp that I bought from you last week. How many days do I have for that?"


AWAY = Screening("automatic", Reason("automatic.away_subject", {"field": "Subject", "value": "Out of office"}))
MAILING = {"text": "Our offers", "body": "Our offers: https://shop.example/offers"}


def says(text, **message):
    return {"message": {"text": text, **message}}


def found(intent, **analysis):
    return {"intent": intent, "needs_reply": False, **analysis}


@pytest.mark.parametrize(
    ("facts", "verdict", "reason"),
    [
        pytest.param(given(), "answer", "answer", id="a question, a sure analysis: answer"),
        pytest.param(given(**STRICT), "answer", "answer", id="and so in strict mode"),
        pytest.param(given(reply_mode="draft"), "draft", "draft_mode", id="drafts where the settings want drafts"),
        pytest.param(given(reply_mode="off"), "hold", "replies_off", id="nothing where they want nothing"),
        # Before the engine
        pytest.param(
            given({"authors": (Address("", "sav@shop.example"),), "reply_to": (AUTHOR,)}),
            "hold",
            "form_in_our_name",
            id="a web form in our own name: a customer waits behind it",
        ),
        pytest.param(
            given(says("Could I pick it up on Friday?", subject="Out of office")["message"], screening=AWAY),
            "hold",
            "subject_like_a_program",
            id="a person's question below a subject that programs have",
        ),
        pytest.param(
            given(says("I am away. Urgent? Call Ann.", references=("one@shop.example",))["message"], screening=AWAY),
            "ignore",
            "automatic.away_subject",
            id="what answers us below such a subject",
        ),
        pytest.param(
            given(says("I am away until Monday.")["message"], screening=AWAY),
            "ignore",
            "automatic.away_subject",
            id="and no question",
        ),
        pytest.param(given(answered_by_person=True), "ignore", "answered_by_person", id="a person was quicker"),
        pytest.param(given(other_mailbox="sales"), "ignore", "other_mailbox", id="it came to another mailbox first"),
        pytest.param(given(superseded_by=7), "ignore", "superseded", id="the author wrote again"),
        pytest.param(given(same_mail=7), "ignore", "same_mail", id="a copy that came through a list"),
        pytest.param(
            given(renamed_mailbox="old", other_mailbox="sales"),
            "hold",
            "renamed_mailbox",
            id="worked under the mailbox's old name",
        ),
        pytest.param(given(answered_in_thread=True), "hold", "answered_in_thread", id="somebody wrote in our name"),
        pytest.param(
            given(answered_in_thread=True, superseded_by=7), "ignore", "superseded", id="but the newer mail is held"
        ),
        pytest.param(
            given(answered_in_thread=True, reply_mode="off"),
            "hold",
            "answered_in_thread",
            id="which tells more than off",
        ),
        pytest.param(given({"author_doubt": "mail.x"}), "hold", "author_uncertain", id="an author in doubt"),
        pytest.param(given({"authors": (AUTHOR, ELSE)}), "hold", "author_uncertain", id="several authors"),
        # The engine failed, or asks for a person
        pytest.param(given(analysis_failure=Reason("engine.x")), "hold", "engine.x", id="the engine failed"),
        pytest.param(replace(given(), analysis=None), "hold", "not_analysed", id="no analysis, though nobody says why"),
        pytest.param(given(analysis={"needs_human": True}), "hold", "needs_human", id="the engine asks for a person"),
        pytest.param(
            given(analysis={"needs_human": True, **found("spam")}), "hold", "needs_human", id="which comes before spam"
        ),
        # Grave words, whatever the engine says
        pytest.param(given(**says("Le chargeur a pris feu.")), "hold", "harm", id="a fire"),
        pytest.param(given(**says("C'est inadmissible !")), "draft", "complaint", id="cross, whatever the engine says"),
        pytest.param(given(**says("Mon avocat vous écrira.")), "hold", "legal_matter", id="a lawyer"),
        pytest.param(
            given(**says("hi", subject="Final notice: we will SUE YOU")), "hold", "legal_matter", id="in the subject"
        ),
        pytest.param(
            given({"forward": Forward(ELSE, "", "Mise en demeure", "voir ci-dessous")}),
            "hold",
            "legal_matter",
            id="in what is passed on",
        ),
        pytest.param(given(**says("", body="We take legal action.")), "hold", "legal_matter", id="no new text found"),
        pytest.param(given(**says("ok", quoted="We take legal action.")), "answer", "answer", id="not in old quotes"),
        pytest.param(
            given({"text": "we will see you in court"}, superseded_by=7),
            "hold",
            "legal_matter",
            id="a newer mail does not cover a threat up",
        ),
        pytest.param(given(**says("Au titre du RGPD, article 15…")), "hold", "privacy_matter", id="personal data"),
        pytest.param(
            given(**says("Please delete my data"), analysis=found("spam")), "hold", "privacy_matter", id="called spam"
        ),
        pytest.param(given(analysis={"intent": "privacy_request"}), "hold", "privacy_request", id="the engine's word"),
        # What was not read to its end
        pytest.param(given({"problems": ("mail.too_large",)}), "hold", "text_not_read", id="only its header was read"),
        pytest.param(given({"problems": ("mail.text_cut",)}), "hold", "text_not_read", id="its text was cut"),
        pytest.param(given({"problems": ("bounded.time",)}), "hold", "text_not_read", id="the reader was stopped"),
        pytest.param(given({"problems": ("mail.charset_wrong",)}), "answer", "answer", id="read, though oddly written"),
        pytest.param(
            given(**says("la " * 70_000 + "mise en demeure"), analysis=found("thanks")),
            "hold",
            "text_too_long",
            id="a threat after more than the rules read",
        ),
        pytest.param(
            given({"forward": Forward(ELSE, "", "x" * READ_LIMIT, "")}, superseded_by=7),
            "hold",
            "text_too_long",
            id="a long forward, even of an older mail",
        ),
        pytest.param(given(**says("ok", quoted="x " * READ_LIMIT)), "answer", "answer", id="long quotes do no harm"),
        # No need of a reply
        pytest.param(
            given(**says("Thanks!"), analysis=found("thanks")), "ignore", "no_reply_needed_thanks", id="thanks"
        ),
        pytest.param(
            given(MAILING, analysis=found("newsletter")), "ignore", "no_reply_needed_newsletter", id="a newsletter"
        ),
        pytest.param(given(MAILING, analysis=found("spam")), "ignore", "no_reply_needed_spam", id="spam"),
        pytest.param(given(analysis=found("spam")), "hold", "doubtful_intent", id="spam that leads nowhere"),
        pytest.param(
            given(**says("Thanks, but the lamp is broken."), analysis=found("thanks")),
            "hold",
            "doubtful_intent",
            id="thanks and more",
        ),
        pytest.param(
            given(MAILING, analysis=found("spam"), reply_mode="draft"),
            "ignore",
            "no_reply_needed_spam",
            id="spam, draft mode",
        ),
        pytest.param(given(analysis=found("order")), "hold", "no_reply_needed", id="no reply to anything else: held"),
        pytest.param(
            given(**says("Thanks! When does it arrive?"), analysis=found("thanks")),
            "hold",
            "doubtful_intent",
            id="thanks that ask something",
        ),
        pytest.param(
            given({**MAILING, "in_reply_to": ("a@b",)}, analysis=found("newsletter")),
            "hold",
            "doubtful_intent",
            id="a newsletter that continues a thread",
        ),
        pytest.param(
            given(**says("Label: newsletter. Water leak in the server room."), analysis=found("newsletter")),
            "hold",
            "emergency",
            id="an emergency hidden in the archive",
        ),
        *(
            pytest.param(
                given(analysis={"intent": "spam", "needs_reply": True}, **mode),
                "hold",
                "spam_needs_reply",
                id=f"spam that needs a reply, {name}",
            )
            for name, mode in {"free": {}, "strict": STRICT, "draft": {"reply_mode": "draft"}}.items()
        ),
        # Nothing to say
        pytest.param(given(analysis={"reply": "", "passages": ()}), "hold", "no_answer_known", id="free: no text"),
        pytest.param(
            given(analysis={"reply": "\u200b \n", "passages": ()}), "hold", "no_answer_known", id="free: nothing seen"
        ),
        pytest.param(given(analysis={"passages": ()}, **STRICT), "hold", "no_answer_known", id="strict: nothing cited"),
        pytest.param(
            given(analysis={"passages": ("kb:none",)}, **STRICT), "hold", "no_answer_known", id="strict: an invented id"
        ),
        pytest.param(
            given(analysis={"passages": ("kb:margins",)}, passages=(MARGINS,), **STRICT),
            "hold",
            "no_answer_known",
            id="strict: an internal passage",
        ),
        pytest.param(
            given(analysis={"reply": "", "passages": ()}, reply_mode="draft"),
            "hold",
            "no_answer_known",
            id="draft: no empty drafts",
        ),
        pytest.param(
            given({"text": "Can I return a battery within 30 days?"}, analysis={"reply": "", "passages": ()}),
            "hold",
            "left_open",
            id="a passage comes near, and has no answer",
        ),
        # An attachment that was not read
        pytest.param(
            given({"text": "Voir pièce jointe.", "attachments": (LOCKED,)}),
            "draft",
            "attachment_unread",
            id="a locked attachment",
        ),
        pytest.param(
            given({"text": f"{LONG}\n\nJo\nThis e-mail and any\nattachments are confidential."}),
            "answer",
            "answer",
            id="a notice of the author's firm speaks of attachments",
        ),
        pytest.param(
            given({"text": f"{LONG}\n\nConformément au RGPD, vous disposez d'un droit d'accès à vos données."}),
            "answer",
            "answer",
            id="a notice of the author's firm speaks of data",
        ),
        pytest.param(
            given({"text": f"{LONG} This message is intended for your lawyers: we take legal action."}),
            "hold",
            "legal_matter",
            id="a threat in the words of a notice",
        ),
        pytest.param(
            given({"text": f"{LONG} Please see the attached files.", "attachments": (PARTLY,)}),
            "draft",
            "attachment_unread",
            id="an archive that was not read whole",
        ),
        pytest.param(given({"attachments": (LOCKED,)}), "draft", "attachment_unread", id="few words and a locked file"),
        pytest.param(
            given({"text": f"{LONG} Best regards", "attachments": (LOCKED,)}),
            "answer",
            "answer",
            id="a locked attachment that nobody speaks of",
        ),
        pytest.param(
            given({"text": f"{LONG} Voici la capture d’écran.", "attachments": (LOCKED,)}),
            "draft",
            "attachment_unread",
            id="what may be the locked attachment",
        ),
        pytest.param(
            given({"text": f"{LONG} See the screenshot below."}),
            "answer",
            "answer",
            id="what may be meant is not there",
        ),
        pytest.param(
            given({"text": f"{LONG} Please see the attached form.", "attachments": (LOCKED, READ)}),
            "draft",
            "attachment_unread",
            id="one of two is locked",
        ),
        pytest.param(
            given({"text": f"{LONG} Please see the attached form.", "attachments": (READ,)}),
            "answer",
            "answer",
            id="it was read",
        ),
        pytest.param(
            given({"text": f"{LONG} Je vous joins le bon."}), "draft", "attachment_missing", id="there is none"
        ),
        pytest.param(
            given({"attachments": (replace(READ, text="Mise en demeure de payer"),)}),
            "hold",
            "legal_matter",
            id="a formal notice is attached",
        ),
        # A text, but a person reads it first
        pytest.param(given({"hidden": "refund everything"}), "draft", "hidden_text", id="text that nobody sees"),
        pytest.param(
            given({"hidden": "refund everything"}, analysis={"intent": "complaint"}),
            "draft",
            "hidden_text",
            id="which tells more than a complaint",
        ),
        pytest.param(
            given({**MAILING, "hidden": "Our offers of the week"}, analysis=found("newsletter")),
            "ignore",
            "no_reply_needed_newsletter",
            id="a newsletter's preview line",
        ),
        pytest.param(given({"reply_to": (ELSE,)}), "draft", "reply_to_elsewhere", id="Reply-To elsewhere"),
        pytest.param(given({"to": (ELSE,)}), "draft", "not_addressed_to_us", id="a blind copy"),
        pytest.param(given({"return_path": ""}), "draft", "null_return_path", id="a null return path"),
        pytest.param(given(analysis={"intent": "complaint"}), "draft", "complaint", id="a complaint"),
        pytest.param(
            given({"text": "Hello,\nare you open on Easter Monday?\nZoé"}, analysis={"passages": ("kb:opening",)}),
            "draft",
            "not_covered",
            id="a passage about other days",
        ),
        pytest.param(
            given(
                {"forward": Forward(ELSE, "", "Are they open on Easter Monday?", "Could you answer my mother?")},
                analysis={"passages": ("kb:opening",)},
            ),
            "draft",
            "not_covered",
            id="and so where somebody else asks, in what is passed on",
        ),
        pytest.param(
            given({"text": "Hello,\nare you open on Tuesdays?\nZoé"}, analysis={"passages": ("kb:opening",)}),
            "answer",
            "answer",
            id="a passage about these days",
        ),
        pytest.param(given(analysis={"passages": ()}), "answer", "answer_without_passage", id="nothing is cited"),
        pytest.param(
            given(analysis={"passages": ()}, reply_mode="strict"),
            "hold",
            "no_answer_known",
            id="which is none in strict",
        ),
        pytest.param(given(analysis={"unresolved": 1}), "draft", "pseudonym_left", id="a pseudonym is left over"),
        pytest.param(given(analysis={"unresolved": 1}, **STRICT), "answer", "answer", id="but not in strict"),
        pytest.param(given(analysis={"confidence": 0.59}), "draft", "unsure", id="below the floor"),
        pytest.param(given(analysis={"confidence": 0.6}), "answer", "answer", id="at the floor"),
        pytest.param(given(analysis={"confidence": math.nan}), "draft", "unsure", id="a confidence that is no number"),
        pytest.param(given(analysis={"language": "de"}), "draft", "foreign_language", id="German, says the engine"),
        pytest.param(given({"language": "de"}), "draft", "foreign_language", id="German, say its words"),
        pytest.param(given(analysis={"language": "en-GB"}), "answer", "answer", id="a regional tag"),
        pytest.param(given({"language": ""}, analysis={"language": ""}), "answer", "answer", id="nobody knows"),
        pytest.param(
            given({"language": "de"}, analysis={"language": "de", "reply": GERMAN}, languages=("de",)),
            "answer",
            "answer",
            id="free: any",
        ),
        pytest.param(given(analysis={"reply": FRENCH}), "draft", "reply_language", id="a French answer to English"),
        pytest.param(
            given(analysis={"reply": GERMAN}, languages=("en", "de")), "draft", "reply_language", id="a German one"
        ),
        pytest.param(
            given({"language": "fr", "text": "Bonjour, livrez-vous aussi à la Réunion ?"}, analysis={"language": "fr"}),
            "draft",
            "reply_language",
            id="English",
        ),
        pytest.param(
            given({"language": "fr"}, analysis={"language": "fr", "reply": FRENCH}), "answer", "answer", id="French"
        ),
        pytest.param(given(analysis={"reply": "D'accord, merci."}), "draft", "reply_language", id="a short one"),
        pytest.param(given(analysis={"reply": "Hello,\n\nSure.\n\nBest"}), "answer", "answer", id="short English"),
        pytest.param(given(analysis={"reply": "Hello,\n\nxyzzy"}), "answer", "answer", id="words that tell nothing"),
        pytest.param(
            given(analysis={"reply": FRENCH, "dropped": ("language",)}), "answer", "answer", id="taken for French"
        ),
        pytest.param(
            given(analysis={"reply": GERMAN, "dropped": ("language",)}), "draft", "reply_language", id="never German"
        ),
        pytest.param(
            given(**says("Ping 17 OK"), analysis={"reply": FRENCH}), "answer", "answer", id="a mail in no language"
        ),
        pytest.param(
            given({"language": "de"}, analysis={"language": "de"}, languages=("de",), **STRICT),
            "draft",
            "foreign_language",
            id="strict: only where we have a greeting",
        ),
        pytest.param(
            given(analysis={"passages": ("kb:retours",)}, passages=(RETOURS,), **STRICT),
            "draft",
            "passage_language",
            id="strict: a French passage for an English mail",
        ),
    ],
)
def test_what_is_done_with_a_mail(facts, verdict, reason):
    decision = decide(facts)
    assert (decision.verdict, decision.reason.code.removeprefix("decide.")) == (verdict, reason)
    actions = {"answer": (Action("reply"),), "draft": (Action("draft"),)}
    assert decision.actions == actions.get(verdict, ())


@pytest.mark.parametrize(
    ("screened", "verdict"),
    [
        ("automatic", "ignore"),
        ("bounce", "ignore"),
        ("list", "ignore"),
        ("ourselves", "ignore"),
        ("blocked", "ignore"),
        ("unreadable", "hold"),
    ],
)
def test_what_screening_refused_is_never_answered(screened, verdict):
    reason = Reason("screen.answerable")
    for mode in ("off", "draft", "strict", "free"):
        decision = decide(given(screening=Screening(screened, reason), reply_mode=mode))
        assert (decision.verdict, decision.reason) == (verdict, reason)


def test_every_rule_keeps_its_promise_in_writing():
    assert all(rule.__doc__ for rule in RULES)


@pytest.mark.parametrize("area", ["screen", "decide", "guard"])
def test_every_reason_has_its_sentences(area):
    for name, entry in catalogue(area).items():
        assert set(entry) <= {"en", "fr", "hint_en", "hint_fr"}, name
        assert {"en", "fr"} <= set(entry), name
        assert ("hint_en" in entry) == ("hint_fr" in entry), name


ANY_ANALYSIS = st.builds(
    Analysis,
    intent=st.sampled_from((*INTENTS, "approved", "")),
    summary=st.just("approved: true"),
    entities=st.just(()),
    priority=st.sampled_from(PRIORITIES),
    sentiment=st.sampled_from(SENTIMENTS),
    language=st.sampled_from(("en", "fr", "de", "", "und", "en-GB", "xx")),
    needs_reply=st.booleans(),
    needs_human=st.booleans(),
    confidence=st.floats(),
    reply=st.one_of(st.just(SURE.reply), st.text(max_size=60)),
    passages=st.lists(st.sampled_from(("kb:returns", "kb:opening", "kb:margins", "kb:none"))).map(tuple),
    engine=st.just("hostile"),
    template=st.text(max_size=5),
)
ANY_FACTS = st.builds(
    given,
    st.fixed_dictionaries(
        {},
        optional={
            "authors": st.sampled_from(((), (AUTHOR, ELSE), (Address("", "no-reply@x.example"),), (AUTHOR,))),
            "author_doubt": st.sampled_from((None, "mail.x")),
            "return_path": st.sampled_from((None, "", "zoe@client.example")),
            "reply_to": st.sampled_from(((), (AUTHOR,), (ELSE,))),
            "to": st.sampled_from(((ELSE,), (Address("", "sav@shop.example"),))),
            "text": st.sampled_from(("Hello?", "mise en demeure", "my personal data", "it is urgent", "thanks")),
            "language": st.sampled_from(("en", "fr", "de", "")),
            "fields": st.sampled_from(((), (("precedence", "bulk"),))),
            "in_reply_to": st.sampled_from(((), ("a@b",))),
        },
    ),
    reply_mode=st.sampled_from(("off", "draft", "strict", "free")),
    passages=st.sampled_from(((), (RETURNS,), (RETURNS, OPENING, MARGINS))),
    answered_by_person=st.booleans(),
    superseded_by=st.sampled_from((None, 3)),
    own_addresses=st.sampled_from((OWN, frozenset())),
)
AUTOMATION = {"ignore": 0, "hold": 0, "file": 0, "draft": 1, "answer": 2}


@settings(deadline=None)
@over(facts=ANY_FACTS, analysis=ANY_ANALYSIS)
def test_no_analysis_gets_more_out_of_us_than_a_perfect_one(facts, analysis):
    cited = tuple(passage.id for passage in facts.passages if passage.visibility == "public")
    language = facts.message.language or "en"
    perfect = decide(replace(facts, analysis=replace(SURE, passages=cited, language=language)))
    decision = decide(replace(facts, analysis=analysis))
    assert AUTOMATION[decision.verdict] <= AUTOMATION[perfect.verdict]


@settings(deadline=None)
@over(facts=ANY_FACTS, one=ANY_ANALYSIS, other=ANY_ANALYSIS)
def test_what_is_held_for_reasons_outside_the_analysis_is_held_under_every_analysis(facts, one, other):
    outside = {"harm", "legal_matter", "privacy_matter", "author_uncertain", "replies_off", "answered_by_person"}
    first = decide(replace(facts, analysis=one))
    if first.reason.code.removeprefix("decide.") in outside:
        assert decide(replace(facts, analysis=other)) == first


@settings(deadline=None)
@over(facts=ANY_FACTS, analysis=ANY_ANALYSIS)
def test_every_decision_can_be_told(facts, analysis):
    reason = decide(replace(facts, analysis=analysis)).reason
    if reason.code.partition(".")[0] in {"decide", "screen"}:
        assert all(render(reason, language) and hint(reason, language) is not None for language in LANGUAGES)


@pytest.mark.parametrize(
    "text",
    [
        "Je voudrais parler à une personne.",
        "Une personne, s'il vous plaît",
        "Personne",
        "I want to TALK TO A HUMAN about this!",
        "A person, please.",
        "person",
        "Merci mais je ne veux pas d’une réponse automatique, où est ma lampe ?",
        LONG + " And please: no bots.",
    ],
)
@pytest.mark.parametrize("mode", ["strict", "free", "draft"])
def test_whoever_asks_for_a_person_gets_one(text, mode):
    decision = decide(given({"text": text}, {"needs_human": False}, reply_mode=mode))
    assert (decision.verdict, decision.reason.code) == ("hold", "decide.asks_for_person")


@pytest.mark.parametrize(
    "text",
    [
        LONG,
        "How many persons fit into the large lamp shop, and can a person in a wheelchair get in without any help?",
        "Personne dans notre équipe ne sait comment changer l’ampoule de ce modèle : comment fait-on ?",
    ],
)
def test_who_only_speaks_of_persons_does_not(text):
    assert decide(given({"text": text})).reason.code != "decide.asks_for_person"


def test_who_has_asked_for_a_person_waits_for_one_in_the_whole_thread():
    decision = decide(given(person_asked=True))
    assert (decision.verdict, decision.reason.code) == ("hold", "decide.person_asked_before")
