"""Numbers that name a bank account, a payment card or a person, told from all others by their check digits."""

import re
from typing import Final

# Letters and digits of an IBAN, by country (SWIFT, "IBAN Registry").
IBAN_LENGTHS: Final = {
    **dict.fromkeys(("AD", "CZ", "DZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN"), 24),
    **dict.fromkeys(("AE", "GI", "IL", "IQ", "TL"), 23),
    **dict.fromkeys(("AL", "CY", "DO", "GT", "HU", "LB", "PL"), 28),
    **dict.fromkeys(("AT", "BA", "EE", "KZ", "LT", "LU", "XK"), 20),
    **dict.fromkeys(("AZ",), 28),
    **dict.fromkeys(("BE",), 16),
    **dict.fromkeys(("BG", "BH", "CR", "DE", "GB", "GE", "IE", "ME", "RS", "VA"), 22),
    **dict.fromkeys(("CH", "HR", "LI", "LV"), 21),
    **dict.fromkeys(("DK", "FI", "FO", "GL", "NL"), 18),
    **dict.fromkeys(("FR", "GR", "IT", "MC", "MR", "SM"), 27),
    **dict.fromkeys(("IS", "TR"), 26),
    **dict.fromkeys(("MK", "SI"), 19),
    **dict.fromkeys(("MT",), 31),
    **dict.fromkeys(("MU",), 30),
    **dict.fromkeys(("NO",), 15),
    **dict.fromkeys(("PT",), 25),
}
_GAP: Final = "[ \u00a0\u202f-]?"
_IBAN: Final = re.compile(rf"(?<![A-Za-z0-9])([A-Za-z]{{2}}\d{{2}}(?:{_GAP}[A-Za-z0-9]){{11,27}})")
# A French account as it was written before IBAN: bank, branch, account, key (Comité français d'organisation et de
# normalisation bancaires, "relevé d'identité bancaire").
_RIB: Final = re.compile(rf"(?<![A-Za-z0-9])(\d{{5}}){_GAP}(\d{{5}}){_GAP}([0-9A-Z]{{11}}){_GAP}(\d\d)(?![A-Za-z0-9])")
_RIB_LETTERS: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "12345678912345678923456789")
# Sixteen digits in fours (Visa, Mastercard, Discover), or fifteen as American Express prints them.
_CARD: Final = re.compile(
    rf"(?<![\d-])(?:(?:4\d{{3}}|5[1-5]\d\d|2[2-7]\d\d|6011|65\d\d)(?:{_GAP}\d{{4}}){{3}}"
    rf"|3[47]\d\d{_GAP}\d{{6}}{_GAP}\d{{5}})(?![\d-])"
)
# Sex, year, month (also the made-up ones from 20 on), department, commune, order, key (INSEE, "numéro d'inscription au
# répertoire").
_NIR: Final = re.compile(
    rf"(?<!\d)([12]){_GAP}(\d\d){_GAP}(0[1-9]|1[0-2]|[2-9]\d){_GAP}(\d\d|2[AaBb]){_GAP}(\d{{3}}){_GAP}(\d{{3}}){_GAP}(\d\d)(?!\d)"
)
_CORSICA: Final = {"2A": "19", "2B": "18"}


def bank_account(text: str) -> bool:
    """Whether an IBAN stands in the text (ISO 13616, check digits by ISO 7064 MOD 97-10), or a French RIB."""
    return any(_is_iban(found[1]) for found in _IBAN.finditer(text)) or any(map(_is_rib, _RIB.finditer(text)))


def card(text: str) -> bool:
    """Whether the number of a payment card stands in the text (ISO/IEC 7812, check digit by Luhn)."""
    return any(_luhn(re.sub(r"\D", "", found[0])) for found in _CARD.finditer(text))


def social_security(text: str) -> bool:
    """Whether a French social security number with its key stands in the text."""
    return any(_is_nir(found) for found in _NIR.finditer(text))


def _is_iban(found: str) -> bool:
    plain = re.sub(r"[^A-Za-z0-9]", "", found).upper()
    number = plain[: IBAN_LENGTHS.get(plain[:2], 0)]
    if len(number) != IBAN_LENGTHS.get(plain[:2]):
        return False
    return int("".join(str(int(char, 36)) for char in number[4:] + number[:4])) % 97 == 1


def _is_rib(found: re.Match[str]) -> bool:
    bank, branch, account, key = (int(part.translate(_RIB_LETTERS)) for part in found.groups())
    return 97 - (89 * bank + 15 * branch + 3 * account) % 97 == key


def _luhn(digits: str) -> bool:
    doubled = (sum(divmod(int(digit) * 2, 10)) for digit in digits[-2::-2])
    return len(set(digits)) > 1 and (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


def _is_nir(found: re.Match[str]) -> bool:
    sex, year, month, department, commune, order, key = found.groups()
    number = f"{sex}{year}{month}{_CORSICA.get(department.upper(), department)}{commune}{order}"
    return int(key) == 97 - int(number) % 97
