"""What an unknown word was meant to be: the nearest words that are known.

Slips of the pen are told from other words by what they cost: a doubled letter, two letters changed about, a key beside
the right one, a letter that sounds alike are likely slips; any other letter makes it another word sooner.
Source: Damerau, "A technique for computer detection and correction of spelling errors" (1964), with weights.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

SHORTEST = 4
LONGEST = 30
BEST = 3  # words at most
NEAR_BEST = 0.35  # what a second best may cost more
DOUBLED, SILENT, CHANGED_ABOUT, SOUND, KEY, LEFT_OUT, OTHER = 0.5, 0.6, 0.7, 0.7, 0.9, 1.0, 1.4
FIRST = 1.0  # more for the first letter, where people seldom slip
MANY = 1.8  # the most that slips may cost, in a long word
BAND = 3  # letters that a word may have too many or too few
SPELT = 0.4  # for a sound that is spelt in another way

_FAR = 99.0
_SILENT = frozenset("estdxz")
_ROWS = ("azertyuiop", "qsdfghjklm", "wxcvbn", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_ALIKE = ("ck", "cs", "sz", "iy", "gj", "mn", "ea", "ei", "ou", "dt", "bp", "vf", "ao")
_KEYS = frozenset(pair for row in _ROWS for a, b in pairwise(row) for pair in (a + b, b + a))
_SOUNDS = frozenset(both for pair in _ALIKE for both in (pair, pair[::-1]))
_SPELLINGS = (("ph", "f"), ("eau", "o"), ("au", "o"), ("ai", "e"), ("qu", "k"), ("ck", "k"), ("ee", "i"), ("ss", "s"))
# What stands before a vowel with an apostrophe that many leave out: "largent", "jai", "quil".
_ELIDED = ("qu", "l", "d", "j", "c", "n", "m", "t", "s")
_VOWELS = frozenset("aeiouyh")

# The first two letters and the number of letters, as the key of words with the set of their letters as bits.
_Words = Mapping[tuple[str, int], Sequence[tuple[int, str]]]


def most(length: int) -> float:
    """What slips may cost together in a word of so many letters."""
    return 0.0 if length < SHORTEST else 1.0 if length < 6 else 1.2 if length < 9 else MANY


def slips(written: str, meant: str, limit: float) -> float:
    """What it costs to take one folded word for the other; more than limit where it is more."""
    cost = _distance(written, meant, limit)
    if cost <= SPELT:
        return cost
    sounds = _sounds(written), _sounds(meant)
    return cost if sounds == (written, meant) else min(cost, SPELT + _distance(*sounds, limit))


def elided(word: str) -> str:
    """The rest of a French word that is written together with what is elided before it, "" where there is none.

    >>> elided("largent"), elided("quil"), elided("lampe")
    ('argent', 'il', 'ampe')
    """
    start = next((start for start in _ELIDED if word.startswith(start) and word[len(start) :][:1] in _VOWELS), "")
    return word[len(start) :] if start else ""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words that something may have meant; all folded."""

    known: frozenset[str]
    _words: _Words

    @classmethod
    def of(cls, words: Iterable[str]) -> "Lexicon":
        return cls(frozenset(), {}).with_more(words)

    def with_more(self, words: Iterable[str]) -> "Lexicon":
        """With these words as well; this one stays as it is, and shares what did not change."""
        new = {word for word in words if _can_be_mistaken(word)} - self.known
        if not new:
            return self
        found = {key: list(listed) for key, listed in self._words.items()}
        for word in sorted(new):
            found.setdefault((word[:2], len(word)), []).append((_letters(word), word))
        return Lexicon(self.known | new, found)

    def near(self, word: str) -> list[tuple[str, float]]:
        """The likeliest words that were meant, each with what the slips cost, cheapest first; [] for a word that is
        like none. One with the same first two letters is taken before all others, then one with the same first."""
        if not _can_be_mistaken(word):
            return []
        keys = self._words.keys()
        return (
            self.alike(word)
            or self._nearest(word, (key for key in keys if key[0][0] == word[0] and key[0] != word[:2]))
            or self._nearest(word, (key for key in keys if key[0][0] != word[0]))
        )

    def alike(self, word: str) -> list[tuple[str, float]]:
        """As `near`, but the first two letters must be the same: for words that both languages took from a third."""
        lengths = range(len(word) - 2, len(word) + 3)
        return self._nearest(word, ((word[:2], length) for length in lengths)) if _can_be_mistaken(word) else []

    def glued(self, word: str) -> tuple[str, str] | None:
        """The two known words that were written as one."""
        cuts = range(SHORTEST, len(word) - SHORTEST + 1)
        pairs = ((word[:at], word[at:]) for at in cuts)
        return next((pair for pair in pairs if pair[0] in self.known and pair[1] in self.known), None)

    def _nearest(self, word: str, keys: Iterable[tuple[str, int]]) -> list[tuple[str, float]]:
        limit = most(len(word))
        letters, apart = _letters(word), 2 if limit <= 1 else 3 if limit < MANY else 4
        found: list[tuple[float, str]] = []
        for key in keys:
            if abs(key[1] - len(word)) > 2:
                continue
            for mask, other in self._words.get(key, ()):
                if (letters ^ mask).bit_count() <= apart:
                    cost = slips(word, other, limit)
                    if cost <= limit:
                        found.append((cost, other))
                        limit = min(limit, cost + NEAR_BEST)
        found.sort()
        return [(other, cost) for cost, other in found[:BEST] if cost <= found[0][0] + NEAR_BEST]


def _can_be_mistaken(word: str) -> bool:
    return SHORTEST <= len(word) <= LONGEST and word.isalpha()


def _letters(word: str) -> int:
    mask = 0
    for letter in word:
        mask |= 1 << (ord(letter) & 31)
    return mask


def _sounds(word: str) -> str:
    for spelt, sound in _SPELLINGS:
        word = word.replace(spelt, sound)
    return word


def _distance(a: str, b: str, limit: float) -> float:
    """Weighted edits, with neighbouring letters changed about; stops where no way stays within the limit, and looks at
    no way that leaves out more than BAND letters."""
    missing = [_left_out(b, j) for j in range(len(b))]
    before: list[float] = []
    row = list(accumulate(missing, initial=0.0))
    for i, x in enumerate(a):
        too_many = _left_out(a, i)
        low, high = max(0, i - BAND), min(len(b), i + BAND + 1)
        current = [_FAR] * (len(b) + 1)
        current[low] = row[low] + too_many
        for j in range(low, high):
            y, cost = b[j], row[j]
            if x != y:
                cost = min(cost + _mistaken(x, y, first=i == j == 0), row[j + 1] + too_many, current[j] + missing[j])
                if i and j and x == b[j - 1] and y == a[i - 1]:
                    cost = min(cost, before[j - 1] + CHANGED_ABOUT)
            current[j + 1] = cost
        if min(current) > limit:
            return limit + 1
        before, row = row, current
    return row[-1]


def _left_out(word: str, at: int) -> float:
    """The cost of one letter too many or too few."""
    if at and word[at - 1] == word[at]:
        return DOUBLED
    if (at == len(word) - 1 and word[at] in _SILENT) or (at == 0 and word[0] == "h"):
        return SILENT
    return LEFT_OUT if at else LEFT_OUT + FIRST / 2


def _mistaken(x: str, y: str, *, first: bool) -> float:
    pair = x + y
    return (SOUND if pair in _SOUNDS else KEY if pair in _KEYS else OTHER) + (FIRST if first else 0.0)
