"""Days, dates, times of the day and delays that a text names."""

import re
from collections.abc import Iterator
from typing import Final

from repondeur.policy.claims.claim import Claim

WEEKDAYS: Final = (
    ("lundi", "monday"), ("mardi", "tuesday"), ("mercredi", "wednesday"), ("jeudi", "thursday"),
    ("vendredi", "friday"), ("samedi", "saturday"), ("dimanche", "sunday"),
)  # fmt: skip
_SHORT_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS: Final = (
    ("janvier", "january", "jan"), ("fevrier", "february", "feb"), ("mars", "march"), ("avril", "april", "apr"),
    ("mai", "may"), ("juin", "june"), ("juillet", "july"), ("aout", "august", "aug"),
    ("septembre", "september", "sept"), ("octobre", "october", "oct"), ("novembre", "november", "nov"),
    ("decembre", "december", "dec"),
)  # fmt: skip
_MONTH_OF: Final = {name: str(n) for n, names in enumerate(MONTHS, 1) for name in names}
_MONTH: Final = "|".join(sorted(_MONTH_OF, key=len, reverse=True))
# "May" and "march" are also verbs, "mars" and "jan" also names: they need a day, a year or one of these before them.
_DOUBTFUL: Final = frozenset({"may", "march", "mars", "mai", "jan", "dec", "oct", "nov", "sept", "aug", "apr", "feb"})
_BEFORE_MONTH: Final = re.compile(
    r"\b(?:en|de|du|d'|fin|mi|debut|in|of|since|until|by|early|late|mid|from|to|a|au|avant|before|depuis|des|and|et)[ -]$"
)
_DAY_OF: Final = {name: str(n) for n, names in enumerate(WEEKDAYS) for name in names}
_DAY: Final = "|".join(_DAY_OF)
_RANGE: Final = r"\s{1,2}(?:a|au|to|till|until|through|jusqu'au|jusqu'a)\s{1,2}|\s?-\s?"
_WEEKDAY_RANGE: Final = re.compile(rf"\b({_DAY})s?\b(?:{_RANGE})(?:le )?({_DAY})s?\b")
_SHORT_RANGE: Final = re.compile(
    rf"\b({'|'.join(_SHORT_DAYS)})[a-z]{{0,2}}\.?(?:{_RANGE})({'|'.join(_SHORT_DAYS)})[a-z]{{0,2}}\b"
)
_WEEKDAY: Final = re.compile(rf"\b({_DAY})s?\b")
_ALL_WEEK: Final = re.compile(
    r"\b(?:tous les jours|chaque jour|every day|daily|quotidien\w*|seven days a week|weekdays?|en semaine|"
    r"jours? de semaine)\b"
)
_WEEKEND: Final = re.compile(r"\b(?:week-? ?ends?|fins? de semaine)\b")
_DATES: Final = (
    re.compile(
        rf"\b(?P<day>\d{{1,2}}|premier|1er)(?: ?(?:er|st|nd|rd|th|e))?(?: of)? (?P<month>{_MONTH})\b\.?"
        r"(?:,? (?P<year>\d{4})\b)?"
    ),
    re.compile(
        rf"\b(?P<month>{_MONTH})\.? (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:\d)(?:,? (?P<year>\d{{4}})\b)?"
    ),
    re.compile(rf"\b(?P<month>{_MONTH})\.? (?P<year>\d{{4}})\b(?P<day>)?"),
    re.compile(r"(?<![\d/.-])(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?![\d-])"),
    re.compile(
        r"(?<![\d/.-])(?P<day>\d{1,2})(?P<sep>[/.-])(?P<month>\d{1,2})(?P=sep)(?P<year>\d{4}|\d\d)(?![\d/-]|\.\d)"
    ),
)
_MONTH_ALONE: Final = re.compile(rf"\b({_MONTH})\b")
_CLOCKS: Final = (
    re.compile(r"(?<![\d:.,])(?P<hour>\d{1,2}) ?h ?(?P<minute>[0-5]\d)\b"),
    re.compile(r"(?<![\d:.,])(?P<hour>\d{1,2})(?:[:.](?P<minute>[0-5]\d))? ?(?P<half>[ap])\.? ?m\b\.?"),
    re.compile(r"(?<![\d:.,])(?P<hour>\d{1,2}):(?P<minute>[0-5]\d)(?![:\d])"),
    re.compile(r"(?<![\d:.,])(?P<hour>\d{1,2}) heures? (?P<minute>[0-5]?\d)\b"),
    re.compile(r"(?<![\d:.,])(?P<hour>\d{1,2})(?P<minute>) ?o'clock\b"),
)
_NOON: Final = re.compile(r"\b(?:(midi|noon|midday)|(minuit|midnight))\b")
# Delays and days told from now, by what they come to.
_RELATIVE: Final = {
    "today": r"aujourd'hui|today|ce jour(?! ou)|ce matin|ce soir|cet apres-midi|tonight|this (?:morning|afternoon|evening)",
    "tomorrow": r"(?:apres-)?demain|(?:the day after )?tomorrow|overnight|du jour au lendemain",
    "yesterday": r"hier|avant-hier|yesterday",
    "week": r"cette semaine|this week|en fin de semaine|(?:by |the )?end of (?:the|this) week|fin de (?:la |cette )?semaine",
    "next": r"(?:semaine|mois|annee|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|week-?end) prochaine?"
    r"|next (?:week|month|year|monday|tuesday|wednesday|thursday|friday|saturday|sunday|weekend|few \w+)"
    r"|(?:prochaine|prochaines|prochains|prochain) (?:semaines?|mois|jours?|heures?|minutes?)|(?:coming|following) (?:days|weeks|week)",
    "month": r"ce mois-ci|this month|(?:by |the )?end of (?:the|this) month|fin (?:du|de ce) mois",
    "soon": r"(?:quelques|a few|several|plusieurs|a couple of|deux ou trois|some) (?:seconds|minutes|hours|days|weeks|months|"
    r"secondes|minutes|heures|jours|semaines|mois)|(?:within|in) (?:the )?(?:hour|minutes|hours|days|weeks)"
    r"|dans (?:l'heure|la journee|la semaine|les heures|les jours)|d'ici (?:la|peu|ce soir)",
    "same": r"same day|le jour meme|sur-le-champ|jour pour jour",
    "after": r"(?:next|following) (?:working |business )?day|(?:le )?lendemain|jour suivant|jour ouvre suivant|day after",
    "before": r"la veille|veille|day before",
    "feast": r"noel|christmas|xmas|paques|easter|new year|nouvel an|toussaint|pentecote|ascension|black friday",
}
_FROM_NOW: Final = re.compile(rf"\b(?:{'|'.join(f'(?P<{name}>{pattern})' for name, pattern in _RELATIVE.items())})\b")
_WISHES: Final = re.compile(
    r"\b(?:bon|bonne|joyeux|joyeuses|excellent|excellente|agreable|belle|happy|merry|good|great|nice|lovely|wonderful|"
    r"pleasant|fantastic)(?: (?:et|and|rest of|fin|reste) ?(?:de|of|the|your)?(?: la)?)? ?(?:\w+ ){0,2}?"
    r"(?:week-?end|semaine|week|day|noel|christmas|new year|paques|easter|annee|fetes|journee|soiree|"
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b"
    r"|\b(?:writing|write|contacting|reaching out|getting in touch|wrote|message|mail|email|question)(?: (?:to )?us)? today\b"
)


