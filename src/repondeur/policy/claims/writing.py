"""Ways of writing that hide what is said: letters of another script, words spelt letter by letter, drawn pictures."""

import re
from collections.abc import Iterator
from typing import Final

from repondeur.policy.claims.canonical import Canonical
from repondeur.policy.claims.claim import Claim

_WORD: Final = re.compile(r"[^\W\d_]*[^\W\d_a-z][^\W\d_]*")
_SPELT: Final = re.compile(r"(?<![\w'’.])[a-z](?:[ .\-_*/|~+]{1,3}[a-z]){4,60}(?![\w'’])")
_DRAWN: Final = re.compile("[\u2580-\u259f\u2800-\u28ff\U0001fb00-\U0001fbff]+")
_ENTITY: Final = re.compile(r"&(?:#\d{2,7}|#x[0-9a-f]{2,6}|[a-z]{2,24});")


def odd_writing(text: Canonical, letters: frozenset[str]) -> Iterator[Claim]:
    """letters: those that may stand in it beside the Latin ones; even of them none may stand in a word with Latin
    ones, for then one is there for the look of another."""
    if not text.text.isascii():
        for hit in _WORD.finditer(text.text):
            word = hit.group()
            strange = [char for char in word if not "a" <= char <= "z"]
            if len(strange) < len(word) or not letters.issuperset(strange):
                yield Claim("writing", "script", *hit.span())
        for hit in _DRAWN.finditer(text.text):
            yield Claim("writing", "drawing", *hit.span())
    for pattern in (_SPELT, _ENTITY):
        for hit in pattern.finditer(text.text):
            yield Claim("writing", "spelling", *hit.span())
