"""How much a word tells of what is asked: "guarantee" much, "order" little, "want" nothing. Pure."""

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from repondeur.words.glossary import glossary
from repondeur.words.stems import stem, stop_words
from repondeur.words.terms import Said, said

TELLING, PALE, COLOURLESS = 1.0, 0.3, 0.0


def weight(one: Said, language: str) -> float:
    """TELLING, PALE or COLOURLESS. Numbers are no words: see policy.covering."""
    if any(char.isdigit() for word in one.words for char in word):
        return COLOURLESS
    small = stop_words(language)
    telling = [word for word in one.words if word not in small and not _in(word, "colourless", language)]
    if not telling:
        return COLOURLESS
    if one.concepts and all(concept in glossary().weak for concept in one.concepts):
        return PALE
    pale = all(_in(word, "pale", language) for word in telling)
    return PALE if pale and not _says_more(one, telling, language) else TELLING


def _says_more(one: Said, telling: Sequence[str], language: str) -> bool:
    """Whether a phrase means something else than its one word: "send it back" is not "send"."""
    alone = {concept for word in telling for part in said(word, language) for concept in part.concepts}
    return len(one.words) > 1 and bool(one.concepts) and alone.isdisjoint(one.concepts)


def _in(word: str, name: str, language: str) -> bool:
    words = _list(name, language)
    return word in words or stem(word, language) in words


@cache
def _list(name: str, language: str) -> frozenset[str]:
    """Words and stems of words/colourless.toml; of both languages for one that has no list."""
    tables = tomllib.loads((files("repondeur.words") / "colourless.toml").read_text("utf-8"))[name]
    lists = {language: tables[language]} if language in tables else tables
    return frozenset(
        form for spoken, text in lists.items() for word in text.split() for form in (word, stem(word, spoken))
    )
