"""What a text may be relied on for."""

import re
from dataclasses import dataclass
from typing import Final

from repondeur.policy.claims import contexts, counting, promises, shares
from repondeur.policy.claims.ages import birthdays, is_age, tells_age
from repondeur.policy.claims.canonical import canonical
from repondeur.policy.claims.claim import Claim, words_in
from repondeur.policy.claims.commitments import by_name
from repondeur.policy.claims.dates import ROUND_CLOCK, first_days
from repondeur.policy.claims.disguises import plain
from repondeur.policy.claims.equal import WORKING_DAY, cents, same_hour, same_time, values
from repondeur.policy.claims.extract import SENTENCE, extract, sentence_key
from repondeur.policy.claims.farewells import is_farewell
from repondeur.policy.claims.links import host_of, same_links
from repondeur.policy.claims.phones import same_number
from repondeur.policy.claims.rates import PER, is_of_money
from repondeur.policy.claims.refusals import is_refused
from repondeur.policy.claims.statements import is_warned_of, statements
from repondeur.policy.claims.weekdays import EVERY_DAY, every_day, open_days, weekdays_told

# "Your order of 3 May", where the author called it so.
_SENT: Final = (
    r"(?:messages?|mails?|e-mails?|emails?|courriels?|courriers?|lettres?|letters?|orders?|commandes?|demandes?|"
    r"requests?|enquiry|achats?|purchases?)"
)
_SENT_BY_AUTHOR: Final = re.compile(
    rf"\b(?:your|votre) {_SENT} (?:of|dated|placed on|sent on|du|en date du|passee le)(?: the)? $"
)
_SENT_ON: Final = re.compile(
    rf"\b(?:{_SENT}(?: n?[°o#]? ?[\w-]{{1,20}})? (?:of|from|dated|placed on|made on|sent on|du|en date du|passee le|"
    r"envoyee? le)|(?:ordered|bought|wrote|commande|achete|ecrit)(?: [a-z']{1,12}){0,3} (?:on|le))(?: the)? $"
)
_LAST: Final = re.compile(r"(?<!the )(?<!every )(?<!each )(?<!at )\blast $")
_WORKING: Final = "working"  # among the days of the week, where working days are told of
ENTIRELY: Final = "entirely"
_NOON: Final = re.compile(r"\s(?:noon|midday)\b")
_DAY_AHEAD: Final = re.compile(r"\b(?:(?:a|one|1) day (?:ahead|in advance|before)|(?:un|1) jour a l'avance)\b")
_POSTCODE: Final = re.compile(r"[a-z]{1,2}\d{4,5}")
_LEAST_JOINED: Final = 5  # characters of a name that may be written in one word or in two


