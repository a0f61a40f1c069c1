"""What a text may be relied on for."""

import re
from dataclasses import dataclass
from typing import Final

from repondeur.policy.claims import contexts, promises
from repondeur.policy.claims.amounts import ARTICLE, PER
from repondeur.policy.claims.canonical import canonical
from repondeur.policy.claims.claim import Claim
from repondeur.policy.claims.commitments import by_name
from repondeur.policy.claims.dates import ROUND_CLOCK, first_days, open_days, weekdays_told
from repondeur.policy.claims.disguises import plain
from repondeur.policy.claims.equal import WORKING_DAY, cents, same_time, values
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
_SHORT_TIMES: Final = frozenset({"second", "minute", "hour", "day"})
_WORKING: Final = "working"  # among the days of the week, where working days are told of
# Saturday is no working day: what says so needs no passage that names it.
_POSTCODE: Final = re.compile(r"[a-z]{1,2}\d{4,5}")
_LEFT_OUT: Final = re.compile(r"\b(?:not|except|excluding|no|ne|pas|hors|sauf|ni)\b")
_LEAST_JOINED: Final = 5  # characters of a name that may be written in one word or in two


@dataclass(frozen=True, slots=True)
class Founding:
    """keys: of all claims, by kind. values: of numbers that count nothing told, and of dates. sums: of those that count
    money or time; alone they may be said again in a range ("9 to 18"), with no other word behind them. open_days: those
    days of the week that are not only told as closed. commitments: see promises.founded_commitments. letters: those
    beside the Latin ones. sentences: their keys. joined_words: letters and figures without a gap."""

    keys: frozenset[tuple[str, str]] = frozenset()
    values: frozenset[str] = frozenset()
    sums: frozenset[str] = frozenset()
    weekdays: frozenset[str] = frozenset()
    open_days: frozenset[str] = frozenset()
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
            self.open_days | other.open_days,
            self.commitments | other.commitments,
            self.letters | other.letters,
            self.sentences | other.sentences,
            f"{self.joined_words} {other.joined_words}",
        )

    def founds(self, claim: Claim, text: str, mail: str) -> bool:
        """Whether this claim of a text stands here. mail: canonical text of the author's; a day of theirs may be named
        again where it promises nothing."""
        if (claim.kind, claim.key) in self.keys and not claim.key.startswith("week:"):
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
                    or (claim.key in self.sums and contexts.is_bare(claim, text))
                    or self._is_hour(claim, text)
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

    def _is_hour(self, claim: Claim, text: str) -> bool:
        """Whether it is an hour of a passage with a dot ("9 to 12.30"), of the day or of its half."""
        minutes = contexts.minutes_of(text[claim.begin : claim.end])
        return minutes is not None and any(("clock", str(one)) in self.keys for one in (minutes, minutes + 720))

    def _asked(self, claim: Claim, text: str, mail: str) -> bool:
        """Whether the author named it, and it is no deadline in the text."""
        before = text[max(0, claim.begin - 48) : claim.begin]
        return not _DEADLINE.search(before) and text[claim.begin : claim.end] in mail

    def _founds_duration(self, claim: Claim, text: str, mail: str) -> bool:
        value, _, unit = claim.key.partition(" ")
        if value == PER:  # where no passage tells any, nothing says which one is right
            return not any(kind == "duration" and key.startswith(f"{PER} ") for kind, key in self.keys)
        if unit == "year" and contexts.is_age(claim, text, self.values, mail):
            return True
        if unit == "hour" and self._is_hour(claim, text):
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
            # One that is only told as closed may not be told as open.
            if days <= self.weekdays and not days <= self.open_days:
                return contexts.is_denied(claim, text)
            if days <= self.weekdays or (len(days) == 7 and ("duration", ROUND_CLOCK) in self.keys):
                return True
            if contexts.is_past(before) or contexts.is_day_of_date(claim, text, self.values):
                return True
            if self.weekdays and self.weekdays.isdisjoint(days) and contexts.is_closed(claim, text):
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
        if text[claim.begin : claim.end].rstrip(".") not in mail:
            return False
        return bool(_SENT_BY_AUTHOR.search(before)) or contexts.is_refused(before)


NOTHING: Final = Founding()


def founding(text: str) -> Founding:
    """What stands in a text of ours."""
    read = plain(canonical(text))
    claims = extract(read)
    keys: set[tuple[str, str]] = {(one.kind, one.key) for one in claims}
    keys |= {("date", day) for day in first_days(read.text)}
    keys |= {("link", same) for one in claims if one.kind == "link" for same in same_links(one.key)}
    keys |= {("duration", same) for one in claims if one.kind == "duration" for same in same_time(one, read.text)}
    keys |= {("host", host_of(one.key)) for one in claims if one.kind in {"link", "address"} and "." in one.key}
    keys |= {
        ("amount", f"unit:{one.key.partition(' ')[2]}") for one in claims if one.kind == "amount" and " " in one.key
    }
    keys |= {("amount", f"{same} cent") for one in claims if one.kind == "amount" and (same := cents(one.key))}
    return Founding(
        frozenset(keys),
        frozenset((*(value for one in claims if one.kind not in _SUMS for value in values(one)), *ordinals(read.text))),
        frozenset(value for one in claims if one.kind in _SUMS for value in values(one)),
        weekdays_told(read.text) | ({_WORKING} if WORKING_DAY.search(read.text) else set()),
        open_days(read.text),
        promises.founded_commitments(read.text),
        frozenset(char for char in read.text if char.isalpha() and not "a" <= char <= "z"),
        frozenset(sentence_key(hit.group()) for hit in SENTENCE.finditer(canonical(text).text)),
        re.sub(r"[^a-z0-9]", "", read.text),
    )
