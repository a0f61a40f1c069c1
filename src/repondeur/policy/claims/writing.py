"""Ways of writing that hide what is said: letters of another script, words spelt letter by letter, drawn pictures."""

import re
from collections.abc import Iterator
from typing import Final

from repondeur.policy.claims.canonical import Canonical
from repondeur.policy.claims.claim import Claim

_STRANGE: Final = re.compile(r"[^\W\d_a-z]+")
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]+")
_SPELT: Final = re.compile(r"\b[a-z](?<!['’.][a-z])(?:[ .\-_*/|~+]{1,3}[a-z]){4,60}(?![\w'’])")
# Two letters that stand alone, one behind the other: the beginning of something spelt.
_SINGLE: Final = re.compile(r"[ .\-_*/|~+][a-z][ .\-_*/|~+]{1,3}[a-z][ .\-_*/|~+]")
# "evil . c o m"
_SPELT_END: Final = re.compile(
    r"\.\s{0,2}(?:c\s?o\sm|c\so\s?m|n\s?e\st|n\se\s?t|o\s?r\sg|o\sr\s?g|f\sr|e\su|z\si\s?p)\b(?<=[a-z])"
)
_DRAWN: Final = re.compile("[\u2580-\u259f\u2800-\u28ff\U0001fb00-\U0001fbff]+")
_LONGEST: Final = 40  # characters of a word that is shown
_ENTITY: Final = re.compile(r"&(?:#\d{2,7}|#x[0-9a-f]{2,6}|[a-z]{2,24});")


def odd_writing(text: Canonical, letters: frozenset[str]) -> Iterator[Claim]:
    """letters: those that may stand in it beside the Latin ones; even of them none may stand in a word with Latin
    ones, for then one is there for the look of another."""
    if not text.text.isascii():
        runs = [run.span() for run in _NOT_ASCII.finditer(text.text)]
        for hit in (hit for run in runs for hit in _STRANGE.finditer(text.text, *run)):
            begin, end = hit.span()
            mixed = "a" <= text.text[begin - 1 : begin] <= "z" or "a" <= text.text[end : end + 1] <= "z"
            if mixed or not letters.issuperset(hit.group()):
                yield Claim("writing", "script", *_word_around(text.text, begin, end))
        for hit in (hit for run in runs for hit in _DRAWN.finditer(text.text, *run)):
            yield Claim("writing", "drawing", *hit.span())
    for needed, pattern in ((_SINGLE.search(text.text), _SPELT), (True, _SPELT_END), ("&" in text.text, _ENTITY)):
        for hit in pattern.finditer(text.text) if needed else ():
            yield Claim("writing", "spelling", *hit.span())


def _word_around(text: str, begin: int, end: int) -> tuple[int, int]:
    """As far as letters go, on both sides and not further than a word may."""
    while begin > 0 and text[begin - 1].isalpha() and end - begin < _LONGEST:
        begin -= 1
    while end < len(text) and text[end].isalpha() and end - begin < _LONGEST:
        end += 1
    return begin, end
