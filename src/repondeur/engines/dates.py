"""Dates of a mail as ISO 8601, counted from the day on which it was written. Pure apart from what dateparser loads.

French and English are read by days.py; what it does not understand, and the other languages, by dateparser.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta, tzinfo
from functools import cache
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from repondeur.engines.clock import clock, without_zone
from repondeur.engines.counting import Counting, DayOrder, ImpossibleDay, Tense
from repondeur.engines.day_words import vocabulary
from repondeur.engines.days import day
from repondeur.policy.analysis import Entity
from repondeur.words.terms import fold

MAX_LENGTH: Final = 60  # characters
MAX_DATES: Final = 20
MAX_PARSED: Final = 5  # of a mail, by dateparser: each may take milliseconds
LANGUAGES: Final = ("fr", "en", "de", "es", "it", "pt", "nl")

_ISO = re.compile(r"\d{4}-\d\d-\d\d[t ]\d\d:\d\d(?::\d\d)?(?:z|[+-]\d\d:?\d\d)?")
_DURATION = re.compile(r"\b(?:dans|sous|within|in) \d{2,3} ?(?:h|heures|hours|hrs)\b")
_PAST = re.compile(r"\b(?:dernier|derniere|passe|passee|last|ago|il y a|hier|yesterday|vorige|letzte\w*|pasado)\b")
_US = re.compile(r"America/|US/")
# Of what is not understood in our own languages, dateparser would take every number for a day.
_OURS = frozenset({"fr", "en"})
_DIGIT_AND_WORD = re.compile(r"\d.*[a-z]{3}|[a-z]{3}.*\d")
FAR = 20  # years: beyond them dateparser has taken another number for one
_FOR = re.compile(r"\b(?:pour|for)\s(?:(?:le|la|the)\s)?(?:\w{3,9}\s)?\d")
_BEFORE = 80  # characters in which the words stand that tell what was from what will be
_CLAUSE_END = re.compile(r"[.!?;:,()]|\n\n")
_WORD = re.compile(r"\w+")
_ANY_DAYS = (date(1999, 3, 10), date(2022, 8, 19))


def with_dates(
    entities: Sequence[Entity], text: str, *, written: datetime | None, language: str, zone: str = ""
) -> tuple[Entity, ...]:
    """The same entities, those of type date with `normalised`: the first MAX_DATES of them.

    text: of the mail; the words before a date tell whether it speaks of what was or what will be.
    written: when the mail was written, with its zone; None when it is not known, and then only dates with a year can be
    told. zone: IANA name of the mailbox's time zone, which goes before that of the mail.
    """
    dates = list(islice((one for one in entities if one.type == "date"), MAX_DATES))
    parsed = 0
    told: dict[Entity, str] = {}
    for one in dates:
        told[one], asked = _told(one.value, written, language, zone, _tense(one.value, text), parse=parsed < MAX_PARSED)
        parsed += asked
    return tuple(replace(one, normalised=told[one]) if one in told else one for one in entities)


def normalised(value: str, *, written: datetime | None, language: str, zone: str = "") -> str:
    """One date: "2026-11-24", with its time "2026-11-24T14:00:00+01:00"; "" when it cannot be told. Never raises."""
    return _told(value, written, language, zone, _tense(value, value), parse=True)[0]


def _tense(value: str, text: str) -> Tense:
    """What the words before a date in its clause tell."""
    place = text.find(value)
    before = text[max(0, place - _BEFORE) : place] if place > 0 else ""
    clause = _CLAUSE_END.split(f"{before}{value}".lower())[-1]
    words = set(_WORD.findall(clause))
    if words & _words("ahead"):
        return ""
    was, done = bool(words & _words("was")), bool(words & _words("past"))
    if (was or done) and (words & _words("meant") or _FOR.search(clause)):
        return "meant"
    return "past" if done else "was" if was else ""


def _told(
    value: str, written: datetime | None, language: str, zone: str, tense: Tense, *, parse: bool
) -> tuple[str, bool]:
    """And whether dateparser was asked. "" where the calendar ends before it: a mail may be dated in year 1 or 9999."""
    said = _folded(value)
    if not said or len(said) > MAX_LENGTH:
        return "", False
    place = _zone(zone) or (written.tzinfo if written else None)
    asked = False
    try:
        moment = written.astimezone(place) if written and place else written
        if _ISO.fullmatch(said):
            return _iso_moment(said, place), False
        named, value = without_zone(value)
        said = _folded(value)
        hour, rest = (None, said) if _DURATION.search(said) else clock(said)
        if named and hour:
            place = named
        if not rest:
            return (_next(hour, moment.astimezone(place)) if hour and moment else ""), False
        order = _order(language, zone, moment)
        # Without a day to count from, two that lie apart agree on what the text says by itself.
        found = {day(rest, Counting(today, order, tense)) for today in ([moment.date()] if moment else _ANY_DAYS)}
        if found != {None}:
            return (_iso(found.pop(), hour, place) if len(found) == 1 else ""), False
        if not parse or moment is None or (language in _OURS and not _DIGIT_AND_WORD.search(said)):
            return "", False
        asked = True
        return _parsed(said, moment.astimezone(place), language, order, past=bool(tense)), True
    except (ImpossibleDay, ValueError, OverflowError):
        return "", asked


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(vocabulary()[name].split())


def _folded(value: str) -> str:
    return " ".join(fold(value).replace("\u2019", "'").split())


def _next(clock: time, moment: datetime) -> str:
    """A time alone is that of the day, or of the next one when it is past."""
    later = timedelta(days=clock <= moment.time())
    return _iso(moment.date() + later, clock, moment.tzinfo)


def _iso(found: date | None, clock: time | None, place: tzinfo | None) -> str:
    if found is None:
        return ""
    return found.isoformat() if clock is None else datetime.combine(found, clock, place).isoformat()


def _iso_moment(said: str, place: tzinfo | None) -> str:
    found = datetime.fromisoformat(said.upper())
    return (found if found.tzinfo else found.replace(tzinfo=place)).isoformat()


def _order(language: str, zone: str, moment: datetime | None) -> DayOrder:
    """In English both "3/4" are usual; where the author lives says which one is meant."""
    if language != "en":
        return "day"
    if zone:
        return "month" if _US.match(zone) else "day"
    offset = moment.utcoffset() if moment else None
    if not offset:
        return ""
    return "month" if offset < timedelta(0) else "day"


def _zone(name: str) -> tzinfo | None:
    """None for a name that is not known."""
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError, LookupError):
        return None


def _parsed(said: str, moment: datetime, language: str, order: DayOrder, *, past: bool) -> str:
    """What dateparser makes of it, where it names a day or a moment."""
    from dateparser.date import DateDataParser

    settings: dict[str, object] = {
        "RELATIVE_BASE": moment.replace(tzinfo=None),
        "PREFER_DATES_FROM": "past" if past or _PAST.search(said) else "future",
        "DATE_ORDER": "MDY" if order == "month" else "DMY",
        "RETURN_TIME_AS_PERIOD": True,
        "NORMALIZE": True,
    }
    languages = [language] if language in set(LANGUAGES) - _OURS else list(LANGUAGES)
    data = DateDataParser(languages=languages, settings=settings).get_date_data(said)
    found = data.date_obj
    if found is None or data.period not in {"day", "time"}:
        return ""
    if abs(found.year - moment.year) > FAR and str(found.year) not in said:
        return ""
    clock = found.time().replace(microsecond=0) if data.period == "time" else None
    return _iso(found.date(), clock, moment.tzinfo)
