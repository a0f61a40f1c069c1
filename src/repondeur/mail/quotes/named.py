"""Whom an attribution names, and when they wrote: "Le 3 mars 2024 à 10:12, NAME <ADDRESS> a écrit :"."""

import re

from repondeur.mail.address import parse_addresses
from repondeur.mail.message import Address
from repondeur.mail.quotes import without_bidi, words

ADDRESS = re.compile(r"[^\s@<>()\[\]]{1,80}@[^\s@<>()\[\]]{2,100}|<\s*mailto:")
CLOCK = re.compile(
    r"(?<!\d)\d{1,2}\s?[:hH：]\s?\d{2}(?!\d)|(?<![\d.,])\d{1,2}\.\d{2}(?![\d.,]|\s?[€$£%])|\bkl\.?\s?\d|\d\s?(?:[ap]\.?m\b|Uhr\b)",
    re.IGNORECASE,
)
DATE = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)|(?<!\d)\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?!\d)|\d{1,2}月\d{1,2}日")
_DIGIT = re.compile(r"\d")
_LONGEST_VERB = 50

_SHOWN_ADDRESS = re.compile(r"[<(\[]{1,2}\s?([^\s<>()\[\]]{1,200}@[^\s<>()\[\]]{1,200})[>)\]]")
_QUOTED_NAME = re.compile(r"[\"“«„]\s?([^\"”»<>]{1,80}?)\s?[\"”»]\s*$")
_CLOCK_WORDS = frozenset(("AM", "PM", "GMT", "UTC", "CET", "CEST"))
_PARTICLES = frozenset(("de", "du", "da", "di", "van", "von", "der", "den", "le", "la", "el", "bin", "-"))


def address_in(text: str) -> re.Match[str] | None:
    return ADDRESS.search(text) if "@" in text or "mailto:" in text else None


def author_of(text: str) -> Address:
    """Whom an attribution names, as far as it does."""
    text = without_bidi(text)
    found = _SHOWN_ADDRESS.search(text)
    if not found:
        return author_without_brackets(text)
    address = parse_addresses(found.group(1), 1).addresses
    return Address(_name_before(text[: found.start()]), address[0].address if address else "")


def date_of(text: str) -> str:
    """When an attribution says that it was written, in its words; "" when it does not say."""
    bare = ADDRESS.sub("", without_bidi(text))
    ends = [found.end() for pattern in (CLOCK, DATE) for found in pattern.finditer(bare)]
    begins = _DIGIT.search(bare)
    return bare[begins.start() : max(ends)].strip() if begins and ends else ""


def author_without_brackets(text: str) -> Address:
    if found := address_in(text):
        return Address(_name_before(text[: found.start()]), found.group().strip("<>,;:"))
    bare = text.rstrip(" :：*_")
    start = max(len(bare) - _LONGEST_VERB, 0)
    verb = next((found for found in words().wrote_somewhere.finditer(bare, start) if found.end() == len(bare)), None)
    return Address(_name_before(bare[: verb.start()] if verb else bare), "")


def _name_before(text: str) -> str:
    """In quotes, or the words with a capital letter that stand last: "… időpontban John Doe (" names John Doe."""
    if quoted := _QUOTED_NAME.search(text):
        return quoted.group(1)
    name: list[str] = []
    for word in reversed(text.split()[-6:]):
        if word in _CLOCK_WORDS or any(map(str.isdigit, word)):
            break
        if not (word[0].isupper() or (name and word.lower() in _PARTICLES)) or word.endswith((",", ":", ";")):
            break
        name.insert(0, word)
    return " ".join(name)
