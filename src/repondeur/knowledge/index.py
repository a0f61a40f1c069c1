"""Which passages speak of what a mail asks: BM25 over stems and the concepts of a small French-English glossary.

Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), 3.4, with the title as
a weighted field. Everything is in memory and pure.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from repondeur.policy.passage import Passage
from repondeur.words.match import weight
from repondeur.words.sentences import guess_language, questions, sentences
from repondeur.words.terms import terms

K1 = 1.2
B = 0.6
TITLE_FACTOR = 3
# What a mail tells beside its questions counts little: it is about the author, the question is about us.
TOLD_WEIGHT = 0.25
LANGUAGE_FACTOR = 1.3
MAX_QUERY = 4_000


How = Literal["word", "stem", "typo", "concept", "meaning"]


@dataclass(frozen=True, slots=True)
class Match:
    """What of a question met what of a passage, as written there without case and accents, and how."""

    asked: str
    found: str
    how: How


@dataclass(frozen=True, slots=True)
class Hit:
    """score: above 0 and up to 1; comparable within one search only. why: the strongest match first."""

    passage: Passage
    score: float
    why: tuple[Match, ...] = ()


@dataclass(frozen=True, slots=True)
class _Entry:
    passage: Passage
    counts: Mapping[str, int]
    length: int


class Index:
    """Built once from all passages; `search` may be called from several threads."""

    def __init__(self, passages: Iterable[Passage]) -> None:
        self._entries = tuple(map(_entry, passages))
        self._containing = Counter(term for entry in self._entries for term in entry.counts)
        total = sum(entry.length for entry in self._entries)
        self._mean_length = total / len(self._entries) if self._entries else 1.0

    def __len__(self) -> int:
        return len(self._entries)

    def updated(self, put: Iterable[Passage], removed: Iterable[str]) -> "Index":
        """With these passages added or replaced by id, and those with these ids removed."""
        known = {entry.passage.id: entry.passage for entry in self._entries}
        for one in removed:
            known.pop(one, None)
        return Index((known | {passage.id: passage for passage in put}).values())

    def search(self, text: str, limit: int, language: str | None = None, today: date | None = None) -> list[Hit]:
        """At most `limit` hits, best first; the same text gives the same order.

        text: a question or a whole mail, whose questions count most. language: of the text, guessed when not given;
        passages in it come before equal ones in another language. today: passages that ended before are left out.
        """
        spoken = language or guess_language(text[:MAX_QUERY], default="en")
        asked = _query(text[:MAX_QUERY], spoken)
        best = sum(share * self._rarity(term) for term, share in asked.items()) * (K1 + 1)
        if not best:
            return []
        scored = [
            (self._score(entry, asked, spoken) / (best * LANGUAGE_FACTOR), entry)
            for entry in self._entries
            if today is None or entry.passage.valid_until is None or entry.passage.valid_until >= today
        ]
        found = sorted((pair for pair in scored if pair[0] > 0), key=lambda pair: (-pair[0], pair[1].passage.id))
        return [Hit(entry.passage, round(min(1.0, score), 4)) for score, entry in found[:limit]]

    def _score(self, entry: _Entry, asked: Mapping[str, float], language: str) -> float:
        norm = K1 * (1 - B + B * entry.length / self._mean_length)
        score = sum(
            share * self._rarity(term) * entry.counts[term] * (K1 + 1) / (entry.counts[term] + norm)
            for term, share in asked.items()
            if term in entry.counts
        )
        return score * (LANGUAGE_FACTOR if entry.passage.language == language else 1.0)

    def _rarity(self, term: str) -> float:
        containing = self._containing[term]
        return math.log(1 + (len(self._entries) - containing + 0.5) / (containing + 0.5))


def _entry(passage: Passage) -> _Entry:
    counts = Counter(terms(passage.text, passage.language))
    length = counts.total()
    for term in terms(passage.title, passage.language):
        counts[term] += TITLE_FACTOR
    return _Entry(passage, dict(counts), length)


def _query(text: str, language: str) -> dict[str, float]:
    """Terms with their share: those of the questions in full, those of the rest a little. Where nothing is put as a
    question, the whole text is one: people type keywords too."""
    parts = sentences(text)
    asked = set(questions(parts, language)) or set(parts)
    found: dict[str, float] = {}
    for part in parts:
        share = 1.0 if part in asked else TOLD_WEIGHT
        for term in terms(part, language):
            found[term] = max(found.get(term, 0.0), share * weight(term))
    return found
