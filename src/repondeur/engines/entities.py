"""What is named in a mail, found by patterns and given verbatim. Pure; linear time: every repetition is bounded.

Cautious on purpose: a number becomes an order number only beside a word that says so.
"""

import re
from collections.abc import Iterator
from itertools import chain

from repondeur.engines.date_patterns import DATES, SPACE
from repondeur.policy.analysis import Entity, EntityType

MAX_TEXT = 20_000
MAX_ENTITIES = 50
# Past so many the text is a table or an attack, and comparing them all takes long.
MAX_TAKEN = 300

_NUMBER = r"(?:\d{1,3}(?:[\u00a0\u202f .,']\d{3}){1,3}|\d{1,9})(?:[.,]\d{1,2}(?!\d))?"
_CURRENCY = r"(?:€|\$|£|(?:euros?|eur|usd|gbp|chf|dollars?|pounds?)(?![\w]))"
_AMOUNTS = (
    rf"(?<![\w.,]){_NUMBER}{SPACE}?[kK]?{_CURRENCY}(?:\d{{2}}(?!\d))?",
    rf"(?:[€$£]|\b(?:EUR|USD|GBP|CHF)){SPACE}?{_NUMBER}(?![\d])",
)
_PHONES = (
    r"(?<![\w+])(?:\+33|0033)[ .\u00a0-]?(?:\(0\)[ .]?)?[1-9](?:[ .\u00a0-]?\d{2}){4}(?!\d)",
    r"(?<![\w+/-])0[1-9](?:[ .\u00a0-]?\d{2}){4}(?![\d])",
    r"(?<![\w+])\+\d{1,3}(?:[ .\u00a0()-]{1,2}\d{1,4}){2,5}(?!\d)|(?<![\w+])\+\d{8,15}(?!\d)",
    r"(?<![\w+/-])0\d{2,4}[ -]\d{3,4}[ -]?\d{3,4}(?![\d])",
    r"(?<![\w+/-])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\d])",
)
_EMAILS = (r"(?<![\w.%+-])[\w.%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,6}[A-Za-z]{2,24}\b",)
_WAY = r"(?:rue|avenue|av\.|boulevard|bd|place|chemin|impasse|all[ée]e|quai|route|cours|square|passage|faubourg|voie)"
_STREET = (
    r"(?:Street|St|Road|Rd|Lane|Ln|Avenue|Ave|Drive|Close|Court|Way|Place|Square|Terrace|Gardens|Hill|Mews|Row|Walk"
    r"|Boulevard|Blvd|Crescent)"
)
_TOWN = r"[A-ZÀ-Ý][\w'’-]{1,30}(?:[ -][A-ZÀ-Ý0-9][\w'’-]{0,30}){0,3}"
_POSTCODE = r"(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]{2} \d{5})"
_ADDRESSES = (
    rf"\b\d{{1,4}}(?: ?(?:bis|ter))?,? (?i:{_WAY}) [^\n,;.:?!]{{2,50}}(?:,? ?\n? ?\d{{4,5}} {_TOWN})?",
    rf"\b(?i:{_WAY}) [^\n,;.:?!\d]{{2,50}} \d{{1,4}}(?: ?(?:bis|ter))?, ?\n?\d{{4,5}} {_TOWN}",
    rf"\b\d{{1,5}}[A-Za-z]? (?:[A-Z][\w'’-]{{1,20}} ){{1,3}}{_STREET}\b\.?(?:,? ?\n?{_TOWN})?(?:,? ?\n?{_POSTCODE}\b)?",
)
# Letters and digits with at least three digits, so that "order 25 units" and "facture de mars" name nothing.
_ID = r"(?=[A-Za-z/_-]{0,8}\d)(?=(?:[A-Za-z/_-]{0,8}\d){3})[A-Za-z0-9](?:[A-Za-z0-9/_-]{1,28}[A-Za-z0-9])(?![\w€$£%])"
_NUMBER_WORD = (
    r"(?:n°|nº|n\.|no\.?|nr\.?|num[ée]ro|number|num\.?|ref\.?|r[ée]f[ée]rence|reference|id|#|:|is|est|\(|«|\")"
)
_SAYS = rf"(?:[ \u00a0]{{0,2}}{_NUMBER_WORD}){{0,3}}[ \u00a0]{{0,2}}"
_INVOICES = (rf"\b(?:invoices?|factures?|inv|avoirs?|credit note|bill){_SAYS}(?P<number>{_ID})",)
_ORDERS = (
    rf"\b(?:purchase orders?|orders?|commandes?|cmd|po|colis|parcel|shipment|dossier){_SAYS}(?P<number>{_ID})",
    r"(?<![\w&/])#(?P<number>\d{4,12})(?![\w;])",
)
_STANDING_INVOICES = (r"(?<![\w-])(?P<number>(?:INV|FAC|FACT|FA|F)[-/]?\d{2,4}[-/]\d{2,8})(?![\w-])",)
_MORE = re.compile(rf"[ ,]{{1,2}}(?:(?:et|and|&|ou|or) )?(?P<number>{_ID})")
_LEGAL_FORM = r"(?:SARL|SASU|SAS|SA|EURL|SNC|SCI|Ltd|Limited|LLC|LLP|Inc|PLC|plc|GmbH|AG|BV|NV|SRL|SpA)"
_CAPITALISED = r"[A-ZÀ-Ý][\w&'’-]{0,24}"
_KIND = r"(?:SARL|SAS|EURL|Soci[ée]t[ée]|Cabinet|Association|Groupe|Mairie de|Studio|Ets)"
_ORGANISATIONS = (
    rf"\b(?:{_CAPITALISED} ){{1,3}}{_LEGAL_FORM}\b\.?",
    rf"\b{_KIND} {_CAPITALISED}(?: {_CAPITALISED}){{0,2}}",
)
_PERSONS = (rf"\b(?:M\.|Mme|Mlle|Mr\.?|Mrs\.?|Ms\.?|Dr\.?|Me|Monsieur|Madame) {_CAPITALISED}(?: {_CAPITALISED})?",)

