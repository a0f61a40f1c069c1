"""Words of a search as people wrote them."""

import pytest

from repondeur.cli.knowledge_shown import as_written


@pytest.mark.parametrize(
    ("words", "text", "written"),
    [
        ("fond d oeil", "Un fond d'œil est-il utile ?", "fond d'œil"),
        ("facturee", "Cette heure est facturée.", "facturée"),
        ("le15", "Avant le 15 mai", "le 15"),
        ("rx200", "L'ampoule de la RX-200", "RX-200"),
        ("rx200", "L'ampoule de la RX200", "RX200"),
        ("livre", "livraison", "livre"),
        ("", "Une question ?", ""),
        ("a b c", "a", "a b c"),
    ],
)
def test_words_are_shown_as_they_stand_there(words: str, text: str, written: str) -> None:
    assert as_written(words, text) == written
