"""Days of the week that a text tells as those on which somebody is there."""

import re
from collections.abc import Iterator
from typing import Final

from repondeur.policy.claims.claim import Claim
from repondeur.policy.claims.dates import DAYS, TO_DAY, dates

EVERY_DAY: Final = "every day"
_ALL_WEEK: Final = re.compile(
    r"\b(?:tous les jours|chaque jour|every day|daily|quotidien\w*|seven days a week|weekdays?|en semaine|"
    r"jours? de semaine)\b"
)
# Open on all seven days; of "every day except Monday" the rest.
_EVERY: Final = (
    "every day", "all week", "each day", "tous les jours", "chaque jour", "toute la semaine", "daily",
    "quotidiennement", "7 days a week", "seven days a week",
)  # fmt: skip
_EVERY_DAY: Final = re.compile(rf"\b(?:{'|'.join(_EVERY)})\b")
_OPEN_BEFORE: Final = re.compile(
    r"\b(?:open|there|available|ship|deliver|work|ouverte?s?|la|livrons|joignables?|travaillons|expedions) $|: $"
)
_DAYS_LISTED: Final = rf"(?:{DAYS})s?(?:(?:(?:,| and| or| et| ou)(?: on| le| les)? |{TO_DAY})(?:{DAYS})s?)*"
_CLOSED_ON: Final = re.compile(
    r"\b(?:closed|not open|except|ferme\w{0,3}|sauf|hors|excepte)\b(?: [a-z']{1,12}){0,2} " + _DAYS_LISTED
)
_WORD: Final = 16  # characters before a day that hold a word


def open_days(text: str) -> frozenset[str]:
    """Days of the week that a text tells of otherwise than as closed: without Sunday of "closed on Sundays"."""
    closed: frozenset[str] = frozenset().union(*(weekdays_told(hit.group()) for hit in _CLOSED_ON.finditer(text)))
    left = _CLOSED_ON.sub(" ", text)
    every = "".join(one.key for one in every_day(text, open_only=True))
    told = _named(left) | (frozenset(every) & frozenset("0123456")) - closed
    return told | (frozenset("01234") - closed if _ALL_WEEK.search(left) else frozenset())


def every_day(text: str, *, open_only: bool = False) -> Iterator[Claim]:
    """Where it tells of all days of the week; open_only: as those on which somebody is there."""
    for hit in _EVERY_DAY.finditer(text) if any(word in text for word in _EVERY) else ():
        if open_only and not _OPEN_BEFORE.search(text[max(0, hit.start() - _WORD) : hit.start()]):
            continue
        left_out = _CLOSED_ON.match(text, hit.end() + 1)
        closed = _named(left_out.group()) if left_out else frozenset()
        yield Claim("date", f"week:{''.join(day for day in '0123456' if day not in closed)}", *hit.span())


def weekdays_told(text: str) -> frozenset[str]:
    """Days of the week that a text tells of, also where it names them by a word for all of them."""
    every = "".join(one.key for one in every_day(text, open_only=True))
    return _named(text) | frozenset(every) & frozenset("0123456") | frozenset("01234" if _ALL_WEEK.search(text) else "")


def _named(text: str) -> frozenset[str]:
    return frozenset(day for one in dates(text) if one.key.startswith("week:") for day in one.key[5:])
