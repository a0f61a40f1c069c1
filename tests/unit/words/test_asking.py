"""Which sentences of a mail ask something, and what each of them asks."""

import doctest

import pytest

from repondeur.words import calendar
from repondeur.words import sentences as module
from repondeur.words.sentences import clauses, questions, sentences


@pytest.mark.parametrize("one", [module, calendar])
def test_examples_in_docstrings_hold(one):
    assert doctest.testmod(one).failed == 0


@pytest.mark.parametrize(
    ("text", "language", "asked"),
    [
        ("Is the roof fixed? Also how long will the paint need", "en", 2),
        ("Is the roof fixed? Then could you tell me if the tiles are old.", "en", 2),
        ("Is the roof fixed? And what about the gutter", "en", 2),
        ("Is the roof fixed? When I came, it was wet. What a pity. How nice. Do not worry. Is all I know.", "en", 1),
        ("Le toit est-il prêt ? Et combien de tuiles manquent", "fr", 2),
        ("Le toit est-il prêt ? Ma femme se demande si la gouttière tient.", "fr", 2),
        ("Le toit est-il prêt ? Idem pour la gouttière.", "fr", 2),
        ("Le toit est-il prêt ? Et les tarifs svp", "fr", 2),
        ("Le toit est-il prêt ? Quand je suis venue, il pleuvait. Quel dommage. Combler le trou suffit.", "fr", 1),
    ],
)
def test_a_question_without_its_mark_counts_beside_those_that_have_it(text, language, asked):
    assert len(questions(sentences(text), language)) == asked


@pytest.mark.parametrize(
    "text",
    [
        "My order no. 4417 is here.",
        "Ask Mr. Dunne or Dr. Weiss about it.",
        "La facture de M. Petit est là.",
        "Tél. 12 34, voir B. Lefort.",
    ],
)
def test_a_short_form_or_an_initial_ends_no_sentence(text):
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    ("question", "language", "parts"),
    [
        ("What is the fee, and can I pay by card?", "en", ["What is the fee", "and can I pay by card?"]),
        ("Is it red or is it blue?", "en", ["Is it red or is it blue?"]),
        ("Do you sell salt and pepper?", "en", ["Do you sell salt and pepper?"]),
        (
            "Où est l'accueil, combien coûte l'entrée et faut-il réserver ?",
            "fr",
            ["Où est l'accueil", "combien coûte l'entrée", "et faut-il réserver ?"],
        ),
        ("Vendez-vous du sel et du poivre ?", "fr", ["Vendez-vous du sel et du poivre ?"]),
        ("Wie teuer ist es, und wann?", "de", ["Wie teuer ist es, und wann?"]),
    ],
)
def test_what_a_sentence_asks_one_after_the_other(question, language, parts):
    assert clauses(question, language) == parts


@pytest.mark.parametrize("piece", [", ", "and ", " et ,", "no. ", "A. ", "how much ", "\n1. "])
def test_a_megabyte_of_anything_is_taken_apart_in_bounded_time(piece):
    huge = piece * (1_000_000 // len(piece))
    for language in ("en", "fr"):
        assert isinstance([clauses(one, language) for one in questions(sentences(huge), language)], list)
