"""From a day without its year, or a number of days, to the day that is meant. Pure."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from typing import Literal

from repondeur.engines.day_words import numbers

DayOrder = Literal["day", "month", ""]
# What the mail says of a day: that something was done, that something was so, that it was meant to be.
Tense = Literal["past", "was", "meant", ""]

# Days. A date without a year that is less long past is meant as past ("my order of 3 November"); one with its weekday
# may be further away, for the weekday tells the year.
LATELY, LATELY_BY_WEEKDAY, YEAR = 92, 200, 366
# A state of the past may be that of a plan ("it was for 3 December") for a day so near.
SOON = 61
WEEK = 7
FRIDAY = 4


@dataclass(frozen=True, slots=True)
class Counting:
    """How a day is counted. today: the day on which the mail was written. order: what stands first in "3/4", "" when
    that cannot be told. tense: what was done was on the last day of its name; what was meant may be still to come."""

    today: date
    order: DayOrder
    tense: Tense = ""

    @property
    def past(self) -> bool:
        return self.tense != ""


class ImpossibleDay(Exception):
    """It names a date, and there is no such day, or nobody can tell which one it is."""


def nearest_of_number(number: int, today: date) -> date:
    around = sorted((today + timedelta(days) for days in range(-62, 62)), key=lambda one: abs((one - today).days))
    return one_of([one for one in around if one.day == number])


def in_year(year: str | None, month: int, number: int, weekday: int | None, counting: Counting) -> date:
    """The day with its year, or with the one that fits best when none is said."""
    if year is not None:
        found = day_of(int(year) + (2000 if len(year) == 2 else 0), month, number)
        if weekday is not None and found.weekday() != weekday:
            raise ImpossibleDay
        return found
    today = counting.today
    candidates = [(one - today).days for one in in_years(today.year, month, number)]
    if weekday is not None:
        candidates = [
            days for days in candidates if -LATELY_BY_WEEKDAY <= days <= YEAR and _falls_on(today, days, weekday)
        ]
        days = min(candidates, key=abs, default=None)
    elif counting.past:
        days = _was(candidates, counting.tense)
    else:
        days = next((days for days in candidates if days >= -LATELY), None)
    if days is None:
        raise ImpossibleDay
    return today + timedelta(days)


def _was(candidates: list[int], tense: Tense) -> int | None:
    """The last of its days, or, of what was meant, the next one where that is nearer."""
    last = max((days for days in candidates if days <= 0), default=None)
    coming = min((days for days in candidates if days > 0), default=None)
    if last is None or coming is None or tense == "past":
        return last
    return coming if coming < -last and (tense == "meant" or coming <= SOON) else last


def in_years(year: int, month: int, number: int) -> list[date]:
    """That day in the years around this one, in order; 29 February is in one of four."""
    years = range(year - 1, year + 9)
    return [date(one, month, number) for one in years if 1 <= month <= 12 and 1 <= number <= monthrange(one, month)[1]]


def one_of(days: list[date]) -> date:
    if not days:
        raise ImpossibleDay
    return days[0]


def _falls_on(today: date, days: int, weekday: int) -> bool:
    return (today + timedelta(days)).weekday() == weekday


def by_weekday_and_number(number: int, weekday: int, today: date) -> date:
    """ "mardi 24": of this month or the next ones, or of the last days."""
    for days in chain(range(75), range(-1, -20, -1)):
        candidate = today + timedelta(days)
        if candidate.day == number and candidate.weekday() == weekday:
            return candidate
    raise ImpossibleDay


def moved(today: date, number: str, unit: str, sign: int) -> date:
    count = sign * (int(number) if number.isdigit() else numbers("numbers")[number])
    days = numbers("units")[unit]
    if days == 30:
        return add_months(today, count)
    return add_months(today, 12 * count) if days == 365 else today + timedelta(days * count)


def add_months(start: date, months: int) -> date:
    """The same day of another month, or its last one."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return day_of(year, month + 1, min(start.day, monthrange(valid_year(year), month + 1)[1]))


def day_of(year: int, month: int, number: int) -> date:
    try:
        return date(valid_year(year), month, number)
    except ValueError as error:
        raise ImpossibleDay from error


def valid_year(year: int) -> int:
    if not 1900 <= year <= 2200:
        raise ImpossibleDay
    return year


def weekday_of(name: str | None) -> int | None:
    return None if name is None else numbers("weekdays")[name]
