"""The glossary's own files: their form, how much they hold, and what they bring together and keep apart."""

import re
import tomllib
from collections import Counter, defaultdict
from functools import cache
from importlib.resources import files

import pytest

from repondeur.words.glossary import LANGUAGES, MAX_PHRASE, built_in, quickly_read
from repondeur.words.terms import said, terms, tokens

# A word that may mean so many things tells nothing.
MOST_CONCEPTS = 3
LEAST, LEAST_WORDS = 2_500, 10_000


@cache
def _files() -> dict[str, dict[str, dict[str, object]]]:
    folder = files("repondeur.words") / "glossary"
    return {one.name: tomllib.loads(one.read_text("utf-8")) for one in folder.iterdir() if one.name.endswith(".toml")}


def _entries() -> list[tuple[str, str, str, str]]:
    """File, concept, language, and word or phrase."""
    return [
        (name, concept, language, word.strip())
        for name, tables in _files().items()
        for concept, table in tables.items()
        for language in LANGUAGES
        for word in str(table[language]).split(",")
    ]


def _means(language: str, text: str) -> set[str]:
    return {concept for part in said(text, language) for one in (part, *part.parts) for concept in one.concepts}


def test_a_name_is_given_once_and_is_plain() -> None:
    names = Counter(concept for tables in _files().values() for concept in tables)
    assert [name for name, times in names.items() if times > 1] == []
    assert [name for name in names if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)] == []


def test_every_concept_has_words_of_both_languages_and_nothing_else() -> None:
    wrong = [
        (name, concept)
        for name, tables in _files().items()
        for concept, table in tables.items()
        if table.keys() - {"weak"} != {*LANGUAGES} or table.get("weak", True) is not True
    ]
    assert wrong == []


def test_words_are_lower_case_and_phrases_short() -> None:
    wrong = [
        (name, concept, word)
        for name, concept, _, word in _entries()
        if word != word.lower() or not 1 <= len(tokens(word)) <= MAX_PHRASE
    ]
    assert wrong == []


def test_no_word_stands_twice_in_a_concept_or_in_too_many() -> None:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, concept, language, word in _entries():
        if name != "service.toml":  # a short list for quick reading of a shop's mail: the others say it at length
            found[language, " ".join(tokens(word))].append(concept)
    assert [(word, names) for word, names in found.items() if len(names) > len(set(names))] == []
    assert [(word, names) for word, names in found.items() if len(names) > MOST_CONCEPTS] == []


def test_the_quick_reader_reads_what_a_reader_of_toml_reads() -> None:
    folder = files("repondeur.words") / "glossary"
    for name, tables in _files().items():
        read = quickly_read((folder / name).read_text("utf-8"))
        assert {one.name: one.weak for one in read} == {key: "weak" in table for key, table in tables.items()}


def test_it_is_broad() -> None:
    assert len(built_in()) >= LEAST
    for language in LANGUAGES:
        assert sum(len(one.words[language]) for one in built_in()) >= LEAST_WORDS


SAME = [
    (("fr", "se faire rembourser"), ("en", "get my money back")),
    (("fr", "frais de port"), ("en", "postage")),
    (("fr", "mot de passe oublié"), ("en", "reset my password")),
    (("fr", "mon compte est piraté"), ("en", "I have been hacked")),
    (("fr", "la déchetterie"), ("en", "the dump")),
    (("fr", "cantine"), ("en", "school meals")),
    (("fr", "prendre rdv"), ("en", "make an appointment")),
    (("fr", "à quelle heure ouvrez-vous"), ("en", "opening hours")),
    (("fr", "résilier"), ("en", "terminate")),
    (("fr", "pièce détachée"), ("en", "spare part")),
    (("fr", "bon de livraison"), ("en", "delivery note")),
    (("fr", "fiche de données de sécurité"), ("en", "msds")),
    (("fr", "virement"), ("en", "wire transfer")),
    (("fr", "petit déj"), ("en", "breakfast")),
    (("fr", "laisser mes valises"), ("en", "luggage storage")),
    (("fr", "fauteuil roulant"), ("en", "wheelchair")),
    (("fr", "arrêt maladie"), ("en", "sick leave")),
    (("fr", "bulletin de paie"), ("en", "payslip")),
    (("fr", "chambre à air"), ("en", "inner tube")),
    (("fr", "ça ne marche plus"), ("en", "it doesn't work")),
    (("fr", "en panne"), ("fr", "ne fonctionne plus")),
    (("fr", "frigo"), ("fr", "réfrigérateur")),
    (("fr", "boulot"), ("fr", "emploi")),
    (("fr", "pas cher"), ("fr", "bon marché")),
    (("en", "flat"), ("en", "apartment")),
    (("en", "trainers"), ("en", "sneakers")),
]


@pytest.mark.parametrize(("one", "other"), SAME, ids=lambda text: text[1])
def test_brings_together_what_means_the_same(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert _means(*one) & _means(*other)


APART = [
    (("fr", "rembourser"), ("en", "exchange")),
    (("fr", "augmenter"), ("en", "decrease")),
    (("fr", "adulte"), ("en", "child")),
    (("fr", "chèque"), ("en", "wire transfer")),
    (("fr", "inclus"), ("en", "excluded")),
    (("fr", "gratuit"), ("en", "expensive")),
    (("fr", "allumer"), ("en", "switch off")),
    (("fr", "colis"), ("en", "delivery")),
    (("fr", "train"), ("en", "plane")),
    (("fr", "lundi"), ("en", "tuesday")),
]


@pytest.mark.parametrize(("one", "other"), APART, ids=lambda text: text[1])
def test_keeps_apart_what_a_business_tells_apart(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert not _means(*one) & _means(*other)


@pytest.mark.parametrize(
    ("language", "phrase"),
    [("fr", "à quelle heure"), ("fr", "en panne"), ("en", "on sale"), ("en", "no longer available")],
)
def test_phrases_that_begin_with_a_short_word_are_found(language: str, phrase: str) -> None:
    (term,) = terms(phrase, language)
    assert term.startswith("=")
