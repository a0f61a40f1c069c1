"""Tokens with figures in them that count nothing: order numbers, codes, models."""

import re
from collections.abc import Iterator
from typing import Final

from repondeur.policy.claims.amounts import beside_money
from repondeur.policy.claims.claim import Claim, unbroken
from repondeur.policy.claims.ibans import accounts
from repondeur.policy.claims.phones import dialled
from repondeur.policy.sensitive_numbers import IBAN_LENGTHS

TOKEN: Final = re.compile(r"(?<![\w])[a-z0-9]+(?:[-_/.#][a-z0-9]+){0,8}(?![\w])")
_WITH_UNIT: Final = re.compile(
    # "9h-18h", "9h30/12h", "24h/24", "7j/7", and "4.90/month", of which each part is a number by itself.
    r"\d{1,2}h(?:\d\d)?[-/]\d{1,2}h(?:\d\d)?|24h/24|7[jd]/7|\d+(?:\.\d+)?(?:[a-z]{1,3})?/[a-z]{1,8}|h/24|"
    r"\d+(?:-[a-z]{3,})+|\d+(?:[.,]\d+)?(?![oil]{1,3}$)(?:[a-z°]{1,3}|st|nd|rd|th|er|eme)\d?"
)
# A word that is a code by its place, in capitals or between quotes.
_CODE: Final = re.compile(
    r"\b(?i:codes?|coupons?|vouchers?|bons?)\b(?:[^\w\n]{1,3}(?i:promo|promotionnel|est|is|le|the|suivant|word)\b){0,3}"
    r"[^\w\n]{1,4}(?:([A-Z][A-Z0-9]{2,29})\b|(?<=[\"'“«‘])\s?([\w-]{3,30})\s?[\"'”»’])"
)
# One of these stands in every text that has one.
CODE_WORDS: Final = (
    "code",
    "coupon",
    "voucher",
    "bon ",
    "bons ",
    "bon:",
    "bons:",
    'bon"',
    'bons"',
    "bon'",
    "bons'",
    "bon-",
    "bon*",
)
_FIGURE: Final = re.compile(r"[0-9]")
_LONG: Final = 30  # letters, more than a word has
_LONG_WORD: Final = re.compile(rf"[^\W\d_]{{{_LONG},}}")
_NAMED: Final = re.compile(
    r"(?:\b(?:orders?|commandes?|cde|invoices?|factures?|ref|references?|tickets?|dossiers?|numeros?|numbers?|no|nr|num|"
    r"contracts?|contrats?|parcels?|colis|suivi|tracking|bookings?|reservations?|devis|quotes?|clients?|customers?|"
    r"abonnements?|subscriptions?|demandes?|requests?|cases?|incidents?|retours?|returns?|rma|po|purchase|licen[cs]es?)"
    r"|n[°o]|#)[\w\s.:°#(\"'-]{0,16}$"
)
# What is confirmed with one of these beside it is an account, a code or a telephone, whatever it is called.
_NEVER: Final = re.compile(
    r"\b(?:ibans?|bic|swift|rib|sort code|accounts?|comptes?|banks?|banques?|bancaires?|cards?|cartes?|pin|cvv|cvc|"
    r"codes?|coupons?|vouchers?|passwords?|mots? de passe|phones?|tel|telephones?|call|appele\w*|joindre|dial|wallet|"
    r"pay|payez|payer|payable|virements?|transfer|regle[rz]|montant|amount|sum|somme|total|euros?|eur|usd|gbp)\b"
)
# How authors announce where they, or their money, can be reached.
_REACHED_BY: Final = re.compile(
    r"\b(?:phones?|tel|telephones?|portables?|mobiles?|cell|gsm|fax|whatsapp|telegram|ibans?|bic|swift|rib|wallets?|"
    r"bitcoins?|btc|eth|usdt)\b[^\n]{0,16}$"
)
_BIC: Final = re.compile(r"[a-z]{6}[a-z0-9]{2}(?:[a-z0-9]{3})?")
_MOST_FIGURES: Final = 14
_ORDINAL: Final = re.compile(r"\d{1,4}(?:st|nd|rd|th|e|er|re|eme|ere|ieme|nde?)")
_AROUND: Final = 48  # characters before and behind


