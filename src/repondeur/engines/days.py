"""Which day is meant by "mardi prochain", "3 mars", "in two weeks", "24/11"? Pure; French and English.

The words stand in vocabulary/dates.toml. A text is understood only when every word of it is, what stands beside a day
("d'ici", "by", "morning") among them.
"""

import re
from calendar import monthrange
from datetime import date, timedelta

from repondeur.engines.counting import (
    FRIDAY,
    WEEK,
    Counting,
    ImpossibleDay,
    add_months,
    by_weekday_and_number,
    day_of,
    in_year,
    in_years,
    moved,
    nearest_of_number,
    one_of,
    valid_year,
    weekday_of,
)
from repondeur.engines.day_words import match, numbers
from repondeur.words.terms import fold


def day(text: str, counting: Counting) -> date | None:
    """The day that a text of at most 60 characters or so names; None when it is not understood. Raises
    ImpossibleDay."""
    said = " ".join(fold(text).replace("\u2019", "'").split()).strip(" .,;:()")
    for read in (_span, _numeric, _of_month, _from_today, _by_weekday, _by_number, _end):
        found = read(said, counting)
        if found is not None:
            return found
    return None


_TO = r"(?: ?[-–/] ?| (?:jusqu'au|au|a|to|through|until|till) (?:the |le )?)"
_NUMBER_OF_DAY = r"(?:\d{1,2}(?:er|st|nd|rd|th)?|premier|first)"


def _span(said: str, counting: Counting) -> date | None:
    """ "du 3 au 7 décembre", "28 Nov to 3 Dec", "December 3-7": its first day."""
    whole = rf"(?P<e>{_NUMBER_OF_DAY}) (?:of |de )?MONTH\.?(?:,? \d{{4}})?"
    if found := match(
        rf"(?:WEEKDAY )?(?P<d>{_NUMBER_OF_DAY})(?: (?P<m>MONTH)\.?)?{_TO}(?:WEEKDAY )?(?P<end>{whole})", said
    ):
        last = _of_month(found["end"], counting)
        if last is None:
            return None
        month, number = numbers("months")[found["m"]] if found["m"] else last.month, _ordinal(found["d"])
        if not found["m"] and number > last.day:
            month = (last.month - 2) % 12 + 1
        first = day_of(last.year - (month > last.month), month, number)
        return first if first <= last else None
    if found := match(rf"(?P<start>MONTH\.? (?:the )?{_NUMBER_OF_DAY}){_TO}{_NUMBER_OF_DAY}(?P<y>,? \d{{4}})?", said):
        return _of_month(f"{found['start']}{found['y'] or ''}", counting)
    return None


def _ordinal(word: str) -> int:
    digits = "".join(filter(str.isdigit, word))
    return int(digits) if digits else 1


def _numeric(said: str, counting: Counting) -> date | None:
    if found := match(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})", said):
        return in_year(found["y"], int(found["m"]), int(found["d"]), None, counting)
    found = match(
        r"(?:(?P<w>WEEKDAY)\.?,? (?:the |le )?)?(?P<a>\d{1,2}) ?[/.-] ?(?P<b>\d{1,2})(?: ?[/.-] ?(?P<y>\d{4}|\d{2}))?",
        said,
    )
    if not found:
        return None
    first, second = int(found["a"]), int(found["b"])
    if not counting.order and first <= 12 and second <= 12 and first != second:
        raise ImpossibleDay
    month_first = first <= 12 if second > 12 else counting.order == "month" and first <= 12
    # "12/24" without a year is no day where the day stands first, but the end of a card, say.
    if second > 12 and counting.order == "day" and not found["y"]:
        raise ImpossibleDay
    number, month = (second, first) if month_first else (first, second)
    return in_year(found["y"], month, number, weekday_of(found["w"]), counting)


