"""Telephone numbers: rows of figures, or of spelled figures, that are dialled and not counted.

Source: ITU-T E.164 (at most fifteen digits, "+" before the country), Arcep and Ofcom numbering plans.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from repondeur.policy.claims.claim import Claim
from repondeur.policy.claims.numbers import Number

_ROW: Final = re.compile(r"(?<![\w.,])(?:\+|\b00)?[\s(]{0,2}\d(?:[ .\-/()·*_|~]{0,3}\d){5,120}(?!\w)")
_SIX_FIGURES: Final = re.compile(r"[0-9](?:[ .\-/()·*_|~]{0,3}\d){5}")
_GROUPS: Final = re.compile(r"\d+")
_SHAPES: Final = (
    (3, 3, 4),
    (3, 4, 4),
    (2, 2, 2, 2, 2),
    (1, 3, 3, 3),
    (4, 3, 3),
    (1, 3, 3, 4),
    (2, 4, 4),
    (3, 4),
    (3, 2, 2, 2),
)
# "13.30 - 18.30"
_HOURS: Final = re.compile(r"(?:[01]?\d|2[0-4])[.:][0-5]\d ?- ?(?:[01]?\d|2[0-4])[.:][0-5]\d")
# One of several side by side: with the country, in pairs, or up to the next sign that parts them.
_SEVERAL: Final = re.compile(
    r"(?:\+|\b00)\d{1,3}(?:[ .-]?\(0\))?(?:[ .-]?\d){7,10}(?!\d)|\b0[1-9](?:[ .-]?\d\d){4}(?!\d)|"
    r"\d(?:[ .-]?\d){5,14}(?!\d)"
)
_LEAST: Final = 6
_BETWEEN: Final = 5  # characters at most
_LEAST_ROW: Final = 3  # spelled numbers side by side, which nobody says who counts
_MOST: Final = 15
# Countries whose national numbers begin with a 0 that is dropped behind the country, by the digits of these numbers.
_COUNTRIES: Final = {
    "33": {10},
    "32": {9, 10},
    "41": {10},
    "44": {10, 11},
    "353": {9, 10},
    "31": {10},
    "49": {9, 10, 11, 12},
}
# Without the plus: North America, Spain, Italy, Portugal; mobiles of Britain without their 0; toll-free numbers.
_ABROAD: Final = re.compile(
    r"1[2-9]\d\d[2-9]\d{6}|34[679]\d{8}|393\d{8,9}|351[29]\d{8}|7\d{9}|8(?:00|33|44|55|66|77|88)[2-9]\d{6}"
)


def phones(text: str) -> Iterator[Claim]:
    """Telephone numbers in figures."""
    for begin, row in (part for hit in _rows(text) for part in _apart(hit.start(), hit.group())):
        groups = _GROUPS.findall(row)
        digits = "".join(groups)
        if not 6 <= len(digits) <= _MOST + 3 or _is_counted(row, groups):
            continue
        told = row.strip()
        start = begin + row.index(told)
        yield Claim("phone", _key(told, groups), start, start + len(told))


def _apart(begin: int, row: str) -> Iterator[tuple[int, str]]:
    """Each telephone of a row with its place: what is too long for one is several, as "01 23 45 67 89 / 07 11…"."""
    if sum(map(str.isdigit, row)) <= _MOST:
        yield begin, row
        return
    parts = [hit for hit in _SEVERAL.finditer(row) if sum(map(str.isdigit, hit.group())) >= _LEAST]
    if parts and sum(len(hit.group()) for hit in parts) >= len(row) - _BETWEEN * len(parts):
        yield from ((begin + hit.start(), hit.group()) for hit in parts)
    else:
        yield begin, row


def _rows(text: str) -> Iterator[re.Match[str]]:
    """What may be one. Six figures are rarer than places where a number could begin, so they are looked for."""
    place = 0
    while six := _SIX_FIGURES.search(text, place):
        begin = six.start()
        starts = [begin, *(one for one in range(begin - 1, max(place, begin - 4) - 1, -1) if text[one] in "+( \t\n\r")]
        hit = next((hit for one in reversed(starts) if (hit := _ROW.match(text, one))), None)
        if hit is None:  # within a group of figures none begins
            hit = _GROUPS.match(text, begin)
        else:
            yield hit
        place = hit.end() if hit else begin + 1


def _is_counted(row: str, groups: Sequence[str]) -> bool:
    """Whether it is a sum, a date, a year or an order number rather than something to dial."""
    if _HOURS.fullmatch(row.strip()):
        return True
    if row.strip().startswith("+") or (len("".join(groups)) > 9 and groups[0].startswith("0")):
        return False
    if tuple(map(len, groups)) in _SHAPES:
        return False
    if groups[0].startswith("0") and len("".join(groups)) >= 8:
        return False
    if len(groups) == 1:
        return len(groups[0]) < 10
    if all(len(group) == 3 for group in groups[1:]) and len(groups[0]) <= 3:
        return True
    return len(groups) < 3 or len("".join(groups)) < 7


def spelled(text: str, found: Sequence[Number]) -> Iterator[Claim]:
    """Rows of three and more spelled numbers with nothing but a pause between them: "zero six, twelve, thirty-four"."""
    row: list[Number] = []
    for number in (*found, None):
        if number and number.spelled and (not row or re.fullmatch(r"[\s,.-]{1,3}", text[row[-1].end : number.begin])):
            row.append(number)
            continue
        if len(row) >= _LEAST_ROW:
            yield Claim("phone", "".join(one.key for one in row), row[0].begin, row[-1].end)
        row = [number] if number and number.spelled else []


def dialled(digits: str) -> bool:
    """Whether a bare row of digits is what people dial: with the 0 of their country, or with its code and no plus."""
    if not digits.isdecimal():
        return False
    if digits.startswith("0"):
        return 9 <= len(digits) <= _MOST
    return bool(_ABROAD.fullmatch(digits)) or any(
        digits.startswith(code)
        and digits[len(code) : len(code) + 1] not in {"", "0"}
        and len(digits) - len(code) + 1 in lengths
        for code, lengths in _COUNTRIES.items()
    )


def _key(row: str, groups: Sequence[str]) -> str:
    """Digits; "+" before those of a number with its country, "/33" behind those in pairs, as France writes them."""
    digits = "".join(groups)
    if row.startswith("+") or digits.startswith("00"):
        return "+" + re.sub(r"\D", "", row.replace("(0)", "")).lstrip("0")
    return f"{digits}/33" if len(groups) == 5 and all(len(group) == 2 for group in groups) else digits


def same_number(one: str, other: str) -> bool:
    """Whether two keys are dialled to the same telephone, with the country or without it.

    >>> same_number("0123456789", "+33123456789"), same_number("+44123456789", "+33123456789")
    (True, False)
    """
    national, whole = (one, other) if other.startswith("+") else (other, one)
    digits, _, country = national.partition("/")
    if not whole.startswith("+") or not digits.startswith("0"):
        return digits == whole.partition("/")[0]
    return any(
        len(digits) in lengths and whole == f"+{code}{digits[1:]}" and country in {"", code}
        for code, lengths in _COUNTRIES.items()
    )
