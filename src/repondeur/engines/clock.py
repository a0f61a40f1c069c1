"""Times of day in the text of a date, and the zone that is written beside one. Pure; French and English, some German.

All take folded text (words.terms.fold), but for the zone, which is told by its capitals.
"""

import re
from datetime import time, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from repondeur.engines.day_words import numbers, vocabulary
from repondeur.words.terms import fold

_HOUR, _MINUTE = r"(?:2[0-4]|1\d|0?\d)", r"[0-5]\d"
_H = r"(?:h|heures?|hrs?|uhr|o'clock)(?![a-z])"
_CLOCK = (
    rf"(?P<hour12>1[0-2]|0?[1-9])(?:[:.h](?P<minute12>{_MINUTE}))? ?(?P<half>[ap])\.?m\b\.?",
    rf"(?P<hour>{_HOUR}) ?(?:h ?|:)(?P<minute>{_MINUTE})(?::{_MINUTE})?(?: ?{_H})?",
    rf"(?P<hour_alone>{_HOUR}) ?{_H}",
    (
        rf"(?:(?<=\bat )|(?<=\ba )|(?<=\bum )|(?<=\bvers )|(?<=\baround )|(?<=\babout ))"
        rf"(?P<hour_point>{_HOUR})\.(?P<minute_point>{_MINUTE})"
    ),
    r"(?P<word>(?<!apres )midi|noon|midnight|minuit)\b",
)
_END = rf"{_HOUR}(?: ?(?:{_H}|h|:|\.))?(?: ?{_MINUTE})?(?: ?[ap]\.?m\b\.?)?"
_PART = (
    r"(?: (?P<early>du matin|in the morning)"
    r"|,? (?P<late>de l'apres-midi|du soir|in the afternoon|in the evening|at night))"
)
_TIME = re.compile(
    rf"(?<![\w/.-])(?:(?:a|at|um|vers|around|about|des|from|de|entre|between|avant|before|by|a partir de) ?)??"
    rf"(?:{'|'.join(_CLOCK)})(?: ?(?:-|–|a|et|to|and|until|jusqu'a) ?{_END})?(?![\w/]){_PART}?"
)
_PARTS_OF_HOUR = {"quart": 15, "quarter": 15, "demi": 30, "demie": 30, "half": 30}
_AND = re.compile(
    r"\b(?P<hour>\d{1,2}|midi|minuit)(?: ?(?:h|heures?))? "
    r"(?:et (?P<and>demie?|quart)|moins (?:le )?(?P<less>quart|cinq|dix|vingt|\d{1,2}))\b"
)
_PAST = re.compile(r"\b(?P<part>half|quarter|\d{1,2}|five|ten|twenty) (?P<sense>past|to) (?P<hour>\d{1,2}|[a-z]+)\b")
_IN_WORDS = re.compile(r"\b(?P<hour>une|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze)(?= heures?\b)")
# "heure de Paris", "London time": a zone that is named by a place.
_PLACE = re.compile(
    r"\b(?:heure (?:de |d')(?P<de>[^\W\d_]+(?: york)?)|(?P<time>[a-z]+(?: york)?) time)\b", re.IGNORECASE
)
_NO_PLACES = frozenset(
    {"any", "some", "same", "this", "that", "what", "the", "our", "your", "my", "good", "lunch", "tea"}
)
_OFFSET = re.compile(r"(?<=\d\d) ?(?P<sign>[+-])(?P<hours>[01]\d):?(?P<minutes>[0-5]\d)\b")


class UnknownZone(ValueError):
    """A time is said to be that of a place that we do not know."""


