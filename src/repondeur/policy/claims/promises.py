"""Words that bind us or move the reader to something: refunds, admissions, orders to pay, click or tell a secret.

What counts as which is in promises.toml, how it is put in commitments.py. A sentence that denies something speaks of it
all the same; whether a passage founds it is for founding.py to say.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

from repondeur.policy.claims.commitments import by_name, claims_of, grounds_of

_WORD: Final = re.compile(r"[^\W_]+")
_SAID_WORD: Final = re.compile(r"[^ ]+")
_HYPHENED: Final = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_CLAUSE: Final = re.compile(r"[^.!?;:\n\x01]+")
_INNER: Final = re.compile(r",| mais | but | sauf | except | unless | however | toutefois | cependant | and | et ")
# "No charge" and "sans frais" deny nothing.
_DENIED: Final = re.compile(
    r" (?:not|never|cannot|no(?! (?:charge|cost|fee|fees|extra|additional|minimum|limit) )|nor|neither|none|nobody|"
    r"without(?! (?:charge|cost|fee|fees|extra|limit) )|nothing|t|unable|ne|n|pas|jamais|aucune?|ni|"
    r"sans(?! (?:frais|supplement|surcout|cout|minimum|limite|engagement) )|non|rien|impossible|except|sauf|hors|"
    r"declines?|declinons|disclaims?|refuses?|refusons|excluded?|exclue?s?|excluons) "
)
# "Feel free", "free to" and their like bind nobody.
_COURTESIES: Final = re.compile(
    r" (?:feel free|free to|look forward|looking forward|reassure|bien a vous|n hesitez pas|acknowledge receipt|"
    r"de rien|avec plaisir|sans hesiter|free moment|free time|sugar free|hands free|toll free|no problem|"
    r"without hesitation) "
)
# "Once your payment has arrived" says nothing of whether it has.
_CONDITION: Final = re.compile(
    r" (?:as soon as|once|when|if|until|unless|des que|une fois que|lorsque|quand|si|jusqu a ce que) (?:\w+ ){0,2}$"
)
# Each of them has one of these words.
_COURTEOUS: Final = frozenset(
    (
        "free",
        "look",
        "looking",
        "reassure",
        "bien",
        "hesitez",
        "acknowledge",
        "rien",
        "plaisir",
        "hesiter",
        "no",
        "hesitation",
    )
)


# A line that no full stop ends, with an empty one behind it.
_HEADING: Final = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class Promise:
    """kind: its name in the table. denied: in a clause that says no. begin, end: in the canonical text."""

    kind: str
    denied: bool
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class _Clause:
    """Characters `begin` to `end` of a text. said: the words there, by the pattern `by`, between single spaces. kinds:
    the commitments that it has a word of."""

    text: str
    begin: int
    end: int
    by: re.Pattern[str]
    said: str
    kinds: tuple[str, ...]

    @property
    def denied(self) -> bool:
        """Whether it says no."""
        return bool(_DENIED.search(self.said))

    def places(self) -> "_Places":
        """Where its words stand, in what is said and in the text."""
        said = [hit.start() for hit in _SAID_WORD.finditer(self.said)]
        return _Places(said, [hit.span() for hit in self.by.finditer(self.text, self.begin, self.end)])


@dataclass(frozen=True, slots=True)
class _Places:
    said: list[int]
    text: list[tuple[int, int]]

    def span(self, begin: int, end: int) -> tuple[int, int]:
        """In the text, of a part of what is said that begins with a word."""
        first, last = (self.text[bisect_right(self.said, place) - 1] for place in (begin, end - 1))
        return first[0], last[1]


def promises(text: str) -> Iterator[Promise]:
    """All commitments that a canonical text claims."""
    for clause in _clauses(text, inner=False):
        hits = [
            (kind, hit.start() + 1, hit.end())
            for kind in clause.kinds
            for hit in by_name()[kind].claimed.finditer(clause.said)
            if not (by_name()[kind].conditional and _CONDITION.search(clause.said, 0, hit.start() + 1))
        ]
        if hits:
            denied, places = clause.denied, clause.places()
            for kind, begin, end in hits:
                yield Promise(kind, denied, *places.span(begin, end))


def founded_commitments(text: str) -> frozenset[str]:
    """The commitments that a passage speaks of; with "+" before their names those that it does not merely deny."""
    found: set[str] = set()
    headed: set[str] = set()
    for clause in _clauses(text, inner=True):
        heading = bool(_HEADING.match(text, clause.end))
        for kind in clause.kinds:
            if f"+{kind}" not in found and by_name()[kind].founded.search(clause.said):
                if heading:
                    headed.add(kind)
                else:
                    found |= {kind} if clause.denied else {kind, f"+{kind}"}
    # A heading says what the text is about, and not whether.
    return frozenset(found | {f"{sign}{kind}" for kind in headed - found for sign in ("", "+")})


def _clauses(text: str, *, inner: bool) -> Iterator[_Clause]:
    """Each clause that has a word of a commitment. inner: parts of a sentence count by themselves. Words with a hyphen
    are looked at as one and as several."""
    for clause in _CLAUSE.finditer(text):
        parts = _parts(text, *clause.span()) if inner else [clause.span()]
        for begin, end in parts:
            ways = (_WORD, _HYPHENED) if text.find("-", begin, end) >= 0 else (_WORD,)
            for pattern in ways:
                if said := _read(text, pattern, begin, end, inner=inner):
                    yield said


def _read(text: str, pattern: re.Pattern[str], begin: int, end: int, *, inner: bool) -> _Clause | None:
    words = pattern.findall(text, begin, end)
    if pattern is _HYPHENED:
        words = [word.replace("-", "") for word in words]
    kinds = tuple(dict.fromkeys(chain.from_iterable(map(grounds_of if inner else claims_of, words))))
    if not kinds:
        return None
    said = f" {' '.join(words)} "
    if not _COURTEOUS.isdisjoint(words):
        said = _COURTESIES.sub(_masked, said)
    return _Clause(text, begin, end, pattern, said, kinds)


def _masked(hit: re.Match[str]) -> str:
    return re.sub(r"\w", "_", hit.group())


def _parts(text: str, begin: int, end: int) -> list[tuple[int, int]]:
    cuts = [hit.span() for hit in _INNER.finditer(text, begin, end)]
    starts, ends = [begin, *(cut[1] for cut in cuts)], [*(cut[0] for cut in cuts), end]
    return list(zip(starts, ends, strict=True))
