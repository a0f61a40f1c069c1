"""Does what a text says of days hold for one that is asked about? Pure."""

from collections.abc import Iterable
from datetime import date

from repondeur.words.calendar import movable, movable_on, years
from repondeur.words.days import Day, dated

# So many days named, and it is the whole week that is told: those left out are answered too.
_WEEK_TOLD = 3
_AROUND_SCHOOL_HOLIDAYS = frozenset({"all-saints", "christmas", "easter", "new-year"})
# Days that are named for what is sold for them; they close no doors.
_OPEN_ON = frozenset({"valentine", "black-friday", "halloween", "mothers-day"})
_SEASONS = {"winter": {12, 1, 2, 3}, "spring": {3, 4, 5, 6}, "summer": {6, 7, 8, 9}, "autumn": {9, 10, 11, 12}}


def holds_for(day: Day, said: Iterable[Day], written: date | None = None) -> bool:
    """Whether a text that names the days `said` tells of this one too: it names it, a range or a season that it lies
    in, the day of the week that it is, or so many of them that the others are told by it. A public holiday is no day of
    the week. written: the day on which `day` was named."""
    said = list(said)
    if day.kind == "always" or any(one.kind == "always" for one in said):
        return True
    keys = {kind: {one.key for one in said if one.kind == kind} for kind in ("month", "date", "year", "holiday")}
    seasons = {one.key for one in said if one.kind == "season"}
    months = {int(key) for key in keys["month"]} | {int(key.partition("-")[0]) for key in keys["date"]}
    months |= {month for season in seasons for month in _SEASONS.get(season, ())}
    if day.kind == "weekday":
        return _is_weekday(day.key, said)
    if day.kind == "month":
        return int(day.key) in months or "all-year" in seasons
    if day.kind == "season":
        return day.key in seasons or "all-year" in seasons or bool(months & _SEASONS.get(day.key, set()))
    if day.kind == "holiday":
        named = {day.key, "any", *(("school-holidays",) if day.key in _AROUND_SCHOOL_HOLIDAYS else ())}
        dates = _dates_of(day.key, written)
        return bool(named & keys["holiday"]) or any(one in keys["date"] or _lies_in(one, said) for one in dates)
    if day.kind in {"date", "range"}:
        first = day.key.partition("..")[0]
        if first in keys["date"] or first.partition("-")[0] in keys["month"] or _lies_in(first, said):
            return True
        if holiday := holiday_of(day, written):
            return bool({holiday, "any"} & keys["holiday"])
        meant_day = day.on(written)
        weekday = day.weekday or (str(meant_day.weekday()) if meant_day else "")
        return bool(weekday) and _is_weekday(weekday, said)
    return day.key in keys["year"]


def holiday_of(day: Day, written: date | None = None) -> str:
    """The public holiday that a date is, "" for none; of a movable one only where it is known which year is meant."""
    found = day.on(written)
    return dated().get(day.key, "") or (movable_on(found) if found else "")


def is_public(holiday: str) -> bool:
    """Whether a holiday closes doors: not one like Mother's Day."""
    return holiday not in _OPEN_ON


def near_holiday(name: str, said: Iterable[Day], written: date | None = None) -> bool:
    """Whether a text names dates or months around a holiday: a concert "at Christmas" is one of early December."""
    around = {int(one.partition("-")[0]) for one in _dates_of(name, written)}
    return any(
        int(part.partition("-")[0]) in around
        for one in said
        if one.kind in {"date", "month", "range"}
        for part in one.key.split("..")
    )


def _is_weekday(asked: str, said: Iterable[Day]) -> bool:
    told = set("".join(one.key for one in said if one.kind == "weekday"))
    return bool(told & set(asked)) or len(told) >= _WEEK_TOLD


def _dates_of(holiday: str, written: date | None) -> list[str]:
    """As "month-day"."""
    fixed = [one for one, name in dated().items() if name == holiday]
    return fixed + [f"{one.month}-{one.day}" for year in years(written) for one in movable(holiday, year)]


def _lies_in(one: str, said: Iterable[Day]) -> bool:
    """Whether a "month-day" lies in a range of dates, which may go over the end of a year."""
    asked = _in_order(one)
    for range_ in said:
        first, _, last = range_.key.partition("..")
        if range_.kind == "range":
            begin, end = _in_order(first), _in_order(last)
            if begin <= asked <= end or (end < begin and not end < asked < begin):
                return True
    return False


def _in_order(month_day: str) -> tuple[int, int]:
    month, _, day = month_day.partition("-")
    return int(month), int(day)
