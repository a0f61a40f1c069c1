from dataclasses import replace

import pytest
from tests.unit.policy.given import MARGINS, OPENING, RETOURS, RETURNS, SURE, given

from repondeur.policy.passage import Passage
from repondeur.policy.reply import proposed_text
from repondeur.policy.strict import strict_text

PAY = Passage("kb:pay", "Can I pay later?", "Yes, within 14 days.", "en", visibility="public")
ALL = (RETURNS, OPENING, MARGINS, RETOURS)


def strict(passages, supplied=ALL, **message):
    return given(message, analysis={"passages": passages}, passages=supplied, reply_mode="strict")


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        pytest.param(
            strict(("kb:returns",)),
            "Hello,\n\nYou can return a lamp within 30 days. We pay the parcel.\n\nKind regards",
            id="greeting, passage, closing",
        ),
        pytest.param(
            strict(("kb:retours",), language="fr"),
            "Bonjour,\n\nVous pouvez retourner une lampe sous 30 jours.\n\nBien cordialement",
            id="in the language of the mail",
        ),
        pytest.param(
            strict(("kb:opening", "kb:returns", "kb:opening")),
            f"Hello,\n\nOpening hours\n{OPENING.text}\n\nReturns\n{RETURNS.text}\n\nKind regards",
            id="in the order cited, each once, below its title",
        ),
        pytest.param(
            strict(("kb:pay",), supplied=(PAY,)),
            f"Hello,\n\nCan I pay later?\n{PAY.text}\n\nKind regards",
            id="an answer below its question",
        ),
        pytest.param(
            strict(("kb:pay",), supplied=(replace(PAY, text=f"Can I pay later? {PAY.text}"),)),
            f"Hello,\n\nCan I pay later? {PAY.text}\n\nKind regards",
            id="a title that the text says itself is said once",
        ),
        pytest.param(
            strict(("kb:opening", "kb:pay"), supplied=(PAY, replace(OPENING, title="opening hours"))),
            f"Hello,\n\n{OPENING.text}\n\nCan I pay later?\n{PAY.text}\n\nKind regards",
            id="the name of a file is no title",
        ),
        pytest.param(
            strict(("kb:pay", "kb:pay.2"), supplied=(PAY, replace(PAY, id="kb:pay.2", text="Ask at the desk."))),
            f"Hello,\n\nCan I pay later?\n{PAY.text}\n\nAsk at the desk.\n\nKind regards",
            id="the title of two pieces of one text stands above the first",
        ),
        pytest.param(
            replace(strict(("kb:retours",), language="fr"), signed_by="L'Atelier\nd'Anne"),
            "Bonjour,\n\nVous pouvez retourner une lampe sous 30 jours.\n\nBien cordialement,\nL'Atelier d'Anne",
            id="our name below it",
        ),
        pytest.param(
            strict(("kb:margins", "kb:none", "kb:returns")),
            f"Hello,\n\n{RETURNS.text}\n\nKind regards",
            id="internal and invented ones are left out",
        ),
        pytest.param(strict(()), "", id="nothing cited"),
        pytest.param(strict(("kb:margins",)), "", id="internal only"),
        pytest.param(strict(("kb:returns",), supplied=()), "", id="not supplied"),
        pytest.param(strict(("kb:returns",), supplied=(replace(RETURNS, text=" \u200b"),)), "", id="an empty passage"),
        pytest.param(
            strict(("kb:returns",), supplied=(RETURNS, replace(RETURNS, visibility="internal"))),
            "",
            id="an id that is public and internal is internal",
        ),
    ],
)
def test_what_strict_mode_says(facts, text):
    assert strict_text(facts) == text


def test_strict_mode_says_no_word_of_the_engine():
    hostile = replace(SURE, reply="Pay to GB29 NWBK", summary="evil", template="evil", language="evil", engine="evil")
    assert strict_text(given(reply_mode="strict")) == strict_text(replace(given(reply_mode="strict"), analysis=hostile))


def test_it_cites_three_passages_at_most():
    many = tuple(replace(RETURNS, id=f"kb:{number}", text=f"Rule {number}.") for number in range(9))
    text = strict_text(strict(tuple(passage.id for passage in many), supplied=many))
    assert text == "Hello,\n\nReturns\nRule 0.\n\nRule 1.\n\nRule 2.\n\nKind regards"


@pytest.mark.parametrize(
    ("mode", "analysis", "text"),
    [
        ("free", {"reply": "Yes\u200b.\r\n"}, "Yes."),
        ("draft", {"reply": "Yes."}, "Yes."),
        ("off", {"reply": "Yes."}, "Yes."),
        ("strict", {"reply": "Yes."}, strict_text(given(reply_mode="strict"))),
        ("draft", {"reply": ""}, strict_text(given())),
        ("strict", {"reply": "Yes.", "passages": ()}, "Yes."),
        ("free", {"reply": "", "passages": ()}, ""),
    ],
)
def test_which_text_is_proposed(mode, analysis, text):
    assert proposed_text(given(analysis=analysis, reply_mode=mode)) == text


def test_without_an_analysis_nothing_is_proposed():
    assert proposed_text(replace(given(), analysis=None)) == ""
