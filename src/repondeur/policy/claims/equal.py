"""What comes to the same: twenty cents and 0.20 €, two weeks and fourteen days; and the numbers in a claim."""

import re
from collections.abc import Iterator
from typing import Final

from repondeur.policy.claims.claim import Claim, Kind

# Of the first, so many are one of the last. Months have no fixed number of days.
# Days and hours are not: "two working days" are no 48 hours.
_TIMES: Final = (
    ("day", 7, "week"),
    ("month", 3, "quarter"),
    ("month", 6, "semester"),
    ("month", 12, "year"),
    ("year", 10, "decade"),
    ("year", 100, "century"),
    ("minute", 60, "hour"),
)
_WITH_CENTS: Final = frozenset({"eur", "usd", "gbp", "chf", "cad"})
WORKING_DAY: Final = re.compile(r"working|business|ouvre|ouvrable")
_LONGEST_TIME: Final = 9  # digits
_HOUR: Final = re.compile(r"(1?\d|2[0-4]) hour")
_DELAY: Final = re.compile(
    r"\b(?:within|in|under|sous|dans|en|less than|moins de|after|apres|takes?|for|pendant|dure) $"
)
_NEAR: Final = 12  # characters that hold such a word


def cents(key: str) -> str:
    """What less than one of a currency comes to in its cents: 20 for "0.2 eur"."""
    value, _, unit = key.partition(" ")
    whole, _, part = value.partition(".")
    return part.ljust(2, "0").lstrip("0") if whole == "0" and 0 < len(part) <= 2 and unit in _WITH_CENTS else ""


def same_time(claim: Claim, text: str) -> Iterator[str]:
    """The same time in another unit, where it comes to whole ones: 2 weeks are 14 days, if not working ones."""
    value, _, unit = claim.key.partition(" ")
    if WORKING_DAY.search(text, claim.begin, claim.end + 12):
        return
    if value.isdigit():
        count = int(value[:_LONGEST_TIME])
        if unit == "hour" and count % 24 == 0:  # but two days may be working days, and are no 48 hours
            yield f"{count // 24} day"
        for one, times, other in _TIMES:
            if unit == other:
                yield f"{count * times} {one}"
            elif unit == one and count % times == 0:
                yield f"{count // times} {other}"


def same_hour(claim: Claim, text: str) -> Iterator[tuple[Kind, str]]:
    """Of "9 h" and "9 heures" the hour of the day, of a full hour of the day the same as the two; never of a delay."""
    if claim.kind == "clock":
        hour, minute = divmod(int(claim.key), 60)
        if not minute:
            yield "duration", f"{hour} hour"
    elif hit := _HOUR.fullmatch(claim.key):
        delay = _DELAY.search(text[max(0, claim.begin - _NEAR) : claim.begin])
        if claim.kind == "duration" and not delay:
            yield "clock", str(int(hit[1]) * 60)


def values(claim: Claim) -> list[str]:
    """The numbers in a claim."""
    match claim.kind:
        case "number":
            return [claim.key]
        case "amount" | "duration":
            return [claim.key.partition(" ")[0]]
        case "clock":
            hour, minute = divmod(int(claim.key), 60)
            return [str(hour), str(hour % 12 or 12), *([str(minute)] if minute else [])]
        case "date":
            return [part for part in claim.key.split("-") if part.isdigit() and part != "0"][1:]
        case "id":
            return re.findall(r"\d+", claim.key)
    return []