@dataclass(frozen=True, slots=True)
class Founding:
    """keys: of all claims, by kind. values: of numbers that count nothing told, and of dates. ages: years that are how
    old somebody is, and no delay. open_days: those days of the week that are not only told as closed. commitments:
    see promises.founded_commitments. letters: those beside the Latin ones. sentences: their keys. words: all of them.
    joined_words: letters and figures without a gap."""

    keys: frozenset[tuple[str, str]] = frozenset()
    values: frozenset[str] = frozenset()
    ages: frozenset[str] = frozenset()
    weekdays: frozenset[str] = frozenset()
    open_days: frozenset[str] = frozenset()
    commitments: frozenset[str] = frozenset()
    letters: frozenset[str] = frozenset()
    sentences: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    joined_words: str = ""

    def joined(self, other: "Founding") -> "Founding":
        """What both found together."""
        return Founding(
            self.keys | other.keys,
            self.values | other.values,
            self.ages | other.ages,
            self.weekdays | other.weekdays,
            self.open_days | other.open_days,
            self.commitments | other.commitments,
            self.letters | other.letters,
            self.sentences | other.sentences,
            self.words | other.words,
            f"{self.joined_words} {other.joined_words}",
        )

    def founds(self, claim: Claim, text: str, mail: str) -> bool:
        """Whether this claim of a text stands here. mail: canonical text of the author's; a day of theirs may be named
        again where it promises nothing."""
        if claim.kind != "number" and (claim.kind, claim.key) in self.keys and not claim.key.startswith("week:"):
            return True
        match claim.kind:
            case "link":
                return ("host", claim.key) in self.keys
            case "phone":
                return any(kind == "phone" and same_number(claim.key, key) for kind, key in self.keys)
            case "duration":
                return self._founds_duration(claim, text, mail)
            case "clock":
                half = text.startswith("half", claim.begin)  # before noon or after
                return half and ("clock", str(int(claim.key) + 720)) in self.keys
            case "number":
                if contexts.is_price(claim, text):
                    return ("amount", claim.key) in self.keys
                return self._founds_number(claim, text) or self._is_hour(claim, text)
            case "id":
                return (len(claim.key) >= _LEAST_JOINED and claim.key in self.joined_words) or (
                    bool(_POSTCODE.fullmatch(claim.key))
                    and claim.key.lstrip("abcdefghijklmnopqrstuvwxyz") in self.values
                )
            case "date":
                return self._founds_date(claim, text, mail) or is_farewell(claim, text, mail)
            case "amount":
                return shares.is_entirely(claim, text) and ("amount", ENTIRELY) in self.keys
        return False

    def founds_promise(self, promise: promises.Promise) -> bool:
        """Whether a passage speaks of it and does not merely deny it, unless it is denied here as well. Plain words
        of service need no founding where there is no passage."""
        commitment = by_name()[promise.kind]
        if commitment.claim != "promise":
            return False
        if f"+{promise.kind}" in self.commitments or (commitment.soft and not self.sentences):
            return True
        return promise.denied and promise.kind in self.commitments

    def _founds_number(self, claim: Claim, text: str) -> bool:
        if ("id", counting.is_code(claim, text)) in self.keys:
            return True
        if ("duration", contexts.range_of(claim, text)) in self.keys:
            return True
        return counting.ranked(claim, text) in self.values and counting.is_known_thing(claim, text, self.words)

    def _is_hour(self, claim: Claim, text: str) -> bool:
        """Whether it is an hour of a range, which a passage tells: of the day, or of its half."""
        if claim.key == "12" and _NOON.match(text, claim.end):
            return ("clock", "720") in self.keys
        hours = contexts.hours_of(claim, text)
        return any(("clock", str(one)) in self.keys for hour in hours for one in (hour, hour + 720))

    def _founds_duration(self, claim: Claim, text: str, mail: str) -> bool:
        value, _, unit = claim.key.partition(" ")
        if value == PER:  # where no passage tells any, nothing says how often something is; a price has its own
            return not is_of_money(text, claim.begin) and not any(
                kind == "duration" and key.startswith(f"{PER} ") for kind, key in self.keys
            )
        if unit == "year":
            return is_age(claim, text, self.ages, self.values, mail)
        return unit == "hour" and self._is_hour(claim, text)

    def _founds_date(self, claim: Claim, text: str, mail: str) -> bool:
        before = text[max(0, claim.begin - 48) : claim.begin]
        said = text[claim.begin : claim.end].rstrip(".")
        if claim.key.startswith("week:"):
            days = set(claim.key[5:])
            is_its_day = contexts.is_day_of_date(claim, text, self.values)
            if is_its_day is False:
                return False
            always = {("duration", ROUND_CLOCK), ("date", EVERY_DAY)}
            if days <= self.open_days or (len(days) == 7 and not always.isdisjoint(self.keys)):
                return True
            if is_its_day or (_LAST.search(before) and said in mail):
                return True
            # Which days there are, a passage has to tell before others can be said to be none.
            return bool(self.weekdays) and is_refused(claim.begin, claim.end, text)
        if claim.key.startswith("now:"):
            return False
        month, day, year = claim.key.split("-")
        told = [key.split("-") for kind, key in self.keys if kind == "date" and key[:1].isdigit()]
        if day == "0" and any(one[0] == month for one in told):
            return not year or year in self.values
        if any(
            one[:2] == [month, day] and (year in {"", one[2]} or (not one[2] and year in self.values)) for one in told
        ):
            return True
        if said not in mail and ("closed", claim.key) not in self.keys:
            return False
        if is_refused(claim.begin, claim.end, text):
            return True
        return bool(_SENT_BY_AUTHOR.search(before)) and _is_told_as_sent(said, mail)