def clock(said: str) -> tuple[time | None, str]:
    """The time of day in a text, and the text without it. Raises ValueError for one that there is not."""
    said = _in_digits(said)
    found = _TIME.search(said)
    if not found:
        return None, said
    rest = f"{said[: found.start()]} {said[found.end() :]}".strip(" ,;:-–@")
    # "a" and "at" before a time are part of it.
    rest = re.sub(r"(?: (?:a|at|um|vers|around|about|de|from|des|entre|between|by))+$|,", "", f" {rest}").strip()
    part = found.groupdict()
    if part["word"]:
        return time(12 if part["word"] in {"midi", "noon"} else 0), rest
    if part["half"]:
        return time(int(part["hour12"]) % 12 + (12 if part["half"] == "p" else 0), int(part["minute12"] or 0)), rest
    hour = int(part["hour"] or part["hour_alone"] or part["hour_point"])
    if part["late"] and 0 < hour < 12:
        hour += 12
    return time(hour, int(part["minute"] or part["minute_point"] or 0)), rest


def without_zone(value: str) -> tuple[tzinfo | None, str]:
    """The zone that is written in a text as people wrote it, None where none is, and the text without it. Raises
    UnknownZone."""
    if found := _PLACE.search(value):
        place = fold(found["de"] or found["time"])
        if place in _NO_PLACES:
            return None, value
        zone = _zones().get(place)
        if zone is None:
            raise UnknownZone(place)
    elif found := _abbreviation().search(value):
        zone = _zones()[found["name"].lower()]
        if found["hours"] and zone is not None:
            zone = _shifted(found["sign"], found["hours"], "0")
    elif found := _OFFSET.search(value):
        zone = _shifted(found["sign"], found["hours"], found["minutes"])
    else:
        return None, value
    return zone, f"{value[: found.start()]} {value[found.end() :]}"


def _shifted(sign: str, hours: str, minutes: str) -> tzinfo:
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-ahead if sign == "-" else ahead)


def _in_digits(said: str) -> str:
    """ "9 heures et demie", "neuf heures", "quarter to nine" as "9:30", "9 heures", "8:45"."""
    said = _IN_WORDS.sub(lambda found: str(_number(found["hour"])), said)
    return _PAST.sub(_past, _AND.sub(_and, said))


def _and(found: re.Match[str]) -> str:
    hour = {"midi": 12, "minuit": 0}.get(found["hour"]) if found["hour"].isalpha() else int(found["hour"])
    minutes = _minutes(found["and"]) if found["and"] else -(_minutes(found["less"]) or 0)
    return _written(hour, minutes) or found[0]


def _past(found: re.Match[str]) -> str:
    minutes = _minutes(found["part"])
    if found["sense"] == "to" and found["part"].isdigit():  # "from 2 to 4"
        return found[0]
    return _written(_number(found["hour"]), minutes if found["sense"] == "past" else -(minutes or 0)) or found[0]


def _written(hour: int | None, minutes: int | None) -> str:
    if hour is None or hour > 24 or not minutes:
        return ""
    whole = (hour * 60 + minutes) % (24 * 60)
    return f"{whole // 60}:{whole % 60:02}"


def _minutes(word: str) -> int | None:
    return _PARTS_OF_HOUR.get(word) or _number(word)


def _number(word: str) -> int | None:
    return int(word) if word.isdigit() else numbers("numbers").get(word)


@cache
def _zones() -> dict[str, tzinfo]:
    """Folded name to zone."""
    table: dict[str, str] = vocabulary()["zones"]
    return {
        name: ZoneInfo(where) if "/" in where else timezone(timedelta(hours=float(where)))
        for where, names in table.items()
        for name in (" ".join(one.split()) for one in names.split("|"))
    }


@cache
def _abbreviation() -> re.Pattern[str]:
    """A zone in capitals after a time; "est" is a French verb."""
    names = "|".join(name.upper() for name in _zones() if 3 <= len(name) <= 4 and name != "rome")
    offset = r"(?: ?(?P<sign>[+-]) ?(?P<hours>1[0-4]|0?\d))?"
    return re.compile(rf"(?<=[\dhm. ])\(?(?<![A-Za-z])(?P<name>{names}|utc|gmt|(?<=\d)Z){offset}(?!\w)\)?")
