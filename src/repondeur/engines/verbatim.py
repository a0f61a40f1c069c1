"""Does the mail say this, and how does it spell it? Pure; linear time.

Models change case, accents, apostrophes and white space, and join wrapped lines; what they name is looked for without
these and given as the mail has it.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Literal

_Keep = Literal["spaces", "signs", "letters"]

# Past so many characters only what is spelled exactly so is found.
MAX_FOLDED = 60_000
# Places that are looked at: a text made to have more of them is no mail of a person.
MAX_PLACES = 1000
# What models put around a name or before a number.
_AROUND = " \t\n\"'“”«»„‘’()[]<>.,;:!?#*\u00a0\u202f"
# Between two characters of a number that stands in the text in another form.
MAX_BETWEEN = 3
# Without its spaces a short value would be found anywhere.
LEAST_SPACELESS = 4
# Letters after this one belong to scripts of which many do not part words by spaces (Unicode 17, blocks).
_LAST_SPACED = "\u052f"
_FORMS: tuple[tuple[_Keep, int], ...] = (("spaces", 1), ("signs", LEAST_SPACELESS))
_LABEL = re.compile(r"^(?:[^\W\d_]{1,12}[ .:°º#]{1,3}|[°º#])+(?=\d|[^\W_]{1,6}[-/]?\d)")
_APOSTROPHES, _QUOTES, _DASHES = "’‘ʼ`´", "“”«»„", "‐‑‒–—−"
_ALIKE = str.maketrans(dict.fromkeys(_APOSTROPHES, "'") | dict.fromkeys(_QUOTES, '"') | dict.fromkeys(_DASHES, "-"))


def as_it_stands(value: str, texts: Sequence[str]) -> str:
    """The value as the first text that has it spells it, as whole words; "" when none has it."""
    value = value.strip()
    return _spelt_in(value, texts) or _spelt_in(value.strip(_AROUND), texts)


def number_as_it_stands(value: str, texts: Sequence[str]) -> str:
    """The same for a number: without the words around it ("commande n° 77120"), and whatever stands between its digits
    ("06.12.34.56.78" for "06 12 34 56 78")."""
    if found := as_it_stands(value, texts):
        return found
    parts = value.split()
    numbered = [position for position, part in enumerate(parts) if any(map(str.isdigit, part))]
    if not numbered:
        return ""
    number = _LABEL.sub("", " ".join(parts[numbered[0] : numbered[-1] + 1]))
    if found := as_it_stands(number, texts):
        return found
    wanted, _ = _folded(number, keep="letters")
    if len(wanted) < LEAST_SPACELESS:
        return ""
    return next(filter(None, (_spelt(wanted, text[:MAX_FOLDED], keep="letters") for text in texts)), "")


def _spelt_in(value: str, texts: Sequence[str]) -> str:
    if not value:
        return ""
    if any(_first_whole(value, text) for text in texts):
        return value
    for keep, least in _FORMS:
        wanted, _ = _folded(value, keep=keep)
        if len(wanted) >= least:
            spelt = (_spelt(wanted, text[:MAX_FOLDED], keep=keep) for text in texts)
            if found := next(filter(None, spelt), ""):
                return found
    return ""


def _first_whole(value: str, text: str) -> bool:
    return any(_is_whole(text, start, start + len(value)) for start in _places(value, text))


def _spelt(wanted: str, text: str, *, keep: _Keep) -> str:
    folded, origin = _folded(text, keep=keep)
    for start in _places(wanted, folded):
        if keep == "letters" and _is_torn(origin[start : start + len(wanted)]):
            continue
        first, end = origin[start], origin[start + len(wanted) - 1] + 1
        # Marks that were folded away belong to the letter before them.
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        if _is_whole(text, first, end):
            plus = keep == "letters" and text[:first].endswith("+")
            return text[first - plus : end]
    return ""


def _places(wanted: str, text: str) -> Iterator[int]:
    """Where it starts, without overlaps."""
    start = text.find(wanted)
    for _ in range(MAX_PLACES):
        if start < 0:
            break
        yield start
        start = text.find(wanted, start + len(wanted))


def _is_whole(text: str, start: int, end: int) -> bool:
    """Not a piece of a longer word or number."""
    return not (start > 0 and _joined(text[start - 1], text[start])) and not (
        end < len(text) and _joined(text[end - 1], text[end])
    )


def _joined(left: str, right: str) -> bool:
    if unicodedata.combining(right):
        return True
    inside = left.isalnum() or unicodedata.combining(left) > 0
    return inside and right.isalnum() and max(left, right) <= _LAST_SPACED


@lru_cache(maxsize=32)  # the same texts are asked for each value
def _folded(text: str, *, keep: _Keep) -> tuple[str, tuple[int, ...]]:
    """Without case, accents and invisible characters; and for each character the index of the one that it comes from.

    keep: "spaces", white space as single spaces; "signs", everything but white space; "letters", these and digits."""
    found: list[str] = []
    origin: list[int] = []
    for index, char in enumerate(text):
        if char.isspace():
            plain = " " if keep == "spaces" and found and found[-1] != " " else ""
        elif char.isascii():
            plain = char.lower()
        else:
            plain = "".join(
                one for one in unicodedata.normalize("NFKD", char.translate(_ALIKE)).casefold() if _is_seen(one)
            )
        if keep == "letters":
            plain = "".join(filter(str.isalnum, plain))
        found.extend(plain)
        origin.extend([index] * len(plain))
    if found and found[-1] == " ":
        del found[-1], origin[-1]
    return "".join(found), tuple(origin)


def _is_torn(origin: Sequence[int]) -> bool:
    return any(right - left > MAX_BETWEEN + 1 for left, right in pairwise(origin))


def _is_seen(char: str) -> bool:
    return not unicodedata.combining(char) and unicodedata.category(char) != "Cf"
