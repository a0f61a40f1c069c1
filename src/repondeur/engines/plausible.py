"""Can this be what an engine says it is? A word of the mail is no phone number for having been called one. Pure."""

import re
from functools import cache

from repondeur.engines.day_words import numbers, vocabulary
from repondeur.policy.analysis import Entity
from repondeur.words.terms import fold

LONGEST = 200  # characters
LONGEST_NAME, LONGEST_NAME_WORDS = 100, 12
_NAMES = frozenset({"person", "organisation"})
_NUMBERS = frozenset({"order_number", "invoice_number"})
PHONE_DIGITS = 3  # "112"

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_CURRENCY = re.compile(r"[€$£¥]|\b(?:euros?|eur|usd|gbp|chf|dollars?|pounds?|livres?|francs?|cents?|centimes?)\b")
_WORD = re.compile(r"[^\W\d_]+")
# The languages of vocabulary/dates.toml.
_OURS = frozenset({"fr", "en"})
# Of the phrases for days, what is no word for one.
_SMALL = frozenset({"the", "ce", "cet", "cette", "this", "l"})


def plausible(entity: Entity, language: str) -> bool:
    """Whether the value has what its type cannot be without: a digit, an at sign, a word for a day. language: of the
    mail; which words name days is known for French and English."""
    value = entity.value
    if len(value) > LONGEST or not any(map(str.isalnum, value)):
        return False
    digits = sum(map(str.isdigit, value))
    if entity.type == "email":
        return _EMAIL.search(value) is not None
    if entity.type == "phone":
        return digits >= PHONE_DIGITS
    if entity.type in _NUMBERS:
        return digits > 0
    if entity.type == "amount":
        return digits > 0 or _CURRENCY.search(fold(value)) is not None
    if entity.type == "date":
        return digits > 0 or language not in _OURS or bool(_day_words() & set(_WORD.findall(fold(value))))
    if entity.type in _NAMES:
        short = len(value) <= LONGEST_NAME and len(value.split()) <= LONGEST_NAME_WORDS
        return short and any(map(str.isalpha, value))
    return True


@cache
def _day_words() -> frozenset[str]:
    """Of which one stands in every date that is written without digits."""
    tables = (numbers(name) for name in ("weekdays", "months", "units"))
    words = {word for table in tables for word in table} | set(vocabulary()["moments"].split())
    of_days = {part for phrase in numbers("days", "|") for part in _WORD.findall(phrase)}
    return frozenset(words | (of_days - _SMALL))
