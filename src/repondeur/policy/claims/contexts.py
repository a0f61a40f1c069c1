"""What the words around a number or a day make of it: an hour of a range, an age, a day on which nobody is there."""

import re
from collections.abc import Set
from datetime import date
from typing import Final

from repondeur.policy.claims.claim import Claim
from repondeur.policy.claims.dates import date_behind

_BARE: Final = re.compile(
    r"[^\w\s]*(?:\s*$|\s*[.,;:!?)\n-]|\s+(?:to|until|till|and|or|a|et|ou|le|la|on|in|du|from|every|each|o'clock)\b)"
)
_OF_RANGE: Final = re.compile(
    r"(?:\b(?:from|at|to|until|till|between|and|or|before|after|by|de|a|des|entre|et|ou|jusqu'a|vers|avant|apres|pour)|[-(/:])"
    r"[ *_]{0,3}$"
)
_BEFORE: Final = 12  # characters that hold such a word
_WITH_DOT: Final = re.compile(r"(\d{1,2})\.([0-5]\d)(?: ?h)?")
_CLOSED: Final = re.compile(r"\b(?:closed|not open|except|excluding|ferme\w{0,2}|sauf|hors|excepte|pas ouverts?)\b")
_NO: Final = re.compile(
    r"\b(?:no|not|never|closed|except|excluding|cannot|unfortunately|afraid|ne|pas|n|non|ni|jamais|ferme\w{0,3}|sauf|"
    r"hors|excepte|malheureusement|helas)\b|n't\b"
)
_REFUSED: Final = re.compile(
    r"\b(?:closed|not (?:open|possible|able)|cannot|ferme\w{0,2}|pas (?:\w+ ){0,2}(?:possible|ouvert\w{0,2}))\b"
)
_PAST: Final = re.compile(r"\blast $")
_AGE: Final = re.compile(r"(?: ?(?:to|-|or|and) ?\d{1,2})?(?:[- ]years?)?s?[- ]olds?\b")
_PERSON: Final = re.compile(
    r"\b(?:enfants?|fils|filles?|garcons?|bebe|child|children|son|daughter|kids?|boy|girl)\b[^.!?\n]{0,32}"
    r"(?:\b(?:de|ont|a|of|is|are|aged|and|et)|\bd') ?$"
)
_NEAR: Final = 48  # characters before a day
_BEHIND: Final = 24  # and behind it


def is_bare(claim: Claim, text: str) -> bool:
    """Whether a number stands as one of a range, or as an hour: "from 9 to 18", "open until 6"."""
    return bool(_BARE.match(text, claim.end) and _OF_RANGE.search(text[max(0, claim.begin - _BEFORE) : claim.begin]))


def minutes_of(written: str) -> int | None:
    """Of an hour with a dot, "12.30" or "18.30 h"; None where it is none."""
    hit = _WITH_DOT.fullmatch(written)
    return int(hit[1]) * 60 + int(hit[2]) if hit else None


def is_day_of_date(claim: Claim, text: str, numbers: Set[str]) -> bool:
    """Whether a day of the week is that of the date behind it. numbers: among which the year is where the date tells
    none."""
    behind = date_behind(text, claim.end)
    if behind is None or len(claim.key) != len("week:0"):
        return False
    month, day, told = behind
    years = [told] if told else [int(one) for one in numbers if len(one) == 4 and one.startswith("20")]
    return any(_weekday(year, month, day) == int(claim.key[-1]) for year in years)


def is_closed(claim: Claim, text: str) -> bool:
    """Whether nobody is there on that day, as the sentence says."""
    before = text[max(0, claim.begin - _NEAR) : claim.begin].rpartition(".")[2]
    behind = text[claim.end : claim.end + _BEHIND].partition(".")[0]
    return bool(_CLOSED.search(before) or _CLOSED.search(behind))


def is_denied(claim: Claim, text: str) -> bool:
    """Whether the sentence around it says no."""
    before = text[max(0, claim.begin - 2 * _NEAR) : claim.begin].rpartition(".")[2]
    behind = text[claim.end : claim.end + 2 * _NEAR].partition(".")[0]
    return bool(_NO.search(before) or _NO.search(behind))


def is_refused(before: str) -> bool:
    """Whether what stands before a day in its sentence says that it cannot be."""
    return bool(_REFUSED.search(before.rpartition(".")[2]))


def is_past(before: str) -> bool:
    """ "Last Monday" promises nothing."""
    return bool(_PAST.search(before[-8:]))


def is_age(claim: Claim, text: str, numbers: Set[str], mail: str) -> bool:
    """Whether years are how old somebody is: a number of a passage, or what the author told of theirs."""
    value = claim.key.partition(" ")[0]
    old = _AGE.match(text, claim.end)
    if old and value in numbers:
        return True
    person = old or _PERSON.search(text[max(0, claim.begin - _NEAR) : claim.begin])
    return bool(person and re.search(rf"(?<![\d.,]){re.escape(value)}(?![\d.,€%])", mail))


def _weekday(year: int, month: int, day: int) -> int | None:
    try:
        return date(year, month, day).weekday()
    except ValueError:
        return None
