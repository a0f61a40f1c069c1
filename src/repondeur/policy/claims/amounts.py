"""What numbers count: money, shares, times. Sums are told by number and currency, so that 30 days are no 30 euros."""

import re
from collections.abc import Iterator, Sequence, Set
from typing import Final

from repondeur.policy.claims.claim import Claim, Kind, places_of
from repondeur.policy.claims.numbers import Number

_CURRENCIES: Final = {
    "eur": r"€|euros?\b|eur\b|balles\b",
    "usd": r"us\$|\$|dollars?\b|usd\b|bucks?\b",
    "gbp": r"£|pounds?\b|gbp\b|livres? sterling\b|quid\b|tenners?\b|fivers?\b|grand\b(?= (?:in cash|off|each))",
    "chf": r"chf\b|francs? suisses?\b|swiss francs?\b|francs?\b",
    "cent": r"centimes?\b|cents?\b|cts?\b|pence\b|penny\b|pennies\b|¢",
    "yen": r"¥|yens?\b|yuans?\b|jpy\b|cny\b|rmb\b",
    "cad": r"cad\b",
    "rupee": r"₹|rupees?\b|roupies?\b|inr\b",
    "other": r"[₽₩₪₫₱₴₦₡₿]|btc\b|bitcoins?\b|eth\b|ethers?\b|usdt\b|usdc\b|xmr\b|satoshis?\b|sek\b|nok\b|dkk\b|pln\b",
    "keur": r"k ?€|keur\b|k ?euros?\b",
}
_SHARES: Final = r"%|‰|per ?cent\b|pour ?cents?\b|percentage points?\b|points? de pourcentage\b"
_TIMES: Final = {
    "second": r"seconds?\b|secondes?\b|secs?\b",
    "minute": r"minutes?\b|mins?\b|mn\b",
    "hour": r"hours?\b|heures?\b|hrs?\b|h\b",
    "day": r"days?\b|jours?\b|journees?\b|nuits?\b|nights?\b|j\b|d\b",
    "week": r"weeks?\b|semaines?\b|wks?\b",
    "month": r"months?\b|mois\b",
    "quarter": r"trimestres?\b|quarters\b",
    "decade": r"decades?\b|decennies?\b",
    "century": r"century\b|centuries\b|siecles?\b",
    "semester": r"semestres?\b|semesters?\b",
    "year": r"years?\b|ans?\b|annees?\b|yrs?\b",
}
BETWEEN: Final = (
    r"(?:full |whole |working |business |calendar |consecutive |clear |further |more |extra |first |last |next |"
    r"de |d'|bonnes? |bons? |premiers? |premieres? |derniers? |dernieres? |prochains? |prochaines? |petits? )?"
)
_GROUPS: Final = [
    *((f"money:{name}", pattern) for name, pattern in _CURRENCIES.items()),
    ("share:%", _SHARES),
    *((f"time:{name}", pattern) for name, pattern in _TIMES.items()),
]
_AFTER: Final = re.compile(
    rf"(?:,-)?[\s*_]{{0,3}}-?{BETWEEN}(?:{'|'.join(f'(?P<g{n}>{pattern})' for n, (_, pattern) in enumerate(_GROUPS))})"
)
# "80 (euros)", "80 : jours", "80, in days": what it counts stands behind a mark.
_BEHIND_MARK: Final = re.compile(
    r"\s?(?:[(\[/:;|=*\"'+-]|,(?= ?(?:in|en)\b)){1,2}\s?(?:(?:in|en|of|des) )?"
    rf"(?:{'|'.join(f'(?P<g{n}>{pattern})' for n, (_, pattern) in enumerate(_GROUPS))})"
)
_MONEY: Final = "|".join(f"(?P<b{n}>{pattern})" for n, pattern in enumerate(_CURRENCIES.values()))
_BEFORE: Final = re.compile(rf"(?<![a-z])(?:{_MONEY})[\s:*_]{{0,3}}$")
# "4 euros 90"
_SMALL_MONEY: Final = re.compile(r"(?<=s) (\d\d)(?!\d|[.,:]\d|\s?[€$£%]|\s?(?:h|j|jours?|hours?|days?|heures?|min)\b)")
_RANGE: Final = re.compile(r"\s{0,2}(?:-|/|a|to|et|and|or|ou|until|jusqu'a|through)\s{0,2}(?:[€$£]\s?)?")
_LISTED: Final = re.compile(r",\s(?:[€$£]\s?)?")
_NO_COUNT: Final = re.compile(r"\b(?:this|that|which|the|no|any|cet|cette|each|every) $")
TIME: Final = "|".join(f"(?P<{name}>{unit})" for name, unit in _TIMES.items())
# What a figure counts, also where a point stands between: then it only seems to number ("1. mois offert").
COUNTS: Final = re.compile(rf"[.):]?\s{{0,2}}(?:{'|'.join(pattern for _, pattern in _GROUPS)})")
WINDOW: Final = 24  # characters before and behind a number that may name what it counts
_STRAY_NAMED: Final = "|".join(f"(?P<{name}>{pattern})" for name, pattern in _CURRENCIES.items())
# "Un mois" is a time only where something is to happen within it; "12 € par mois" is none.
_WITHIN: Final = re.compile(
    r"\b(?:within|in|under|inside|sous|dans|d'ici|en|less than|moins d'|moins de|apres|after|at least|au moins|every|"
    r"pendant|for|durant|up to|jusqu'a|get|gets|have|has|had|give|gives|given|avez|aurez|as|obtenez|accord\w{1,4}|"
    r"disposez d'|donn\w{1,4}|lasts?|dure|takes?|prend)\s{0,2}$"
)
# So long a time is one wherever it stands ("You get a month"), but where it tells how often, or when.
_LONG: Final = frozenset({"month", "quarter", "semester", "year", "decade", "century"})
_HOW_OFTEN: Final = re.compile(
    r"(?:[\d€$£]|\b(?:once|twice|times|fois|euros?|dollars?|pounds?|of|il y a|per|par|two|three|four|five|six|ten))"
    r"[^.!?\n]{0,12}$"
)
_WHEN: Final = re.compile(r" (?:ago|later|earlier|old|older|before last|plus tard|plus tot|avant)\b")
_STRAY: Final = re.compile(rf"(?:{_STRAY_NAMED}|{_SHARES})")
_SIGN: Final = re.compile(r"[€$£¥₹₽₩₪₫₱₴₦₡₿¢%‰]")
_UNIT_WORDS: Final = (
    "us euro euros eur balles dollar dollars usd buck bucks pound pounds gbp livre livres quid tenner tenners fiver "
    "fivers chf franc francs swiss centime centimes cent cents pence penny pennies yen yens yuan yuans jpy cny rmb cad "
    "rupee rupees roupie roupies inr btc bitcoin bitcoins eth ether ethers usdt usdc xmr satoshi satoshis sek nok dkk "
    "pln k keur per percent pour pourcent percentage point points"
)
_UNITS_BEGIN: Final = frozenset(_UNIT_WORDS.split())
_PARTS: Final = {
    **dict.fromkeys(("half", "halves", "moitie", "demi", "demie", "demis"), "half"),
    **dict.fromkeys(("tiers", "thirds"), "third"),
    **dict.fromkeys(("quart", "quarts", "quarter"), "quarter"),
    **dict.fromkeys(("double", "doubled", "doubles", "triple", "tripled", "triples"), "double"),
}
_FRACTION_WORDS: Final = (
    "third fourth fifth sixth seventh eighth ninth tenth twelfth twentieth hundredth cinquieme sixieme septieme "
    "huitieme neuvieme dixieme douzieme quinzieme vingtieme trentieme centieme"
)
_FRACTIONS: Final = frozenset(f"{one}{plural}" for one in _FRACTION_WORDS.split() for plural in ("", "s"))
# "A tenth off", "un dixième du prix"; a third party and a second time are no parts.
_FRACTION: Final = re.compile(
    rf"\b(?:an?|un|une|one|two|three|deux|trois) ({'|'.join(_FRACTIONS)})\b"
    r"(?= (?:off|of|less|de moins|du|de la|de l'|des|de votre|en moins|du prix|remis\w*)\b)"
)
_WORDS: Final = _UNITS_BEGIN | _PARTS.keys()
_PARTS_OF_HOUR: Final = re.compile(
    r"(?P<half>half an hour|half[ -]hour|demi[ -]heure)s?\b"
    r"|(?P<quarter>quarter of an hour|quarter[ -]hour|quart d'heure)s?\b"
)
_PLAIN_PARTS: Final = re.compile(r"half[- ]?way\b|double[- ]?(?:check|click|clic)\w*\b")