def _of_month(said: str, counting: Counting) -> date | None:
    found = match(
        r"(?:(?P<w>WEEKDAY)\.?,? )?(?:the |le )?(?P<d>premier|first|\d{1,2}(?:er|st|nd|rd|th|\.)?) ?(?:of |de )?"
        r"(?P<m>MONTH)\.?,?(?: (?P<y>\d{4})| (?P<which>prochain|dernier))?",
        said,
    ) or match(
        r"(?:(?P<w>WEEKDAY)\.?,? )?(?P<m>MONTH)\.? (?:the )?(?P<d>first|\d{1,2}(?:st|nd|rd|th)?)(?:,? (?P<y>\d{4}))?",
        said,
    )
    if not found:
        return None
    month, number = numbers("months")[found["m"]], _ordinal(found["d"])
    today = counting.today
    if which := found.groupdict().get("which"):
        days = [one for one in in_years(today.year, month, number) if (one < today) == (which == "dernier")]
        return one_of(days[::-1] if which == "dernier" else days)
    return in_year(found["y"], month, number, weekday_of(found["w"]), counting)


def _from_today(said: str, counting: Counting) -> date | None:
    today = counting.today
    if found := match(r"(?P<day>DAY)", said):
        return today + timedelta(numbers("days", "|")[found["day"]])
    later = match(
        r"(?:dans|sous|in|within|d'ici) (?P<n>NUMBER) ?(?P<u>UNIT)|(?P<n2>NUMBER) (?P<u2>UNIT) from (?:now|today)", said
    )
    if later:
        return moved(today, later["n"] or later["n2"], later["u"] or later["u2"], 1)
    ago = match(r"il y a (?P<n>NUMBER) (?P<u>UNIT)|(?P<n2>NUMBER) (?P<u2>UNIT) ago", said)
    if ago:
        return moved(today, ago["n"] or ago["n2"], ago["u"] or ago["u2"], -1)
    hours = match(r"(?:dans|sous|in|within) (?P<h>\d{2,3}) ?(?:h|hours|heures|hrs)", said)
    return today + timedelta(hours=int(hours["h"])) if hours else None


def _by_weekday(said: str, counting: Counting) -> date | None:
    today = counting.today
    if found := match(r"(?P<w>WEEKDAY)(?: de)? (?:(?:of )?next week|la semaine prochaine)", said):
        return today + timedelta(WEEK - today.weekday() + numbers("weekdays")[found["w"]])
    if found := match(r"(?P<w>WEEKDAY)\.?,? (?:the |le )?(?P<d>\d{1,2})(?:er|st|nd|rd|th)?", said):
        return by_weekday_and_number(int(found["d"]), numbers("weekdays")[found["w"]], today)
    found = match(
        r"(?:(?P<this>ce|this|this coming|coming) )?(?:(?P<last>last) |(?P<next>next) )?(?P<w>WEEKDAY)"
        r"(?: (?:(?P<next2>prochain|qui vient)|(?P<past>dernier|passe)|(?P<week>en huit|week)|(?P<weeks>en quinze)))?",
        said,
    )
    if not found:
        return None
    ahead = (numbers("weekdays")[found["w"]] - today.weekday()) % WEEK
    told = found["this"] or found["next"] or found["next2"] or found["week"] or found["weeks"]
    if found["last"] or found["past"] or (counting.past and not told):
        return today - timedelta((-ahead) % WEEK or WEEK)
    # On a Friday "this Friday" is today, and "Friday" in a week.
    days = ahead if ahead or found["this"] else WEEK
    return today + timedelta(days + (2 * WEEK if found["weeks"] else WEEK if found["week"] else 0))


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
    if counting.tense == "meant" and not found["month"]:
        return nearest_of_number(number, today)
    if found["next"] or found["next2"]:
        following = add_months(today.replace(day=1), 1)
        return day_of(following.year, following.month, number)
    for months in range(3):
        first = add_months(today.replace(day=1), -months if counting.past else months)
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
        return day_of(year, month, monthrange(valid_year(year), month)[1])
    if found := match(
        rf"{start} (?:ce |le |the |this |(?P<next>next ))?(?:mois|month)(?P<next2> prochain)?|month[- ]end", said
    ):
        first = add_months(today.replace(day=1), 1 if found["next"] or found["next2"] else 0)
        return first.replace(day=monthrange(first.year, first.month)[1])
    if found := match(
        rf"{start} (?:la |cette |the |this |(?P<next>next ))?(?:semaine|week)(?P<next2> prochaine)?", said
    ):
        monday = today - timedelta(today.weekday())
        return monday + timedelta(FRIDAY + (WEEK if found["next"] or found["next2"] else 0))
    if match(rf"{start}(?: l'| d'| the | this | )(?:annee|year)|fin d'annee|year[- ]end", said):
        return date(today.year, 12, 31)
    return None
