"""Does what is wanted stand where the passage speaks of what it is asked of? Pure.

A price list tells sums, and the one that is asked for may not be among them: "What does a filling cost?" is not
answered by what whitening costs, even where fillings are mentioned further down.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from repondeur.policy.passage import Passage
from repondeur.policy.reading import REMEMBERED, Terms, read, terms_of
from repondeur.policy.weighing import TELLING, weight
from repondeur.words.days import days, numeric_dates
from repondeur.words.phrases import words
from repondeur.words.quantities import flat, quantities
from repondeur.words.sentences import sentences
from repondeur.words.specifics import MAX_TEXT
from repondeur.words.terms import said
from repondeur.words.wanted import Wanted, told

SENTENCES = 40  # of a passage; one that is longer is a page, and is not taken apart


def stands_apart(kinds: Sequence[Wanted], question: str, passage: Passage, language: str) -> bool:
    """Whether neither the title nor a sentence that tells one of `kinds` has a telling word of the question."""
    telling = [one for one in said(question, language) if weight(one, language) >= TELLING]
    parts = _parts(passage)
    title = read(passage).title
    if not telling or not parts or any(title.speaks_of(one, language) for one in telling):
        return False
    return not any(part.tells(kinds) and any(part.text.speaks_of(one, language) for one in telling) for part in parts)


@dataclass(frozen=True, slots=True)
class _Part:
    """A sentence. dimensions: of its quantities; dated: it names days or dates."""

    text: Terms
    flat: str
    dimensions: frozenset[str]
    dated: bool

    def tells(self, kinds: Sequence[Wanted]) -> bool:
        return any(told(kind, self.flat, self.dimensions, days=self.dated) for kind in kinds)


@lru_cache(maxsize=REMEMBERED)
def _parts(passage: Passage) -> tuple[_Part, ...]:
    """() for a passage of more than SENTENCES."""
    found = sentences(passage.text[:MAX_TEXT])
    return tuple(_part(sentence, passage.language) for sentence in found) if len(found) <= SENTENCES else ()


def _part(sentence: str, language: str) -> _Part:
    plain = flat(sentence)
    return _Part(
        terms_of(sentence, language),
        plain,
        frozenset(one.dimension for one in quantities(plain)),
        bool(days(words(sentence)) or list(numeric_dates(sentence))),
    )