def _is_date(claim: Claim) -> bool:
    return claim.kind == "date" and claim.key[:1].isdigit()


def _is_told_as_sent(said: str, mail: str) -> bool:
    """Whether the author tells of that day as the one on which something was ordered or written."""
    places = re.finditer(re.escape(said), mail)
    return any(_SENT_ON.search(mail[max(0, hit.start() - 48) : hit.start()]) for hit in places)


NOTHING: Final = Founding()


def founding(text: str) -> Founding:
    """What stands in a text of ours."""
    whole = plain(canonical(text))
    read = statements(whole)
    said = [one for one in extract(read) if not is_warned_of(one, read.text)]
    ages = {one for one in said if one.kind == "duration" and one.key.endswith(" year") and tells_age(one, read.text)}
    hours = {one: found for one in said if one.kind == "number" and (found := contexts.hours_of(one, read.text))}
    closed = {one for one in said if _is_date(one) and is_refused(one.begin, one.end, read.text)}
    claims = [one for one in said if one not in ages and one not in hours and one not in closed]
    same_sums = set(shares.same_sums(read.text))
    same_sums |= {part for one in claims if one.kind == "amount" for part in shares.parts(one, read.text)}
    times = [one for one in claims if one.kind == "duration"]
    numbers = [one for one in claims if one.kind == "number"]
    keys: set[tuple[str, str]] = {(one.kind, one.key) for one in claims}
    if read is not whole:  # a question says nothing, but what it asks about it names: "What do A5 flyers cost?"
        keys |= {("id", one.key) for one in extract(whole) if one.kind == "id"}
    keys |= {("closed", one.key) for one in closed}
    keys |= {("date", day) for day in first_days(read.text)}
    weekdays, days_open = weekdays_told(read.text), open_days(read.text)
    told_open = every_day(read.text, open_only=weekdays != days_open)
    keys |= {("date", EVERY_DAY) for one in told_open if one.key == "week:0123456"}
    keys |= {("clock", str(hour)) for found in hours.values() for hour in found}
    keys |= {("link", same) for one in claims if one.kind == "link" for same in same_links(one.key)}
    keys |= {("duration", same) for one in times for same in same_time(one, read.text)}
    keys |= {("duration", short) for short in contexts.left_short(numbers, times, read.text)}
    keys |= {("duration", both) for both in contexts.ranges(times, read.text)}
    keys |= {hour for one in claims for hour in same_hour(one, read.text)}
    keys |= {("host", host_of(one.key)) for one in claims if one.kind in {"link", "address"} and "." in one.key}
    keys |= {
        ("amount", f"unit:{one.key.partition(' ')[2]}") for one in claims if one.kind == "amount" and " " in one.key
    }
    keys |= {("amount", f"{same} cent") for one in claims if one.kind == "amount" and (same := cents(one.key))}
    keys |= {("amount", same) for same in same_sums}
    if shares.tells_entirely(read.text):
        keys.add(("amount", ENTIRELY))
    if _DAY_AHEAD.search(read.text):
        keys.add(("date", "now:before"))
    keys |= {("amount", one.key) for one in numbers if contexts.is_price(one, read.text)}
    return Founding(
        frozenset(keys),
        frozenset(counting.numbers_told(claims, read.text)) | {one for one in same_sums if one.startswith("part:")},
        frozenset(value for one in ages for value in values(one)) | birthdays(read.text),
        weekdays | ({_WORKING} if WORKING_DAY.search(read.text) else set()),
        days_open,
        promises.founded_commitments(read.text),
        frozenset(char for char in read.text if char.isalpha() and not "a" <= char <= "z"),
        frozenset(sentence_key(hit.group()) for hit in SENTENCE.finditer(canonical(text).text)),
        words_in(whole.text),
        re.sub(r"[^a-z0-9]", "", whole.text),
    )
