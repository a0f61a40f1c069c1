"""Tokens with figures in them that count nothing: order numbers, codes, models."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from repondeur.policy.claims.amounts import beside_money, counted
from repondeur.policy.claims.claim import Claim, unbroken
from repondeur.policy.claims.ibans import accounts
from repondeur.policy.claims.numbers import Number
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
_ORDERS: Final = (
    r"orders?|commandes?|cde|cmd|tickets?|dossiers?|files?|references?|ref|bookings?|reservations?|parcels?|colis|suivi|"
    r"tracking|cases?|incidents?|rma|po|purchase orders?|serial|serie|"
    r"licen[cs]e"
)
# Of these, "1500" could be what is paid or counted: they need "number", or letters in it.
_PAPERS: Final = (
    r"invoices?|factures?|devis|quotes?|quotations?|contracts?|contrats?|abonnements?|subscriptions?|memberships?|"
    r"demandes?|requests?|retours?|returns?|client|customer|membre|member|adherent"
)
_NUMBER: Final = r"(?:n[°o]|no|nr|num|numbers?|numeros?|ref|references?|id)\b\.?|n°|#"
# How a number is named directly before it: "your order 77120", "commande n° 77120", "the order number is 77120".
# sure: a determiner, a preposition or a beginning tells the noun from the verb: "you order 5000", "on commande 5000".
_NAMED: Final = re.compile(
    r"(?P<sure>(?:^|[\n.;:!?(\"*>-]) ?|\b(?:the|your|my|our|this|that|his|her|their|both|votre|vos|ma|mon|mes|la|le|"
    r"les|notre|nos|cette|ce|ces|des|du|de|pour|sous|concernant|of|for|about|regarding|concerning|under|re) |\b[ld]')?"
    rf"\b(?:(?P<first>{_NUMBER}) (?:de |du |d'|of )?(?:la |the |your |votre )?)?"
    rf"(?:(?P<order>{_ORDERS})|(?P<paper>{_PAPERS}))\b\.?(?: (?:client|order|commande|number|file|case|id))?"
    rf"(?: ?(?P<number>{_NUMBER}))?(?P<equal>(?: ?:| is| est)(?: le| the)?)?[ \"(*_#]{{0,3}}$"
)
# "Your orders 77120 and 77121": behind one that is named, another is.
_ANOTHER: Final = re.compile(r" ?(?:,|and|et|&|or|ou|, and)(?: (?:n°|#|the|la|le))? ?#?")
# What an order number looks like. Years and days are none, nor is a number with a unit or a currency.
_ORDER_LIKE: Final = re.compile(
    r"\d{4,12}|(?:19|20)\d\d[-/](?!(?:19|20)\d\d$)\d{3,8}|[a-z]{1,6}[-_#]?\d{3,12}|[a-z]{1,6}[-_]?\d{2,4}[-_]\d{3,10}|"
    r"[a-z]{1,4}[-_][a-z]{1,4}[-_]?\d{3,12}|[a-z]{2}\d{9}[a-z]{2}|[a-z](?=(?:[a-z]{0,9}\d){3})[a-z0-9]{4,11}"
)
_DAY_LIKE: Final = re.compile(
    r"(?:19|20)\d\d(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))?|(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)\d\d"
)
_CURRENCY: Final = re.compile(
    r"(?:eur|euros?|usd|dollars?|gbp|pounds?|chf|francs?|cad|jpy|cny|inr|btc|eth|us|prix|price)[-_#]?\d+"
)
# What is confirmed with one of these beside it is a sum, an account, a code or a telephone, whatever it is called.
_NEVER: Final = re.compile(
    r"\b(?:ibans?|bic|swift|rib|sort code|accounts?|comptes?|banks?|banques?|bancaires?|cards?|cartes?|pin|cvv|cvc|"
    r"codes?|coupons?|vouchers?|passwords?|mots? de passe|phones?|tel|telephones?|telephonique\w*|call\w*|appel\w*|"
    r"joindre|joignable\w*|dial\w*|rings?|ringing|mobiles?|portables?|gsm|fax|whatsapp|sms|wallets?|"
    r"pay|pays|payez|payer|payable|virements?|transfer|regle[rz]|montants?|amounts?|sums?|sommes?|totals?|totaux|"
    r"prices?|prix|tarifs?|costs?|coute\w*|couts?|worth|vaut|fees?|"
    r"euros?|eur|usd|gbp|dollars?|pounds?|percent|pourcents?)\b"
)
# How authors announce where they, or their money, can be reached.
_REACHED_BY: Final = re.compile(
    r"\b(?:phones?|tel|telephones?|portables?|mobiles?|cell|gsm|fax|whatsapp|telegram|sms|call|appel\w*|dial|joindre|"
    r"joignable|ibans?|bic|swift|rib|accounts?|comptes?|sort code|cards?|cartes?|wallets?|bitcoins?|btc|eth|usdt)\b"
    rf"(?:(?!\b(?:{_ORDERS}|{_PAPERS})\b)[^\n!?]){{0,24}}$"
)
_COUNTED: Final = re.compile(
    r" ?(?:km|cm|mm|m[23²³]?|kg|kilos?|g|litres?|l|points?|miles|fois|times|pieces?|unites?|units?|people|"
    r"persons?|personnes?|places?|seats?|x|de [a-z]+s)\b"
)
_BIC: Final = re.compile(r"[a-z]{6}[a-z0-9]{2}(?:[a-z0-9]{3})?")
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


def echoes(text: str, mail: str, taken: Sequence[Claim] = ()) -> Iterator[Claim]:
    """Order numbers that stand in the author's mail as well, alone there, and named as such here: never beside money,
    and never what could be an account, a day or a telephone. Both texts are canonical. taken: days and telephones of
    the text."""
    if not _FIGURE.search(mail):
        return
    last = -1  # where the last one ended
    for hit in _tokens(text):
        token, (begin, end) = hit.group(), hit.span()
        if not _is_order_like(token):
            continue
        line = text[max(0, begin - _AROUND) : begin].rpartition("\n")[2], text[end : end + _AROUND].partition("\n")[0]
        another = last >= 0 and _ANOTHER.fullmatch(text, last, begin)
        if not another and not _is_named(token, line[0]):
            continue
        if _NEVER.search(line[0]) or _NEVER.search(line[1]) or _counts(text, begin, end):
            continue
        if any(_is_part_of(one, begin, end) for one in taken):
            continue
        if _stands_alone(token, mail):
            last = end
            yield Claim("id", id_key(token), begin, end)


def _counts(text: str, begin: int, end: int) -> bool:
    """Whether it counts something: "order 5800 days"."""
    if _COUNTED.match(text, end):
        return True
    sums, _ = counted(text, [Number("0", begin, end)], each=True)
    return bool(sums)


def _is_named(token: str, before: str) -> bool:
    named = _NAMED.search(before)
    if named is None or not token.isdigit() or named["first"] or named["number"]:
        return named is not None
    if named["sure"] is None or named["paper"]:
        return False
    return not named["equal"] or (named["equal"].strip() == ":" and not named["order"].endswith("s"))


def _is_part_of(one: Claim, begin: int, end: int) -> bool:
    """Whether it is a day, or a part of a telephone that goes on."""
    if one.begin >= end or one.end <= begin:
        return False
    return one.kind != "phone" or one.begin < begin or one.end > end


def _is_order_like(token: str) -> bool:
    """Whether it looks like the number of an order, and like nothing where money or a call could go."""
    if not _ORDER_LIKE.fullmatch(token) or _DAY_LIKE.fullmatch(token) or _CURRENCY.fullmatch(token):
        return False
    if any(accounts(token)) or (_BIC.fullmatch(token) and token[4:6].upper() in IBAN_LENGTHS):
        return False
    return not dialled(re.sub(r"[^0-9]", "", token))


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