def counted(text: str, found: Sequence[Number], *, each: bool = False) -> tuple[list[Claim], list[Number]]:
    """Sums, shares and times; and the numbers that count none of these. each: "a month" and "une heure" are times
    wherever they stand, not only where they are a delay."""
    claims: list[Claim] = []
    left: list[Number] = []
    last = 0
    for number in found:
        if number.begin < last:  # the "cent" of "thirty per cent", the 90 of "4 euros 90"
            continue
        kind, unit, begin, end = _unit(text, number)
        if kind == "amount" and (small := _SMALL_MONEY.match(text, end)) and number.key.isdigit():
            key = f"{number.key}.{small[1]}".rstrip("0").rstrip(".")
            claims.append(Claim(kind, f"{key} {unit}", begin, small.end()))
            last = small.end()
            continue
        if unit:
            last = end
        if not unit:
            left.append(number)
            claims += () if number.idle else _behind_mark(text, number)
            continue
        if number.idle and kind == "duration" and not each and not lasts(text, number.begin, end, unit):
            continue
        claims += (Claim(kind, f"{one.key} {unit}", one.begin, one.end) for one in _sharing(text, left, begin, each))
        claims.append(Claim(kind, f"{number.key} {unit}", begin, end))
    return claims, [one for one in left if not one.idle]


