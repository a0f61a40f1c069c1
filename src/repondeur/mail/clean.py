"""Text that a person may be shown and a stranger may be sent: nothing in it is hidden (I14).

The canonical form: line ends "\\n", no control characters but tab, no character that is there without being seen (bidi
controls, zero-width, tags, variation selectors, fillers, soft hyphen), none that means nothing outside a private
agreement, Unicode NFC, no white space at a line's end, at most two blank lines in a row.
Source: Unicode 17, "Default_Ignorable_Code_Point" (DerivedCoreProperties) and general categories Cc, Cf, Cs, Co.
"""

import re
import unicodedata
from functools import lru_cache

# Default-ignorable characters that are no format characters by their category, and the empty braille pattern, which is
# drawn as nothing.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
# What is not in this is clean but for its ends: letters and marks that French and English are written with, none of
# which joins another in Unicode NFC, and no wide gap.
_UNUSUAL = re.compile(
    "[^\n\x20-\x7e\xa0-\xac\xae-\xff\u0152\u0153\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u202f\u20ac]"
)
_GAP = re.compile("[ \xa0\u202f](?:\n|[ \xa0\u202f]{8})")
_UNPRINTED = re.compile(r"[^\t\x20-\x7e]")  # by ASCII, which has no such character among the others
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co"})
# Nothing but a place to break a line, or not to: soft hyphen, zero-width space, word joiner, byte order mark.
_ZERO_WIDTH = dict.fromkeys((0xAD, 0x200B, 0x2060, 0xFEFF, 0x034F, 0x180E))
_FLAG = "\U0001f3f4"
_SMUGGLED = re.compile(
    f"{_FLAG}[\U000e0020-\U000e007f]{{1,8}}|[\U000e0000-\U000e007f]+|[\ufe00-\ufe0f\U000e0100-\U000e01ef]{{4,}}"
)
# Text pushed out of the window by white space is hidden as well as text after sixty empty lines.
_WIDE_GAP = re.compile(r"[^\S\n]{9,}")
_MANY_BLANK_LINES = re.compile(r"\n{4,}")


def clean(text: str) -> str:
    """The canonical form of a text of several lines. Idempotent; never raises.

    >>> clean("Hel\\u200blo\\r\\n\\r\\n\\r\\n\\r\\n\\r\\nyou ")
    'Hello\\n\\n\\nyou'
    """
    if not _UNUSUAL.search(text) and not _GAP.search(text) and "\n\n\n\n" not in text:
        return text.strip()
    lines = "\n".join(_clean_within(line) for line in text.splitlines())
    return _MANY_BLANK_LINES.sub("\n\n\n", lines).strip()


def clean_line(text: str) -> str:
    """The same on one line, words parted by single spaces.

    >>> clean_line("a\\r\\nBcc:\\u2028 b")
    'a Bcc: b'
    """
    return " ".join(clean(text).split())


def without_smuggled(text: str) -> tuple[str, str]:
    """Text without what is in it unseen and not for its writing, and what its tag characters and runs of variation
    selectors spell: a way to give a model words that no reader sees. What an emoji or a script needs stays.

    >>> without_smuggled("Hi\\u200b" + "".join(chr(0xE0000 + ord(char)) for char in "obey"))
    ('Hi', 'obey')
    """
    text = text.translate(_ZERO_WIDTH)
    spelt: list[str] = []

    def taken(found: re.Match[str]) -> str:
        run = found.group()
        if run[0] == _FLAG:
            return run  # the flag of England and its like
        codes = [ord(char) for char in run]
        if codes[0] < 0xE0080 and codes[0] >= 0xE0000:
            spelt.append("".join(chr(code - 0xE0000) for code in codes if code >= 0xE0020))
        else:
            octets = bytes(code - 0xFE00 if code < 0xE0100 else code - 0xE0100 + 16 for code in codes)
            spelt.append(octets.decode("utf-8", "ignore"))
        return ""

    text = _SMUGGLED.sub(taken, text)
    return text, "".join(spelt)


def _clean_within(line: str) -> str:
    if not (line.isascii() and line.isprintable()):
        line = unicodedata.normalize("NFC", _UNPRINTED.sub(_seen, line))
    return _WIDE_GAP.sub(" ", line).rstrip()


def _seen(found: re.Match[str]) -> str:
    return "" if _unseen(found.group()) else found.group()


@lru_cache(maxsize=4096)
def _unseen(char: str) -> bool:
    if char == "\t":
        return False
    noncharacter = ord(char) & 0xFFFE == 0xFFFE or "\ufdd0" <= char <= "\ufdef"
    return unicodedata.category(char) in _UNSEEN_CATEGORIES or noncharacter or bool(_UNSEEN.match(char))
