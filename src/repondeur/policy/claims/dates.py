"""Days, dates, times of the day and delays that a text names: one pass over its words, each looked up by the first."""

import re
from collections.abc import Callable, Iterator, Set
from typing import Final

from repondeur.policy.claims.calendar import DAY_OF, HOUR_OF, MONTH_OF, RELATIVE, SHORT_DAY_OF, WISHES
from repondeur.policy.claims.claim import Claim, places_of

_FIGURES: Final = re.compile(r"[0-9](?<![a-z\d][0-9])(?<!\d[:.,/][0-9])\d*")
_MONTH: Final = "|".join(sorted(MONTH_OF, key=len, reverse=True))
DAYS: Final = "|".join(DAY_OF)
_SHORT_DAY: Final = "|".join(SHORT_DAY_OF)
# "May" and "march" are also verbs, "mars" and "jan" also names: they need a day, a year or one of these before them.
_DOUBTFUL: Final = frozenset({"may", "march", "mars", "mai", "jan", "dec", "oct", "nov", "sept", "aug", "apr", "feb"})
_BEFORE_MONTH: Final = re.compile(
    r"\b(?:en|de|du|d'|fin|mi|debut|in|of|since|until|by|early|late|mid|from|to|a|au|avant|before|depuis|des|and|et)"
    r"[ -]$"
)
_BEFORE: Final = 8  # characters that hold such a word
TO_DAY: Final = r"(?:\s{1,2}(?:a|au|to|till|until|through|jusqu'au|jusqu'a)\s{1,2}|\s?-\s?)(?:le )?"
_WEEKDAYS: Final = re.compile(rf"(?P<first>{DAYS})s?\b{TO_DAY}(?P<last>{DAYS})s?\b")
_SHORT_WEEKDAYS: Final = re.compile(
    rf"(?P<first>{_SHORT_DAY})[a-z]{{0,2}}\.?{TO_DAY}(?P<last>{_SHORT_DAY})[a-z]{{0,2}}\b"
)
_WEEKDAY: Final = re.compile(rf"(?P<first>{DAYS})s?\b")
_WEEKEND: Final = re.compile(r"week-? ?ends?\b|fins? de semaine\b")
_YEAR: Final = r"(?:,? (?P<year>\d{4})\b)?"
_DAY_MONTH: Final = re.compile(
    rf"(?P<day>\d{{1,2}}|premier) ?(?:er|st|nd|rd|th|e)?(?: of)? (?P<month>{_MONTH})\b\.?{_YEAR}"
)
_MONTH_DAY: Final = re.compile(rf"(?P<month>{_MONTH})\.? (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:\d){_YEAR}")
_MONTH_YEAR: Final = re.compile(rf"(?P<month>{_MONTH})\.? (?P<year>\d{{4}})\b(?P<day>)")
_MONTH_ALONE: Final = re.compile(rf"(?P<month>{_MONTH})\b(?P<year>)(?P<day>)")
_ISO: Final = re.compile(r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?![\d-])")
_NUMERIC: Final = re.compile(
    r"(?<!\d-)(?P<day>\d{1,2})(?P<sep>[/.-])(?P<month>\d{1,2})(?P=sep)(?P<year>\d{4}|\d\d)(?![\d/-]|\.\d)"
)
_CLOCKS: Final = (
    re.compile(r"(?P<hour>\d{1,2}) ?h ?(?P<minute>[0-5]\d)\b"),
    re.compile(r"(?P<hour>\d{1,2})(?:[:.](?P<minute>[0-5]\d))? ?(?P<half>[ap])\.? ?m\b\.?"),
    re.compile(r"(?P<hour>\d{1,2}):(?P<minute>[0-5]\d)(?![:\d])"),
    re.compile(r"(?P<hour>\d{1,2}) heures? (?P<minute>[0-5]?\d)\b"),
    re.compile(r"(?P<hour>\d{1,2})(?P<minute>) ?o'clock\b"),
)
# Of "1.30-6.30 pm" the first one is pm as well, of "9-12.30 pm" it is not.
_CLOCK_OF_RANGE: Final = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.](?P<minute>[0-5]\d))?"
    r"(?=\s?(?:-|to|and|until|till)\s?(?P<last>\d{1,2})(?:[:.][0-5]\d)?\s?(?P<half>[ap])\.?\s?m\b)"
)
_HALF_PAST: Final = re.compile(rf"half past (?P<hour>\d{{1,2}}|{'|'.join(HOUR_OF)})\b")
# All day and all night, all week: "24/7", "24 h sur 24", "7j/7".
_ROUND_CLOCK: Final = re.compile(
    r"24 ?(?:h|hrs?|hours?|heures?)? ?(?:(?:/|sur) ?(?:24|7)|(?:a|per) day|par jour)(?!\d)"
)
_ALL_SEVEN: Final = re.compile(r"7 ?(?:j|d|days?|jours?)? ?(?:(?:/|sur) ?7|(?:a|per) week|par semaine)(?!\d)")
_WORDS_ROUND_CLOCK: Final = ("around the clock", "round[ -]the[ -]clock", "jour et nuit", "day and night")
_UP_TO_DATE: Final = re.compile(r",? (?:the |le )?")
_DAYS_OF_MONTH: Final = re.compile(
    rf"\b(?P<first>\d{{1,2}})(?:st|nd|rd|th|er)? ?(?:-|to|until|till|au|a|and|et) ?"
    rf"\d{{1,2}}(?:st|nd|rd|th|er)? (?P<month>{_MONTH})\b(?:,? (?P<year>\d{{4}})\b)?"
)
_NOON: Final = {"midi": "720", "noon": "720", "midday": "720", "minuit": "0", "midnight": "0"}

