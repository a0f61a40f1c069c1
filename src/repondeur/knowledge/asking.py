"""What a mail asks, as the terms that a passage may have for it, and what each is worth. Pure.

Every word of a question is one unit: a passage has it, or another form of it, or a word that means the same, or what it
was a slip for; the best of these counts, once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Literal, Protocol

from repondeur.knowledge.counting import joined, measures
from repondeur.knowledge.spelling import Lexicon, elided
from repondeur.words.everyday import known as everyday_words
from repondeur.words.glossary import LANGUAGES, Glossary, glossary
from repondeur.words.sentences import questions, sentences
from repondeur.words.stems import fold, stem, stop_words
from repondeur.words.terms import Said, said

How = Literal["word", "stem", "typo", "concept", "meaning"]

# What a mail tells beside a question counts the less the farther off it stands: it is about the author, the question
# is about us. But often it says what the question is about.
ONE_AWAY = 0.7
FAR_AWAY = 0.2
ANOTHER = 0.4  # of that, for a sentence that asks something itself: it has hits of its own
CONCEPT = 0.85
WEAK = 0.5  # a concept that hardly tells what is meant, as its glossary says
EVERYDAY = 0.5  # a word of which any text is full
NUMBER = 0.5
MEASURE = 0.5  # what is measured, whatever its number
PART = 0.4  # a word of a phrase by itself
BOTH_LANGUAGES = 0.6  # a word that stands in the other language too
COGNATE = 0.8  # one that is written nearly so there: "violon", "violin"
SLIP = 0.2  # taken off for each slip of the pen
SHORTEST_COGNATE = 5  # letters
MAX_QUESTIONS = 8  # of a mail; each is a search of its own, and nobody asks more who wants an answer
MAX_UNITS = 60
MAX_GUESSED = 12  # unknown words of a mail that are looked into


class Known(Protocol):
    """The terms that the passages have."""

    def __contains__(self, term: object, /) -> bool: ...


@dataclass(slots=True)
class Unit:
    """One thing asked. words: as written, folded. share: 0 to 1, how much it counts. terms: what a passage may have for
    it, with what that is worth, 0 to 1, and how it is the same."""

    words: str
    share: float
    terms: dict[str, tuple[float, How]] = field(default_factory=dict)

    def may_be(self, term: str, worth: float, how: How) -> None:
        if worth > self.terms.get(term, (0.0, how))[0]:
            self.terms[term] = worth, how


@dataclass(slots=True)
class Reader:
    """Reads one text. language: it is in. lexicons: the words of the passages, by language (ISO 639-1)."""

    language: str
    known: Known
    lexicons: Mapping[str, Lexicon]
    guessed: int = 0

    def asked(self, text: str) -> list[list[Unit]]:
        """For each of the first questions its units, with those of what stands around it at a smaller share. Where
        nothing is put as a question, the whole text is one: people type keywords too."""
        parts = list(dict.fromkeys(sentences(text)))
        asking = set(questions(parts, self.language))
        units = [self.units(part) for part in parts]
        if not asking:
            return [_together((one, 1.0) for one in units)]
        places = [place for place, part in enumerate(parts) if part in asking][:MAX_QUESTIONS]
        return [
            _together((one, _share(abs(at - place), asks=parts[at] in asking)) for at, one in enumerate(units))
            for place in places
        ]

    def units(self, sentence: str) -> list[Unit]:
        """In order, a phrase before the words in it."""
        found: list[Unit] = []
        for one in said(sentence, self.language):
            found.append(self._unit(one, 1.0))
            found += [self._unit(part, PART) for part in one.parts]
        found += [Unit(term, 1.0, {term: (1.0, "word")}) for term in joined(sentence) if term in self.known]
        return found + [Unit(term, MEASURE, {term: (1.0, "word")}) for term in measures(sentence) if term in self.known]

    def _unit(self, one: Said, share: float) -> Unit:
        word = one.words[0]
        if one.concepts and all(name in glossary().weak for name in one.concepts):
            share *= WEAK
        elif not one.concepts and word in everyday():
            share *= EVERYDAY
        elif word.isdigit():
            share *= NUMBER
        unit = Unit(" ".join(one.words), share)
        self._add(unit, one, self.language, 1.0)
        if one.stem and not one.concepts and word not in everyday():
            if not any(term in self.known for term in unit.terms):
                self._add_guesses(unit, word)
            self._add_cognates(unit, word)
        return unit

    def _add(self, unit: Unit, one: Said, language: str, worth: float, how: How | None = None) -> None:
        """What is read in one language, and what the same letters are in the others."""
        if one.stem:
            unit.may_be(one.stem, worth, how or "stem")
            for other in self.lexicons:
                if other != language:
                    unit.may_be(stem(one.words[0], other), worth * BOTH_LANGUAGES, how or "stem")
        for concept in one.concepts:
            unit.may_be(f"={concept}", worth * CONCEPT / len(one.concepts) ** 0.5, how or "concept")

    def _add_guesses(self, unit: Unit, word: str) -> None:
        """For a word that neither the passages nor the glossary have: of the other language, or a slip of the pen."""
        for other in LANGUAGES:
            for concept in glossary().concepts(stem(word, other), other) if other != self.language else ():
                unit.may_be(f"={concept}", CONCEPT * BOTH_LANGUAGES, "concept")
        if self.guessed >= MAX_GUESSED:
            return
        self.guessed += 1
        for meant, worth in self._meant(word):
            for one in said(meant, self.language):
                self._add(unit, one, self.language, worth, "typo")

    def _meant(self, word: str) -> list[tuple[str, float]]:
        """What was meant by a word that is written wrong, with how likely that is; [] where nobody can tell."""
        rest = elided(word) if self.language == "fr" else ""
        if rest and (self._is_word(rest) or rest in everyday()):
            return [(rest, 1.0)]
        own = self.lexicons.get(self.language)
        for lexicon in [own, glossary_words(self.language)] if own else [glossary_words(self.language)]:
            for form in (word, rest) if rest else (word,):
                if near := lexicon.near(form):
                    return [(meant, 1 - SLIP * cost) for meant, cost in near]
            if pair := lexicon.glued(word):
                return [(meant, 1 - SLIP) for meant in pair]
        return []

    def _is_word(self, word: str) -> bool:
        stemmed = stem(word, self.language)
        return len(word) > 3 and (stemmed in self.known or bool(glossary().concepts(stemmed, self.language)))

    def _add_cognates(self, unit: Unit, word: str) -> None:
        if len(word) < SHORTEST_COGNATE:
            return
        for language, lexicon in self.lexicons.items():
            if language != self.language:
                for meant, cost in lexicon.alike(word):
                    unit.may_be(stem(meant, language), (1 - SLIP * cost) * COGNATE, "typo" if cost else "stem")


def _share(away: int, *, asks: bool) -> float:
    """What a sentence counts for a question so many sentences away."""
    share = max(FAR_AWAY, ONE_AWAY**away)
    return share * ANOTHER if asks and away else share


def _together(parts: Iterable[tuple[list[Unit], float]]) -> list[Unit]:
    """Each thing asked once, with its largest share."""
    found: dict[str, Unit] = {}
    for units, share in parts:
        for unit in units:
            other = found.get(unit.words)
            if other is None or other.share < unit.share * share:
                found[unit.words] = Unit(unit.words, unit.share * share, unit.terms)
    return sorted(found.values(), key=lambda unit: -unit.share)[:MAX_UNITS]


@cache
def everyday() -> frozenset[str]:
    """Folded words of which any text is full, in the languages of the glossary: they tell little, and are no slips."""
    return frozenset(fold(word) for one in LANGUAGES for word in everyday_words()[one]).union(
        *map(stop_words, LANGUAGES)
    )


def glossary_words(language: str) -> Lexicon:
    """The words of one language in the glossary that is in use; all of them for a language that it does not have."""
    return _lexicon(glossary(), language if language in LANGUAGES else "")


@lru_cache(maxsize=6)
def _lexicon(known: Glossary, language: str) -> Lexicon:
    return Lexicon.of(fold(word) for spoken, word in known.words() if language in {spoken, ""})
