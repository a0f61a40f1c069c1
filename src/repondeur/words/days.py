"""The days, dates and times of the year that a text names, and whether what is said of some holds for one. Pure."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from repondeur.words.phrases import Phrases, Word, listed

Kind = Literal["weekday", "month", "date", "year", "season", "holiday"]

_DAYS_OF_WEEK = "0123456"
# So many days named, and it is the whole week that is told: those left out are answered too.
_WEEK_TOLD = 3
_TO = frozenset({"a", "au", "to", "till", "until", "through", "jusqu", "jusque"})
# "été" is also "been", "may" and "march" also mean something else.
_BEFORE_SUMMER = frozenset({"cet", "en", "l", "d", "un", "chaque", "prochain", "dernier", "printemps", "hiver"})
_DOUBTFUL_MONTHS = frozenset({"may", "march", "mars", "jan"})
_SHORT_WORDS = frozenset({"mon", "wed", "sat", "sun"})
_BEFORE_MONTH = frozenset(
    {"en", "de", "du", "d", "fin", "mi", "debut", "in", "of", "since", "until", "by", "early", "late", "mid", "from"}
)
_AROUND_SCHOOL_HOLIDAYS = frozenset({"all-saints", "christmas", "easter", "new-year"})
_SEASONS = {"winter": {12, 1, 2, 3}, "spring": {3, 4, 5, 6}, "summer": {6, 7, 8, 9}, "autumn": {9, 10, 11, 12}}
_NUMERIC = re.compile(r"(?<![\d./-])(\d{1,2})[/.](\d{1,2})(?:[/.](20\d\d|\d\d))?(?![\d/%])|(20\d\d)-(\d\d)-(\d\d)")


@dataclass(frozen=True, slots=True)
class Day:
    """key: of a weekday its digits, Monday 0, of several all of them ("56": the weekend); of a month its number; of a
    date "month-day"; of a year "2026"; of others a name. begin, end: the words it is made of."""

    kind: Kind
    key: str
    begin: int
    end: int


def days(text: list[Word]) -> list[Day]:
    """Every one that the text names, in order; a range of weekdays is one."""
    found: list[Day] = []
    for hit in _named().find(text):
        kind, _, key = hit.key.partition(":")
        if kind == "weekday_short":
            if not text[hit.begin].raw[0].isupper() or (
                text[hit.begin].first and text[hit.begin].plain in _SHORT_WORDS
            ):
                continue
            kind = "weekday"
        if kind == "weekdays":
            kind = "weekday"
        day = Day(kind, key, hit.begin, hit.end)  # type: ignore[arg-type]  # the tables name kinds
        if _is_meant(text, day):
            found.append(_with_day_of_month(text, day))
    years = (n for n, word in enumerate(text) if re.fullmatch(r"20[0-4]\d", word.raw))
    found += [Day("year", text[n].raw, n, n + 1) for n in years]
    return _with_ranges(text, sorted(found, key=lambda day: day.begin))


def numeric_dates(text: str) -> list[str]:
    """Dates in figures as "month-day", day first unless that is impossible."""
    found = []
    for match in _NUMERIC.finditer(text):
        first, second, _, _, month, day = match.groups()
        one, two = (int(day), int(month)) if month else (int(first), int(second))
        one, two = (two, one) if two > 12 else (one, two)
        if 1 <= one <= 31 and 1 <= two <= 12:
            found.append(f"{two}-{one}")
    return found


def holds_for(day: Day, said: Iterable[Day]) -> bool:
    """Whether a text that names the days `said` tells of this one too: it names it, a range or a season that it lies
    in, or so many days of the week that the others are told by it."""
    said = list(said)
    keys = {kind: {one.key for one in said if one.kind == kind} for kind in ("month", "date", "year", "holiday")}
    seasons = {one.key for one in said if one.kind == "season"}
    months = {int(key) for key in keys["month"]} | {int(key.partition("-")[0]) for key in keys["date"]}
    months |= {month for season in seasons for month in _SEASONS.get(season, ())}
    if day.kind == "weekday":
        told = set("".join(one.key for one in said if one.kind == "weekday"))
        return bool(told & set(day.key)) or len(told) >= _WEEK_TOLD
    if day.kind == "month":
        return int(day.key) in months or "all-year" in seasons
    if day.kind == "season":
        return day.key in seasons or "all-year" in seasons or bool(months & _SEASONS.get(day.key, set()))
    if day.kind == "holiday":
        named = {day.key, "any", *(("school-holidays",) if day.key in _AROUND_SCHOOL_HOLIDAYS else ())}
        return bool(named & keys["holiday"]) or any(_holiday(key) == day.key for key in keys["date"])
    if day.kind == "date":
        holiday = _holiday(day.key)
        if day.key in keys["date"] or day.key.partition("-")[0] in keys["month"]:
            return True
        return bool(holiday) and bool({holiday, "any"} & keys["holiday"])
    return day.key in keys["year"]


def _holiday(date: str) -> str:
    return _dated().get(date, "")


def _is_meant(text: list[Word], day: Day) -> bool:
    word, before = text[day.begin], text[day.begin - 1].plain if day.begin else ""
    after = text[day.end].plain if day.end < len(text) else ""
    if day.kind == "season" and word.base == "ete":
        return before in _BEFORE_SUMMER
    if day.kind == "month" and word.plain in _DOUBTFUL_MONTHS:
        return (
            before.isdigit() or after.isdigit() or before in _BEFORE_MONTH or _is_ordinal(before) or _is_ordinal(after)
        )
    return True


def _with_day_of_month(text: list[Word], day: Day) -> Day:
    """ "3 mai" and "May 3rd" as the dates that they are."""
    if day.kind != "month":
        return day
    for position, begin, end in ((day.begin - 1, day.begin - 1, day.end), (day.end, day.begin, day.end + 1)):
        number = text[position].plain if 0 <= position < len(text) else ""
        number = number if number.isdigit() else number[:-2] if _is_ordinal(number) else ""
        if number.isdigit() and 1 <= int(number) <= 31:
            if position > 1 and text[position - 1].plain in _TO and text[position - 2].plain[:1].isdigit():
                # "Du 3 au 21 août" tells of the month, day by day.
                return Day("month", day.key, begin - 2, end)
            return Day("date", f"{day.key}-{int(number)}", begin, end)
    return day


def _is_ordinal(word: str) -> bool:
    return len(word) in {3, 4} and word[:-2].isdigit() and word[-2:] in {"st", "nd", "rd", "th", "er", "re"}


def _with_ranges(text: list[Word], found: list[Day]) -> list[Day]:
    """ "Monday to Friday" is five days; so are months and dates between two of them."""
    spans: list[Day] = []
    for day in found:
        last = spans[-1] if spans else None
        between = {word.plain for word in text[last.end : day.begin]} if last and day.begin - last.end <= 3 else set()
        if last and last.kind == day.kind == "weekday" and (between & _TO or _dashed(text, last, day)):
            spans[-1] = Day("weekday", _around(last.key, day.key), last.begin, day.end)
            continue
        if last and {last.kind, day.kind} <= {"month", "date"} and between & _TO:
            spans += [Day("month", str(month), last.begin, day.end) for month in _between(last.key, day.key)]
        spans.append(day)
    return spans


def _dashed(text: list[Word], last: Day, day: Day) -> bool:
    return day.begin == last.end and text[day.begin].start - text[last.end - 1].end <= 3


def _around(first: str, last: str) -> str:
    start, end = int(first[0]), int(last[-1])
    return (
        _DAYS_OF_WEEK[start : end + 1] if start <= end else _DAYS_OF_WEEK[start:] + _DAYS_OF_WEEK[: end + 1]
    ) or first


def _between(first: str, last: str) -> list[int]:
    start, end = int(first.partition("-")[0]), int(last.partition("-")[0])
    return [(start + n - 1) % 12 + 1 for n in range(1, (end - start) % 12)]


@cache
def _named() -> Phrases:
    tables = _tables()
    kinds = ("holiday", "weekdays", "weekday", "weekday_short", "month", "season")
    return Phrases((phrase, f"{kind}:{key}") for kind in kinds for phrase, key in listed(tables[kind]))


@cache
def _dated() -> dict[str, str]:
    return dict(listed(_tables()["dated"]))


@cache
def _tables() -> dict[str, dict[str, str]]:
    return tomllib.loads((files("repondeur.words") / "days.toml").read_text("utf-8"))
