"""What a model names is given as the mail spells it, or not at all."""

import pytest

from repondeur.engines.verbatim import as_it_stands, number_as_it_stands

TEXT = (
    "Bonjour,\nma commande n° 77 120 du 3\u00a0mars,\nrue de l’Église 4,\n5000 Namur, coûte 1\u202f250,00\u00a0€.\n"
    "Zoe\u0308 Müller-Lüdenscheid, STRASSE 7, tél. 06.39.98.12.34; réf. AB–12; 東京都千代田区"
)


@pytest.mark.parametrize(
    ("value", "spelt"),
    [
        ("Namur", "Namur"),
        ("NAMUR", "Namur"),
        ("3 mars", "3\u00a0mars"),
        ("1 250,00 €", "1\u202f250,00\u00a0€"),
        ("1250,00 €", "1\u202f250,00\u00a0€"),
        ("1250,00€", "1\u202f250,00\u00a0€"),
        ("77120", "77 120"),
        ("rue de l'Eglise 4, 5000 Namur", "rue de l’Église 4,\n5000 Namur"),
        ("Zoë Müller-Lüdenscheid", "Zoe\u0308 Müller-Lüdenscheid"),
        ("Zoe", "Zoe\u0308"),
        ("straße 7", "STRASSE 7"),
        ("AB-12", "AB–12"),
        ("06.39.98.12.34", "06.39.98.12.34"),
        ("千代田", "千代田"),
        ("  Namur ", "Namur"),
        ("amur", ""),
        ("250,0", ""),
        ("7712", ""),
        ("3 mars 2026", ""),
        ("Liège", ""),
        ("", ""),
        (" ", ""),
    ],
)
def test_the_mails_own_spelling(value, spelt):
    assert as_it_stands(value, ("Sujet", TEXT)) == spelt


@pytest.mark.parametrize(
    ("value", "spelt"),
    [
        ("“Namur”", "Namur"),
        ("« Zoë Müller-Lüdenscheid »", "Zoe\u0308 Müller-Lüdenscheid"),
        ("(Namur).", "Namur"),
        ("#AB-12", "AB–12"),
        ("“”", ""),
    ],
)
def test_what_models_put_around_it(value, spelt):
    assert as_it_stands(value, (TEXT,)) == spelt


@pytest.mark.parametrize(
    ("value", "text", "spelt"),
    [
        ("#77120", "ma commande 77120", "77120"),
        ("commande n° 77120", "ma commande 77120", "77120"),
        ("n°77120", "ma commande 77120", "77120"),
        ("No. 77120", "commande : 77120.", "77120"),
        ("order number: CMD-2024-118", "CMD 2024/118 is late", "CMD 2024/118"),
        ("réf. 77-120", "77120", "77120"),
        ("06.12.34.56.78", "Tél. 06 12 34 56 78.", "06 12 34 56 78"),
        ("0612345678", "06-12-34-56-78", "06-12-34-56-78"),
        ("tel: +33 6 12 34 56 78", "+33.6.12.34.56.78", "+33.6.12.34.56.78"),
        ("06 12 34 56 78", "060612345678", ""),
        ("77120", "77 rue Haute, 120", ""),
        ("77120", "177120 et 771201", ""),
        ("commande", "ma commande 77120", "commande"),
        ("facture", "ma commande 77120", ""),
        ("n° 5", "5 lampes", "5"),
        ("", "5", ""),
    ],
)
def test_numbers_in_another_form(value, text, spelt):
    assert number_as_it_stands(value, (text,)) == spelt


def test_a_later_place_counts_where_an_earlier_one_is_part_of_a_word():
    assert as_it_stands("lundi", ("lundis ou Lundi",)) == "Lundi"


@pytest.mark.parametrize("piece", ["a", "é", "a ", "\u00a0", "e\u0301", "12"])
def test_long_texts_take_linear_time(piece):
    assert as_it_stands(f"{piece.strip() or 'x'}b", (piece * 300_000,)) == ""
    assert as_it_stands(piece.strip() or "x", (piece.strip() * 300_000,)) == ""
    assert number_as_it_stands(f"{piece.strip() or 'x'}12345", (f"{piece}.... " * 100_000,)) == ""
