"""One thing that a text claims."""

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal[
    "link", "address", "phone", "account", "amount", "duration", "clock", "date", "number", "id", "promise", "writing",
    "person", "insult",
]  # fmt: skip
# Stands for what was taken already: no letter, no digit, no white space.
TAKEN: Final = "\x01"


@dataclass(frozen=True, slots=True)
class Claim:
    """key: the same for all spellings of the same thing. begin, end: in the canonical text that it was found in."""

    kind: Kind
    key: str
    begin: int
    end: int


def without(text: str, found: Iterable[Claim]) -> str:
    """The text with what was found taken out, of the same length.

    >>> without("a 12 b", [Claim("number", "12", 2, 4)])
    'a \\x01\\x01 b'
    """
    parts, last = [], 0
    for one in in_order(found):
        begin = max(one.begin, last)
        if begin < one.end:
            parts += [text[last:begin], TAKEN * (one.end - begin)]
            last = one.end
    return "".join((*parts, text[last:]))


def in_order(found: Iterable[Claim]) -> Sequence[Claim]:
    return sorted(found, key=lambda one: (one.begin, one.end))


_UNBROKEN: Final = re.compile(r"[^\s\x01]+")
_BREAK: Final = re.compile(r"[\s\x01]")
_WORD: Final = re.compile(r"[a-z]+")


def unbroken(text: str, around: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """What stands between spaces and has one of these characters in it."""
    last = 0
    for hit in around.finditer(text):
        begin = hit.start()
        if begin < last:
            continue
        while begin > last and not _BREAK.match(text, begin - 1):
            begin -= 1
        whole = _UNBROKEN.match(text, begin)
        last = whole.end() if whole else hit.end()
        yield begin, last


def words_in(text: str) -> frozenset[str]:
    """The words of a canonical text."""
    return frozenset(_WORD.findall(text))


def places_of(text: str, vocabulary: Set[str], words: Set[str] | None = None) -> list[tuple[int, str]]:
    """Where a canonical text has which of these words, in order. words: all that may stand in it, where they are
    known."""
    found = []
    for word in vocabulary & (words_in(text) if words is None else words):
        place = text.find(word)
        while place >= 0:
            end = place + len(word)
            if not text[place - 1 : place].isalnum() and not "a" <= text[end : end + 1] <= "z":
                found.append((place, word))
            place = text.find(word, end)
    return sorted(found)
