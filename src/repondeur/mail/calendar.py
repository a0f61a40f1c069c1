"""The calendar part of a mail: an invitation, an answer to one, or a cancellation, as facts (RFC 5545, 5546, 6047)."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import unquote

from repondeur.mail import charset
from repondeur.mail.bounce_text import first_address
from repondeur.mail.calendar_lines import Event, Property, Reader, date_time, duration
from repondeur.mail.calendar_zones import in_zone
from repondeur.mail.headers import clean, decode_words
from repondeur.mail.message import Address, Invitation
from repondeur.mail.structure import Part

_LARGEST = 1024 * 1024  # octets of a calendar
_ATTENDEES = 200
_SHORT, _LONG = 1000, 10_000  # characters that are kept of a value

_TYPES = frozenset(("text/calendar", "application/ics", "text/x-vcalendar", "application/calendar"))
_METHOD = re.compile(r"[A-Za-z][A-Za-z-]{0,30}")
_MAILTO = re.compile(r"mailto:\s*(\S.{0,400})", re.IGNORECASE)


def read_invitation(octets: bytes, label: str, method: str) -> Invitation | None:
    """The first event that stands for its whole series, or else the first one; None when there is none, or when the
    calendar is over 1 MB. Broken lines are passed over. Never raises.

    label, method: the parameters charset and method of the part's Content-Type, "" when it has none.
    """
    if len(octets) > _LARGEST:
        return None
    read = Reader().read(charset.decode(octets, label or "utf-8").text)
    whole = [event for event in read.events if "recurrence-id" not in event]
    events = whole or read.events
    if not events:
        return None
    stated = _METHOD.fullmatch((method or read.method).strip())
    return _invitation(events[0], read, stated.group().upper() if stated else "")


def find_invitation(root: Part) -> tuple[Invitation | None, str]:
    """That of the first calendar part, or of the first attached file of that kind; and "mail.calendar_unreadable" when
    there is such a part but no event could be read in it. Calendars inside of attached messages are theirs."""
    parts = list(_calendar_parts(root))
    part = next((part for part in parts if part.media_type == "text/calendar"), parts[0] if parts else None)
    if part is None:
        return None, ""
    octets = part.first_octets(_LARGEST + 1)
    found = read_invitation(octets, part.parameters.get("charset", ""), part.parameters.get("method", ""))
    return found, "" if found else "mail.calendar_unreadable"


def _calendar_parts(part: Part) -> Iterator[Part]:
    if part.is_multipart:
        for child in part.children:
            yield from _calendar_parts(child)
    elif part.media_type in _TYPES or (part.media_type.startswith("application/") and _is_named(part)):
        yield part


def _is_named(part: Part) -> bool:
    stated = part.parameters.get("name", "") + part.header.first("content-disposition")
    return ".ics" in stated.lower()


def _invitation(event: Event, read: Reader, method: str) -> Invitation:
    start, whole_day = _moment(event, "dtstart", read)
    attendees = event.get("attendee", [])[:_ATTENDEES]
    organizers = [_person(item) for item in event.get("organizer", [])[:1]]
    return Invitation(
        method=method,
        summary=_words(event, "summary", _SHORT),
        start=start,
        end=_end(event, read, start, whole_day=whole_day),
        all_day=whole_day or _word(event, "x-microsoft-cdo-alldayevent") == "TRUE",
        location=_words(event, "location", _SHORT),
        organizer=organizers[0] if organizers else Address("", ""),
        attendees=tuple(person for person in map(_person, attendees) if person.name or person.address),
        status=_word(event, "status"),
        answer=_answer(attendees) if method == "REPLY" else "",
        recurrence=_words(event, "rrule", _SHORT),
        description=_text(event, "description", _LONG),
        uid=_words(event, "uid", _SHORT),
    )


def _answer(attendees: list[Property]) -> str:
    return clean(attendees[0].parameters.get("PARTSTAT", "")).strip().upper()[:40] if attendees else ""


def _text(event: Event, name: str, limit: int) -> str:
    value = event[name][0].value if name in event else ""
    lines = value[: 2 * limit].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(clean(line).rstrip() for line in lines).strip()[:limit]


def _words(event: Event, name: str, limit: int) -> str:
    return " ".join(_text(event, name, limit).split())


def _word(event: Event, name: str) -> str:
    return _words(event, name, 40).upper()


def _person(stated: Property) -> Address:
    """ORGANIZER or ATTENDEE: a mailto: URI, or what programs write instead, and the parameters CN and EMAIL."""
    mailto = _MAILTO.search(stated.value)
    written = mailto.group(1) if mailto else stated.value
    address = first_address(clean(unquote(written))) or first_address(clean(stated.parameters.get("EMAIL", "")))
    name = " ".join(decode_words(stated.parameters.get("CN", "")).split()).strip("\"'")[:_SHORT]
    return Address("" if name.lower() == address.lower() else name, address)


def _moment(event: Event, name: str, read: Reader) -> tuple[datetime | None, bool]:
    """A date or time property, and whether it is a whole day."""
    if name not in event:
        return None, False
    stated = event[name][0]
    moment = date_time(stated.value)
    if moment is None:
        return None, False
    whole_day = "T" not in stated.value.upper()
    if whole_day or moment.tzinfo is not None:
        return moment, whole_day
    zone = stated.parameters.get("TZID", "") or read.zone
    return (in_zone(moment, zone, read.zones) if zone else moment), False


def _end(event: Event, read: Reader, start: datetime | None, *, whole_day: bool) -> datetime | None:
    """DTEND, or the start and DURATION, or for a whole day the next one (RFC 5545, 3.6.1). None when it is not after
    the start."""
    end = _moment(event, "dtend", read)[0]
    if start is None:
        return end
    if end is None:
        stated = duration(event["duration"][0].value) if "duration" in event else None
        length = stated or timedelta(days=1 if whole_day else 0)
        try:
            end = start + length
        except OverflowError:
            return None
    if (end.tzinfo is None) != (start.tzinfo is None):
        return None
    return end if end > start else None
