"""Text that a person may be shown and a stranger may be sent: nothing in it is hidden (I14).

The canonical form: line ends "\\n", no control characters but tab, no character that is there without being seen (bidi
controls, zero-width, tags, variation selectors, fillers, soft hyphen), none that means nothing outside a private
agreement, Unicode NFC, no white space at a line's end, at most two blank lines in a row.
Source: Unicode 17, "Default_Ignorable_Code_Point" (DerivedCoreProperties) and general categories Cc, Cf, Cs, Co.
"""

import re
import unicodedata

# Default-ignorable characters that are no format characters by their category, and the empty braille pattern, which is
# drawn as nothing.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co"})
# Text pushed out of the window by white space is hidden as well as text after sixty empty lines.
_WIDE_GAP = re.compile(r"[^\S\n]{9,}")
_MANY_BLANK_LINES = re.compile(r"\n{4,}")


def clean(text: str) -> str:
    """The canonical form of a text of several lines. Idempotent; never raises.

    >>> clean("Hel\\u200blo\\r\\n\\r\\n\\r\\n\\r\\n\\r\\nyou ")
    'Hello\\n\\n\\nyou'
    """
    lines = "\n".join(_clean_within(line) for line in text.splitlines())
    return _MANY_BLANK_LINES.sub("\n\n\n", lines).strip()


def clean_line(text: str) -> str:
    """The same on one line, words parted by single spaces.

    >>> clean_line("a\\r\\nBcc:\\u2028 b")
    'a Bcc: b'
    """
    return " ".join(clean(text).split())


def _clean_within(line: str) -> str:
    if not (line.isascii() and line.isprintable()):
        line = unicodedata.normalize("NFC", "".join(char for char in line if not _unseen(char)))
    return _WIDE_GAP.sub(" ", line).rstrip()


def _unseen(char: str) -> bool:
    if char == "\t":
        return False
    noncharacter = ord(char) & 0xFFFE == 0xFFFE or "\ufdd0" <= char <= "\ufdef"
    return unicodedata.category(char) in _UNSEEN_CATEGORIES or noncharacter or bool(_UNSEEN.match(char))
