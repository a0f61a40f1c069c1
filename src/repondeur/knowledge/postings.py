"""Which passages have which terms, and how much that tells: BM25 over an inverted index in memory.

Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), 3.4; the title is a
weighted field. A changed index shares all that did not change with the one before, which stays as it was.
"""

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

K1 = 1.2
B = 0.5


@dataclass(frozen=True, slots=True)
class Counted:
    """What stands in one passage. counts: term to how often, a title's words weighted. length: words of the text.
    words: its different words, folded."""

    counts: Mapping[str, float]
    length: int
    words: frozenset[str] = frozenset()


Numbers = NDArray[np.uint32]
Floats = NDArray[np.float32]

# Numbers of passages, rising, and how often each has the term.
_List = tuple["array[int]", "array[float]"]


@dataclass(slots=True)
class Postings:
    """lengths: of the passages by number; a removed one keeps its number with length -1."""

    lists: dict[str, _List] = field(default_factory=dict)
    lengths: "array[int]" = field(default_factory=lambda: array("i"))
    alive: int = 0
    _impacts: dict[str, tuple[Numbers, Floats]] = field(default_factory=dict)
    _norms: list[Floats] = field(default_factory=list)

    @classmethod
    def of(cls, passages: Iterable[Counted]) -> "Postings":
        """Of these passages, numbered from 0."""
        lists: dict[str, _List] = {}
        lengths = array("i")
        for number, one in enumerate(passages):
            lengths.append(one.length)
            for term, count in one.counts.items():
                found = lists.get(term)
                if found is None:
                    found = lists[term] = (array("I"), array("f"))
                found[0].append(number)
                found[1].append(count)
        return cls(lists, lengths, len(lengths))

    def changed(self, removed: Mapping[int, Counted], added: Iterable[Counted]) -> "Postings":
        """Without the passages of these numbers, and with new ones, numbered from len(lengths) on."""
        lists, lengths = dict(self.lists), self.lengths[:]
        own: set[str] = set()

        def writable(term: str) -> _List:
            if term not in own:
                docs, counts = lists.get(term, (array("I"), array("f")))
                lists[term] = docs[:], counts[:]
                own.add(term)
            return lists[term]

        for number, one in removed.items():
            lengths[number] = -1
            for term in one.counts:
                docs, counts = writable(term)
                at = bisect_left(docs, number)
                del docs[at], counts[at]
        alive = self.alive - len(removed)
        for one in added:
            for term, count in one.counts.items():
                docs, counts = writable(term)
                docs.append(len(lengths))
                counts.append(count)
            lengths.append(one.length)
            alive += 1
        for term in own:
            if not lists[term][0]:
                del lists[term]
        return Postings(lists, lengths, alive)

    def __contains__(self, term: object) -> bool:
        return term in self.lists

    def rarity(self, term: str) -> float:
        """How much a term tells of which passage is meant; highest for one that no passage has."""
        containing = len(self.lists[term][0]) if term in self.lists else 0
        return math.log(1 + (self.alive - containing + 0.5) / (containing + 0.5))

    def most(self, terms: Iterable[str]) -> float:
        """The most that any of these terms could add to a score."""
        return max(map(self.rarity, terms), default=0.0) * (K1 + 1)

    def impacts(self, term: str) -> tuple[Numbers, Floats] | None:
        """The passages that have the term, and what it adds to the score of each."""
        found = self._impacts.get(term)
        if found is None and term in self.lists:
            docs = np.frombuffer(self.lists[term][0], np.uint32)
            counts = np.frombuffer(self.lists[term][1], np.float32)
            adds = (self.rarity(term) * (K1 + 1)) * counts / (counts + self._lengths_compared()[docs])
            found = self._impacts[term] = docs, adds.astype(np.float32)
        return found

    def _lengths_compared(self) -> Floats:
        """K1 times how long each passage is beside the mean."""
        if not self._norms:
            lengths = np.maximum(np.frombuffer(self.lengths, np.int32), 0)
            mean = lengths.sum() / max(self.alive, 1) or 1.0
            self._norms.append((K1 * (1 - B + B * lengths / mean)).astype(np.float32))
        return self._norms[0]
