"""In which of our languages a mail is written."""

import pytest

from repondeur.mail.language import detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Bonjour, où en est ma commande ?", "fr"),
        ("Merci d'avance pour votre réponse.", "fr"),
        ("Je voudrais être remboursé", "fr"),
        ("Hello, where is my order?", "en"),
        ("Thanks in advance for your reply.", "en"),
        ("I would like a refund", "en"),
        ("", ""),
        ("12345 !!! 77120", ""),
        ("   \n\n ", ""),
    ],
)
def test_english_and_french_are_told_apart(text, language):
    assert detect(text) == language


def test_only_configured_languages_come_out():
    assert detect("Guten Tag, wo ist meine Bestellung geblieben?", ("en", "fr", "de")) == "de"
    assert detect("Guten Tag, wo ist meine Bestellung geblieben?", ("en", "fr")) in ("en", "fr")
    assert detect("anything", ("fr",)) == "fr"
    assert detect("anything", ()) == ""
    assert detect("Bonjour, où en est ma commande ?", ("fr", "en", "tlh")) == "fr"
