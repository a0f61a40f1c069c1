"""Which passages speak of what a mail asks. Everything is in memory and pure; nothing of an index ever changes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from repondeur.knowledge.asking import How, Reader, Unit
from repondeur.knowledge.counting import counted
from repondeur.knowledge.hits import Hit, Match, reasons
from repondeur.knowledge.postings import Counted, Postings
from repondeur.knowledge.spelling import Lexicon
from repondeur.policy.passage import Passage
from repondeur.words.sentences import guess_language

__all__ = ["Hit", "How", "Index", "Match"]

LANGUAGE_FACTOR = 1.15
# A passage that speaks of half of what is asked is worth less than half of one that speaks of all of it.
SPEAKS_OF_ALL = 0.5
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

    def search(self, text: str, limit: int, language: str | None = None, today: date | None = None) -> list[Hit]:
        """At most `limit` hits, best first; the same text gives the same hits.

        text: a question or a whole mail, whose questions count most; the best passage for each of them is among the
        hits, for as many as there is room. language: of the text (ISO 639-1), guessed when not given; a passage in it
        comes before an equal one in another. today: passages that ended before are left out.
        """
        asked_in = language or guess_language(text[:MAX_QUERY], default="en")
        asked = Reader(asked_in, self._postings, self._lexicons).asked(text[:MAX_QUERY])
        rankings = [self._scores(units, asked_in, today) for units in asked]
        found = _merged([self._in_order(scores) for scores in rankings], limit)
        units = [unit for group in asked for unit in group]
        return [Hit(self._passages[one], score, reasons(self._passages[one], units)) for one, score in found]

    def _scores(self, asked: Sequence[Unit], language: str, today: date | None) -> dict[int, float]:
        """By number of the passage, above 0 and up to 1."""
        scores: dict[int, float] = {}
        covered: dict[int, float] = {}
        most = total = 0.0
        for unit in asked:
            best: dict[int, float] = {}
            for term, (worth, _) in unit.terms.items():
                for number, impact in self._postings.impacts(term):
                    if worth * impact > best.get(number, 0.0):
                        best[number] = worth * impact
            for number, value in best.items():
                scores[number] = scores.get(number, 0.0) + unit.share * value
                covered[number] = covered.get(number, 0.0) + unit.share
            most += unit.share * self._postings.most(unit.terms)
            total += unit.share
        found: dict[int, float] = {}
        for number, score in scores.items():
            passage = self._passages[number]
            if today is None or passage.valid_until is None or passage.valid_until >= today:
                factor = 1.0 if passage.language == language else 1 / LANGUAGE_FACTOR
                found[number] = factor * score / most * (covered[number] / total) ** SPEAKS_OF_ALL
        return found

    def _in_order(self, scores: Mapping[int, float]) -> list[tuple[int, float]]:
        rounded = ((number, round(score, 4)) for number, score in scores.items())
        above = [pair for pair in rounded if pair[1] > 0]
        return sorted(above, key=lambda pair: (-pair[1], self._passages[pair[0]].id))


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
