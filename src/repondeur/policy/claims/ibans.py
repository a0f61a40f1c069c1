"""Where money could be sent: bank accounts, cards, wallets.

Source: ISO 13616 (IBAN, check digits by ISO 7064 MOD 97-10), ISO 9362 (BIC), ISO/IEC 7812 (cards, Luhn), BIP 173 and
EIP-55 (wallets).
"""

import re
from collections.abc import Iterator
from typing import Final

from repondeur.policy.claims.claim import Claim
from repondeur.policy.sensitive_numbers import IBAN_LENGTHS

_IBAN: Final = re.compile(
    r"(?<![a-z0-9])[a-z](?:[ \n.\-_/*·]{0,2})[a-z](?:[ \n.\-_/*·:]{0,2}\d){2}(?:[ \n.\-_/*·]{0,2}[a-z0-9]){11,40}"
)
_BIC: Final = re.compile(
    r"\b(?:bic|swift)\b(?:[^a-z0-9]{1,4}(?:code|is|est|number|no)\b){0,3}[^a-z0-9]{0,6}([a-z]{6}[a-z0-9]{2}(?:[a-z0-9]{3})?)\b"
)
_CARD: Final = re.compile(r"[0-9](?<![\w.,]\d)(?:[ .\-_/]{0,2}\d){12,18}(?![\w])")
_WALLET: Final = re.compile(
    r"\b(?:bc1[a-z0-9]{20,87}|0x[0-9a-f]{40}|[13][a-km-z1-9]{25,34}|t[a-z0-9]{33}|4[0-9ab][a-z0-9]{93})\b"
)
_LEAST_WALLET: Final = 23  # characters
_TWO_FIGURES: Final = re.compile(r"[0-9][ \n.\-_/*·:]{0,2}\d")
_COUNTRY: Final = re.compile(r"(?<![a-z0-9])[a-z][ \n.\-_/*·]{0,2}[a-z][ \n.\-_/*·:]{0,2}$")
_BEFORE: Final = 6  # characters that hold it
_LONGEST: Final = 99  # characters that no IBAN has
_FIGURES: Final = 10  # that all have at least; a sentence may have the right check digits by chance


def accounts(text: str) -> Iterator[Claim]:
    """All of them, each with right check digits."""
    for hit in _ibans(text):
        plain = re.sub(r"[^a-z0-9]", "", hit.group())
        length = IBAN_LENGTHS.get(plain[:2].upper(), _LONGEST)
        if length <= len(plain) and sum(map(str.isdigit, plain[:length])) >= _FIGURES and _is_iban(plain[:length]):
            yield Claim("account", plain[:length], hit.start(), _end_of(hit.group(), length) + hit.start())
    for hit in _BIC.finditer(text) if "bic" in text or "swift" in text else ():
        yield Claim("account", hit[1], *hit.span(1))
    for hit in _CARD.finditer(text):
        digits = re.sub(r"\D", "", hit.group())
        if _luhn(digits):
            yield Claim("account", digits, *hit.span())
    for hit in _WALLET.finditer(text) if max(map(len, text.split()), default=0) >= _LEAST_WALLET else ():
        yield Claim("account", hit.group(), *hit.span())


def _ibans(text: str) -> Iterator[re.Match[str]]:
    """What may be one: two letters, two figures, and so on. Figures are rarer than letters, so they are looked for."""
    last = 0
    for figures in _TWO_FIGURES.finditer(text):
        country = _COUNTRY.search(text, max(last, figures.start() - _BEFORE), figures.start())
        if country and (hit := _IBAN.match(text, country.start())):
            yield hit
            last = hit.end()


def _end_of(row: str, length: int) -> int:
    """Where the character number `length` of those that count ends."""
    places = [place for place, char in enumerate(row) if char.isalnum()]
    return places[length - 1] + 1


def _is_iban(plain: str) -> bool:
    if not plain.isascii() or not plain[:2].isalpha() or not plain[2:4].isdigit():
        return False
    return int("".join(str(int(char, 36)) for char in plain[4:] + plain[:4])) % 97 == 1


def _luhn(digits: str) -> bool:
    doubled = (sum(divmod(int(digit) * 2, 10)) for digit in digits[-2::-2])
    return len(set(digits)) > 1 and (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0
