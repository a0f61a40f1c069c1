"""Sums and shares of a passage in other words: 38p is £0.38, half of the price is 50 % of it."""

import re
from collections.abc import Iterator
from typing import Final

from repondeur.policy.claims.claim import Claim
from repondeur.policy.claims.numbers import figures_key

_PENCE: Final = re.compile(r"(?<![\w.,/:-])(?P<pence>[1-9]\d?) ?(?:(?<=\d)p|pence)\b(?![.:]\w)")
_PRICE: Final = r"(?:price|cost|sum|amount|total|fees?|rent|balance|deposit|prix|montant|somme|loyer|cout|acompte)"
_PART: Final = re.compile(
    rf"\b(?:(?P<half>half|moitie)|(?P<quarter>quarter|quart)) (?:of )?(?:the|your|du|de la|de l'|de votre) ?"
    rf"(?:total |full |whole )?{_PRICE}\b"
)
_PERCENT: Final = {"half": "50 %", "quarter": "25 %"}
_PART_OF: Final = {percent: part for part, percent in _PERCENT.items()}
_LESS: Final = re.compile(
    r"\b(?:off|discount\w*|reduc\w*|reduit\w*|remise\w*|rebate\w*|rabais|less|moins|cheaper|sale)\b"
)
_PAID_BACK: Final = r"(?:refund\w*|reimburs\w*|rembours\w*)"
_ENTIRELY: Final = re.compile(
    rf"\b(?:(?:entierement|integralement|totalement|fully|entirely) {_PAID_BACK}|"
    rf"{_PAID_BACK} (?:entierement|integralement|totalement|fully|entirely|in full))\b"
)
_HUNDRED: Final = re.compile(rf"\b{_PAID_BACK} (?:a |at )?$")
_NEAR: Final = 40  # characters


def same_sums(text: str) -> Iterator[str]:
    """Keys of the sums that a passage tells as pence, and of the shares that it tells as parts of a price."""
    for hit in _PENCE.finditer(text):
        yield f"{hit['pence']} cent"
        yield f"{figures_key('0.' + hit['pence'].zfill(2))} gbp"
    for hit in _PART.finditer(text):
        yield f"part:{hit.lastgroup}"
        yield _PERCENT[hit.lastgroup or "half"]


def parts(share: Claim, text: str) -> Iterator[str]:
    """Keys of the part that a share of a passage is, if it is not one by which a price is less."""
    around = text[max(0, share.begin - _NEAR) : share.end + _NEAR]
    if share.key in _PART_OF and not _LESS.search(around):
        yield f"part:{_PART_OF[share.key]}"


def tells_entirely(text: str) -> bool:
    """Whether a passage says that something is paid back as a whole."""
    return bool(_ENTIRELY.search(text))


def is_entirely(claim: Claim, text: str) -> bool:
    """Whether 100 % is how much of it is paid back."""
    return claim.key == "100 %" and bool(_HUNDRED.search(text[max(0, claim.begin - _NEAR) : claim.begin]))
