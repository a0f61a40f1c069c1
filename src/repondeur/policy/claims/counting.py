"""What plain numbers of passages may be said of: what they count, which rank, which code, which year."""

import re
from collections.abc import Iterable, Iterator, Set
from functools import lru_cache
from typing import Final

from repondeur.policy.claims.claim import Claim
from repondeur.policy.claims.equal import values
from repondeur.policy.claims.numbers import ordinals
from repondeur.words.stems import stop_words
from repondeur.words.terms import said

# Claims of these kinds hold numbers that count money or time, or the parts of a code: none is one of anything else.
_OTHERS: Final = frozenset({"amount", "clock", "duration", "id"})
_YEAR: Final = 4  # digits
_RANK: Final = re.compile(r"(?:st|nd|rd|th|er|ere|re|e|eme|ieme|nde?)s?\b")
_CODE: Final = re.compile(r"(?<![a-z0-9])([a-z]{1,3})[ -]$")
_COUNTED: Final = re.compile(r"[ -]?([a-z]{4,24})\b")
# Units, and what may be one misspelt.
_OTHER_UNITS: Final = re.compile(
    r"(?:cents?|grand|quid|guineas?|bitcoins?|credits?|percent\w*|pourcent\w*|points?|kilo\w*|gram\w*|ton\w*|"
    r"centim\w*|mil+im\w*|inch\w*|pouces?|fe?et|fo?ot|yards?|miles?|hectares?|acres?|litr\w*|gal+ons?|volts?|amps?|"
    r"ampere\w*|degr\w*|second\w*|moment\w*|fortnight\w*|sleeps|evenings?|mornings?|soir\w*|matin\w*|saisons?|"
    r"seasons?|(?:eu|dol|pou|da[iy]|dya|we[eks]|mont|yea|hou|min|per|jou|sem|ann|heu|moi)\w*|guarant\w*|"
    r"war+ant\w*|garant\w*|stars?|etoiles?|calor\w*|bars?|pascals?|decibels?|working|ouvr\w*)$"
)
_DOUBLED: Final = re.compile(r"(.)\1+")  # "daays"
_GIVEN: Final = re.compile(
    r"\b(?:receiv\w*|get|gets|getting|w[io]n|wins|giv\w+|gave|offer\w*|send\w*|sent|entitled|earn\w*|credit\w*|"
    r"compensat\w*|refund\w*|promis\w*|guarant\w*|recev\w*|recoi\w*|recu\w*|obten\w*|obtien\w*|gagn\w*|offr\w*|"
    r"droit|cost\w*|pric\w*|pay\w*|paid|charg\w*|fees?|deposit\w*|discount\w*|within|under|cout\w*|prix|paie\w*|"
    r"paye\w*|tarif\w*|caution|remise\w*|reduc\w*|sous|dans|donn\w*|envo\w*|rembours\w*|cadeau\w*|gift\w*|free|gratuit\w*|garant\w*|promet\w*)\b"
    r"[^.!?\n]{0,48}$"
)
_NEAR: Final = 96  # characters before a number
_FEW: Final = 4  # letters by which words that begin alike are one
# How often, how much or how far: such words count whatever a passage calls by a sign or by none.
_MEASURES: Final = frozenset(
    {"fois", "times", "watts", "metre", "metres", "meter", "meters", "litres", "kilos", "jusqu"}
)


def ranked(claim: Claim, text: str) -> str:
    """Its number, or as which one of several: "16th" for "16e"."""
    return f"{claim.key}th" if _RANK.match(text, claim.end) else claim.key


def numbers_told(claims: Iterable[Claim], text: str) -> Iterator[str]:
    """Numbers of a passage that a reply may say of something else than money and time."""
    for one in claims:
        if one.kind == "number":
            yield ranked(one, text)
        elif one.kind == "date":
            yield from (value for value in values(one) if len(value) == _YEAR)
        elif one.kind not in _OTHERS:
            yield from values(one)
    yield from (f"{value}th" for value in ordinals(text))


def is_code(claim: Claim, text: str) -> str:
    """The code that a number ends, written apart: "E 14"; "" for none."""
    letters = _CODE.search(text[max(0, claim.begin - _FEW - 1) : claim.begin])
    return f"{letters[1]}{claim.key}" if letters else ""


def is_known_thing(claim: Claim, text: str, words: Set[str]) -> bool:
    """Whether what a number counts is something that the passages speak of. words: all of theirs."""
    counted = _COUNTED.match(text, claim.end)
    if counted is None or counted[1] in _MEASURES or counted[1] in _small_words():
        return True
    begins = counted[1][:_FEW]
    if any(word.startswith(begins) for word in words):
        return True
    meant = {name for one in said(counted[1], "") for name in one.concepts}
    if not meant:  # a spaniel, which is not known to be another thing than a dog; but nobody is given anything
        return not _OTHER_UNITS.match(_DOUBLED.sub(r"\1", counted[1])) and not _GIVEN.search(
            text[max(0, claim.begin - _NEAR) : claim.end]
        )
    return not meant.isdisjoint(_concepts(frozenset(words)))


@lru_cache(maxsize=1)
def _small_words() -> frozenset[str]:
    return frozenset(stop_words("fr")) | frozenset(stop_words("en"))


@lru_cache(maxsize=256)
def _concepts(words: frozenset[str]) -> frozenset[str]:
    return frozenset(name for word in words for one in said(word, "") for name in one.concepts)
