"""A passage as the terms that it can be found by. Pure."""

from collections.abc import Iterator
from itertools import pairwise

from repondeur.knowledge.postings import Counted
from repondeur.policy.passage import Passage
from repondeur.words.quantities import flat, quantities
from repondeur.words.stems import tokens
from repondeur.words.terms import said

TITLE_FACTOR = 3.0
# "RX 200" and "RX-200" are the same thing as "RX200"; what is longer is no such name.
LONGEST_JOINED = 6
_MEASURED = frozenset(
    {"length", "area", "volume", "weight", "data", "rate", "power", "voltage", "temperature", "people", "age"}
)


def counted(passage: Passage) -> Counted:
    """Its stems, concepts and names of products, those of the title weighted. A word that may mean several things
    counts less for each."""
    counts: dict[str, float] = {}
    words: set[str] = set()
    length = 0
    for text, factor in ((passage.title, TITLE_FACTOR), (passage.text, 1.0)):
        found = said(text, passage.language)
        length += len(found)
        for one in found:
            for term in one.terms:
                sure = 1.0 if term == one.stem else max(len(one.concepts), 1) ** -0.5
                counts[term] = counts.get(term, 0.0) + factor * sure
            words.update(one.words)
        for term in (*joined(text), *measures(text)):
            counts[term] = counts.get(term, 0.0) + factor
    return Counted(counts, length, frozenset(words))


def joined(text: str) -> Iterator[str]:
    """Names made of letters and digits as one word, however they are written.

    >>> list(joined("Do you have the RX-200?"))
    ['rx200']
    """
    for one, other in pairwise(tokens(text)):
        apart = (one.isalpha() and other.isdigit()) or (one.isdigit() and other.isalpha())
        if apart and max(len(one), len(other)) <= LONGEST_JOINED and min(len(one), len(other)) <= LONGEST_JOINED // 2:
            yield one + other


def measures(text: str) -> Iterator[str]:
    """What is measured in a text, each once: who writes of 38 MB asks about what is told in gigabytes, not in litres.
    Times, sums and bare numbers stand everywhere and tell nothing.

    >>> list(measures("a film of 6 GB, for 12 euros"))
    ['#data']
    """
    found = (one.dimension for one in quantities(flat(text)))
    return (f"#{dimension}" for dimension in dict.fromkeys(found) if dimension in _MEASURED)