def dates(text: str) -> Iterator[Claim]:
    """Dates, months, days of the week and days told from now."""
    text = _blanked(_WISHES, text)
    for pattern in _DATES:
        for hit in pattern.finditer(text):
            said = hit.groupdict()
            month = _MONTH_OF.get(said["month"]) or str(int(said["month"]))
            day = "1" if said["day"] in {"premier", "1er"} else str(int(said["day"] or 0))
            if int(day) > 31 or int(month) > 12:
                continue
            year = said["year"] or ""
            yield Claim("date", f"{month}-{day}-{f'20{year}' if len(year) == 2 else year}", *hit.span())
        text = _blanked(pattern, text)
    for hit in _FROM_NOW.finditer(text):
        yield Claim("date", f"now:{hit.lastgroup}", *hit.span())
    text = _blanked(_FROM_NOW, text)
    for pattern, names in ((_WEEKDAY_RANGE, list(_DAY_OF)), (_SHORT_RANGE, list(_SHORT_DAYS))):
        for hit in pattern.finditer(text):
            first, last = ((_DAY_OF.get(one) or str(names.index(one))) for one in hit.groups())
            yield Claim("date", f"week:{_around(int(first), int(last))}", *hit.span())
        text = _blanked(pattern, text)
    for hit in _WEEKDAY.finditer(text):
        yield Claim("date", f"week:{_DAY_OF[hit[1]]}", *hit.span())
    for hit in _WEEKEND.finditer(text):
        yield Claim("date", "week:56", *hit.span())
    for hit in _MONTH_ALONE.finditer(text):
        if hit[1] not in _DOUBTFUL or _BEFORE_MONTH.search(text[max(0, hit.start() - 8) : hit.start()]):
            yield Claim("date", f"{_MONTH_OF[hit[1]]}-0-", *hit.span())


def weekdays_told(text: str) -> frozenset[str]:
    """Days of the week that a text tells of, also where it names them by a word for all of them."""
    told = {day for one in dates(text) if one.key.startswith("week:") for day in one.key[5:]}
    return frozenset(told | set("01234" if _ALL_WEEK.search(text) else ""))


def clocks(text: str) -> Iterator[Claim]:
    """Times of the day, in minutes from midnight."""
    for pattern in _CLOCKS:
        for hit in pattern.finditer(text):
            said = hit.groupdict()
            hour = int(said["hour"])
            if half := said.get("half"):
                hour = hour % 12 + (12 if half == "p" else 0)
            if hour <= 24:
                yield Claim("clock", str(hour * 60 + int(said.get("minute") or 0)), *hit.span())
        text = _blanked(pattern, text)
    for hit in _NOON.finditer(text):
        yield Claim("clock", "720" if hit[1] else "0", *hit.span())


def _around(first: int, last: int) -> str:
    days = "0123456"
    return days[first : last + 1] if first <= last else days[first:] + days[: last + 1]


def _blanked(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda hit: "\x01" * len(hit.group()), text)
