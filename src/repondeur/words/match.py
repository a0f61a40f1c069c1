"""How much a term tells, and how much of what is asked a text speaks of."""

from collections.abc import Collection, Iterable

# A word of the glossary is what service questions turn on; any other may be a name, a figure of speech, or the very
# thing that the text does not mention.
CONCEPT_WEIGHT = 1.0
WORD_WEIGHT = 0.4
NUMBER_WEIGHT = 0.1
# What all of a shop's texts speak of says nothing about which one is meant.
GENERAL = frozenset({"=order", "=shop", "=parcel", "=item", "=company"})


def is_concept(term: str) -> bool:
    return term.startswith("=")


def weight(term: str) -> float:
    """How much a term says about what is asked; terms as words.terms.terms makes them."""
    if is_concept(term):
        return WORD_WEIGHT if term in GENERAL else CONCEPT_WEIGHT
    return NUMBER_WEIGHT if any(char.isdigit() for char in term) else WORD_WEIGHT


def coverage(asked: Collection[str], said: Collection[str]) -> float:
    """The weighted share, 0 to 1, of the asked terms that are said; 0 when nothing is asked.

    >>> coverage({"=return", "=cost"}, {"=return", "=cost", "=parcel"})
    1.0
    """
    total = _sum(set(asked))
    return _sum(set(asked) & set(said)) / total if total else 0.0


def _sum(terms: Iterable[str]) -> float:
    return sum(map(weight, terms))
