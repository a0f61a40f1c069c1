"""Numbers with what they count: sums, times, weights, ages, however written. Pure and linear."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

_SINGLE = {
    "un": 1, "une": 1, "one": 1, "a": 1, "an": 1, "deux": 2, "two": 2, "trois": 3, "three": 3, "quatre": 4, "four": 4,
    "cinq": 5, "five": 5, "six": 6, "sept": 7, "seven": 7, "huit": 8, "eight": 8, "neuf": 9, "nine": 9, "dix": 10,
    "ten": 10, "onze": 11, "eleven": 11, "douze": 12, "twelve": 12, "treize": 13, "thirteen": 13, "quatorze": 14,
    "fourteen": 14, "quinze": 15, "fifteen": 15, "seize": 16, "sixteen": 16, "seventeen": 17, "eighteen": 18,
    "nineteen": 19, "vingt": 20, "vingts": 20, "twenty": 20, "trente": 30, "thirty": 30, "quarante": 40, "forty": 40,
    "cinquante": 50, "fifty": 50, "soixante": 60, "sixty": 60, "seventy": 70, "septante": 70, "eighty": 80,
    "ninety": 90, "nonante": 90, "cent": 100, "cents": 100, "hundred": 100, "mille": 1000, "thousand": 1000,
}  # fmt: skip
# Unit to (dimension, how many of the dimension's own unit: days, any currency, metres, kilograms, litres).
_UNITS: dict[str, tuple[str, float, str]] = {
    "minute": ("time", 1 / 1440, "minutes?|mins?"),
    "hour": ("time", 1 / 24, "heures?|hours?|hrs?|h"),
    "day": ("time", 1, "jours?|days?|j|nuits?|nights?|journees?"),
    "week": ("time", 7, "semaines?|weeks?"),
    "month": ("time", 30.4, "mois|months?"),
    "year": ("time", 365, "ans?(?! hour| extra)|annees?|years?|yrs?"),
    "money": ("money", 1, "euros?|eur|€|dollars?|usd|[$]|pounds?|gbp|£|chf|francs?"),
    "cent": ("money", 0.01, "centimes?|pence"),
    "percent": ("percent", 1, "%|pour ?cents?|percent|per cent"),
    "mm": ("length", 0.001, "mm|millimetres?|millimeters?"),
    "cm": ("length", 0.01, "cm|centimetres?|centimeters?"),
    "m": ("length", 1, "m|metres?|meters?"),
    "km": ("length", 1000, "km|kilometres?|kilometers?|miles?"),
    "m2": ("area", 1, "m2|m²|metres? carres?|square met(?:re|er)s?|sqm"),
    "m3": ("volume", 1000, "m3|m³|metres? cubes?"),
    "g": ("weight", 0.001, "g|grammes?|grams?"),
    "kg": ("weight", 1, "kgs?|kilos?|kilogrammes?|kilograms?"),
    "tonne": ("weight", 1000, "tonnes?|tons?|t"),
    "litre": ("volume", 1, "l|litres?|liters?"),
    "ml": ("volume", 0.001, "ml"),
    "byte": ("data", 1, "go|gb|gigas?"),
    "megabyte": ("data", 0.001, "mo|mb"),
    "terabyte": ("data", 1000, "tb|teraoctets?"),
    "rate": ("rate", 1, "gbit/?s?|gbps|mbit/?s?|mbps"),
    "watt": ("power", 1, "w|watts?"),
    "kilowatt": ("power", 1000, "kw|kva"),
    "volt": ("voltage", 1, "v|volts?"),
    "degree": ("temperature", 1, "°c?|degres?|degrees?"),
    "person": ("people", 1, "personnes?|persons?|people|convives?|participants?|invites?|guests?|adultes?|adults?"),
}
_WORDS = "|".join(sorted(_SINGLE, key=len, reverse=True))
_FIGURES = r"\d{1,3}(?:[ .,]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,3})?"
_NUMBER = re.compile(
    rf"(?P<before>[€$£]|\beur |\busd |\bgbp |\bchf )? ?(?<![\w.,])"
    rf"(?P<number>{_FIGURES}|\b(?:{_WORDS})(?:[ -](?:et[ -]|and )?(?:{_WORDS})\b){{0,5}}\b)"
    rf"(?: ?-? ?(?:working |business |full |calendar )?"
    rf"(?:{'|'.join(f'(?P<u{n}>{pattern})' for n, (_, _, pattern) in enumerate(_UNITS.values()))})(?![a-z0-9']))?"
)
_CLOCK = re.compile(
    r"(?<![\d:.,])(?:[01]?\d|2[0-4])(?: ?h ?(?:[0-5]\d)?(?![a-z\d])|:[0-5]\d(?!\d)|(?:[.:][0-5]\d)? ?[ap]\.?m\b)"
    r"|\b(?:midi|noon|midnight|minuit)\b|\d ?o'clock|\d heures? (?:du|et|pile)\b"
)
_TO = re.compile(r" ?(?:-|–|a|to|et|and|or|ou|/) ?")
_LIMIT_BEFORE = re.compile(
    r"(?:jusqu'?[ae]u?x?|up to|maxi?(?:mum)?|at most|within|sous|moins de|less than|below|under|fewer than|plus de|more"
    r" than|over|above|beyond|further than|au-dela de|au-dessus de|des|a partir de|from|minimum|min\.?|au moins"
    r"|at least|limite de|limited to|until|avant|before|entre|between|every|tous les|exceed(?:s|ing)?)"
    r" (?:an? |les |l')?$"
)
_LIMIT_AFTER = re.compile(
    r" ?(?:maxi?(?:mum)?|mini?(?:mum)?|or more|ou plus|et plus|and over|and more|or less|ou moins|\+)"
)
_AGE_AFTER = re.compile(r"[ -]old|s? d'age|s? of age|s? revolus")
_AGE_BEFORE = re.compile(
    r"(?:enfants?|child(?:ren)?|kids?|fils|fille|son|daughter|aged?|agee?s?|ados?|plus de|moins de|under|over|bebe)"
    r" (?:de |of |who is |a )?$"
)
_ROOM = frozenset({"data", "people", "area", "volume"})
_LIMIT_WINDOW = 24  # characters
_FLAT = str.maketrans("àáâäãåçèéêëìíîïñòóôöõùúûüýÿœ’\xa0\u202f\u2009–", "aaaaaaceeeeiiiinooooouuuuyyo'   -")


@dataclass(frozen=True, slots=True)
class Quantity:
    """dimension: "time" in days, "money" in any currency, "age" in years and so on, "" for a bare number, "clock" for
    a time of the day, whose value is 0. limited: a bound or a range, which tells of other values too. begin, end: in
    characters of the flat text."""

    dimension: str
    value: float
    limited: bool
    begin: int
    end: int


def flat(text: str) -> str:
    """Lower case, accents off, one character for one where that is possible."""
    return text.lower().translate(_FLAT)


def quantities(text: str) -> list[Quantity]:
    """All numbers of a flat text with what they count, in order; "deux" or "a" only with a unit."""
    found: list[Quantity] = []
    waiting: tuple[float, int, int] | None = None
    for match in _NUMBER.finditer(text):
        value, begin, end = _value(match["number"]), match.start("before" if match["before"] else "number"), match.end()
        dimension, factor = _unit(match)
        if not dimension and not match["number"][0].isdigit():
            continue
        ranged = waiting is not None and _TO.fullmatch(text[waiting[2] : begin]) is not None
        if ranged and waiting is not None and dimension:
            found[-1] = Quantity(dimension, waiting[0] * factor, True, waiting[1], waiting[2])
        waiting = None if dimension else (value, begin, end)
        limited = ranged or _is_limit(text, begin, end)
        if dimension == "time" and match.group().endswith(("an", "ans", "year", "years", "year-", "-year")):
            around = text[max(0, begin - _LIMIT_WINDOW) : begin], text[end : end + 12]
            if _AGE_BEFORE.search(around[0]) or _AGE_AFTER.match(around[1]):
                found.append(Quantity("age", value, limited, begin, end))
                continue
        found.append(Quantity(dimension, value * factor, limited, begin, end))
    clocks = [Quantity("clock", 0, False, *match.span()) for match in _CLOCK.finditer(text)]
    told = {position for clock in clocks for position in range(clock.begin, clock.end)}
    found = [one for one in found if one.dimension or one.begin not in told]
    return sorted([*found, *clocks], key=lambda one: one.begin)


def holds_for(asked: Quantity, said: Iterable[Quantity]) -> bool:
    """Whether a text with these numbers tells of the one asked about: it has it, or a limit or range of the same kind,
    or a larger one: 6 litres have room in 10. Of times and sums any will do: who asks about 45 days is answered by "30
    days"."""
    for one in said:
        if asked.dimension == "age" and one.dimension in {"age", "time", ""}:
            if one.limited or one.value in {asked.value, asked.value * _UNITS["year"][1]}:
                return True
            continue
        if one.dimension != asked.dimension:
            continue
        if asked.dimension in {"time", "money", "clock", "percent"} or one.limited:
            return True
        if (asked.dimension in _ROOM and one.value > asked.value) or _alike(one.value, asked.value):
            return True
    return False


