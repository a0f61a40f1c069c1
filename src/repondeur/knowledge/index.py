"""Which passages speak of what a mail asks. Everything is in memory and pure; nothing of an index ever changes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType

import numpy as np

from repondeur.knowledge.asking import How, Reader, Unit
from repondeur.knowledge.counting import counted
from repondeur.knowledge.hits import Hit, Match, reasons
from repondeur.knowledge.postings import Counted, Floats, Postings
from repondeur.knowledge.spelling import Lexicon
from repondeur.policy.passage import Passage
from repondeur.words.sentences import guess_language

__all__ = ["Hit", "How", "Index", "Match"]

LANGUAGE_FACTOR = 1.1
# A passage that speaks of half of what is asked is worth less than half of one that speaks of all of it.
SPEAKS_OF_ALL = 0.5
MEANING = 0.3  # what being near in meaning counts beside the words
MAX_QUERY = 4_000


class Index:
    """Built once from all passages; of two with one id the last. `search` may be called from several threads."""

    def __init__(self, passages: Iterable[Passage]) -> None:
        self._passages = dict(enumerate({one.id: one for one in passages}.values()))
        entries = [counted(one) for one in self._passages.values()]
        self._postings = Postings.of(entries)
        self._lexicons = _lexicons({}, zip(self._passages.values(), entries, strict=True))
        self._numbers = {one.id: number for number, one in self._passages.items()}

    def __len__(self) -> int:
        return len(self._passages)

    def updated(self, put: Iterable[Passage], removed: Iterable[str]) -> "Index":
        """Another index, with these passages added or replaced by id, and without those of these ids. What did not
        change is not read again."""
        new = {one.id: one for one in put}
        gone = {self._numbers[one] for one in {*removed, *new} if one in self._numbers}
        if len(gone) + len(new) > len(self) // 2:
            kept = (one for number, one in self._passages.items() if number not in gone)
            return Index([*kept, *new.values()])
        entries = [counted(one) for one in new.values()]
        first = len(self._postings.lengths)
        other = Index(())
        other._postings = self._postings.changed({one: counted(self._passages[one]) for one in gone}, entries)
        other._passages = {number: one for number, one in self._passages.items() if number not in gone}
        other._passages |= dict(enumerate(new.values(), first))
        other._lexicons = _lexicons(self._lexicons, zip(new.values(), entries, strict=True))
        other._numbers = {one.id: number for number, one in other._passages.items()}
        return other

    @property
    def passages(self) -> list[Passage]:
        return list(self._passages.values())

    def search(
        self,
        text: str,
        limit: int,
        language: str | None = None,
        today: date | None = None,
        near: Mapping[str, float] = MappingProxyType({}),
        *,
        why: bool = True,
    ) -> list[Hit]:
        """At most `limit` hits, best first; the same text gives the same hits.

        text: a question or a whole mail, whose first questions count most; the best passage for each of them is among
        the hits, for as many as there is room. language: of the text (ISO 639-1), guessed when not given; a passage in
        it comes before an equal one in another. today: passages that ended before are left out. near: by id, 0 to 1,
        how near passages are in meaning (knowledge.meaning). why: whether hits say it, which takes as long as finding
        them.
        """
        asked_in = language or guess_language(text[:MAX_QUERY], default="en")
        asked = Reader(asked_in, self._postings, self._lexicons).asked(text[:MAX_QUERY])
        rankings = [self._ranking(units, asked_in, limit, today, near) for units in asked]
        units = [unit for group in asked for unit in group]
        found = [(self._passages[one], score) for one, score in _merged(rankings, limit)]
        return [
            Hit(passage, score, reasons(passage, units, meaning=near.get(passage.id, 0.0) > 0) if why else ())
            for passage, score in found
        ]

    def _ranking(
        self, asked: Sequence[Unit], language: str, limit: int, today: date | None, near: Mapping[str, float]
    ) -> list[tuple[int, float]]:
        """The `limit` best passages by number, with scores above 0 and up to 1."""
        scores = self._with_meaning(self._scores(asked), near)
        found: list[tuple[int, float]] = []
        for number in _best_first(scores, at_least=4 * limit):
            passage = self._passages[number]
            if today is None or passage.valid_until is None or passage.valid_until >= today:
                factor = 1.0 if passage.language == language else 1 / LANGUAGE_FACTOR
                found.append((number, round(float(scores[number]) * factor, 4)))
        above = (pair for pair in found if pair[1] > 0)
        return sorted(above, key=lambda pair: (-pair[1], self._passages[pair[0]].id))[:limit]

    def _with_meaning(self, scores: Floats, near: Mapping[str, float]) -> Floats:
        """Both as shares of the best, one beside the other."""
        if not near:
            return scores
        meant = np.zeros_like(scores)
        for one, share in near.items():
            if one in self._numbers:
                meant[self._numbers[one]] = share
        best = float(scores.max(initial=0.0)) or 1.0
        both = (scores / np.float32(best) + np.float32(MEANING) * meant) / np.float32(1 + MEANING)
        return both.astype(np.float32)

    def _scores(self, asked: Sequence[Unit]) -> Floats:
        """Of each passage by number, 0 to 1: the share of what could be met that is, by the weight of the terms."""
        postings = self._postings
        size = len(postings.lengths)
        scores, covered = np.zeros(size, np.float32), np.zeros(size, np.float32)
        most = total = 0.0
        for unit in asked:
            best = np.zeros(size, np.float32)
            for term, (worth, _) in unit.terms.items():
                if impacts := postings.impacts(term):
                    numbers, adds = impacts
                    best[numbers] = np.maximum(best[numbers], np.float32(worth) * adds)
            scores += np.float32(unit.share) * best
            covered += np.float32(unit.share) * (best > 0)
            most += unit.share * postings.most(unit.terms)
            total += unit.share
        shares = scores / np.float32(most or 1.0) * (covered / np.float32(total or 1.0)) ** np.float32(SPEAKS_OF_ALL)
        return shares.astype(np.float32)


def _best_first(scores: Floats, at_least: int) -> list[int]:
    """Numbers of the passages with the highest scores above 0, with all that have the same as the last."""
    above = np.flatnonzero(scores > 0)
    if len(above) > at_least:
        least = np.partition(scores[above], -at_least)[-at_least]
        above = above[scores[above] >= least]
    return [int(number) for number in above]


def _merged(rankings: Sequence[Sequence[tuple[int, float]]], limit: int) -> list[tuple[int, float]]:
    """One ranking of several: by the best score, and the first of each is in it."""
    best: dict[int, float] = {}
    for ranking in rankings:
        for number, score in ranking:
            best[number] = max(score, best.get(number, 0.0))
    order = sorted(best, key=lambda number: -best[number])
    firsts = list(dict.fromkeys(ranking[0][0] for ranking in rankings if ranking))
    chosen = set([*sorted(firsts, key=order.index), *(one for one in order if one not in firsts)][:limit])
    return [(number, best[number]) for number in order if number in chosen]


def _lexicons(known: Mapping[str, Lexicon], entries: Iterable[tuple[Passage, Counted]]) -> dict[str, Lexicon]:
    """The words of the passages by language, with those of more passages."""
    more: dict[str, set[str]] = {}
    for passage, entry in entries:
        more.setdefault(passage.language, set()).update(entry.words)
    changed = {one: known.get(one, Lexicon.of(())).with_more(words) for one, words in more.items()}
    return {**known, **changed}
