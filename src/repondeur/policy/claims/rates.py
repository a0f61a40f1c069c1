"""For which time a price is, and how often something is: "5 € par jour", "twice a week", "within a day"."""

import re
from collections.abc import Iterator
from typing import Final

from repondeur.policy.claims.amounts import BETWEEN, TIME, WINDOW, lasts
from repondeur.policy.claims.claim import Claim

_ARTICLE: Final = re.compile(rf"\b(?:an?|the|per|par|chaque|each|every) {BETWEEN}(?:{TIME})")
# How often, or for how long a price is: "5 € par jour", "€9/month", "twice a week". Adverbs only found.
_RATE: Final = re.compile(rf"(?:\b(?:per|par) {BETWEEN}|(?<=[\d€$£]) ?/ ?|(?<=[\d€$£a-z]) an? )(?:{TIME})")
_COUNTED_BEFORE: Final = re.compile(r"(?:[\d€$£]|\b(?:euros?|dollars?|pounds?|eur|fois|times|once|twice))$")
_MONEY_BEFORE: Final = re.compile(
    r"(?:[€$£]\s?(?:\d[\d.,]{0,12})?|\b(?:euros?|dollars?|pounds?|eur|usd|gbp|chf|centimes?|pence))\s?$"
)
_ADVERB: Final = re.compile(
    r"\b(?:(?P<hour>hourly)|(?P<day>daily|nightly|quotidien\w{0,5})|(?P<week>weekly|hebdomadaire\w{0,4})|"
    r"(?P<month>monthly|mensuel\w{0,5}|mensualites?)|(?P<quarter>quarterly|trimestriel\w{0,5})|"
    r"(?P<year>yearly|annual(?:ly)?|annuel\w{0,5}))\b"
)
# "Per user and month", "à l'année", "5 € la nuit", "9 € for a year".
_OTHER: Final = (
    r"(?:(?:pour|for) (?:une?|an?|one|the|the whole|toute l')|and|et|by the|the|(?:a|de) l'|l'|au|la|le) ?"
    rf"(?:{TIME})"
)
_OTHER_RATE: Final = re.compile(rf"\b{_OTHER}")
_MONEY: Final = re.compile(r"[€$£](?:\s?\d[\d.,]{0,12})?|(?:euros?|eur|dollars?|pounds?)\b")
_FOLLOWS: Final = re.compile(rf"\s{_OTHER}")
PER: Final = "per"
_OFTEN: Final = ("per", "par", "each", "every", "chaque")


def articles(text: str, *, each: bool = False) -> Iterator[Claim]:
    """ "A day" as one day, where it is a delay; with `each` wherever it stands, but not behind a sum, whose time it
    is."""
    for hit in _ARTICLE.finditer(text):
        unit = hit.lastgroup or ""
        if hit.group().startswith(_OFTEN) or is_of_sum(text, hit.start()):
            continue
        if each or lasts(text, *hit.span(), unit if hit.group()[0] == "a" else ""):
            yield Claim("duration", f"1 {unit}", *hit.span())


def rates(text: str, *, each: bool = False) -> Iterator[Claim]:
    """For which time a sum is told, and how often something is; with `each` also where no sum stands before it."""
    for hit in _RATE.finditer(text):
        if each or hit.group()[:1] != " " or _COUNTED_BEFORE.search(text[max(0, hit.start() - 8) : hit.start()]):
            yield Claim("duration", f"{PER} {hit.lastgroup}", *hit.span())
    if each:
        found = [hit for pattern in (_ADVERB, _ARTICLE, _OTHER_RATE) for hit in pattern.finditer(text)]
    else:
        behind = (_FOLLOWS.match(text, money.end()) for money in _MONEY.finditer(text))
        found = [hit for hit in behind if hit]
    yield from (Claim("duration", f"{PER} {hit.lastgroup}", *hit.span()) for hit in found)


def is_of_sum(text: str, begin: int) -> bool:
    """Whether a sum, or how often, stands before it."""
    return bool(_COUNTED_BEFORE.search(text[max(0, begin - 8) : begin].rstrip()))


def is_of_money(text: str, begin: int) -> bool:
    """Whether a sum of money stands before it."""
    return bool(_MONEY_BEFORE.search(text[max(0, begin - WINDOW) : begin]))
