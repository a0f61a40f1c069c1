"""Text to terms: what it speaks of, as stems and as concepts of the glossary."""

from collections.abc import Sequence
from dataclasses import dataclass

from repondeur.words.glossary import Glossary, glossary
from repondeur.words.stems import base_forms, fold, stem, stop_words, tokens

__all__ = ["Said", "base_forms", "fold", "said", "stem", "stop_words", "terms", "tokens"]


@dataclass(frozen=True, slots=True)
class Said:
    """One word or phrase of a text. words: folded, as they stand there. stem: of the word, "" for a phrase. concepts:
    names of the concepts it may stand for, the likeliest first; () for a word that is in no glossary."""

    words: tuple[str, ...]
    stem: str
    concepts: tuple[str, ...]


def said(text: str, language: str) -> list[Said]:
    """What a text speaks of, in order: its words without stop words, and the phrases of the glossary.

    language: of the text, "en" or "fr"; words of any other are looked up in both.
    """
    words = tokens(text)
    stems = [stem(word, language) for word in words]
    stop, known = stop_words(language), glossary()
    found: list[Said] = []
    position = 0
    while position < len(words):
        one = _said_at(words, stems, position, language, known)
        if not one.stem or (one.words[0] not in stop and (len(one.words[0]) > 1 or one.words[0].isdigit())):
            found.append(one)
        position += len(one.words)
    return found


def terms(text: str, language: str) -> list[str]:
    """What a text speaks of, in order: "=concept" for words and phrases of the glossary, the likeliest of several, and
    stems for all other words but stop words."""
    return [f"={one.concepts[0]}" if one.concepts else one.stem for one in said(text, language)]


def _said_at(words: Sequence[str], stems: Sequence[str], position: int, language: str, known: Glossary) -> Said:
    length, concepts = known.phrase(stems, position, language)
    if length:
        return Said(tuple(words[position : position + length]), "", concepts)
    stemmed = stems[position]
    return Said((words[position],), stemmed, known.concepts(stemmed, language))
