"""Dates of header fields as programs and people write them (RFC 5322 3.3 and 4.3; RFC 3339; and everything else).

What the standard allows is read by the standard library; the rest here: words in other languages, other orders, zone
names, "24:00". One pass over a short text.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from repondeur.mail.encoded_words import clean, decode_words

_LONGEST = 200  # characters
# Of mails that somebody sent; years at the ends of the calendar overflow once a zone or a few days are added.
_YEARS = range(1900, 2201)
_ORDINARY = re.compile(
    r"(?:[A-Za-z]{3},? )?\d{1,2} [A-Za-z]{3} [12]\d{3} "
    r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)? [+-]\d{4}(?: ?\([^()]*\))?"
)
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*")
_COMMENT = re.compile(r"\(([^()]*)\)")
_CLOCK = re.compile(
    r"(\d{1,2})\s?[:.h]\s?(\d{2})(?:\s?[:.]\s?(\d{2})(?:[.,]\d{1,9})?)?(?:\s*([ap])\.?m\b\.?)?", re.IGNORECASE
)
_OFFSET = re.compile(r"(?:GMT|UTC|UT)?\s*([+-])\s?(\d{1,2}):?(\d{2})?(?!\d)")
_NUMERIC = re.compile(r"\b(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})\b")
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+")

# By how each language begins the name, as far as it is told from the others: English, French, German, Spanish,
# Italian, Portuguese, Dutch, Polish, Swedish, Russian.
_MONTHS = tuple(
    tuple(names.split())
    for names in (
        "jan janv ene gen sty янв",
        "feb fév fev lut февр фев",
        "mar mär mrz maa mrt марта мар",
        "apr avr abr kwi апр",
        "may mai maj mag mei mayo maio мая май",
        "jun juin giu cze июн",
        "jul juil lug lip июл",
        "aug aoû aou ago sie авг",
        "sep set wrz сен",
        "oct okt ott out paź окт",
        "nov lis ноя",
        "dec déc dez dic gru дек",
    )
)
_ZONES = {
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0, "west": 60, "bst": 60, "cet": 60, "mez": 60, "met": 60, "hnec": 60,
    "cest": 120, "mesz": 120, "mest": 120, "hae": -240, "hne": -300, "eet": 120, "eest": 180, "msk": 180, "ist": 330,
    "jst": 540, "kst": 540, "hkt": 480, "sgt": 480, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780, "ast": -240,
    "adt": -180, "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
    "brt": -180, "art": -180,
}  # fmt: skip


def message_date(value: str) -> datetime | None:
    """With a zone ("-0000" and none at all count as UTC); None when it cannot be read, or its year is not one of
    1900 to 2200."""
    text = decode_words(clean(value)).strip()[:_LONGEST].strip("\"' ")
    if not text:
        return None
    try:
        if _ORDINARY.fullmatch(text):
            return _checked(parsedate_to_datetime(text))
        if _ISO.fullmatch(text) and (found := _iso(text)):
            return _checked(found)
        return _checked(_loose(text))
    except (ValueError, TypeError, OverflowError, AttributeError):
        return None


def _checked(date: datetime) -> datetime:
    """Raises ValueError for a year outside of them, ValueError or OverflowError for an offset of a day or more, which
    is found out only on use."""
    if date.year not in _YEARS:
        raise ValueError(date.year)
    date = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
    date.astimezone(UTC)
    return date


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(re.sub(r"(?<=\d) (?=[+-]\d)", "", text))
    except ValueError:
        return None


def _loose(text: str) -> datetime:
    """Raises ValueError for what is no date."""
    comments = " ".join(_COMMENT.findall(text))
    rest = _COMMENT.sub(" ", text)
    numeric = None if _months(rest) else _NUMERIC.search(rest)
    clock = _CLOCK.search(rest, numeric.end() if numeric else 0)
    hour, minute, second = _time(clock) if clock else (0, 0, 0)
    before, after = (rest[: clock.start()], rest[clock.end() :]) if clock else (rest, "")
    offset, after = _offset(after, comments)
    year, month, day = _numeric(numeric) if numeric else _in_words(f"{before} {after}")
    date = datetime(year, month, day, 0, minute, min(second, 59), tzinfo=timezone(offset))
    return date + timedelta(hours=hour)


def _time(clock: re.Match[str]) -> tuple[int, int, int]:
    """24:00 is the end of the day; a leap second is the one before."""
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    if clock[4]:
        hour = hour % 12 + (12 if clock[4].lower() == "p" else 0)
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        raise ValueError(hour)
    return hour, minute, second


def _offset(after: str, comments: str) -> tuple[timedelta, str]:
    """What stands behind the time, and the rest of it. A number counts more than a name beside it."""
    if found := _OFFSET.search(after):
        hours, minutes = int(found[2]), int(found[3] or 0)
        if minutes > 59:
            raise ValueError(found.group())
        sign = -1 if found[1] == "-" else 1
        return sign * timedelta(hours=hours, minutes=minutes), after[: found.start()] + after[found.end() :]
    for word in _WORD.findall(f"{after} {comments}"):
        if word.lower() in _ZONES:
            return timedelta(minutes=_ZONES[word.lower()]), after
    return timedelta(0), after


def _in_words(text: str) -> tuple[int, int, int]:
    """Year, month and day of what stands around the time."""
    months = _months(text)
    numbers = _NUMBER.findall(text)
    day = next((number for number in numbers if len(number.lstrip("0")) in (1, 2) and 1 <= int(number) <= 31), "")
    if not months or not day:
        raise ValueError(text)
    numbers.remove(day)
    year = max(numbers, key=len, default="")
    # The day of the week stands first: "mar. 3 nov." is a Tuesday in November.
    return _year(int(year), len(year)), months[-1], int(day)


def _months(text: str) -> list[int]:
    words = [word.casefold() for word in _WORD.findall(text)]
    return [number for word in words for number, names in enumerate(_MONTHS, 1) if word.startswith(names)]


def _numeric(found: re.Match[str]) -> tuple[int, int, int]:
    """Year first as in ISO 8601; else the day first, as most of the world writes, unless only the month can be."""
    first, second, third = (int(number) for number in found.groups())
    if first > 31:
        return first, second, third
    year = _year(third, len(found[3]))
    return (year, first, second) if second > 12 else (year, second, first)


def _year(year: int, length: int) -> int:
    """RFC 5322, 4.3: two digits are 1950 to 2049, three are counted from 1900."""
    if length >= 4:
        return year
    return year + 1900 if year >= 50 else year + 2000
