"""Numbers in figures and in French and English words."""

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Final

from repondeur.policy.claims.claim import places_of, words_in

# More digits than any sum or date has; of a longer one only that it is long matters.
_LONGEST: Final = 40
_ONE: Final = frozenset({"un", "une", "one", "a", "an"})
_UNITS: Final = {
    "zero": 0, "un": 1, "une": 1, "one": 1, "deux": 2, "two": 2, "trois": 3, "three": 3, "quatre": 4, "four": 4,
    "cinq": 5, "five": 5, "six": 6, "sept": 7, "seven": 7, "huit": 8, "eight": 8, "neuf": 9, "nine": 9,
    "nought": 0, "naught": 0,
}  # fmt: skip
_TEENS: Final = {
    "dix": 10, "ten": 10, "onze": 11, "eleven": 11, "douze": 12, "twelve": 12, "treize": 13, "thirteen": 13,
    "quatorze": 14, "fourteen": 14, "quinze": 15, "fifteen": 15, "seize": 16, "sixteen": 16, "seventeen": 17,
    "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS: Final = {
    "vingt": 20, "vingts": 20, "twenty": 20, "trente": 30, "thirty": 30, "quarante": 40, "forty": 40, "fourty": 40,
    "cinquante": 50, "fifty": 50, "soixante": 60, "sixty": 60, "septante": 70, "seventy": 70, "huitante": 80,
    "octante": 80, "eighty": 80, "nonante": 90, "ninety": 90,
}  # fmt: skip
_AFTER_TEN: Final = frozenset({"sept", "huit", "neuf"})
_LARGE: Final = {
    "cent": 100, "cents": 100, "hundred": 100, "mille": 1000, "thousand": 1000, "million": 10**6, "millions": 10**6,
    "milliard": 10**9, "milliards": 10**9, "billion": 10**9, "lakh": 10**5,
}  # fmt: skip
# Words that are a number by themselves.
_WHOLE: Final = {
    "dozen": 12, "dozens": 12, "douzaine": 12, "douzaines": 12, "dizaine": 10, "dizaines": 10, "quinzaine": 15,
    "huitaine": 8, "huitaines": 8, "fortnight": 14, "vingtaine": 20, "trentaine": 30, "quarantaine": 40,
    "cinquantaine": 50, "soixantaine": 60,
    "centaine": 100, "centaines": 100, "hundreds": 100, "millier": 1000, "milliers": 1000, "thousands": 1000,
    "twice": 2, "thrice": 3,
}  # fmt: skip
_ENGLISH: Final = frozenset(
    [
        "two",
        "three",
        "four",
        "five",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
        "twenty",
        "thirty",
        "forty",
        "fifty",
        "sixty",
        "seventy",
        "eighty",
        "ninety",
        "hundred",
        "thousand",
    ]
)
_ORDINALS: Final = {
    **dict.fromkeys(("first", "premier", "premiere"), 1), **dict.fromkeys(("second", "seconde"), 2), "third": 3,
    "fifth": 5, "eighth": 8, "ninth": 9, "twelfth": 12,
    "neuvieme": 9, "cinquieme": 5, "quatrieme": 4, "onzieme": 11, "douzieme": 12, "quinzieme": 15, "seizieme": 16,
    "trentieme": 30, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip
_ORDINAL: Final = re.compile(r"\b([a-z]{3,12}?)(?:ieme|th|nd|rd)s?\b|\b(?:seconde?|first|premiere?)s?\b")
_WORDS: Final = _UNITS | _TEENS | _TENS | _LARGE | _WHOLE
_ALL: Final = "|".join(sorted(_WORDS, key=len, reverse=True))
_SPELLED: Final = re.compile(rf"(?:{_ALL})\b(?:(?:[ ,-]{{1,3}}| et | and |-et-)(?:{_ALL})\b){{0,40}}")
_WORD: Final = re.compile(r"(?<!\d)[a-z]+")
_ROMAN: Final = re.compile(
    r"(?<![\w'])(?=[mdclxvi]{4}|[ivx]{2,3}(?![\w']))m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})(?![\w'-])"
)
_ROMAN_DIGITS: Final = {"m": 1000, "d": 500, "c": 100, "l": 50, "x": 10, "v": 5, "i": 1}
_FIGURES: Final = re.compile(
    r"[0-9](?:\d{0,3} ?€ ?\d\d(?!\d)|\d{0,2}(?:[ .,'\n]\d{3})+(?!\d)(?:[.,]\d{1,2}(?!\d))?|"
    r"\d*(?:[.,]\d+)?(?=[a-z°%]|\b|\D))"
)


@dataclass(frozen=True, slots=True)
class Number:
    """key: its digits without what spelling may change ("1200.5"). begin, end: in the text. spelled: in words.
    idle: a word that is more often no number ("one", "neuf") and counts only with a unit."""

    key: str
    begin: int
    end: int
    spelled: bool = False
    idle: bool = False


def numbers(text: str, words: Set[str] | None = None) -> list[Number]:
    """All numbers of a canonical text, in order. words: see places_of.

    >>> [one.key for one in numbers("1 200,50 or two hundred and five, 007")]
    ['1200.5', '205', '7']
    """
    found = [Number(figures_key(hit.group()), *hit.span()) for hit in _FIGURES.finditer(text)]
    last = 0
    words = words_in(text) if words is None else words
    for place, _ in places_of(text, _WORDS.keys(), words):
        if place >= last and (run := _SPELLED.match(text, place)):
            found += _spelled(run.group(), run.start())
            last = run.end()
    roman = any(not word.strip("mdclxvi") and len(word) > 1 for word in words)
    for hit in _ROMAN.finditer(text) if roman else ():
        # Two or three letters count only before a unit.
        found.append(Number(_roman(hit.group()), *hit.span(), idle=len(hit.group()) < 4))
    return sorted(found, key=lambda one: one.begin)


def _roman(letters: str) -> str:
    values = [_ROMAN_DIGITS[letter] for letter in letters]
    return str(sum(-one if one < after else one for one, after in zip(values, [*values[1:], 0], strict=True)))


def ordinals(text: str) -> Iterator[str]:
    """The keys of what is counted in words: "seizième", "third"."""
    for hit in _ORDINAL.finditer(text):
        value = _ORDINALS.get(hit.group().rstrip("s"), _WORDS.get(hit[1] or ""))
        if value is not None:
            yield str(value)


def figures_key(figures: str) -> str:
    """Figures without what only parts thousands, and zeros that change nothing. A last group of three digits behind a
    sign is one of thousands, unless a lone zero stands before it.

    >>> figures_key("1.200"), figures_key("5,00"), figures_key("0.125"), figures_key("1,200.50")
    ('1200', '5', '0.125', '1200.5')
    """
    figures = re.sub(r" ?€ ?", ".", figures)
    last = max(figures.rfind("."), figures.rfind(","))
    whole, decimals = figures, ""
    if last >= 0 and (len(figures) - last - 1 != 3 or figures[:last] == "0"):
        whole, decimals = figures[:last], figures[last + 1 :].rstrip("0")
    digits = re.sub(r"\D", "", whole)[:_LONGEST].lstrip("0") or "0"
    return f"{digits}.{decimals[:_LONGEST]}" if decimals else digits


def _spelled(run: str, start: int) -> Iterator[Number]:
    """The numbers of a row of number words: "twenty two" is one, "two two" are two."""
    total = part = begin = end = 0
    last = ""
    words: list[str] = []
    for hit in _WORD.finditer(run):
        word = hit.group()
        if word not in _WORDS:
            continue
        kind = _kind(word)
        # "Fifty cents" is a sum of money, "cinquante cents" none.
        if word == "cents" and words and words[-1] in _ENGLISH:
            break
        if words and not _joins(kind, word, last, part) and not (words[-1] == "dix" and word in _AFTER_TEN):
            yield _number(total + part, start + begin, start + end, words)
            total = part = 0
            last, words = "", []
        if not words:
            begin = hit.start()
        end, value = hit.end(), _WORDS[word]
        if kind == "large" and value >= 1000:
            total, part = (total + max(part, 1)) * value if value > 1000 else total + max(part, 1) * value, 0
        elif kind == "large":
            part = max(part, 1) * value
        elif word in {"vingt", "vingts"} and part % 100 == 4 and last == "unit":
            part += 76
        else:
            part += value
        last = kind
        words.append(word)
    if words:
        yield _number(total + part, start + begin, start + end, words)


def _number(value: int, begin: int, end: int, words: list[str]) -> Number:
    idle = len(words) == 1 and (words[0] in _ONE or words[0] == "neuf")
    return Number(str(value), begin, end, spelled=True, idle=idle)


def _kind(word: str) -> str:
    tables = (("unit", _UNITS), ("teen", _TEENS), ("tens", _TENS), ("large", _LARGE))
    return next((kind for kind, table in tables if word in table), "whole")


def _joins(kind: str, word: str, last: str, part: int) -> bool:
    """Whether a word of this kind goes on with the number that stands before it."""
    if "whole" in {kind, last}:
        return False
    if kind == "large":
        return part < 100 or _LARGE[word] > 100
    if last == "large":
        return True
    if kind == "teen":
        return last == "tens" and part % 100 in {60, 80}
    if kind == "tens":
        return word.startswith("vingt") and last == "unit" and part % 100 == 4
    return last == "tens" and _UNITS[word] > 0