def ids(text: str) -> Iterator[Claim]:
    """Tokens of letters and figures, and words too long to be any."""
    for hit in _tokens(text):
        token = hit.group()
        if any(map(str.isdigit, token)) and any(map(str.isalpha, token)) and not _WITH_UNIT.fullmatch(token):
            yield Claim("id", id_key(token), *hit.span())
    for hit in _LONG_WORD.finditer(text) if max(map(len, text.split()), default=0) >= _LONG else ():
        yield Claim("id", id_key(hit.group()), *hit.span())


def _tokens(text: str) -> Iterator[re.Match[str]]:
    for part in unbroken(text, _FIGURE):
        yield from TOKEN.finditer(text, *part)


def codes(text: str) -> Iterator[Claim]:
    """Words behind "code" and its like in a text as it was written: vouchers."""
    for hit in _CODE.finditer(text):
        group = 1 if hit[1] else 2
        yield Claim("id", id_key(hit[group].lower()), *hit.span(group))


def id_key(token: str) -> str:
    return re.sub(r"[^a-z0-9]", "", token)


def echoes(text: str, mail: str) -> Iterator[Claim]:
    """Order-like numbers that stand in the author's mail as well, alone and named as such: never beside a currency, and
    never what could be an account, a code or a telephone. Both texts are canonical."""
    if not _FIGURE.search(mail):
        return
    for hit in _tokens(text):
        token, (begin, end) = hit.group(), hit.span()
        figures = sum(char.isdigit() for char in token)
        if not figures or len(token) < 3 or (figures < 3 and not any(map(str.isalpha, token))):
            continue
        if _ORDINAL.fullmatch(token) or (figures <= 3 and _WITH_UNIT.fullmatch(token)):  # "21st" and "30kg" are numbers
            continue
        around = text[max(0, begin - _AROUND) : begin], text[end : end + _AROUND]
        line = around[0].rpartition("\n")[2], around[1].partition("\n")[0]
        bare = any(char.isalpha() for char in token) or bool(_NAMED.search(line[0]))
        if _reaches_somebody(token):
            continue
        if not bare or _NEVER.search(line[0]) or _NEVER.search(line[1]) or beside_money(text, begin, end):
            continue
        if _stands_alone(token, mail):
            yield Claim("id", id_key(token), begin, end)


def _reaches_somebody(token: str) -> bool:
    """Whether money, or a call, could go there: then it is no number of an order, whatever it is called."""
    if len(token) > _MOST_FIGURES and token.isdigit():
        return True
    if any(accounts(token)) or (_BIC.fullmatch(token) and token[4:6].upper() in IBAN_LENGTHS):
        return True
    return dialled(re.sub(r"[-_/.]", "", token))


def _stands_alone(token: str, mail: str) -> bool:
    place = mail.find(token)
    while place >= 0:
        end = place + len(token)
        before, after = mail[place - 1 : place], mail[end : end + 1]
        # Only a part of something longer, such as a telephone number, an address or a sum, is no number of its own.
        whole = not (before.isalnum() or (before in {"+", "@", ".", "/", "-", ","} and before))
        whole = whole and not (
            after.isalnum() or (after in {"@", "/", "-"} and after) or re.match(r"[.,]\w", mail[end : end + 2])
        )
        digits = re.search(r"\d[ .]?$", mail[max(0, place - 2) : place]) or re.match(r"[ .]?\d", mail[end : end + 2])
        said = _REACHED_BY.search(mail[max(0, place - _AROUND) : place].rpartition("\n")[2])
        if whole and not digits and not said and not beside_money(mail, place, end):
            return True
        place = mail.find(token, end)
    return False
