"""Characters that look alike, made one for matching. Pure; linear time.

Every character becomes exactly one, so that a place in the one text is the same place in the other.
"""

# Unicode 17, general category Zs: what word processors and telephones write between the groups of a number.
_SPACES = dict.fromkeys((0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " ")
# Those that join the words of a name. The dashes part words, and join digits at most.
_HYPHENS = dict.fromkeys((0x2010, 0x2011, 0xFE63, 0xFF0D), "-")
_DASHES = dict.fromkeys((*range(0x2012, 0x2016), 0x2212, 0x2043, 0xFE58), "-")
_APOSTROPHES = dict.fromkeys((0x2018, 0x2019, 0x201B, 0x2BC, 0x2032, 0xFF07), "'")
# "Fullwidth ASCII variants", Unicode block Halfwidth and Fullwidth Forms.
_WIDE = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_OF_NUMBERS = {**_WIDE, **_SPACES, **_HYPHENS, **_DASHES, **_APOSTROPHES}
_OF_NAMES = {**_SPACES, **_HYPHENS, **_APOSTROPHES}


def in_numbers(text: str) -> str:
    """With plain spaces, hyphens, apostrophes and digits.

    >>> in_numbers("06\\u202f12\\u201134")
    '06 12-34'
    """
    return text if text.isascii() else text.translate(_OF_NUMBERS)


def in_names(text: str) -> str:
    """With plain spaces, hyphens and apostrophes; dashes stay, as they part two names."""
    return text if text.isascii() else text.translate(_OF_NAMES)
