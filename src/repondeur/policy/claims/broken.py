"""Words of commitment that spaces, line ends or marks break up: "re fund", "rem-bour-se ment", "f r e e".

Cheap, for it looks at letters alone and comes back to the text only where they tell such a word.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from repondeur.policy.claims.claim import TAKEN
from repondeur.policy.claims.commitments import unbroken
from repondeur.policy.claims.promises import Promise

_GAP: Final = 3  # characters that may stand between two letters of a word
_NO_LETTERS: Final = bytes(set(range(256)) - set(range(ord("a"), ord("z") + 1)))


def broken_words(text: str) -> Iterator[Promise]:
    """The commitments whose words a canonical text breaks up. A word begins where one begins in the text."""
    letters = text.encode("ascii", "replace").translate(None, _NO_LETTERS)
    # Most words that are there are there in one piece.
    broken = [one for one in unbroken() if letters.count(one.stem) > text.count(one.stem.decode())]
    found = [(one, place) for one in broken for place in _places(letters, one.stem)]
    if not found:
        return
    where = [place for place, char in enumerate(text) if "a" <= char <= "z"]
    for one, place in found:
        letters_at = where[place : place + len(one.stem)]
        begin, end = letters_at[0], letters_at[-1] + 1
        if end - begin > len(one.stem) and _is_one_word(text, letters_at, whole=one.whole):
            yield Promise(one.kind, False, begin, end)


def _places(letters: bytes, stem: bytes) -> Iterator[int]:
    place = letters.find(stem)
    while place >= 0:
        yield place
        place = letters.find(stem, place + 1)


def _is_one_word(text: str, where: list[int], *, whole: bool) -> bool:
    if text[where[0] - 1 : where[0]].isalnum() or (whole and text[where[-1] + 1 : where[-1] + 2].isalnum()):
        return False
    gaps = [text[one + 1 : other] for one, other in pairwise(where)]
    return all(len(gap) <= _GAP and not any(char.isalnum() or char == TAKEN for char in gap) for gap in gaps)