_Group = tuple[EntityType | None, tuple[re.Pattern[str], ...]]


def _all(*patterns: str, flags: int = 0) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, flags) for pattern in patterns)


# First come, first served: what one pattern has taken, a later one does not see. None: taken, but no entity.
_GROUPS: tuple[_Group, ...] = (
    ("email", _all(*_EMAILS)),
    (None, _all(r"\bhttps?://[^\s<>\"]{1,500}", r"\bwww\.[^\s<>\"]{1,200}")),
    (None, _all(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")),  # IBAN, ISO 13616
    ("date", _all(*DATES, flags=re.IGNORECASE)),
    ("amount", _all(*_AMOUNTS, flags=re.IGNORECASE)),
    ("address", _all(*_ADDRESSES)),
    ("invoice_number", _all(*_INVOICES, *_STANDING_INVOICES, flags=re.IGNORECASE)),
    ("order_number", _all(*_ORDERS, flags=re.IGNORECASE)),
    ("phone", _all(*_PHONES)),
    ("organisation", _all(*_ORGANISATIONS)),
    ("person", _all(*_PERSONS)),
)


def entities(subject: str, text: str, *, names: tuple[str, ...] = ()) -> tuple[Entity, ...]:
    """What the subject and the text name, in the order of the text, each once.

    names: of people who may be named, e.g. the author; given when they stand in the text. At most MAX_ENTITIES; only
    the first MAX_TEXT characters are looked at.
    """
    found: dict[Entity, None] = {}
    for part in (subject[:1000], text[:MAX_TEXT]):
        for entity in _in_part(part):
            found[entity] = None
        for name in names:
            if len(name) > 1 and name in part:
                found[Entity("person", name)] = None
    return tuple(found)[:MAX_ENTITIES]


def _in_part(text: str) -> list[Entity]:
    taken: list[tuple[int, int, EntityType | None]] = []
    for kind, patterns in _GROUPS:
        for start, end in chain.from_iterable(_spans(pattern, text) for pattern in patterns):
            if len(taken) >= MAX_TAKEN:
                break
            if not any(start < other_end and other_start < end for other_start, other_end, _ in taken):
                taken.append((start, end, kind))
    return [Entity(kind, text[start:end].strip()) for start, end, kind in sorted(taken, key=_start) if kind is not None]


def _start(span: tuple[int, int, EntityType | None]) -> int:
    return span[0]


def _spans(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """What a pattern takes: its group "value" or "number" where it has one, and further numbers of the same list."""
    group = next((name for name in ("value", "number") if name in pattern.groupindex), None)
    for found in pattern.finditer(text):
        yield found.span(group or 0)
        more = _MORE.match(text, found.end()) if group == "number" else None
        while more:
            yield more.span("number")
            more = _MORE.match(text, more.end())