def _sharing(text: str, left: list[Number], begin: int, each: bool) -> Iterator[Number]:
    """Those of the last numbers that count the same as the one that begins there: "2 to 4 days", and "20, 30 or 40
    hours" where each number is more than the one before it. They are taken from the list."""
    last = left[-1] if left else None
    if last is None or not _RANGE.fullmatch(text[last.end : begin]):
        return
    if last.idle:  # "one to three weeks", not "take this one or 3 days" nor "choose one and 3 days later"
        before = text[max(0, last.begin - WINDOW) : last.begin]
        joined = text[last.end : begin].strip() in {"and", "et"}
        if not each or last.key != "1" or joined or _NO_COUNT.search(before):
            return
    yield left.pop()
    while left and _LISTED.fullmatch(text[left[-1].end : last.begin]) and _is_less(left[-1], last):
        last = left.pop()
        yield last


def _is_less(one: Number, other: Number) -> bool:
    """Whether it is the lesser one of two, and no year."""
    figures = one.key.isdigit() and other.key.isdigit() and not one.idle
    return figures and len(one.key) <= len(other.key) < 4 and int(one.key) < int(other.key)


def lasts(text: str, begin: int, end: int, unit: str) -> bool:
    """Whether "a month", or one, is how long something takes or holds."""
    before = text[max(0, begin - WINDOW) : begin]
    if _WITHIN.search(before):
        return True
    return unit in _LONG and not _HOW_OFTEN.search(before) and not _WHEN.match(text, end)


def _unit(text: str, number: Number) -> tuple[Kind, str, int, int]:
    """What it counts, with where that begins and ends; the unit is "" where it counts nothing of these."""
    if "€" in text[number.begin : number.end]:  # "4€90"
        return "amount", "eur", number.begin, number.end
    after = _AFTER.match(text, number.end, number.end + WINDOW + 24)
    if after and after.lastgroup:
        group, _, unit = _GROUPS[int(after.lastgroup[1:])][0].partition(":")
        if group != "time":
            return "amount", unit, number.begin, after.end()
        if text[number.begin - 1 : number.begin] != "€":
            return "duration", unit, number.begin, after.end()
    start = max(0, number.begin - WINDOW)
    before = _BEFORE.search(text[start : number.begin])
    if before and before.lastgroup:
        return "amount", list(_CURRENCIES)[int(before.lastgroup[1:])], start + before.start(), number.end
    return "number", "", number.begin, number.end


def _behind_mark(text: str, number: Number) -> Iterator[Claim]:
    """What it may count besides, where a mark stands between: it has to be both."""
    hit = _BEHIND_MARK.match(text, number.end, number.end + WINDOW)
    if hit and hit.lastgroup:
        group, _, unit = _GROUPS[int(hit.lastgroup[1:])][0].partition(":")
        yield Claim("duration" if group == "time" else "amount", f"{number.key} {unit}", number.begin, hit.end())


def stray(text: str, words: Set[str]) -> Iterator[Claim]:
    """Currencies and shares without a number that could be read, and parts of a whole ("half", "double").
    words: those of the text."""
    for hit in () if _FRACTIONS.isdisjoint(words) else _FRACTION.finditer(text):
        yield Claim("number", f"part:{hit[1]}", *hit.span())
    signs = [(hit.start(), hit.group()) for hit in _SIGN.finditer(text)]
    for begin, sign in (*signs, *places_of(text, _WORDS, words)):
        if (part := _PARTS.get(sign)) and (of_hour := _PARTS_OF_HOUR.match(text, begin)):
            yield Claim("duration", "30 minute" if of_hour["half"] else "15 minute", *of_hour.span())
        elif part:
            if not _PLAIN_PARTS.match(text, begin):
                yield Claim("number", f"part:{part}", begin, begin + len(sign))
        elif unit := _STRAY.match(text, begin):
            key = f"unit:{unit.lastgroup or '%'}" if sign.isalpha() else _disguised(text, unit)
            yield Claim("amount", key, *unit.span())


def _disguised(text: str, hit: re.Match[str]) -> str:
    """A sign of money belongs to a figure; what stands beside it in its place is one in disguise: "IOO €"."""
    begin, end = hit.span()
    before = re.search(r"(\w{1,12}) ?$", text[max(0, begin - 14) : begin])
    after = re.match(r" ?(\w{1,12})", text[end : end + 14])
    near = before or after
    return f"{near[1]}{hit.group()}" if near else f"unit:{hit.lastgroup or '%'}"


def beside_money(text: str, begin: int, end: int) -> bool:
    """Whether a currency or a share stands next to these characters."""
    number = Number("", begin, end)
    kind, _, _, _ = _unit(text, number)
    return kind == "amount"
