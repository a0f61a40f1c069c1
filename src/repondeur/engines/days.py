"""Which day is meant by "mardi prochain", "3 mars", "in two weeks", "24/11"? Pure; French and English.

The words stand in vocabulary/dates.toml. A text is understood only when every word of it is, what stands beside a day
("d'ici", "by", "morning") among them.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from typing import Literal

from repondeur.engines.day_words import match, numbers
from repondeur.words.terms import fold

DayOrder = Literal["day", "month", ""]

# Days. A date without a year that is less long past is meant as past ("my order of 3 November"); one with its weekday
# may be further away, for the weekday tells the year.
LATELY, LATELY_BY_WEEKDAY, YEAR = 92, 200, 366
_WEEK = 7
_FRIDAY = 4


@dataclass(frozen=True, slots=True)
class Counting:
    """How a day is counted. today: the day on which the mail was written. order: what stands first in "3/4", "" when
    that cannot be told. past: the mail speaks of what was, so that a day without more is the last of its name."""

    today: date
    order: DayOrder
    past: bool = False


class ImpossibleDay(Exception):
    """It names a date, and there is no such day, or nobody can tell which one it is."""


def day(text: str, counting: Counting) -> date | None:
    """The day that a text of at most 60 characters or so names; None when it is not understood. Raises
    ImpossibleDay."""
    said = " ".join(fold(text).replace("\u2019", "'").split()).strip(" .,;:()")
    for read in (_numeric, _of_month, _from_today, _by_weekday, _by_number, _end):
        found = read(said, counting)
        if found is not None:
            return found
    return None


def _numeric(said: str, counting: Counting) -> date | None:
    if found := match(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})", said):
        return _in_year(found["y"], int(found["m"]), int(found["d"]), None, counting)
    found = match(
        r"(?:(?P<w>WEEKDAY)\.?,? (?:the |le )?)?(?P<a>\d{1,2}) ?[/.-] ?(?P<b>\d{1,2})(?: ?[/.-] ?(?P<y>\d{4}|\d{2}))?",
        said,
    )
    if not found:
        return None
    first, second = int(found["a"]), int(found["b"])
    if not counting.order and first <= 12 and second <= 12 and first != second:
        raise ImpossibleDay
    month_first = counting.order == "month" or (not counting.order and second > 12)
    number, month = (second, first) if month_first else (first, second)
    return _in_year(found["y"], month, number, _weekday(found["w"]), counting)


def _of_month(said: str, counting: Counting) -> date | None:
    found = match(
        r"(?:(?P<w>WEEKDAY)\.?,? )?(?:the |le )?(?P<d>\d{1,2})(?:er|st|nd|rd|th|\.)? ?(?:of |de )?(?P<m>MONTH)\.?,?"
        r"(?: (?P<y>\d{4})| (?P<which>prochain|dernier))?",
        said,
    ) or match(
        r"(?:(?P<w>WEEKDAY)\.?,? )?(?P<m>MONTH)\.? (?:the )?(?P<d>\d{1,2})(?:st|nd|rd|th)?(?:,? (?P<y>\d{4}))?", said
    )
    if not found:
        return None
    month, number = numbers("months")[found["m"]], int(found["d"])
    today = counting.today
    if which := found.groupdict().get("which"):
        days = [one for one in _in_years(today.year, month, number) if (one < today) == (which == "dernier")]
        return _one_of(days[::-1] if which == "dernier" else days)
    return _in_year(found["y"], month, number, _weekday(found["w"]), counting)


def _from_today(said: str, counting: Counting) -> date | None:
    today = counting.today
    if found := match(r"(?P<day>DAY)", said):
        return today + timedelta(numbers("days", "|")[found["day"]])
    later = match(
        r"(?:dans|sous|in|within|d'ici) (?P<n>NUMBER) ?(?P<u>UNIT)|(?P<n2>NUMBER) (?P<u2>UNIT) from (?:now|today)", said
    )
    if later:
        return _moved(today, later["n"] or later["n2"], later["u"] or later["u2"], 1)
    ago = match(r"il y a (?P<n>NUMBER) (?P<u>UNIT)|(?P<n2>NUMBER) (?P<u2>UNIT) ago", said)
    if ago:
        return _moved(today, ago["n"] or ago["n2"], ago["u"] or ago["u2"], -1)
    hours = match(r"(?:dans|sous|in|within) (?P<h>\d{2,3}) ?(?:h|hours|heures|hrs)", said)
    return today + timedelta(hours=int(hours["h"])) if hours else None


def _by_weekday(said: str, counting: Counting) -> date | None:
    today = counting.today
    if found := match(r"(?P<w>WEEKDAY)(?: de)? (?:(?:of )?next week|la semaine prochaine)", said):
        return today + timedelta(_WEEK - today.weekday() + numbers("weekdays")[found["w"]])
    if found := match(r"(?P<w>WEEKDAY)\.?,? (?:the |le )?(?P<d>\d{1,2})(?:er|st|nd|rd|th)?", said):
        return _near(int(found["d"]), numbers("weekdays")[found["w"]], today)
    found = match(
        r"(?:(?P<this>ce|this|this coming|coming) )?(?:(?P<last>last) |(?P<next>next) )?(?P<w>WEEKDAY)"
        r"(?: (?:(?P<next2>prochain|qui vient)|(?P<past>dernier|passe)|(?P<week>en huit|week)))?",
        said,
    )
    if not found:
        return None
    ahead = (numbers("weekdays")[found["w"]] - today.weekday()) % _WEEK
    told = found["this"] or found["next"] or found["next2"] or found["week"]
    if found["last"] or found["past"] or (counting.past and not told):
        return today - timedelta((-ahead) % _WEEK or _WEEK)
    # On a Friday "this Friday" is today, and "Friday" in a week.
    days = ahead if ahead or found["this"] else _WEEK
    return today + timedelta(days + (_WEEK if found["week"] else 0))


def _by_number(said: str, counting: Counting) -> date | None:
    """ "le 3", "the 3rd", "le 3 du mois prochain": the next one to come, or the last one that was."""
    today = counting.today
    found = match(
        r"(?P<d>\d{1,2})(?P<nth>er|st|nd|rd|th)?"
        r"(?P<month> du mois(?P<next> prochain)?| courant| of (?:the|this) month| of (?P<next2>next) month)?",
        said,
    )
    if not found or not (found["nth"] or found["month"] or re.search(r"\ble \d", said)):
        return None
    number = int(found["d"])
    if found["next"] or found["next2"]:
        following = _add_months(today.replace(day=1), 1)
        return _date(following.year, following.month, number)
    for months in range(3):
        first = _add_months(today.replace(day=1), -months if counting.past else months)
        if number <= monthrange(first.year, first.month)[1]:
            candidate = first.replace(day=number)
            if candidate <= today if counting.past else candidate >= today:
                return candidate
    raise ImpossibleDay


def _end(said: str, counting: Counting) -> date | None:
    today = counting.today
    start = r"(?:fin|la fin|end|the end|late)(?: of| de| du)?"
    if found := match(rf"{start} (?P<m>MONTH)(?: (?P<y>\d{{4}}))?", said):
        month = numbers("months")[found["m"]]
        year = int(found["y"]) if found["y"] else today.year + (month < today.month)
        return _date(year, month, monthrange(_valid(year), month)[1])
    if found := match(
        rf"{start} (?:ce |le |the |this |(?P<next>next ))?(?:mois|month)(?P<next2> prochain)?|month[- ]end", said
    ):
        first = _add_months(today.replace(day=1), 1 if found["next"] or found["next2"] else 0)
        return first.replace(day=monthrange(first.year, first.month)[1])
    if found := match(
        rf"{start} (?:la |cette |the |this |(?P<next>next ))?(?:semaine|week)(?P<next2> prochaine)?", said
    ):
        monday = today - timedelta(today.weekday())
        return monday + timedelta(_FRIDAY + (_WEEK if found["next"] or found["next2"] else 0))
    if match(rf"{start}(?: l'| d'| the | this | )(?:annee|year)|fin d'annee|year[- ]end", said):
        return date(today.year, 12, 31)
    return None


def _in_year(year: str | None, month: int, number: int, weekday: int | None, counting: Counting) -> date:
    """The day with its year, or with the one that fits best when none is said."""
    if year is not None:
        found = _date(int(year) + (2000 if len(year) == 2 else 0), month, number)
        if weekday is not None and found.weekday() != weekday:
            raise ImpossibleDay
        return found
    today = counting.today
    candidates = [(one - today).days for one in _in_years(today.year, month, number)]
    if weekday is not None:
        candidates = [
            days for days in candidates if -LATELY_BY_WEEKDAY <= days <= YEAR and _falls_on(today, days, weekday)
        ]
        days = min(candidates, key=abs, default=None)
    elif counting.past:
        days = max((days for days in candidates if days <= 0), default=None)
    else:
        days = next((days for days in candidates if days >= -LATELY), None)
    if days is None:
        raise ImpossibleDay
    return today + timedelta(days)


def _in_years(year: int, month: int, number: int) -> list[date]:
    """That day in the years around this one, in order; 29 February is in one of four."""
    years = range(year - 1, year + 9)
    return [date(one, month, number) for one in years if 1 <= month <= 12 and 1 <= number <= monthrange(one, month)[1]]


def _one_of(days: list[date]) -> date:
    if not days:
        raise ImpossibleDay
    return days[0]


def _falls_on(today: date, days: int, weekday: int) -> bool:
    return (today + timedelta(days)).weekday() == weekday


def _near(number: int, weekday: int, today: date) -> date:
    """ "mardi 24": of this month or the next ones, or of the last days."""
    for days in chain(range(75), range(-1, -20, -1)):
        candidate = today + timedelta(days)
        if candidate.day == number and candidate.weekday() == weekday:
            return candidate
    raise ImpossibleDay


def _moved(today: date, number: str, unit: str, sign: int) -> date:
    count = sign * (int(number) if number.isdigit() else numbers("numbers")[number])
    days = numbers("units")[unit]
    if days == 30:
        return _add_months(today, count)
    return _add_months(today, 12 * count) if days == 365 else today + timedelta(days * count)


def _add_months(start: date, months: int) -> date:
    """The same day of another month, or its last one."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return _date(year, month + 1, min(start.day, monthrange(_valid(year), month + 1)[1]))


def _date(year: int, month: int, number: int) -> date:
    try:
        return date(_valid(year), month, number)
    except ValueError as error:
        raise ImpossibleDay from error


def _valid(year: int) -> int:
    if not 1900 <= year <= 2200:
        raise ImpossibleDay
    return year


def _weekday(name: str | None) -> int | None:
    return None if name is None else numbers("weekdays")[name]
