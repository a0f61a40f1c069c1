"""Text to terms: what it speaks of, as stems and as concepts of the glossary."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from repondeur.words.glossary import Glossary, glossary
from repondeur.words.stems import base_forms, fold, stem, stop_words, tokens

__all__ = ["Said", "base_forms", "fold", "said", "stem", "stop_words", "terms", "tokens"]


# Endings of French words, and what their plain forms end in.
_INFLECTED = (("s", ""), *((ending, "er") for ending in ("aient", "ent", "eons", "ons", "ees", "ee", "es", "ez", "e")))
SHORT = 3  # letters that are left before such an ending

# The concept of what is said out of courtesy or habit.
NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Said:
    """One word or phrase of a text. words: folded, as they stand there. stem: of the word, "" for a phrase. concepts:
    names of the concepts it may stand for, the likeliest first; () for a word that is in no glossary. parts: the words
    of a phrase by themselves, without stop words. terms: all that it can be found by: stems, and "=concept"."""

    words: tuple[str, ...]
    stem: str
    concepts: tuple[str, ...]
    parts: "tuple[Said, ...]" = ()
    terms: tuple[str, ...] = ()


def said(text: str, language: str) -> list[Said]:
    """What a text speaks of, in order: its words without stop words, and the phrases of the glossary.

    language: of the text, "en" or "fr"; words of any other are looked up in both.
    """
    words = tokens(text)
    stems = [stem(word, language) for word in words]
    known = glossary()
    found: list[Said] = []
    position = 0
    while position < len(words):
        length, concepts = known.phrase(stems, position, language)
        if not length:
            if one := _word(known, words[position], language):
                found.append(one)
            position += 1
            continue
        if NOTHING not in concepts:
            inside = words[position : position + length]
            found.append(_phrase(tuple(inside), concepts, [_word(known, word, language) for word in inside]))
        position += length
    return found


def _phrase(words: tuple[str, ...], concepts: tuple[str, ...], inside: Iterable[Said | None]) -> Said:
    parts = tuple(part for part in inside if part)
    terms = (*(f"={name}" for name in concepts), *(term for part in parts for term in part.terms))
    return Said(words, "", concepts, parts, tuple(dict.fromkeys(terms)))


@lru_cache(maxsize=50_000)
def _word(known: Glossary, word: str, language: str) -> Said | None:
    """None for a word that says nothing."""
    if word in stop_words(language) or (len(word) == 1 and not word.isdigit()):
        return None
    stemmed = stem(word, language)
    concepts = known.concepts(stemmed, language)
    if not concepts and language == "fr":
        stemmed, concepts = _plain_form(known, word) or (stemmed, concepts)
    return Said((word,), stemmed, concepts, (), (stemmed, *(f"={name}" for name in concepts)))


def _plain_form(known: Glossary, word: str) -> tuple[str, tuple[str, ...]] | None:
    """The stem and the concepts of the infinitive or singular of a French word, None where the glossary has neither.
    The rules of stemming leave "acceptons", "paient" and "résiliée" as they are, and part "forfaits" from "forfait"."""
    for ending, instead in _INFLECTED:
        if word.endswith(ending) and len(word) - len(ending) >= SHORT:
            stemmed = stem(word[: -len(ending)] + instead, "fr")
            if concepts := known.concepts(stemmed, "fr"):
                return stemmed, concepts
    return None


def terms(text: str, language: str) -> list[str]:
    """What a text speaks of, in order: "=concept" for words and phrases of the glossary, the likeliest of several, and
    stems for all other words but stop words."""
    return [f"={one.concepts[0]}" if one.concepts else one.stem for one in said(text, language)]
