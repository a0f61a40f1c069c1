"""Time zones of calendars: names of IANA and of Windows, and the definitions that calendars bring along.

Only the offset at one moment is worked out. Rules are never expanded, and nothing is remembered from one mail to the
next: a definition in one mail must not change how another is read.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo

_IANA = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,30}(?:/[A-Za-z0-9_+-]{1,30}){0,2}")
_IANA_AT_END = re.compile(
    r"(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific|Etc)"
    r"/[A-Za-z0-9_+-]{1,30}(?:/[A-Za-z0-9_+-]{1,30})?$"
)
_UTC = re.compile(r"(?:.*[/ ])?(?:utc|gmt|z|zulu|coordinated universal time)", re.IGNORECASE)
_OFFSET_IN_NAME = re.compile(r"(?:UTC|GMT)\s*([+-])\s*(\d{1,2})(?::?(\d{2}))?", re.IGNORECASE)
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})(?::?(\d{2}))?")
_DAY = re.compile(r"([+-]?\d)?(MO|TU|WE|TH|FR|SA|SU)")
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class Observance:
    """One STANDARD or DAYLIGHT of a VTIMEZONE (RFC 5545, 3.6.5). start: its first onset, local time; offset: UTC
    offset in force from then on; rule: its RRULE as written."""

    start: datetime
    offset: timedelta
    rule: str = ""


def read_offset(value: str) -> timedelta | None:
    """A UTC offset (RFC 5545, 3.3.14); None when it cannot be read, or is a day or more."""
    found = _OFFSET.fullmatch(value.strip())
    if not found:
        return None
    sign, hours, minutes, seconds = found.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds or 0))
    return None if offset >= timedelta(days=1) else -offset if sign == "-" else offset


def in_zone(local: datetime, name: str, defined: dict[str, tuple[Observance, ...]]) -> datetime:
    """`local`, which has no zone, with the offset that the zone called `name` has then; without a zone, as it is, when
    nothing tells the zone. defined: by name, what the calendar itself says of its zones."""
    if _UTC.fullmatch(name.strip()):
        return local.replace(tzinfo=timezone.utc)  # noqa: UP017 (the same kind of value as below)
    known = _known(name.strip().strip("\"'"))
    try:
        if known:
            offset = known.utcoffset(local)
        elif name in defined:
            offset = _offset(local, defined[name])
        else:
            offset = _offset_in(name)
    except (OverflowError, ValueError):
        return local
    return local if offset is None else local.replace(tzinfo=timezone(offset))


def _known(name: str) -> ZoneInfo | None:
    windows = _windows_names().get(name)
    at_end = _IANA_AT_END.search(name[-80:])
    for candidate in (windows, name, at_end.group() if at_end else None):
        if candidate and _IANA.fullmatch(candidate):
            try:
                return ZoneInfo(candidate)
            except (OSError, ValueError, KeyError):
                continue
    return None


@cache
def _windows_names() -> dict[str, str]:
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    return dict(WINDOWS_TO_OLSON)


def _offset_in(name: str) -> timedelta | None:
    """ "(UTC+01:00) Brussels, Copenhagen, Madrid, Paris" says its offset."""
    found = _OFFSET_IN_NAME.search(name[:200])
    if not found:
        return None
    sign, hours, minutes = found.groups()
    return read_offset(f"{sign}{int(hours):02}{int(minutes or 0):02}")


def _offset(local: datetime, observances: tuple[Observance, ...]) -> timedelta | None:
    """That of the observance that began last; before all of them, that of the first one."""
    begun = [(onset, seen) for seen in observances if (onset := _last_onset(seen, local)) is not None]
    if begun:
        return max(begun, key=lambda pair: pair[0])[1].offset
    return min(observances, key=lambda seen: seen.start).offset if observances else None


def _last_onset(seen: Observance, local: datetime) -> datetime | None:
    if seen.start > local:
        return None
    parts = dict(part.partition("=")[::2] for part in seen.rule.upper().split(";")[:20])
    if parts.get("FREQ") != "YEARLY":
        return seen.start
    until = parts.get("UNTIL", "")[:4]
    last = min(local.year, int(until)) if until.isdecimal() else local.year
    for year in (last, last - 1):
        onset = _onset(parts, seen.start, year)
        if onset is not None and seen.start <= onset <= local:
            return onset
    return seen.start


def _onset(parts: dict[str, str], start: datetime, year: int) -> datetime | None:
    """When the yearly rule of daylight saving time sets in: "last Sunday of March" and its like."""
    months = parts.get("BYMONTH", "")
    month = int(months) if months.isdecimal() and 1 <= int(months) <= 12 else start.month
    day = _DAY.fullmatch(parts.get("BYDAY", ""))
    if not 1 < year < 9999:
        return None
    length = calendar.monthrange(year, month)[1]
    if not day:
        return start.replace(year=year, month=month, day=min(start.day, length))
    first = _first_day(parts.get("BYMONTHDAY", ""))
    which = int(day.group(1) or 1)
    weekday = _DAYS.index(day.group(2))
    if which < 0:
        back = (date(year, month, length).weekday() - weekday) % 7 + 7 * (-which - 1)
        number = length - back
    else:
        ahead = (weekday - date(year, month, min(first, length)).weekday()) % 7
        number = first + ahead + 7 * (max(which, 1) - 1)
    if not 1 <= number <= length:
        return None
    return start.replace(year=year, month=month, day=number)


def _first_day(stated: str) -> int:
    """ "8,9,10,11,12,13,14" beside a weekday: the second week."""
    first = stated.split(",", maxsplit=1)[0]
    return int(first) if first.isdecimal() and len(first) <= 2 and 1 <= int(first) <= 31 else 1
