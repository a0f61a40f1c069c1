"""Which day of the week a date is, and which public holiday. Pure.

Fixed holidays are those of days.toml; movable ones are counted from Easter Sunday.
"""

from datetime import date, timedelta

# Days after Easter Sunday.
_MOVABLE = {"easter": (-2, -1, 0, 1), "ascension": (39,), "whitsun": (49, 50)}
# A date without a year is the one nearest to the day on which it was written: so far back, and the next one is meant.
_BACK = timedelta(days=90)
_YEARS = range(1970, 2200)  # a mail of any other year has no date that tells


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar. Source: J. Meeus, Astronomical Algorithms (1991), chapter 8.

    >>> easter(2027)
    datetime.date(2027, 3, 28)
    """
    century, in_century = divmod(year, 100)
    leaps, rest = divmod(century, 4)
    shift = (century - (century + 8) // 25 + 1) // 3
    moon = (19 * (year % 19) + century - leaps - shift + 15) % 30
    week = (32 + 2 * rest + 2 * (in_century // 4) - moon - in_century % 4) % 7
    late = (year % 19 + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)


def years(written: date | None) -> tuple[int, ...]:
    """Those that a text of that day may mean: its own and the next."""
    return (written.year, written.year + 1) if written and written.year in _YEARS else ()


def movable(name: str, year: int) -> tuple[date, ...]:
    """The days of a movable holiday in a year; () for any other."""
    return tuple(easter(year) + timedelta(days=days) for days in _MOVABLE.get(name, ()))


def movable_on(day: date) -> str:
    """The movable holiday on a day, "" for none."""
    return next((name for name in _MOVABLE if day in movable(name, day.year)), "")


def meant(month_day: str, year: str, written: date | None) -> date | None:
    """The day that "month-day" stands for: of its year, else near the day on which it was written; None where neither
    tells, or there is no such day.

    >>> meant("12-24", "", date(2026, 11, 20)), meant("2-30", "2026", None)
    (datetime.date(2026, 12, 24), None)
    """
    month, _, day = month_day.partition("-")
    for one in (int(year),) if year else years(written):
        try:
            found = date(one, int(month), int(day))
        except ValueError:
            continue
        if year or (written and found >= written - _BACK):
            return found
    return None
