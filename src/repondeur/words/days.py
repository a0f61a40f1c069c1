"""The days, dates and times of the year that a text names. Pure."""

import re
import tomllib
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal

from repondeur.words.calendar import meant
from repondeur.words.phrases import Phrases, Word, listed

Kind = Literal["weekday", "month", "date", "range", "year", "season", "holiday", "always"]

_DAYS_OF_WEEK = "0123456"
_TO = frozenset({"a", "au", "to", "till", "until", "through", "jusqu", "jusque"})
# "été" is also "been", "may" and "march" also mean something else.
_BEFORE_SUMMER = frozenset({"cet", "en", "l", "d", "un", "chaque", "prochain", "dernier", "printemps", "hiver"})
_DOUBTFUL_MONTHS = frozenset({"may", "march", "mars", "jan"})
_SHORT_WORDS = frozenset({"mon", "wed", "sat", "sun"})
_BEFORE_MONTH = frozenset(
    {"en", "de", "du", "d", "fin", "mi", "debut", "in", "of", "since", "until", "by", "early", "late", "mid", "from"}
)
_NUMBER = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th|er|re)?")
_NUMERIC_TO = re.compile(r"\s*(?:-|–|—|au|to|until|till|through|jusqu['’]au)\s*")
_NUMERIC = re.compile(r"(?<![\d./-])(\d{1,2})[/.](\d{1,2})(?:[/.](20\d\d|\d\d))?(?![\d/%])|(20\d\d)-(\d\d)-(\d\d)")


@dataclass(frozen=True, slots=True)
class Day:
    """key: of a weekday its digits, Monday 0, of several all of them ("56": the weekend); of a month its number; of a
    date "month-day"; of a range of dates "month-day..month-day"; of a year "2026"; of others a name. begin, end: the
    words it is made of. weekday, year: those that stand beside a date, "" for none."""

    kind: Kind
    key: str
    begin: int
    end: int
    weekday: str = ""
    year: str = ""

    def on(self, written: date | None) -> date | None:
        """The day that a date is, as far as that can be told. written: the day on which the text was."""
        return meant(self.key, self.year, written) if self.kind == "date" else None


def days(text: list[Word]) -> list[Day]:
    """Every one that the text names, in order; a range of weekdays is one."""
    found: list[Day] = []
    for hit in _named().find(text):
        kind, _, key = hit.key.partition(":")
        if kind.endswith("_short"):
            if not _is_short_form(text, hit.begin, month=kind == "month_short"):
                continue
            kind = kind.removesuffix("_short")
        if kind == "weekdays":
            kind = "weekday"
        if kind == "occasion":
            continue
        day = Day(kind, key, hit.begin, hit.end)  # type: ignore[arg-type]  # the tables name kinds
        if _is_meant(text, day):
            found.append(_with_day_of_month(text, day))
    found += [Day("year", word.raw, n, n + 1) for n, word in enumerate(text) if re.fullmatch(r"20[0-4]\d", word.raw)]
    return _with_ranges(text, _beside(sorted(found, key=lambda day: day.begin)))


def numeric_dates(text: str) -> list[str]:
    """Dates in figures as "month-day", day first unless that is impossible, and ranges of them as "from..to"."""
    found: list[str] = []
    last = 0
    for match in _NUMERIC.finditer(text):
        first, second, _, _, month, day = match.groups()
        one, two = (int(day), int(month)) if month else (int(first), int(second))
        one, two = (two, one) if two > 12 else (one, two)
        if 1 <= one <= 31 and 1 <= two <= 12:
            if found and _NUMERIC_TO.fullmatch(text[last : match.start()][:20]):
                found.append(f"{found[-1]}..{two}-{one}")
            found.append(f"{two}-{one}")
            last = match.end()
    return found


def _is_short_form(text: list[Word], at: int, *, month: bool) -> bool:
    if month and at and _day_of_month(text[at - 1]):
        return True
    return text[at].raw[0].isupper() and not (text[at].first and text[at].plain in _SHORT_WORDS)


def _is_meant(text: list[Word], day: Day) -> bool:
    word, before = text[day.begin], text[day.begin - 1].plain if day.begin else ""
    after = text[day.end].plain if day.end < len(text) else ""
    if day.kind == "season" and word.base == "ete":
        return before in _BEFORE_SUMMER
    if day.kind == "month" and word.plain in _DOUBTFUL_MONTHS:
        return (
            before in _BEFORE_MONTH
            or (before in _TO and (word.raw[0].isupper() or before in {"a", "au"}))
            or before.isdigit()
            or after.isdigit()
            or any(_NUMBER.fullmatch(word) for word in (before, after))
        )
    return True


