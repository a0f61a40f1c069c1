"""Words and phrases of a list, found in a text: the longest that stands at each place. Pure and linear."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from repondeur.words.terms import fold

LONGEST = 5  # words of a phrase

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it stands: `raw` in the text's spelling, `plain` folded, `base` without plural; where it
    begins and ends, in characters, and whether a sentence begins with it."""

    raw: str
    plain: str
    base: str
    start: int
    end: int
    first: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found: its key, and the words begin..end (end not included) that it is made of."""

    key: str
    begin: int
    end: int


def words(text: str) -> list[Word]:
    """All words and numbers of a text, in order.

    >>> [word.plain for word in words("L’Été à Évreux")]
    ['l', 'ete', 'a', 'evreux']
    """
    found: list[Word] = []
    before = 0
    for match in _WORD.finditer(text):
        plain = fold(match.group())
        between = text[before : match.start()]
        first = not found or any(mark in between for mark in '.!?:;\n…•«"“(')
        found.append(Word(match.group(), plain, base(plain), match.start(), match.end(), first))
        before = match.end()
    return found


@lru_cache(maxsize=20_000)
def base(plain: str) -> str:
    """A folded word without the ending of the plural; words of up to three letters stay as they are.

    >>> base("puppies"), base("coaches"), base("cheveux"), base("bus")
    ('puppy', 'coach', 'cheveu', 'bus')
    """
    if len(plain) <= 3 or not plain.isalpha() or plain.endswith(("ss", "us", "is")):
        return plain
    if plain.endswith("ies"):
        return plain[:-3] + "y"
    if plain.endswith(("ches", "shes", "sses", "xes")):
        return plain[:-2]
    return plain[:-1] if plain[-1] in "sx" else plain


class Phrases:
    """Phrases to look for, each with its key."""

    def __init__(self, phrases: Iterable[tuple[str, str]], *, plural: bool = True) -> None:
        """phrases: (phrase, key); a phrase is folded words with spaces, hyphens or apostrophes between them. The first
        key of a phrase counts. plural: whether other forms of its words are meant too."""
        self._plural = plural
        self._keys: dict[tuple[str, ...], str] = {}
        self._longest: dict[str, int] = {}
        for phrase, key in phrases:
            parts = tuple(map(self._form, words(phrase)))[:LONGEST]
            if parts and parts not in self._keys:
                self._keys[parts] = key
                self._longest[parts[0]] = max(len(parts), self._longest.get(parts[0], 0))

    def find(self, text: list[Word]) -> Iterator[Hit]:
        """The phrases in a text, in order; none lies within another."""
        position = 0
        while position < len(text):
            hit = self._at(text, position)
            if hit is not None:
                yield hit
            position = hit.end if hit is not None else position + 1

    def _at(self, text: list[Word], position: int) -> Hit | None:
        for length in range(self._longest.get(self._form(text[position]), 0), 0, -1):
            parts = tuple(map(self._form, text[position : position + length]))
            if len(parts) == length and (key := self._keys.get(parts)) is not None:
                return Hit(key, position, position + length)
        return None

    def _form(self, word: Word) -> str:
        return word.base if self._plural else word.plain


def listed(table: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(phrase, key) for each of the comma-separated phrases of a table key = "phrase, phrase"."""
    return ((phrase.strip(), key) for key, phrases in table.items() for phrase in phrases.split(","))
