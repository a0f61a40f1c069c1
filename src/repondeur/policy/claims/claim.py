"""One thing that a text claims."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal[
    "link", "address", "phone", "account", "amount", "duration", "clock", "date", "number", "id", "promise", "writing"
]
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


_WORD: Final = re.compile(r"[a-z]+")


def places_of(text: str, vocabulary: Collection[str]) -> list[tuple[int, str]]:
    """Where a canonical text has which of these words, in order."""
    found = []
    for word in set(_WORD.findall(text)):
        if word not in vocabulary:
            continue
        place = text.find(word)
        while place >= 0:
            end = place + len(word)
            if not text[place - 1 : place].isalnum() and not "a" <= text[end : end + 1] <= "z":
                found.append((place, word))
            place = text.find(word, end)
    return sorted(found)
