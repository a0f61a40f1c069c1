"""The lines and components of a calendar (RFC 5545, 3.1), as far as an invitation needs them.

The package icalendar reads content lines, durations and dates. Components are put together here, for three reasons: a
broken line must cost that line only; recurrence rules are never expanded; and zones that one mail defines must not be
remembered for the next.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, TypeAlias

from repondeur.mail import charset, transfer
from repondeur.mail.calendar_zones import Observance, read_offset

_LONGEST_LINE = 16 * 1024  # characters, unfolded
_MOST_LINES = 2000  # of events and zones
_OBSERVANCES = 500
_DEEPEST = 10

_FOLD = re.compile(r"\r?\n[ \t]")
_LINE_END = re.compile(r"\r\n|\r|\n")
_NAME = re.compile(r"\s*([A-Za-z][A-Za-z0-9-]{0,60})\s*(?=[;:])")
# "(UTC+05:30) Chennai" without quotation marks breaks a line in the wrong place.
_BARE_ZONE = re.compile(r"\s*DT(?:START|END)[^\"]{0,200}?;TZID=([^\"]{1,200}?):(\d{8}T\d{6})\s*", re.IGNORECASE)
_DATE_TIME = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:T(\d{2}):?(\d{2})(?::?(\d{2}))?(Z)?)?")
_EVENT_NAMES = frozenset(
    (
        "dtstart", "dtend", "duration", "summary", "location", "organizer", "attendee", "status", "rrule",
        "description", "uid", "recurrence-id", "x-microsoft-cdo-alldayevent",
    )
)  # fmt: skip
_ZONE_NAMES = frozenset(("tzid", "dtstart", "tzoffsetto", "rrule"))


@dataclass(frozen=True, slots=True)
class Property:
    """One content line. parameters: names in upper case."""

    value: str
    parameters: dict[str, str]


Event: TypeAlias = dict[str, list[Property]]


@dataclass(slots=True)
class Reader:
    """What is kept of a calendar, line by line: properties by name in lower case, in order."""

    method: str = ""
    zone: str = ""
    events: list[Event] = field(default_factory=list)
    zones: dict[str, tuple[Observance, ...]] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)
    _event: Event = field(default_factory=dict)
    _zone_name: str = ""
    _observance: dict[str, str] = field(default_factory=dict)
    _observances: list[Observance] = field(default_factory=list)
    _kept: int = 0

    def read(self, text: str) -> "Reader":
        for line in _LINE_END.split(_FOLD.sub("", text.replace("\x00", ""))):
            if found := _NAME.match(line):
                name = found.group(1).lower()
                if name in ("begin", "end"):
                    component = line[found.end() + 1 :].strip().lower()
                    (self._begin if name == "begin" else self._end)(component)
                elif self._kept < _MOST_LINES and self._wanted(name) and (stated := _property(line[:_LONGEST_LINE])):
                    self._kept += 1
                    self._keep(name, stated)
        # Cut off before its end, an event still says what it says.
        self._end("vevent")
        return self

    @property
    def _inside(self) -> str:
        return self._open[-1] if self._open else ""

    def _begin(self, component: str) -> None:
        if len(self._open) < _DEEPEST:
            self._open.append(component)
        if component == "vevent":
            self._event = {}
        elif component == "vtimezone":
            self._zone_name, self._observances = "", []
        elif component in ("standard", "daylight"):
            self._observance = {}

    def _end(self, component: str) -> None:
        if component == "vevent" and self._event:
            self.events.append(self._event)
            self._event = {}
        elif component in ("standard", "daylight") and (seen := _observance(self._observance)):
            self._observances.append(seen)
        elif component == "vtimezone" and self._zone_name:
            self.zones[self._zone_name] = tuple(self._observances[:_OBSERVANCES])
        if component in self._open:
            while self._open.pop() != component:
                pass

    def _wanted(self, name: str) -> bool:
        if self._inside == "vevent":
            return name in _EVENT_NAMES
        if self._inside in ("vtimezone", "standard", "daylight"):
            return name in _ZONE_NAMES
        return self._inside in ("vcalendar", "") and name in ("method", "x-wr-timezone")

    def _keep(self, name: str, stated: Property) -> None:
        if self._inside == "vevent":
            self._event.setdefault(name, []).append(stated)
        elif self._inside in ("standard", "daylight"):
            self._observance.setdefault(name, stated.value)
        elif self._inside == "vtimezone":
            self._zone_name = stated.value
        elif name == "method":
            self.method = stated.value
        else:
            self.zone = stated.value


def _property(line: str) -> Property | None:
    from icalendar.parser import Contentline

    if bare := _BARE_ZONE.fullmatch(line):
        return Property(bare.group(2), {"TZID": bare.group(1)})
    content_line: Any = Contentline  # its constructor has no types
    try:
        _, stated, value = content_line(line.strip()).parts()
    except ValueError:
        return None
    parameters = {str(name).upper(): _first(parameter) for name, parameter in stated.items()}
    if parameters.get("ENCODING", "").upper() == "QUOTED-PRINTABLE":  # vCalendar 1.0
        value = charset.decode(
            transfer.undo(str(value).encode(), "quoted-printable"), parameters.get("CHARSET", "")
        ).text
    return Property(str(value), parameters)


def _first(parameter: Any) -> str:
    """A parameter may be a list of values."""
    return str(parameter[0] if isinstance(parameter, list) and parameter else parameter)


def _observance(properties: dict[str, str]) -> Observance | None:
    start = date_time(properties.get("dtstart", ""))
    offset = read_offset(properties.get("tzoffsetto", ""))
    if offset is None:
        return None
    return Observance((start or datetime(1970, 1, 1)).replace(tzinfo=None), offset, properties.get("rrule", ""))  # noqa: DTZ001 (local time)


def date_time(value: str) -> datetime | None:
    """RFC 5545, 3.3.4 and 3.3.5, also with the separators of ISO 8601 and without seconds; a date is its midnight."""
    from icalendar.prop import vDDDTypes

    found = _DATE_TIME.fullmatch(value.strip().upper())
    if not found:
        return None
    year, month, day, hour, minute, second, utc = found.groups()
    plain = f"{year}{month}{day}" + (f"T{hour}{minute}{second or '00'}{utc or ''}" if hour else "")
    types: Any = vDDDTypes  # without types of its own
    try:
        read: date | datetime = types.from_ical(plain)
        return read if isinstance(read, datetime) else datetime.combine(read, time())
    except (ValueError, OverflowError):
        return None


def duration(value: str) -> timedelta | None:
    """RFC 5545, 3.3.6; None when it cannot be read."""
    from icalendar.prop import vDuration

    types: Any = vDuration
    try:
        length: timedelta = types.from_ical(value.strip())
    except (ValueError, OverflowError):
        return None
    return length
