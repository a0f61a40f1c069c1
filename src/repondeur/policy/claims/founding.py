"""What a text may be relied on for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from repondeur.policy.claims import promises
from repondeur.policy.claims.amounts import ARTICLE
from repondeur.policy.claims.canonical import canonical
from repondeur.policy.claims.claim import Claim
from repondeur.policy.claims.commitments import by_name
from repondeur.policy.claims.dates import ROUND_CLOCK, date_behind, first_days, weekdays_told
from repondeur.policy.claims.disguises import plain
from repondeur.policy.claims.extract import SENTENCE, extract, sentence_key
from repondeur.policy.claims.links import host_of, same_links
from repondeur.policy.claims.numbers import ordinals
from repondeur.policy.claims.phones import same_number

# By, before, until: then a day is a promise, even one that the author named.
_DEADLINE: Final = re.compile(
    r"\b(?:by|before|until|till|avant|d'ici|pour|des|jusqu'a|jusqu'au)(?: le| the| ce| this)? $"
)
_SENT_BY_AUTHOR: Final = re.compile(
    r"\b(?:messages?|mails?|e-mails?|emails?|courriels?|courriers?|lettres?|letters?|orders?|commandes?|demandes?|"
    r"requests?|enquiry|questions?|achats?|purchases?)\b[^.!?\n]{0,24}$"
)
_SUMS: Final = frozenset({"amount", "clock", "duration"})
_BARE: Final = re.compile(
    r"[^\w\s]*(?:\s*$|\s*[.,;:!?)\n-]|\s+(?:to|until|till|and|or|a|et|ou|le|la|on|in|du|from|every|each|o'clock)\b)"
)
_OF_RANGE: Final = re.compile(
    r"(?:\b(?:from|at|to|until|till|between|and|or|before|after|by|de|a|des|entre|et|ou|jusqu'a|vers|avant|apres|pour)|[-(/:])"
    r"[ *_]{0,3}$"
)
_BEFORE: Final = 12  # characters that hold such a word
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
_SHORT_TIMES: Final = frozenset({"second", "minute", "hour", "day"})
_WORKING_DAY: Final = re.compile(r"working|business|ouvre|ouvrable")
_WORKING: Final = "working"  # among the days of the week, where working days are told of
# Saturday is no working day: what says so needs no passage that names it.
_CLOSED: Final = re.compile(r"\b(?:closed|not open|except|excluding|ferme\w{0,2}|sauf|hors|excepte|pas ouverts?)\b")
# That something is not possible on a day that the author named.
_NOT_THEN: Final = re.compile(
    r"\b(?:closed|not (?:open|possible|able)|cannot|ferme\w{0,2}|pas (?:\w+ ){0,2}(?:possible|ouvert\w{0,2}))\b"
)
_LAST: Final = re.compile(r"\blast $")
_AGE: Final = re.compile(r"s?[- ]olds?\b")
_PERSON: Final = re.compile(
    r"\b(?:enfants?|fils|filles?|garcons?|bebe|child|children|son|daughter|kids?|boy|girl)\b[^.!?\n]{0,16}$"
)
_POSTCODE: Final = re.compile(r"[a-z]{1,2}\d{4,5}")
_LEFT_OUT: Final = re.compile(r"\b(?:not|except|excluding|no|ne|pas|hors|sauf|ni)\b")
_LONGEST_TIME: Final = 9  # digits
_LEAST_JOINED: Final = 5  # characters of a name that may be written in one word or in two


@dataclass(frozen=True, slots=True)
class Founding:
    """keys: of all claims, by kind. values: of numbers that count nothing told, and of dates. sums: of those that count
    money or time; alone they may be said again in a range ("9 to 18"), with no other word behind them. commitments: see
    promises.founded_commitments. letters: those beside the Latin ones. sentences: their keys. joined_words: letters and
    figures without a gap."""

    keys: frozenset[tuple[str, str]] = frozenset()
    values: frozenset[str] = frozenset()
    sums: frozenset[str] = frozenset()
    weekdays: frozenset[str] = frozenset()
    commitments: frozenset[str] = frozenset()
    letters: frozenset[str] = frozenset()
    sentences: frozenset[str] = frozenset()
    joined_words: str = ""

    def joined(self, other: "Founding") -> "Founding":
        """What both found together."""
        return Founding(
            self.keys | other.keys,
            self.values | other.values,
            self.sums | other.sums,
            self.weekdays | other.weekdays,
            self.commitments | other.commitments,
            self.letters | other.letters,
            self.sentences | other.sentences,
            f"{self.joined_words} {other.joined_words}",
        )

    def founds(self, claim: Claim, text: str, mail: str) -> bool:
        """Whether this claim of a text stands here. mail: canonical text of the author's; a day of theirs may be named
        again where it promises nothing."""
        if (claim.kind, claim.key) in self.keys:
            return True
        match claim.kind:
            case "link":
                return ("host", claim.key) in self.keys
            case "phone":
                return any(kind == "phone" and same_number(claim.key, key) for kind, key in self.keys)
            case "duration":
                return self._founds_duration(claim, text, mail)
            case "clock":
                hour, minute = divmod(int(claim.key), 60)
                if text.startswith("half", claim.begin):  # before noon or after
                    return ("clock", str(int(claim.key) + 720)) in self.keys
                if minute:
                    return False
                return ("duration", f"{hour} hour") in self.keys or bool(
                    {str(hour), str(hour % 12 or 12)} & self.values
                )
            case "number":
                return (
                    claim.key in self.values
                    or (claim.key in self.sums and self._is_bare(claim, text))
                    or self._is_clock(claim, text)
                )
            case "id":
                return (len(claim.key) >= _LEAST_JOINED and claim.key in self.joined_words) or (
                    bool(_POSTCODE.fullmatch(claim.key))
                    and claim.key.lstrip("abcdefghijklmnopqrstuvwxyz") in self.values
                )
            case "date":
                return self._founds_date(claim, text, mail)
        return False

    @property
    def tells_days(self) -> bool:
        """Whether days, times or delays are told of; else nothing says which ones are right, and those in plain words
        ("tomorrow") are let be."""
        return any(kind in {"date", "duration", "clock"} for kind, _ in self.keys)

    def founds_promise(self, promise: promises.Promise) -> bool:
        """Whether a passage speaks of it and does not merely deny it, unless it is denied here as well. Plain words
        of service need no founding where there is no passage."""
        commitment = by_name()[promise.kind]
        if commitment.claim != "promise":
            return False
        if f"+{promise.kind}" in self.commitments or (commitment.soft and not self.sentences):
            return True
        return promise.denied and promise.kind in self.commitments

    def _is_bare(self, claim: Claim, text: str) -> bool:
        """Whether a number stands as one of a range, or as an hour: "from 9 to 18", "open until 6"."""
        return bool(
            _BARE.match(text, claim.end) and _OF_RANGE.search(text[max(0, claim.begin - _BEFORE) : claim.begin])
        )

    def _is_clock(self, claim: Claim, text: str) -> bool:
        """Whether it is an hour told with a dot ("9 to 12.30"), of the day or of its half."""
        hour, dot, minute = text[claim.begin : claim.end].partition(".")
        if not dot or len(minute) != 2 or not hour.isdigit() or not minute.isdigit() or len(hour) > 2:
            return False
        told = int(hour) * 60 + int(minute)
        return int(minute) < 60 and any(("clock", str(one)) in self.keys for one in (told, told + 720))

    def _is_calendar(self, claim: Claim, text: str) -> bool:
        """Whether it is the day of the week of the date behind it, in the year that the text or a passage names."""
        behind = date_behind(text, claim.end)
        if behind is None or len(claim.key) != len("week:0"):
            return False
        month, day, told = behind
        years = [told] if told else [int(one) for one in self.values if len(one) == 4 and one.startswith("20")]
        return any(_weekday(year, month, day) == int(claim.key[-1]) for year in years)

    def _is_closed(self, claim: Claim, text: str) -> bool:
        """Whether it is told to be closed on days that no passage names among those it tells."""
        near = (
            text[max(0, claim.begin - 48) : claim.begin].rpartition(".")[2]
            + text[claim.end : claim.end + 24].partition(".")[0]
        )
        return bool(self.weekdays) and self.weekdays.isdisjoint(claim.key[5:]) and bool(_CLOSED.search(near))

    def _asked(self, claim: Claim, text: str, mail: str) -> bool:
        """Whether the author named it, and it is no deadline in the text."""
        before = text[max(0, claim.begin - 48) : claim.begin]
        return not _DEADLINE.search(before) and text[claim.begin : claim.end] in mail

    def _is_age(self, claim: Claim, value: str, text: str, mail: str) -> bool:
        """Whether it is how old somebody is: a number of a passage, or what the author told of theirs."""
        if _AGE.match(text, claim.end) and value in self.values:
            return True
        person = _AGE.match(text, claim.end) or _PERSON.search(text[max(0, claim.begin - 40) : claim.begin])
        return bool(person and re.search(rf"(?<![\d.,]){re.escape(value)}(?![\d.,€%])", mail))

    def _founds_duration(self, claim: Claim, text: str, mail: str) -> bool:
        value, _, unit = claim.key.partition(" ")
        if unit == "year" and self._is_age(claim, value, text, mail):
            return True
        if unit == "hour" and value.isdigit() and ("clock", str(int(value) * 60)) in self.keys:
            return True
        if not self.tells_days and unit in _SHORT_TIMES and ARTICLE.match(text, claim.begin):
            return True
        # "Within three days, and within ten by PayPal."
        units = {key.partition(" ")[2] for kind, key in self.keys if kind == "duration"}
        return unit in units and ("number", value) in self.keys

    def _founds_date(self, claim: Claim, text: str, mail: str) -> bool:
        if not self.tells_days and not any(map(str.isdigit, text[claim.begin : claim.end])):
            return True
        before = text[max(0, claim.begin - 48) : claim.begin]
        if claim.key.startswith("week:"):
            days = set(claim.key[5:])
            if days <= self.weekdays or (len(days) == 7 and ("duration", ROUND_CLOCK) in self.keys):
                return True
            if self._is_calendar(claim, text) or self._is_closed(claim, text) or _LAST.search(before[-8:]):
                return True
            if _WORKING in self.weekdays and _LEFT_OUT.search(text[max(0, claim.begin - 32) : claim.end + 32]):
                return True
            return bool(self.weekdays) and self._asked(claim, text, mail)
        if claim.key.startswith("now:"):
            return False
        month, day, year = claim.key.split("-")
        told = [key.split("-") for kind, key in self.keys if kind == "date" and key[:1].isdigit()]
        if day == "0" and (any(one[0] == month for one in told) or self._asked(claim, text, mail)):
            return not year or year in self.values
        if any(
            one[:2] == [month, day] and (year in {"", one[2]} or (not one[2] and year in self.values)) for one in told
        ):
            return True
        if text[claim.begin : claim.end] not in mail:
            return False
        return bool(_SENT_BY_AUTHOR.search(before)) or bool(_NOT_THEN.search(before.rpartition(".")[2]))


NOTHING: Final = Founding()


def founding(text: str) -> Founding:
    """What stands in a text of ours."""
    read = plain(canonical(text))
    claims = extract(read)
    keys: set[tuple[str, str]] = {(one.kind, one.key) for one in claims}
    keys |= {("date", day) for day in first_days(read.text)}
    keys |= {("link", same) for one in claims if one.kind == "link" for same in same_links(one.key)}
    keys |= {("duration", same) for one in claims if one.kind == "duration" for same in _same_time(one, read.text)}
    keys |= {("host", host_of(one.key)) for one in claims if one.kind in {"link", "address"} and "." in one.key}
    keys |= {
        ("amount", f"unit:{one.key.partition(' ')[2]}") for one in claims if one.kind == "amount" and " " in one.key
    }
    keys |= {("amount", f"{same} cent") for one in claims if one.kind == "amount" and (same := _cents(one.key))}
    return Founding(
        frozenset(keys),
        frozenset(
            (*(value for one in claims if one.kind not in _SUMS for value in _values(one)), *ordinals(read.text))
        ),
        frozenset(value for one in claims if one.kind in _SUMS for value in _values(one)),
        weekdays_told(read.text) | ({_WORKING} if _WORKING_DAY.search(read.text) else set()),
        promises.founded_commitments(read.text),
        frozenset(char for char in read.text if char.isalpha() and not "a" <= char <= "z"),
        frozenset(sentence_key(hit.group()) for hit in SENTENCE.finditer(canonical(text).text)),
        re.sub(r"[^a-z0-9]", "", read.text),
    )


def _weekday(year: int, month: int, day: int) -> int | None:
    try:
        return date(year, month, day).weekday()
    except ValueError:
        return None


def _cents(key: str) -> str:
    """What less than one of a currency comes to in its cents: 20 for "0.2 eur"."""
    value, _, unit = key.partition(" ")
    whole, _, part = value.partition(".")
    return part.ljust(2, "0").lstrip("0") if whole == "0" and 0 < len(part) <= 2 and unit in _WITH_CENTS else ""


def _same_time(claim: Claim, text: str) -> Iterator[str]:
    """The same time in another unit, where it comes to whole ones: 2 weeks are 14 days, if not working ones."""
    value, _, unit = claim.key.partition(" ")
    if _WORKING_DAY.search(text, claim.begin, claim.end + 12):
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


def _values(claim: Claim) -> list[str]:
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
