"""Where a text has something that leads to one person: addresses, numbers of telephones, accounts, orders. Pure.

Rather too much than too little: what is replaced by mistake is put back in the answer (pseudonyms.py). Dates, amounts,
quantities and times stay, as a mail means nothing without them. Linear time: every repetition is bounded.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["PERSON", "EMAIL", "PHONE", "ADDRESS", "IBAN", "NUMBER", "TEXT"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_ANY = "|".join(KINDS)
# A pseudonym as models write it: in lower case, with a dash, with the backslash of Markdown, without the line between.
TOKEN = re.compile(rf"(?<![^\W_])(?:(?i:{_ANY})\\?[_‑–-]|(?:{_ANY}))\d{{1,4}}[A-Ha-h]?(?![^\W_])")

_SPACE = "[ \u00a0\u202f]"
_END = r"(?![^\W_])"
_EMAILS = (
    r"(?<![\w.%+-])[\w.%+'-]{1,200}(?:@|%40)(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-])",
    (
        rf"(?<![\w.%+-])[\w.%+-]{{1,100}}{_SPACE}?[\[({{]{_SPACE}?(?:at|a|@|arobase){_SPACE}?[\])}}]{_SPACE}?[\w-]{{1,63}}"
        rf"(?:{_SPACE}?(?:\.|[\[({{]{_SPACE}?(?:dot|point|\.){_SPACE}?[\])}}]){_SPACE}?[\w-]{{2,63}}){{1,5}}"
    ),
)
# ISO 13616, in groups or not; a group behind the bank's letters has a digit, so that no word is taken with it.
_IBAN = (
    r"(?<![^\W_])[A-Za-z]{2}\d{2}[ \u00a0\u202f.-]?[A-Za-z0-9]{4}"
    r"(?:[ \u00a0\u202f.-]?(?=[A-Za-z]{0,3}\d)[A-Za-z0-9]{4}){2,7}"
    rf"(?:[ \u00a0\u202f.-]?(?=[A-Za-z]?\d)[A-Za-z0-9]{{1,3}})?{_END}"
)
_WAY = (
    r"(?:rue|avenue|av\.?|boulevard|b[lv]d\.?|place|chemin|impasse|all[ée]es?|quai|route|cours|square|passage|faubourg"
    r"|voie|r[ée]sidence|lotissement|sentier|mont[ée]e|esplanade)"
)
_LINK = r"(?:(?:de|du|des|la|le|les|et|en|sur|aux?)[ ]|[ld]['’])"
_TOWN = r"[A-ZÀ-Ý][\w'’-]{1,30}(?:[ -](?:(?:sur|en|le|la|les|de|du|sous)[ -])?[A-ZÀ-Ý0-9][\w'’-]{0,30}){0,3}"
_FRENCH_TOWN = rf"(?:,?{_SPACE}?\n?{_SPACE}?(?:F-)?\d{{4,5}}{_SPACE}{_TOWN})?"
_STREET = (
    r"(?:Street|St|Road|Rd|Lane|Ln|Avenue|Ave|Drive|Dr|Close|Court|Ct|Way|Place|Pl|Square|Sq|Terrace|Gardens|Hill|Mews"
    r"|Row|Walk|Boulevard|Blvd|Crescent|Parkway|Pkwy)"
)
_POSTCODE = r"(?:[A-Z]{1,2}\d[A-Z\d]?[ ]?\d[A-Z]{2}|[A-Z]{2}[ ]\d{5}(?:-\d{4})?)"
_ADDRESSES = (
    (
        rf"(?<![\w,.])\d{{1,4}}(?:[ ]?(?:bis|ter|quater|[A-D]))?,?[ ](?i:{_WAY})[ ](?:{_LINK}){{0,3}}[\w'’-]{{1,30}}"
        rf"(?:[ ](?:{_LINK}){{0,3}}[A-ZÀ-Ý][\w'’-]{{0,30}}){{0,5}}{_FRENCH_TOWN}"
    ),
    (
        rf"(?<![\w,.])\d{{1,5}}[A-Za-z]?[ ](?:[A-Z][\w'’-]{{1,20}}[ ]){{1,3}}{_STREET}\b\.?"
        rf"(?:,?[ ]?\n?{_TOWN})?(?:,?[ ]?\n?{_POSTCODE}\b)?"
    ),
)
_LABEL = (
    r"(?:commandes?|cmde?|orders?|p\.?o|factures?|invoices?|inv|avoirs?|credit notes?|bills?|dossiers?|cases?|tickets?"
    r"|r[ée]f[ée]rences?|r[ée]f|n°|nº|n[or]|num[ée]ros?|num|numbers?|colis|parcels?|shipments?|suivi|tracking"
    r"|exp[ée]dition|clients?|customers?|accounts?|comptes?|contrats?|contracts?|polices?|policy|abonnements?"
    r"|subscriptions?|adh[ée]rents?|membres?|members?|r[ée]servations?|bookings?|devis|quotes?|s[ée]rie|serial|siret"
    r"|siren|tva|vat|nir|s[ée]curit[ée] sociale|social security|passe?port|permis|licen[cs]e|immatriculation|rib|carte"
    r"|card|id|identifiant)"
)
_NUMBER_WORD = r"(?:n°|nº|n\.|no\.?|nr\.?|num[ée]ro|number|num\.?|r[ée]f\.?|r[ée]f[ée]rence|id|#|:|is|est|\(|«|\"|\.)"
_SAYS = rf"(?:{_SPACE}{{0,2}}{_NUMBER_WORD}){{0,3}}[ \u00a0\u202f_-]{{0,2}}"
_MONEY = rf"{_SPACE}?(?:[€$£%]|(?:euros?|eur|usd|gbp|chf|dollars?|pounds?)\b)"
_ID = (
    rf"(?:\d{{2,4}}(?:{_SPACE}\d{{3,6}}){{1,5}}|(?=(?:[A-Za-z/-]{{0,8}}\d){{3}})"
    rf"[A-Za-z0-9](?:[A-Za-z0-9/-]{{1,38}}[A-Za-z0-9])){_END}(?!(?i:{_MONEY}))"
)
_LABELLED = rf"(?<![^\W_])(?i:{_LABEL}){_SAYS}(?P<id>{_ID})"
_MORE = re.compile(rf"[ ,/]{{1,2}}(?:(?:et|and|&|ou|or)[ ])?(?P<id>{_ID})")
_DATE = (
    r"(?<![\d/.-])(?:\d{4}[/.-]\d{1,2}[/.-]\d{1,2}|\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2}(?![./ -]?\d)))(?![\d/-])"
    r"(?:T\d\d:\d\d)?"
)
_UNIT = r"(?:km|m²|m2|kg|lm|kwh?|mah|ml|litres?|unit[ée]s|units|pi[èe]ces|pieces|exemplaires|personnes|people)\b"
_FIGURES = (
    _DATE,
    r"(?<![\w.,])\d{1,2}[hH:]\d{2}(?!\d)",
    rf"(?i)(?<![\d.,])\d{{1,12}}+(?:[ \u00a0\u202f.,']\d{{1,3}}){{0,4}}+(?:[kK]?{_MONEY}|{_SPACE}?{_UNIT})",
    rf"(?:[€$£]|\b(?:EUR|USD|GBP|CHF)){_SPACE}?\d[\d.,]{{0,15}}",
)
_PHONES = (
    rf"(?<![\w+])(?:(?:\+|00)33{_SPACE}?(?:\(0\){_SPACE}?)?|0)[.-]?[1-9](?:[ .\u00a0\u202f-]{{0,2}}\d{{2}}){{4}}{_END}",
    rf"(?<![\w+])\+(?:[ .()\u00a0\u202f-]{{0,3}}\d){{8,15}}{_END}",
    rf"(?<![\w+.,/-])\(?0(?:[ .()\u00a0\u202f-]{{0,3}}\d){{8,14}}{_END}",
    rf"(?<![\w+.,/-])(?:1[ .-])?\(?\d{{3}}\)?[ .-]{{1,2}}\d{{3}}[ .-]\d{{4}}{_END}",
)
# The number of a person in France (numéro d'inscription au répertoire).
_PERSONS = (
    (
        rf"(?<![\w.,])[12]{_SPACE}?\d{{2}}{_SPACE}?\d{{2}}{_SPACE}?\d[\dAB]{_SPACE}?\d{{3}}{_SPACE}?\d{{3}}"
        rf"(?:{_SPACE}?\d{{2}})?{_END}"
    ),
)
_NUMBERS = (
    # That of a car in France.
    rf"(?<![^\W_])[A-Z]{{2}}[- ]\d{{3}}[- ][A-Z]{{2}}{_END}",
    rf"(?<![\w.,-])\d{{3,4}}(?:[ \u00a0\u202f.-]\d{{3,5}}){{2,5}}{_END}",
    rf"(?<![^\W_])(?<!\d[.,])\d{{6,40}}{_END}|(?<=_)\d{{5,40}}{_END}",
)
_WORD = re.compile(r"(?<![^\W_])[A-Za-z0-9]+(?:[-/][A-Za-z0-9]+){0,8}")
_LONGEST_WORD = 80
_LEAST_DIGITS = 4
_QUANTITY = re.compile(r"\d+[A-Za-z]{1,4}|[A-Za-z]+[-_/.]?(?:19|20)\d\d|(?:19|20)\d\d[-_/.]?[A-Za-z]+")


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
    taken = bytearray(len(text))
    found: list[Span] = []
    for kind, look in _LOOKS:
        for start, end in look(text):
            if any(taken[start:end]):
                continue
            taken[start:end] = b"\1" * (end - start)
            if kind is not None:
                found.append(Span(start, end, kind))
    return sorted(found, key=lambda span: span.start)


def key(kind: Kind, value: str) -> str:
    """The same for every way to write the same thing."""
    plain = "".join(filter(str.isalnum, value)).casefold()
    if kind == "PHONE":
        # Enough to tell two numbers apart, and the same with and without the number of the country.
        return "".join(filter(str.isdecimal, value))[-9:]
    if kind in {"EMAIL", "TEXT"}:
        return value.casefold()
    return plain


def _matches(*patterns: str) -> Callable[[str], Iterator[tuple[int, int]]]:
    compiled = [re.compile(pattern) for pattern in patterns]

    def look(text: str) -> Iterator[tuple[int, int]]:
        for pattern in compiled:
            for found in pattern.finditer(text):
                yield found.span()

    return look


def _labelled(text: str) -> Iterator[tuple[int, int]]:
    for found in _LABELS.finditer(text):
        one: re.Match[str] | None = found
        while one:
            if not _A_DATE.fullmatch(one["id"]):
                yield one.span("id")
            one = _MORE.match(text, one.end())


def _mixed(text: str) -> Iterator[tuple[int, int]]:
    """Words of letters and digits: no year, and no quantity with its unit."""
    for found in _WORD.finditer(text):
        word = found.group()
        digits = sum(map(str.isdigit, word))
        mixed = digits < sum(map(str.isalnum, word))
        if digits >= _LEAST_DIGITS and mixed and len(word) <= _LONGEST_WORD and not _QUANTITY.fullmatch(word):
            yield found.span()


_LABELS = re.compile(_LABELLED)
_A_DATE = re.compile(_DATE)
# First come, first served. None: taken, so that nothing else takes it, and left as it is.
_LOOKS: tuple[tuple[Kind | None, Callable[[str], Iterator[tuple[int, int]]]], ...] = (
    ("TEXT", _matches(TOKEN.pattern)),
    ("EMAIL", _matches(*_EMAILS)),
    ("IBAN", _matches(_IBAN)),
    ("ADDRESS", _matches(*_ADDRESSES)),
    ("NUMBER", _labelled),
    ("NUMBER", _matches(*_PERSONS)),
    (None, _matches(*_FIGURES)),
    ("NUMBER", _mixed),
    ("PHONE", _matches(*_PHONES)),
    ("NUMBER", _matches(*_NUMBERS)),
)
