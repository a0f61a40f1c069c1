"""What the words around a number or a day make of it: an hour of a range, a price, the day of a date."""

import re
from collections.abc import Iterator, Sequence, Set
from datetime import date
from itertools import pairwise
from typing import Final

from repondeur.policy.claims.claim import Claim
from repondeur.policy.claims.dates import date_behind

_TO: Final = r"\s?(?:to|until|till|through|a|et|and|jusqu'a|-)\s?"
_HOUR: Final = r"(?P<hour>\d{1,2})(?:[.:][0-5]\d)?"
_GOES_ON: Final = re.compile(rf"{_TO}{_HOUR}(?P<told> ?(?:h\b|[ap]\.?m\b|o'clock))?")
_BEGAN: Final = re.compile(rf"(?<![\d.,]){_HOUR}{_TO}$")
_HOURS_END: Final = re.compile(
    r"\s*(?:$|[.,;:!?)\n]|(?:on|in|le|la|les|du|from|every|each|o'clock|tous|and|et|or|ou|puis|then|except|sauf|mon|tue|"
    r"wed|thu|fri|sat|sun|lun|mar|mer|jeu|ven|sam|dim|"
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\b)"
)
# Where times of opening are told.
_OPEN: Final = re.compile(
    r"\b(?:open\w*|ouvert\w*|ouvr\w+|hours|horaires?|heures|reach\w*|joignable\w*|available|there from|accueil\w*|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?|(?:lun|mar|mercre|jeu|vendre|same)dis?|dimanches?|"
    r"(?:mon|tues?|wed|thu(?:rs?)?|fri|sat)(?=[ .,:-]))"
    r"(?![a-z0-9])"
)
_WITH_DOT: Final = re.compile(r"(\d{1,2})\.([0-5]\d)(?P<told> ?h)?")
# Where a number is a price, though no currency stands beside it.
_PRICED: Final = re.compile(
    r"\b(?:costs?|prices?|priced|pay|pays|paid|paying|fees?|charged?|deposits?|amounts?|worth|discounts?|rebates?|"
    r"reductions?|remises?|cout\w{0,4}|prix|tarifs?|payer|payez|paye\w{0,2}|paie|regle[rz]?|montants?|somme|acompte|"
    r"caution|vaut|vaudra|revient|factur\w{1,3})\b"
    r"(?:(?!(?:for|pour) (?:everyone|anyone|all|those|people|the|tous|toutes|ceux|celles|les|enfants|children))"
    r"[^.!?\n\d]){0,32}"
    r"(?:\d{1,3} ?(?:to|a|or|ou|and|et|-) ?)?$"
)
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_OF_YEAR: Final = re.compile(
    r"\b(?:in|en|for|pour|since|depuis|of|de|from|tarifs|prices|fees|year|annee|season|saison) $"
)
_COUNTS_NOTHING: Final = re.compile(
    r"(?:\s?(?:to|a|or|ou|and|et|-)\s?\d{1,4})?\s*(?:$|[^\w\s(]|\(|\n|(?:to|and|or|in|for|at|on|by|per|each|only|if|when|"
    r"with|et|ou|en|pour|a|au|par|chacun\w*|seulement|du|de|le|la|les|si|avec|via)\b)"
)
_BETWEEN: Final = re.compile(r"\s?(?:-|to|and|a|et)\s?")
_BARE_RANGE: Final = re.compile(
    r"(?<![\w.,/:€$£-])(?P<first>\d{1,3})(?:\s?-\s?| to | and | a | et )(?P<last>\d{1,3})(?=\s?(?:$|[.;!?)\n](?!\d)))"
)
_WITHIN: Final = re.compile(r"\b(?:within|in|under|sous|dans|en|moins de|less than) $")
_SENTENCE: Final = re.compile(r"[!?\n\x01]+|\.(?!\d)")
_NEAR: Final = 64  # characters before a number
_RANGE: Final = 12  # characters of the first half of a range