ROUND_CLOCK: Final = "round clock"
_Reader = Callable[[re.Match[str]], Claim | None]


def dates(text: str, words: Set[str] | None = None) -> Iterator[Claim]:
    """Dates, months, days of the week, times of the day in minutes from midnight, and days told from now. Good wishes
    tell of no day. words: see places_of."""
    last = 0
    figures = [(hit.start(), "") for hit in _FIGURES.finditer(text)]
    for begin, word in sorted((*figures, *places_of(text, _AT_WORDS.keys(), words))):
        if begin < last:
            continue
        readers = _AT_WORDS[word] if word else _AT_FIGURES
        for pattern, read in readers:
            hit = pattern.match(text, begin)
            if hit is None:
                continue
            claim = read(hit)
            if claim is not None or read is _wish:
                last = hit.end()
                if claim is not None:
                    yield claim
                break


def date_behind(text: str, place: int) -> tuple[int, int, int] | None:
    """Month, day and year of a date that follows a day of the week; the year is 0 where it is not told."""
    begin = _UP_TO_DATE.match(text, place)
    hit = next(
        (hit for pattern in (_DAY_MONTH, _MONTH_DAY) if begin and (hit := pattern.match(text, begin.end()))), None
    )
    found = _date(hit) if hit else None
    if found is None:
        return None
    month, day, year = found.key.split("-")
    return int(month), int(day), int(year or 0)


def first_days(text: str) -> Iterator[str]:
    """Keys of the first days of ranges that tell the month once: "26 to 30 October"."""
    for hit in _DAYS_OF_MONTH.finditer(text):
        month = MONTH_OF[hit["month"]]
        yield from (f"{month}-{int(hit['first'])}-{year}" for year in {"", hit["year"] or ""})


def _date(hit: re.Match[str]) -> Claim | None:
    said = hit.groupdict()
    month = MONTH_OF.get(said["month"]) or str(int(said["month"]))
    day = "1" if said["day"] == "premier" else str(int(said["day"] or 0))
    if int(day) > 31 or not 1 <= int(month) <= 12:
        return None
    year = said["year"] or ""
    return Claim("date", f"{month}-{day}-{f'20{year}' if len(year) == 2 else year}", *hit.span())


def _month(hit: re.Match[str]) -> Claim | None:
    before = hit.string[max(0, hit.start() - _BEFORE) : hit.start()]
    return _date(hit) if hit["month"] not in _DOUBTFUL or _BEFORE_MONTH.search(before) else None


