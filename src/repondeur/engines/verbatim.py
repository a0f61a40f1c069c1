"""Does the mail say this, and how does it spell it? Pure; linear time.

Models change case, accents, apostrophes and white space, and join wrapped lines; what they name is looked for without
these and given as the mail has it.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

# Past so many characters only what is spelled exactly so is found.
MAX_FOLDED = 60_000
# Places that are looked at: a text made to have more of them is no mail of a person.
MAX_PLACES = 1000
# Without its spaces a short value would be found anywhere.
LEAST_SPACELESS = 4
# Letters after this one belong to scripts of which many do not part words by spaces (Unicode 17, blocks).
_LAST_SPACED = "\u052f"
_APOSTROPHES, _QUOTES, _DASHES = "’‘ʼ`´", "“”«»„", "‐‑‒–—−"
_ALIKE = str.maketrans(dict.fromkeys(_APOSTROPHES, "'") | dict.fromkeys(_QUOTES, '"') | dict.fromkeys(_DASHES, "-"))


def as_it_stands(value: str, texts: Sequence[str]) -> str:
    """The value as the first text that has it spells it, as whole words; "" when none has it."""
    value = value.strip()
    if not value:
        return ""
    if any(_first_whole(value, text) for text in texts):
        return value
    for spaces in (True, False):
        wanted, _ = _folded(value, spaces=spaces)
        if len(wanted) >= (1 if spaces else LEAST_SPACELESS):
            spelt = (_spelt(wanted, text[:MAX_FOLDED], spaces=spaces) for text in texts)
            if found := next(filter(None, spelt), ""):
                return found
    return ""


def _first_whole(value: str, text: str) -> bool:
    return any(_is_whole(text, start, start + len(value)) for start in _places(value, text))


def _spelt(wanted: str, text: str, *, spaces: bool) -> str:
    folded, origin = _folded(text, spaces=spaces)
    for start in _places(wanted, folded):
        first, end = origin[start], origin[start + len(wanted) - 1] + 1
        # Marks that were folded away belong to the letter before them.
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        if _is_whole(text, first, end):
            return text[first:end]
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


@lru_cache(maxsize=16)  # the same texts are asked for each value
def _folded(text: str, *, spaces: bool) -> tuple[str, tuple[int, ...]]:
    """Without case, accents and invisible characters, white space as single spaces or none; and for each character the
    index of the one that it comes from."""
    found: list[str] = []
    origin: list[int] = []
    for index, char in enumerate(text):
        if char.isspace():
            plain = " " if spaces and found and found[-1] != " " else ""
        elif char.isascii():
            plain = char.lower()
        else:
            plain = "".join(
                one for one in unicodedata.normalize("NFKD", char.translate(_ALIKE)).casefold() if _is_seen(one)
            )
        found.extend(plain)
        origin.extend([index] * len(plain))
    if found and found[-1] == " ":
        del found[-1], origin[-1]
    return "".join(found), tuple(origin)


def _is_seen(char: str) -> bool:
    return not unicodedata.combining(char) and unicodedata.category(char) != "Cf"