def _alike(one: float, other: float) -> bool:
    return abs(one - other) <= 0.02 * max(abs(one), abs(other))


def _is_limit(text: str, begin: int, end: int) -> bool:
    before = text[max(0, begin - _LIMIT_WINDOW) : begin]
    return bool(_LIMIT_BEFORE.search(before) or _LIMIT_AFTER.match(text[end : end + _LIMIT_WINDOW]))


def _unit(match: re.Match[str]) -> tuple[str, float]:
    if match["before"]:
        return "money", 1
    for n, (dimension, factor, _) in enumerate(_UNITS.values()):
        if match[f"u{n}"] is not None:
            return dimension, factor
    return "", 1


@lru_cache(maxsize=4_000)
def _value(number: str) -> float:
    if number[0].isdigit():
        return _figures(number)
    total = part = 0
    for word in re.split(r"[ -]", number):
        value = _SINGLE.get(word, 0)
        if value in {100, 1000} or (value == 20 and part == 4):
            part = max(1, part) * value
        else:
            part += value
        if value == 1000:
            total, part = total + part, 0
    return total + part


def _figures(number: str) -> float:
    whole, decimals = number, ""
    last = max(number.rfind("."), number.rfind(","))
    if last >= 0 and len(number) - last - 1 != 3:
        whole, decimals = number[:last], number[last + 1 :]
    digits = re.sub(r"\D", "", whole)[:15]
    return float(f"{digits}.{decimals[:3] or 0}")
