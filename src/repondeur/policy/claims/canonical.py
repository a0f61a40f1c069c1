"""One form of a text for all its spellings, of which every character knows where it came from.

Source: Unicode Standard Annex 15 (NFKC), Unicode Technical Standard 39 (confusables: scripts are not mixed).
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_RUNS: Final = re.compile(r"([\x00-\x7f]+)|[^\x00-\x7f]+")
# Stands where "œ" and its like were one character in `exact` and are two in `text`.
FILLER: Final = "\x00"
_LETTERS: Final = {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "ß": "ss", "ð": "d", "þ": "th"}
_SIGNS: Final = {
    **dict.fromkeys("’‘ʼ′`´", "'"),
    **dict.fromkeys("“”«»„″", '"'),
    **dict.fromkeys("‐‑‒–—―−﹣－", "-"),
    **dict.fromkeys("。｡．⸰‧∙⋅●", "."),
    **dict.fromkeys("⁄∕╱⧸", "/"),
    **dict.fromkeys("∶ː꞉", ":"),
    "\u2028": "\n",
    "\u2029": "\n",
    "\x85": "\n",
}
# White letters on black and letters of flags, which no normal form folds: (first, "a" of them).
_LETTER_ROWS: Final = (0x1F150, 0x1F170, 0x1F1E6)
# Dots and full stops of all scripts. Of two that also part words and lines, links.plain looks at what stands around.
_DOTS: Final = re.compile(r"FULL STOP|MIDDLE DOT|DOT OPERATOR|AUGMENTATION DOT|WORD SEPARATOR|INTERPUNCT")
_DOUBTFUL_DOTS: Final = frozenset("·•")
_FEW: Final = 64  # different characters beyond ASCII
_UNSEEN: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2065\u2800\u3164\uffa0\xad")


@dataclass(frozen=True, slots=True)
class Canonical:
    """text: lower case, without accents and unseen characters. exact: the same in the accents and the case it
    was written in, character by character. places: where each stood in the original, and behind the last one its
    length."""

    text: str
    exact: str
    places: tuple[int, ...]

    def span(self, begin: int, end: int) -> tuple[int, int]:
        """Begin and end in the original of a part of the text."""
        if end <= begin:
            return self.places[begin], self.places[begin]
        return self.places[begin], self.places[end - 1] + 1

    def replaced(self, pattern: re.Pattern[str], by: str) -> "Canonical":
        """With `by`, one character at most, in the place of every match."""
        texts, exacts, places, last = [], [], [], 0
        for found in pattern.finditer(self.text):
            begin, end = found.span()
            if begin == end:
                continue
            texts += [self.text[last:begin], by]
            exacts += [self.exact[last:begin], by]
            places += [*self.places[last:begin], *self.places[begin : begin + len(by)]]
            last = end
        if not texts:
            return self
        return Canonical(
            "".join((*texts, self.text[last:])),
            "".join((*exacts, self.exact[last:])),
            (*places, *self.places[last:]),
        )

    def covered(self, parts: Sequence[tuple[int, int, str]]) -> "Canonical":
        """With others in the place of these characters: (begin, end, as many instead), in order, none in another."""
        if not parts:
            return self
        texts, exacts, last = [], [], 0
        for begin, end, instead in parts:
            texts += [self.text[last:begin], instead]
            exacts += [self.exact[last:begin], instead]
            last = end
        return Canonical("".join((*texts, self.text[last:])), "".join((*exacts, self.exact[last:])), self.places)


def canonical(text: str) -> Canonical:
    """The canonical form. Linear; never raises.

    >>> canonical("Réf\\u200bund  ＥＵＲ").text
    'refund  eur'
    """
    if text.isascii():
        exact_text = text.replace(FILLER, " ")
        return Canonical(exact_text.lower(), exact_text, tuple(range(len(text) + 1)))
    if (same_length := _one_for_one(text)) is not None:
        return same_length
    folded: list[str] = []
    exact: list[str] = []
    places: list[int] = []
    for run in _RUNS.finditer(text):
        begin, end = run.span()
        if run[1]:
            ascii_run = run[1].replace(FILLER, " ")
            folded.append(ascii_run.lower())
            exact.append(ascii_run)
            places += range(begin, end)
            continue
        for place in range(begin, end):
            plain, same = _folded(text[place])
            folded.append(plain)
            exact.append(same)
            places += [place] * len(plain)
    return Canonical("".join(folded), "".join(exact), (*places, len(text)))


def _one_for_one(text: str) -> Canonical | None:
    """The canonical form where each character stands for exactly one, as in most French; None elsewhere."""
    signs = {char: _folded(char) for char in set(text) if char > "\x7f"}
    if len(signs) > _FEW or any(len(plain) != 1 for plain, _ in signs.values()):
        return None
    folded = exact = text.replace(FILLER, " ")
    # No form is folded further, so that the order does not matter.
    for char, (plain, same) in signs.items():
        folded = folded.replace(char, plain)
        exact = exact if same == char else exact.replace(char, same)
    folded = folded.lower()
    return Canonical(folded, exact, tuple(range(len(text) + 1))) if len(folded) == len(text) else None


@lru_cache(maxsize=4096)
def _folded(char: str) -> tuple[str, str]:
    """The characters it stands for, without and with accents, as many of the one as of the other."""
    if "!" <= char <= "~":
        return char.lower(), char
    if char in "\n\t\r ":
        return char, char
    if sign := _SIGNS.get(char):
        return sign, sign
    if (category := unicodedata.category(char)) in {"Mn", "Me", "Cf", "Cs", "Co", "Cc"} or char in _UNSEEN:
        return "", ""
    if not char.isalnum() and char not in _DOUBTFUL_DOTS and _DOTS.search(unicodedata.name(char, "")):
        return ".", "."
    for first in _LETTER_ROWS:
        if 0 <= ord(char) - first < 26:
            letter = chr(ord("a") + ord(char) - first)
            return letter, letter
    if (digit := unicodedata.digit(char, None)) is not None:
        return str(digit), str(digit)
    if category.startswith("Z"):
        return " ", " "
    plain, same = "", ""
    for one in unicodedata.normalize("NFKC", char):
        bare = "".join(part for part in unicodedata.normalize("NFKD", one.lower()) if not unicodedata.combining(part))
        bare = _SIGNS.get(bare, _LETTERS.get(bare, bare))
        plain += bare
        same += _SIGNS.get(one, one).ljust(len(bare), FILLER)[: len(bare)]
    return plain, same
