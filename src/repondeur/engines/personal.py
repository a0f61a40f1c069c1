"""Where a text has something that leads to one person: addresses, numbers of telephones, accounts, orders. Pure.

Rather too much than too little: what is replaced by mistake is put back in the answer (pseudonyms.py). Dates, amounts,
quantities and times stay, as a mail means nothing without them. Linear time: every repetition is bounded.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from repondeur.engines.alike import in_numbers
from repondeur.engines.postal import ADDRESSES
from repondeur.engines.telephones import OTHER_PHONES, SURE_PHONES

Kind = Literal["PERSON", "EMAIL", "PHONE", "ADDRESS", "IBAN", "NUMBER", "TEXT"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_ANY = "|".join(KINDS)
# A pseudonym as models write it: in lower case, with a dash, with the backslash of Markdown, without the line between.
TOKEN = re.compile(rf"(?<![^\W_])(?:(?i:{_ANY})\\?[_‑–-]|(?:{_ANY}))\d{{1,4}}[A-Ha-h]?(?![^\W_])")

_END = r"(?![^\W_])"
_EMAILS = (
    r"(?<![\w.%+-])[\w.%+'-]{1,200}(?:@|%40)(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-])",
    (
        r"(?<![\w.%+-])[\w.%+-]{1,100}[ ]?[\[({][ ]?(?:at|a|@|arobase)[ ]?[\])}][ ]?[\w-]{1,63}"
        r"(?:[ ]?(?:\.|[\[({][ ]?(?:dot|point|\.)[ ]?[\])}])[ ]?[\w-]{2,63}){1,5}"
    ),
    # Said aloud; the last word keeps "at the red dot sale" out.
    (
        r"(?<![\w.%+-])(?:[\w-]{1,40}[ ](?:dot|point)[ ]){0,3}[\w.%+-]{1,100}[ ](?:at|arobase)[ ]"
        r"(?:[\w-]{1,63}[ ](?:dot|point)[ ]){1,4}"
        r"(?:com|net|org|info|biz|eu|fr|be|ch|lu|de|at|nl|es|it|pt|uk|ie|io|co|us|ca|au|nz|ma|sn|tn|example|test)(?!\w)"
    ),
)
# ISO 13616, in groups or not; a group behind the bank's letters has a digit, so that no word is taken with it.
_IBAN = (
    r"(?<![^\W_])[A-Za-z]{2}\d{2}[ .-]?[A-Za-z0-9]{4}"
    r"(?:[ .-]?(?=[A-Za-z]{0,3}\d)[A-Za-z0-9]{4}){2,7}"
    rf"(?:[ .-]?(?=[A-Za-z]?\d)[A-Za-z0-9]{{1,3}})?{_END}"
)
_LABEL = (
    r"(?:commandes?|cdes?|cmde?s?|(?<!to )(?<!I )(?<!we )(?<!you )orders?|p\.?o|factures?|invoices?|inv|avoirs?"
    r"|credit notes?|bills?|dossiers?|cases?|tickets?|claims?|sinistres?|rma|r[ée]f[ée]rences?|r[ée]f|n[or]"
    r"|num[ée]ros?|num|numbers?|colis|parcels?|shipments?|suivi|tracking|exp[ée]dition|clients?|customers?|accounts?"
    r"|comptes?|contrats?|contracts?|polices?|policy|abonnements?|subscriptions?|adh[ée]rents?|membres?|members?"
    r"|r[ée]servations?|bookings?|devis|quotes?|s[ée]rie|serial|siret|siren|tva|vat|nir|s[ée]curit[ée] sociale"
    r"|social security|passe?port|permis|licen[cs]e|immatriculation|rib|carte|card|id|identifiant"
    r"|(?:kunden|bestell|rechnungs|auftrags|sendungs)-?(?:nummer|nr\.?)|bestellung|rechnung|auftrag"
    r"|(?:klant|bestel|order|factuur)-?(?:nummer|nr\.?)|bestelling|factuur)(?![^\W\d_])|n°|nº"
)
# Of a number of any kind: what stands behind may be that of a telephone.
_ANY_NUMBER = re.compile(r"(?i)n°|nº|n[or]|num[ée]ros?|num|numbers?")
_NUMBER_WORD = r"(?:n°|nº|n\.|no\.?|nr\.?|num[ée]ro|number|num\.?|r[ée]f\.?|r[ée]f[ée]rence|id|#|:|is|est|\(|«|\"|\.)"
_SAYS = rf"(?:[ ]{{0,2}}{_NUMBER_WORD}){{0,3}}[ _/-]{{0,2}}"
_MONEY = r"[ ]?(?:[€$£%]|(?:euros?|eur|usd|gbp|chf|dollars?|pounds?)\b)"
_UNIT = (
    r"(?:km|m²|m2|cm|mm|kg|lm|lumens?|watts?|kwh?|mah|ml|litres?|unit[ée]s|units|pi[èe]ces|pieces|exemplaires"
    r"|personnes|people)\b"
)
_ID = (
    rf"(?:\d{{2,4}}(?:[ ]\d{{3,6}}){{1,5}}|\d(?:[ ]\d{{3}}){{2,5}}|[A-Z]{{1,3}}(?:[ ]\d{{2,6}}){{2,5}}(?:[ ][A-Z])?"
    rf"|(?=(?:[A-Za-z/-]{{0,8}}\d){{3}})[A-Za-z0-9](?:[A-Za-z0-9/-]{{1,38}}[A-Za-z0-9])){_END}"
    rf"(?!(?i:{_MONEY}|[ ]?{_UNIT}))"
)
# Its first letters keep most of a text from being tried.
_LABELS = re.compile(rf"(?<![^\W_])(?i:(?=[abcdefiklmnopqrstv]){_LABEL})")
_LABELLED = re.compile(rf"{_SAYS}(?P<id>{_ID})")
# A word between: "commande web 88123,". Not where more is said of the figure, as it may count things.
_FAR = re.compile(
    r"[ ](?!(?:de|du|des|of|for|depuis|since|environ|about|plus|over)[ ])[^\W\d_]{2,15}[ ]?"
    rf"(?:(?i:n°|nº|no\.|num[ée]ro|number|#|:)[ ]?(?P<id>{_ID})"
    r"|(?P<bare>\d{4,9})(?=[ ]?[,;!?)\n]|[ ]?\.(?!\d)|[ ]?$|[ ](?:est|is|was|has|n'est|n'a|a|qui|svp)[ ]))"
)
_MORE = re.compile(rf"[ ,/]{{1,2}}(?:(?:et|and|&|ou|or)[ ])?(?P<id>{_ID})")
_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_DATE = (
    rf"(?=\d)(?<![\d/.-])(?:\d{{4}}[/.-]{_MONTH}[/.-]{_DAY}|(?:{_DAY}[/.-]{_MONTH}|{_MONTH}[/.-]{_DAY})[/.-]"
    r"(?:(?:19|20)\d\d|\d{2}(?![./ -]?\d)))(?![\d/-])(?:T\d\d:\d\d)?"
)
_DATES = (_DATE, r"(?<![\w.,])\d{1,2}[hH:]\d{2}(?!\d)")
_AMOUNTS = (
    rf"(?i)(?=\d)(?<![\d.,])\d{{1,12}}+(?:[ ']\d{{3}}|[.,]\d{{1,3}}){{0,4}}+(?:[kK]?{_MONEY}|[ ]?{_UNIT})",
    r"(?:[€$£]|\b(?:EUR|USD|GBP|CHF))[ ]?\d[\d.,]{0,15}",
)
_PERSONS = (
    # The number of a person in France (numéro d'inscription au répertoire).
    r"(?<![\w.,])[12][ ]?\d{2}[ ]?\d{2}[ ]?\d[\dAB][ ]?\d{3}[ ]?\d{3}(?:[ ]?\d{2})?(?![^\W_])",
    # In Belgium (numéro national), Switzerland (AVS), the United States (SSN), the United Kingdom (National Insurance).
    r"(?<![\w.,])\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}(?![^\W_])",
    r"(?<![\w.,])756\.\d{4}\.\d{4}\.\d{2}(?![^\W_])",
    r"(?<![\w.,-])\d{3}-\d{2}-\d{4}(?![\w-])",
    r"(?<![^\W_])[A-CEGHJ-PR-TW-Z][A-NP-Z][ ]?\d{2}[ ]\d{2}[ ]\d{2}[ ]?[A-D](?![^\W_])",
    # Of a bank in the United Kingdom: written as a date is.
    r"(?i:sort[ -]?code)[ :]{0,3}(?:is[ ])?(?P<id>\d{2}[- ]?\d{2}[- ]?\d{2})(?![\w-])",
)
_NUMBERS = (
    # That of a car in France.
    rf"(?<![^\W_])[A-Z]{{2}}[- ]\d{{3}}[- ][A-Z]{{2}}{_END}",
    rf"(?<![\w.,-])\d{{3,4}}(?:[ .-]\d{{3,5}}){{2,5}}{_END}",
    rf"(?<![^\W_])(?<!\d[.,])\d{{6,40}}{_END}|(?<=_)\d{{5,40}}{_END}",
)
_WORD = re.compile(r"(?<![^\W_])[A-Za-z0-9]+(?:[-/][A-Za-z0-9]+){0,8}")
_LONGEST_WORD = 80
_LEAST_DIGITS = 4
_QUANTITY = re.compile(
    r"\d{1,2}[hH]/\d{1,2}[jJ]?|\d+[A-Za-z]{1,4}|[A-Za-z]+[-_/.]?(?:19|20)\d\d|(?:19|20)\d\d[-_/.]?[A-Za-z]+"
)


@dataclass(frozen=True, slots=True)
class Span:
    """text[start:end] is of this kind."""

    start: int
    end: int
    kind: Kind


def identifiers(text: str) -> list[Span]:
    """What leads to one person, names apart, in the order of the text and without overlaps. "TEXT" is what looks like
    a pseudonym of ours, and was written by somebody else.

    >>> text = "Commande 77120, tél. 06 12 34 56 78, payée 120 € le 03/11/2026"
    >>> [(one.kind, text[one.start : one.end]) for one in identifiers(text)]
    [('NUMBER', '77120'), ('PHONE', '06 12 34 56 78')]
    """
    plain = in_numbers(text)
    found: list[Span] = []
    for kind, look in _LOOKS:
        parts: list[str] = []
        last = 0
        for start, end in look(plain):
            if start < last:
                continue
            parts += [plain[last:start], _TAKEN * (end - start)]
            last = end
            if kind is not None:
                found.append(Span(start, end, kind))
        plain = "".join([*parts, plain[last:]])
    return sorted(found, key=lambda span: span.start)


def key(kind: Kind, value: str) -> str:
    """The same for every way to write the same thing."""
    value = in_numbers(value)
    plain = "".join(filter(str.isalnum, value)).casefold()
    if kind == "PHONE":
        # Enough to tell two numbers apart, and the same with and without the number of the country.
        return "".join(filter(str.isdecimal, value))[-9:]
    if kind in {"EMAIL", "TEXT"}:
        return value.casefold()
    return plain


def _matches(*patterns: str) -> Callable[[str], Iterator[tuple[int, int]]]:
    """What any of the patterns finds, in the order of the text: the group "id" where a pattern has one."""
    compiled = [re.compile(pattern) for pattern in patterns]

    def look(text: str) -> Iterator[tuple[int, int]]:
        taken = bytearray(len(text))
        found: list[tuple[int, int]] = []
        for pattern in compiled:
            group = "id" if "id" in pattern.groupindex else 0
            for one in pattern.finditer(text):
                start, end = one.span(group)
                if not any(taken[start:end]):
                    taken[start:end] = b"\1" * (end - start)
                    found.append((start, end))
        return iter(sorted(found))

    return look


def _labelled(text: str) -> Iterator[tuple[int, int]]:
    for label in _LABELS.finditer(text):
        found = _LABELLED.match(text, label.end())
        if found is None:
            yield from _far(text, label.end())
        elif not (_ANY_NUMBER.fullmatch(label.group()) and _A_PHONE.match(text, found.start("id"))):
            one: re.Match[str] | None = found
            while one:
                if not _A_DATE.fullmatch(one["id"]):
                    yield one.span("id")
                one = _MORE.match(text, one.end())


def _far(text: str, at: int) -> Iterator[tuple[int, int]]:
    found = _FAR.match(text, at)
    group = "id" if found and found["id"] else "bare"
    if found and not _A_DATE.fullmatch(found[group]) and not _A_YEAR.fullmatch(found[group]):
        yield found.span(group)


def _mixed(text: str) -> Iterator[tuple[int, int]]:
    """Words of letters and digits: no year, and no quantity with its unit."""
    for found in _WORD.finditer(text):
        word = found.group()
        digits = sum(map(str.isdigit, word))
        mixed = digits < sum(map(str.isalnum, word))
        if digits >= _LEAST_DIGITS and mixed and len(word) <= _LONGEST_WORD and not _QUANTITY.fullmatch(word):
            yield found.span()


_TAKEN = "\x00"
_A_DATE = re.compile(_DATE)
_A_YEAR = re.compile(r"(?:19|20)\d\d")
_A_PHONE = re.compile("|".join(f"(?:{pattern})" for pattern in (*SURE_PHONES, *OTHER_PHONES) if "<id>" not in pattern))
# First come, first served. None: taken, so that nothing else takes it, and left as it is.
_LOOKS: tuple[tuple[Kind | None, Callable[[str], Iterator[tuple[int, int]]]], ...] = (
    ("TEXT", _matches(TOKEN.pattern)),
    ("EMAIL", _matches(*_EMAILS)),
    ("IBAN", _matches(_IBAN)),
    ("ADDRESS", _matches(*ADDRESSES)),
    ("NUMBER", _labelled),
    ("NUMBER", _matches(*_PERSONS)),
    (None, _matches(*_DATES)),
    ("PHONE", _matches(*SURE_PHONES)),
    (None, _matches(*_AMOUNTS)),
    ("NUMBER", _mixed),
    ("PHONE", _matches(*OTHER_PHONES)),
    ("NUMBER", _matches(*_NUMBERS)),
)
