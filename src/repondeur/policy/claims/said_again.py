"""Commitments that a passage makes in other words: "there is no card fee" is "we don't charge for cards", "except in
case of illness" makes illness "an exception", and what a passage names is there for whoever comes.

Narrow on purpose: what the sentence is about has to stand in the passage, and nothing else may.
"""

import re
from typing import Final

from repondeur.policy.claims.promises import Promise

_PART: Final = re.compile(r"[.!?;:,\n\x01]| and | but | et | mais ")
_WORD: Final = re.compile(r"[a-z0-9]+")
_NEAR: Final = 96  # characters before the words that commit, and behind them
# What somebody says who asks no fee for something, beside its name.
_NO_FEE_WORDS: Final = (
    "we they do does don doesn t not never no charge charges charged any a an anything nothing extra additional "
    "more fee fees surcharge surcharges cost costs for by with using on is are s it there the paying pay payment "
    "payments free of you and "
    "il n y a pas de d aucun sans frais le la les l en par pour nous ne facturons demandons prenons est sont paiement "
    "paiements payer regler reglement gratuit gratuite gratuits gratuites"
)
_OF_FEES: Final = frozenset(_NO_FEE_WORDS.split())
_NOT_GIVEN_AWAY_WORDS: Final = (
    "pay paying payment payments paiement paiements payer regler reglement booking reservation delivery livraison "
    "shipping cleaning menage parking cancellation annulation registration inscription"
)
_NOT_GIVEN_AWAY: Final = frozenset(_NOT_GIVEN_AWAY_WORDS.split())
_FEES: Final = ("fee", "charge", "surcharge")
_NO_FEES: Final = ("pasdefraisde", "pasdefraispour", "aucunfraisde", "aucunfraispour", "sansfraisde")
_GRATIS: Final = frozenset(("free", "gratuit", "gratuite", "gratuits", "gratuites"))
_EXCEPTING: Final = frozenset(("except", "excepted", "sauf", "hormis"))
_IS_ONE: Final = re.compile(
    r"(?P<noun>[a-z]{4,}) (?:is|are|est|sont|fait|font)(?: (?:an|the|une|la|les))?(?: (?:only|sole|seules?))? ?$"
)
_THE_ONE: Final = re.compile(r"\b(?:the|only|sole|seules?|l') ?$")
_WHICH_IS: Final = re.compile(
    r" ?(?:is|are|est|sont|concerne|of|de|du|des|d'|:)(?: (?:the|la|le|les))?(?: l')? ?(?P<noun>[a-z]{4,})"
)
# Said to somebody, or done for them.
_GRANTED: Final = re.compile(r"\b(?:you|your|vous|votre|made|make|granted?|possible|accord\w*|faite?s?|faire)\b")
_HAS: Final = re.compile(r"(?:you(?:'ll| will| shall) have an?|vous aurez (?:un|une|des|le|la|les|l))")
_SENT_WORDS: Final = (
    "reply answer response call message mail email letter parcel visit delivery refund credit news confirmation "
    "reponse appel courriel lettre colis visite livraison remboursement avoir nouvelles"
)
_SENT_THINGS: Final = frozenset(_SENT_WORDS.split())
_END_OF_THING: Final = re.compile(r"[.!?;:,()\n\x01]| (?:and|or|with|in|at|et|ou|avec|dans) ")


def is_said_again(promise: Promise, text: str, words: frozenset[str], joined: str) -> bool:
    """Whether the passages say it in other words. text: canonical. words, joined: of the passages, see Founding."""
    match promise.kind:
        case "free" | "bear":
            return _asks_no_fee(_part_around(promise, text), joined)
        case "exception":
            return not _EXCEPTING.isdisjoint(words) and _is_the_exception(promise, text, words)
        case "send":
            return _is_there(promise, text, words)
    return False


def _part_around(promise: Promise, text: str) -> str:
    """The part of the sentence that it stands in; nothing where that is long."""
    before = _PART.split(text[max(0, promise.begin - _NEAR) : promise.begin])[-1]
    behind = _PART.split(text[promise.end : promise.end + _NEAR])[0]
    part = f"{before}{text[promise.begin : promise.end]}{behind}"
    return part if len(part) < _NEAR else ""


def _asks_no_fee(part: str, joined: str) -> bool:
    """Whether it speaks of nothing but one thing, for which the passages say that there is no fee."""
    words = set(_WORD.findall(part))
    things = {word.rstrip("s") for word in words - _OF_FEES}
    # "Cards are free" gives cards away.
    if len(things) != 1 or (not _GRATIS.isdisjoint(words) and _NOT_GIVEN_AWAY.isdisjoint(words)):
        return False
    thing = things.pop()
    english = any(f"no{thing}{fee}" in joined or f"no{fee}for{thing}" in joined for fee in _FEES)
    return english or any(f"{none}{thing}" in joined for none in _NO_FEES)


def _is_the_exception(promise: Promise, text: str, words: frozenset[str]) -> bool:
    before = text[max(0, promise.begin - _NEAR) : promise.begin]
    behind = re.split(r"[.!?;\n\x01]", text[promise.end : promise.end + _NEAR])[0]
    named = _IS_ONE.search(before) or (_WHICH_IS.match(behind) if _THE_ONE.search(before) else None)
    return named is not None and named["noun"] in words and not _GRANTED.search(re.split(r" (?:if|si) ", behind)[0])


def _is_there(promise: Promise, text: str, words: frozenset[str]) -> bool:
    """ "You'll have a washing machine", where a passage names one."""
    if not _HAS.fullmatch(text, promise.begin, promise.end):
        return False
    behind = text[promise.end : promise.end + _NEAR]
    thing = _WORD.findall(_END_OF_THING.split(behind)[0])
    return bool(thing) and all(word in words and word not in _SENT_THINGS for word in thing)