def _weekdays(hit: re.Match[str]) -> Claim:
    known = DAY_OF | SHORT_DAY_OF
    first = int(known[hit["first"]])
    last = int(known[hit.groupdict().get("last") or hit["first"]])
    week = "0123456"
    days = week[first : last + 1] if first <= last else week[first:] + week[: last + 1]
    return Claim("date", f"week:{days}", *hit.span())


def _weekend(hit: re.Match[str]) -> Claim:
    return Claim("date", "week:56", *hit.span())


def _clock(hit: re.Match[str]) -> Claim | None:
    said = hit.groupdict()
    hour = int(HOUR_OF.get(said["hour"], said["hour"]))
    if hit.string[hit.start() - 1 : hit.start()] in {"€", "$", "£"}:  # "€9.50 p.m." is by the month
        return None
    if half := said.get("half"):
        hour = hour % 12 + (12 if half == "p" else 0)
        if (last := said.get("last")) and hour % 12 > int(last) % 12:
            hour -= 12 if half == "p" else 0
    return Claim("clock", str(hour * 60 + int(said.get("minute") or 0)), *hit.span()) if 0 <= hour <= 24 else None


def _half_past(hit: re.Match[str]) -> Claim:
    return Claim("clock", str(int(HOUR_OF.get(hit["hour"], hit["hour"])) % 24 * 60 + 30), *hit.span())


def _round_clock(hit: re.Match[str]) -> Claim:
    return Claim("duration", ROUND_CLOCK, *hit.span())


def _all_seven(hit: re.Match[str]) -> Claim:
    return Claim("date", "week:0123456", *hit.span())


def _noon(hit: re.Match[str]) -> Claim:
    return Claim("clock", _NOON[hit.group()], *hit.span())


def _from_now(name: str) -> _Reader:
    return lambda hit: Claim("date", f"now:{name}", *hit.span())


def _wish(hit: re.Match[str]) -> None:
    """Nothing is claimed."""


def _by_first_word() -> dict[str, list[tuple[re.Pattern[str], _Reader]]]:
    """What may begin with a word, the longer forms first."""
    found: dict[str, list[tuple[re.Pattern[str], _Reader]]] = {}

    def add(word: str, pattern: re.Pattern[str], read: _Reader) -> None:
        found.setdefault(word, []).append((pattern, read))

    phrases: list[tuple[str, _Reader]] = [(one, _wish) for one in WISHES]
    phrases += [(one, _from_now(name)) for name, several in RELATIVE.items() for one in several]
    for phrase, read in phrases:
        add(_first(phrase), re.compile(rf"{phrase}\b"), read)
    for month in MONTH_OF:
        for pattern in (_MONTH_DAY, _MONTH_YEAR):
            add(month, pattern, _date)
        add(month, _MONTH_ALONE, _month)
    add("premier", _DAY_MONTH, _date)
    add("half", _HALF_PAST, _half_past)
    for phrase in _WORDS_ROUND_CLOCK:
        add(_first(phrase), re.compile(rf"{phrase}\b"), _round_clock)
    for day in (one + plural for one in DAY_OF for plural in ("", "s")):
        add(day, _WEEKDAYS, _weekdays)
        add(day, _WEEKDAY, _weekdays)
    for short in (one + ending for one in SHORT_DAY_OF for ending in ("", "s", "r", "rs")):
        add(short, _SHORT_WEEKDAYS, _weekdays)
    for word in ("week", "weekend", "weekends", "fin", "fins"):
        add(word, _WEEKEND, _weekend)
    for word in _NOON:
        add(word, re.compile(rf"(?<!apres[ -])(?<!pause de )(?<!pause du ){word}\b"), _noon)
    return found


def _first(phrase: str) -> str:
    found = re.match(r"[a-z]+", phrase)
    return found.group() if found else ""


_AT_FIGURES: Final[list[tuple[re.Pattern[str], _Reader]]] = [
    *((pattern, _date) for pattern in (_DAY_MONTH, _ISO, _NUMERIC)),
    (_ROUND_CLOCK, _round_clock),
    (_ALL_SEVEN, _all_seven),
    *((pattern, _clock) for pattern in (_CLOCK_OF_RANGE, *_CLOCKS)),
]
_AT_WORDS: Final = _by_first_word()