def hours_of(claim: Claim, text: str) -> list[int]:
    """Minutes from midnight of a bare number, or one with a dot, that is one end of a range of hours: "open from 9 to
    18", "12.30 - 18.30 h". Both where noon parts them: the last one of "9 to 6" is 18 hours as well."""
    dotted = _WITH_DOT.fullmatch(text, claim.begin, claim.end)
    if not (dotted or claim.key.isdigit()):
        return []
    hour, minute = (int(dotted[1]), int(dotted[2])) if dotted else (int(claim.key[:3]), 0)
    behind = _GOES_ON.match(text, claim.end)
    began = _BEGAN.search(text[max(0, claim.begin - _RANGE) : claim.begin])
    if hour > 24 or not (behind or began) or not _HOURS_END.match(text, behind.end() if behind else claim.end):
        return []
    if began and (other := int(began["hour"])) >= hour and other <= 12:
        return [(hour + 12) * 60 + minute] if _is_told_open(claim, text) else []
    told = (dotted and dotted["told"]) or (behind and behind["told"])
    return [hour * 60 + minute] if told or _is_told_open(claim, text) else []


def _is_told_open(claim: Claim, text: str) -> bool:
    """Here, or in the line or the sentence before it."""
    before = _SENTENCE.split(text[max(0, claim.begin - _NEAR) : claim.begin])
    return bool(_OPEN.search(" ".join(before[-2:])))


def is_price(claim: Claim, text: str) -> bool:
    """Whether a number that counts nothing told stands where a sum would: "it costs 80"."""
    before = text[max(0, claim.begin - _NEAR) : claim.begin]
    if (_YEAR.fullmatch(claim.key) and _OF_YEAR.search(before)) or not _COUNTS_NOTHING.match(text, claim.end):
        return False
    return bool(_PRICED.search(before))


def left_short(numbers: Sequence[Claim], times: Sequence[Claim], text: str) -> Iterator[str]:
    """Keys of the times whose unit is told before them: "within three days, and within ten by PayPal"."""
    for one in numbers:
        if _WITHIN.search(text[max(0, one.begin - _RANGE) : one.begin]) and _COUNTS_NOTHING.match(text, one.end):
            before = [time for time in times if one.begin - _NEAR <= time.begin and time.end <= one.begin]
            if before and not _SENTENCE.search(text, before[-1].end, one.begin):
                yield f"{one.key} {before[-1].key.rpartition(' ')[2]}"


def ranges(times: Sequence[Claim], text: str) -> Iterator[str]:
    """Both ends of the ranges of times: "30-50" of "between 30 and 50 hours"."""
    for one, other in pairwise(times):
        first, _, unit = one.key.partition(" ")
        last, _, same = other.key.partition(" ")
        if unit == same and one.end < other.begin and _BETWEEN.fullmatch(text[one.end : other.begin]):
            yield f"{first}-{last}"


def range_of(claim: Claim, text: str) -> str:
    """Both ends of a range that counts nothing told, of which a number is one; "" for none."""
    start = max(0, claim.begin - _RANGE)
    for hit in _BARE_RANGE.finditer(text, start, claim.end + _RANGE):
        if claim.begin in {hit.start("first"), hit.start("last")}:
            return f"{int(hit['first'])}-{int(hit['last'])}"
    return ""


def is_day_of_date(claim: Claim, text: str, numbers: Set[str]) -> bool | None:
    """Whether a day of the week is that of the date behind it; None where there is none, or nothing tells the year.
    numbers: of passages, among which the year is where the date tells none."""
    behind = date_behind(text, claim.end)
    if behind is None or len(claim.key) != len("week:0"):
        return None
    month, day, told = behind
    years = [told] if told else [int(one) for one in numbers if len(one) == 4 and one.startswith("20")]
    return any(_weekday(year, month, day) == int(claim.key[-1]) for year in years) if years else None


def _weekday(year: int, month: int, day: int) -> int | None:
    try:
        return date(year, month, day).weekday()
    except ValueError:
        return None
