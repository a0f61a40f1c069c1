"""Text to terms: what it speaks of, as stems and as concepts of the glossary."""

from dataclasses import dataclass

from repondeur.words.glossary import glossary
from repondeur.words.stems import base_forms, fold, stem, stop_words, tokens

__all__ = ["Said", "base_forms", "fold", "said", "stem", "stop_words", "terms", "tokens"]


# The concept of what is said out of courtesy or habit.
NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Said:
    """One word or phrase of a text. words: folded, as they stand there. stem: of the word, "" for a phrase. concepts:
    names of the concepts it may stand for, the likeliest first; () for a word that is in no glossary. parts: the words
    of a phrase by themselves, without stop words."""

    words: tuple[str, ...]
    stem: str
    concepts: tuple[str, ...]
    parts: "tuple[Said, ...]" = ()


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
        length, concepts = known.phrase(stems, position, language)
        end = position + (length or 1)
        alone = [
            Said((words[at],), stems[at], known.concepts(stems[at], language))
            for at in range(position, end)
            if words[at] not in stop and (len(words[at]) > 1 or words[at].isdigit())
        ]
        if NOTHING not in concepts:
            found += [Said(tuple(words[position:end]), "", concepts, tuple(alone))] if length else alone
        position = end
    return found


def terms(text: str, language: str) -> list[str]:
    """What a text speaks of, in order: "=concept" for words and phrases of the glossary, the likeliest of several, and
    stems for all other words but stop words."""
    return [f"={one.concepts[0]}" if one.concepts else one.stem for one in said(text, language)]
