"""Words, their stems and concepts."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repondeur.words import match
from repondeur.words import terms as terms_module
from repondeur.words.sentences import guess_language, questions, sentences
from repondeur.words.terms import fold, said, stem, terms


@pytest.mark.parametrize("module", [terms_module, match])
def test_examples_in_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("livraison", "Livraisons", "fr"),
        ("commander", "commandé", "fr"),
        ("rembourser", "remboursement", "fr"),
        ("réparation", "réparer", "fr"),
        ("exclusif", "exclusive", "fr"),
        ("delivered", "deliver", "en"),
        ("connecting", "connected", "en"),
        ("agreements", "agreement", "en"),
    ],
)
def test_forms_of_a_word_have_one_stem(one, other, language):
    assert stem(fold(one), language) == stem(fold(other), language)


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("How do I send it back?", "Comment le renvoyer ?"),
        ("the shipping fees", "les frais de port et de livraison"),
        ("my invoice", "ma facture"),
        ("guaranteed", "garantie"),
    ],
)
def test_both_languages_share_concepts(english, french):
    assert {term for term in terms(english, "en") if term[0] == "="} & set(terms(french, "fr"))


@pytest.mark.parametrize(
    ("inflected", "plain"),
    [
        ("acceptons", "accepter"),
        ("paient", "payer"),
        ("résiliée", "résilier"),
        ("envoyez", "envoyer"),
        ("lançons", "lancer"),
        ("forfaits", "forfait"),
    ],
)
def test_french_forms_that_the_stemming_leaves_have_the_concepts_of_the_plain_form(inflected, plain):
    assert said(inflected, "fr")[0].concepts == said(plain, "fr")[0].concepts != ()


@pytest.mark.parametrize("text", ["", "le la les", "Bonjour, merci d'avance"])
def test_small_words_say_nothing(text):
    assert terms(text, "fr") == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Où en est ma commande ?", "fr"),
        ("Where is it?", "en"),
        ("Hello, I would like to know if you ship to us", "en"),
        ("Je voudrais savoir si vous livrez", "fr"),
        ("12345", "?"),
        ("", "?"),
    ],
)
def test_the_language_is_told_by_small_words(text, language):
    assert guess_language(text, default="?") == language


def test_sentences_end_where_people_end_them():
    assert sentences("One. Two?  Three!\n\nFour\nstill four\n- five") == [
        "One.",
        "Two?",
        "Three!",
        "Four still four",
        "- five",
    ]


@pytest.mark.parametrize(
    ("parts", "language", "asked"),
    [
        (["I bought it.", "Is it blue?"], "en", ["Is it blue?"]),
        (["Please tell me the price.", "It is nice."], "en", ["Please tell me the price."]),
        (["Merci de m'indiquer le prix.", "C'est beau."], "fr", ["Merci de m'indiquer le prix."]),
        (["C'est beau."], "fr", []),
        (["Was kostet das?"], "de", ["Was kostet das?"]),
    ],
)
def test_what_asks_something(parts, language, asked):
    assert questions(parts, language) == asked


@given(st.text())
def test_any_text_has_terms(text):
    for language in ("en", "fr", ""):
        assert all(term and term == term.casefold() for term in terms(text, language))