def _with_day_of_month(text: list[Word], day: Day) -> Day:
    """ "3 mai" and "May 3rd" as the dates that they are."""
    if day.kind != "month":
        return day
    before = day.begin - (2 if day.begin > 1 and text[day.begin - 1].plain == "of" else 1)
    for position, begin, end in ((before, before, day.end), (day.end, day.begin, day.end + 1)):
        if 0 <= position < len(text) and (number := _day_of_month(text[position])):
            return Day("date", f"{day.key}-{number}", begin, end)
    return day


def _beside(found: list[Day]) -> list[Day]:
    """Dates with the day of the week before them and the year behind them: "Friday the 4th of June 2027"."""
    told: list[Day] = []
    for n, day in enumerate(found):
        before, after = found[n - 1] if n else day, found[n + 1] if n + 1 < len(found) else day
        of_week = before.kind == "weekday" and len(before.key) == 1 and day.begin - before.end <= 1
        in_year = after.kind == "year" and after.begin == day.end
        beside = replace(day, weekday=before.key if of_week else "", year=after.key if in_year else "")
        told.append(beside if day.kind == "date" else day)
    return told


def _day_of_month(word: Word) -> int:
    """1 to 31; 0 for a word that is none."""
    found = _NUMBER.fullmatch(word.plain)
    number = int(found[1]) if found else 0
    return number if number <= 31 else 0


def _with_ranges(text: list[Word], found: list[Day]) -> list[Day]:
    """ "Monday to Friday" is five days; so are months and dates between two of them."""
    spans: list[Day] = []
    for day in found:
        last = next((one for one in reversed(spans[-2:]) if one.kind != "year"), None)
        between = {word.plain for word in text[last.end : day.begin]} if last and day.begin - last.end <= 3 else set()
        joined = last is not None and (bool(between & _TO) or _dashed(text, last.end, day.begin))
        if last and joined and last.kind == day.kind == "weekday":
            spans[-1] = Day("weekday", _around(last.key, day.key), last.begin, day.end)
            continue
        if day.kind == "date" and (range_ := _range_in_month(text, day)):
            # "Du 3 au 21 août" tells of the month, day by day.
            spans += [Day("month", day.key.partition("-")[0], range_.begin, range_.end), range_]
            continue
        if last and joined and {last.kind, day.kind} <= {"month", "date"}:
            spans += [Day("month", str(month), last.begin, day.end) for month in _between(last.key, day.key)]
            if last.kind == day.kind == "date":
                spans.append(Day("range", f"{last.key}..{day.key}", last.begin, day.end))
        spans.append(day)
    return spans


def _range_in_month(text: list[Word], day: Day) -> Day | None:
    """The range of days whose month is named but once: "3 au 21 août", "August 3–21"."""
    month = day.key.partition("-")[0]
    if _day_of_month(text[day.begin]):
        at = day.begin - 2 if day.begin > 1 and text[day.begin - 1].plain in _TO else day.begin - 1
        joined = at < day.begin - 1 or _dashed(text, day.begin, day.begin)
        first = _day_of_month(text[at]) if joined and at >= 0 else 0
        return Day("range", f"{month}-{first}..{day.key}", at, day.end) if first else None
    at = day.end + 1 if day.end + 1 < len(text) and text[day.end].plain in _TO else day.end
    joined = at > day.end or (at < len(text) and _dashed(text, day.end, day.end) and text[at].raw.isdigit())
    last = _day_of_month(text[at]) if joined else 0
    return Day("range", f"{day.key}..{month}-{last}", day.begin, at + 1) if last else None


def _dashed(text: list[Word], end: int, begin: int) -> bool:
    """Whether no word and hardly a sign stands between two of them."""
    return 0 < begin == end and text[begin].start - text[end - 1].end <= 3


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
    kinds = ("always", "occasion", "holiday", "weekdays", "weekday", "weekday_short", "month", "month_short", "season")
    return Phrases((phrase, f"{kind}:{key}") for kind in kinds for phrase, key in listed(tables[kind]))


@cache
def dated() -> dict[str, str]:
    """Holidays by their date, as "month-day"."""
    return dict(listed(_tables()["dated"]))


@cache
def _tables() -> dict[str, dict[str, str]]:
    return tomllib.loads((files("repondeur.words") / "days.toml").read_text("utf-8"))
