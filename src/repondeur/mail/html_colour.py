"""What declarations of CSS say about the colours of text and of what lies behind it.

Sources: CSS Color 4, CSS Backgrounds 3, Compatibility Standard (4.1, -webkit-text-fill-color).
"""

import re
from colorsys import hls_to_rgb
from typing import Final

from repondeur.mail.html_style import FAINT, Declarations, number

# Red, green, blue, 0 to 255; another notation stays text, which equals itself at least.
Colour = tuple[int, int, int] | str

TRANSPARENT: Final = "transparent"
PICTURE: Final = "picture"  # a background whose colour nobody can tell
WHITE: Final[Colour] = (255, 255, 255)
BLACK: Final[Colour] = (0, 0, 0)
LINK: Final[Colour] = (0, 0, 238)

_NEAR = 8  # of 255, in every channel: what no eye tells apart
_URL = re.compile(r"url\([^)]*\)?")
# What may stand in the shorthand and is no colour.
_PLACES: Final = frozenset((
    "repeat", "scroll", "fixed", "local", "center", "left", "right", "top", "bottom", "cover", "contain", "none",
    "round", "space", "auto",
))  # fmt: skip


def letters(style: Declarations) -> Colour | None:
    """The colour of text; None: as around it. One that is cut out of its background has the background's."""
    found = colour(style.get("-webkit-text-fill-color", "")) or colour(style.get("color", ""))
    return (_painted(style) or found) if found == TRANSPARENT and _cuts_letters(style) else found


def fills_letters(style: Declarations) -> bool:
    """Is the colour one that the "color" of what is inside does not change?"""
    return "-webkit-text-fill-color" in style and colour(style["-webkit-text-fill-color"]) is not None


def background(style: Declarations) -> Colour | None:
    """The colour behind the text, PICTURE where it cannot be told; None: as around it."""
    found = _painted(style) if not _cuts_letters(style) else None
    return None if found == TRANSPARENT else found


def _cuts_letters(style: Declarations) -> bool:
    return "text" in (style.get("background-clip"), style.get("-webkit-background-clip"))


def _painted(style: Declarations) -> Colour | None:
    shorthand = style.get("background", "")
    pictures = f"{shorthand} {style.get('background-image', '')}"
    if "gradient" in pictures:
        return PICTURE
    # Pictures from elsewhere are not loaded: the colour beside one is what is seen.
    found = colour(style.get("background-color") or _colour_within(_URL.sub(" ", shorthand)))
    return PICTURE if found in (None, TRANSPARENT) and "url(" in pictures else found


def _colour_within(shorthand: str) -> str:
    """Of "#fff no-repeat 0 0" the colour."""
    functional = re.search(r"(?:rgb|hsl)a?\([^)]{0,60}\)", shorthand)
    if functional:
        return functional.group()
    words = [word for word in shorthand.split() if word[:1] == "#" or (word.isalpha() and word not in _PLACES)]
    return next((word for word in words if word[:1] == "#" or word in _NAMES), words[0] if words else "")


def colour(value: str) -> Colour | None:
    """Of a CSS colour; TRANSPARENT when hardly anything of it is drawn; None where it is taken over from around."""
    value = value.strip().lower()
    if value in ("", "inherit", "initial", "unset", "none", "auto", "currentcolor", "windowtext", "window", "revert"):
        return None
    if value == TRANSPARENT:
        return TRANSPARENT
    if value in _NAMES:
        return _from_hex(_NAMES[value])
    digits = value.removeprefix("#")
    if re.fullmatch(r"[0-9a-f]{3,8}", digits) and len(digits) in (3, 4, 6, 8):
        return _from_hex(digits)
    if "(" in value:
        return _functional(value)
    return value


def _from_hex(digits: str) -> Colour:
    if len(digits) in (3, 4):
        digits = "".join(2 * digit for digit in digits)
    if len(digits) == 8 and int(digits[6:], 16) / 255 <= FAINT:
        return TRANSPARENT
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def _functional(value: str) -> Colour:
    name, _, inside = value.partition("(")
    raw = [part for part in re.split(r"[\s,/)]+", inside[:80]) if part]
    numbers = [number(part.rstrip("%deg")) for part in raw]
    parts = [known for known in numbers if known is not None]
    if len(parts) < 3 or len(parts) != len(raw):
        return value
    if len(parts) > 3 and parts[3] / (100 if raw[3].endswith("%") else 1) <= FAINT:
        return TRANSPARENT
    if name.startswith("hsl"):
        light = hls_to_rgb(parts[0] / 360 % 1, *(min(max(part / 100, 0.0), 1.0) for part in (parts[2], parts[1])))
        return _clamped(light[0] * 255), _clamped(light[1] * 255), _clamped(light[2] * 255)
    if name.startswith("rgb"):
        of = [part * 2.55 if text.endswith("%") else part for part, text in zip(parts, raw, strict=True)]
        return _clamped(of[0]), _clamped(of[1]), _clamped(of[2])
    return value


def _clamped(channel: float) -> int:
    return round(min(max(channel, 0.0), 255.0))


def alike(one: Colour, other: Colour) -> bool:
    """Text of the one colour is not seen on the other."""
    if isinstance(one, str) or isinstance(other, str):
        return one == other and one != PICTURE
    return all(abs(a - b) <= _NEAR for a, b in zip(one, other, strict=True))


# Those that mails use; any other name is compared as a word.
_NAMES: Final = {
    "white": "ffffff", "black": "000000", "snow": "fffafa", "ivory": "fffff0", "floralwhite": "fffaf0",
    "ghostwhite": "f8f8ff", "whitesmoke": "f5f5f5", "mintcream": "f5fffa", "azure": "f0ffff", "honeydew": "f0fff0",
    "aliceblue": "f0f8ff", "seashell": "fff5ee", "gainsboro": "dcdcdc", "lightgray": "d3d3d3", "lightgrey": "d3d3d3",
    "silver": "c0c0c0", "gray": "808080", "grey": "808080", "red": "ff0000", "green": "008000", "lime": "00ff00",
    "blue": "0000ff", "navy": "000080", "yellow": "ffff00", "orange": "ffa500", "purple": "800080", "teal": "008080",
    "maroon": "800000", "olive": "808000", "aqua": "00ffff", "cyan": "00ffff", "fuchsia": "ff00ff",
    "magenta": "ff00ff", "lightyellow": "ffffe0", "beige": "f5f5dc", "linen": "faf0e6", "lavender": "e6e6fa",
    "pink": "ffc0cb", "gold": "ffd700", "brown": "a52a2a", "darkblue": "00008b", "darkgreen": "006400",
    "darkred": "8b0000", "darkgray": "a9a9a9", "darkgrey": "a9a9a9",
}  # fmt: skip
