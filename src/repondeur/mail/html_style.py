"""What declarations of CSS say about whether text is seen: colours, sizes, and boxes that show nothing.

Sources: CSS 2.2 (display, visibility, overflow, clip), CSS Color 4, CSS Fonts 4.
"""

import re
from collections.abc import Mapping
from colorsys import hls_to_rgb
from typing import Final

Declarations = Mapping[str, str]
# Red, green, blue, 0 to 255; another notation stays text, which equals itself at least.
Colour = tuple[int, int, int] | str

TRANSPARENT: Final = "transparent"
PICTURE: Final = "picture"  # a background whose colour nobody can tell
WHITE: Final[Colour] = (255, 255, 255)
BLACK: Final[Colour] = (0, 0, 0)
LINK: Final[Colour] = (0, 0, 238)

_LONGEST_STYLE = 4_000
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_ESCAPE = re.compile(r"\\([0-9a-f]{1,6})\s?|\\(.)", re.IGNORECASE)
_LENGTH = re.compile(r"([+-]?\d{0,9}\.?\d{0,9})(px|pt|em|rem|ex|ch|%|vw|vh|in|cm|mm|pc)?")
_PIXELS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 37.8, "mm": 3.78}
_RELATIVE = {"em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0, "%": 10.0, "vw": 12.0, "vh": 8.0}
_FONT_SIZE = re.compile(r"(?:^|\s)(\d{0,4}\.?\d{1,4}(?:px|pt|em|rem|%)?)(?=\s*/|\s)")
_NO_RECTANGLE = re.compile(r"rect\( ?(?:[01](?:px)? ){3}[01](?:px)? ?\)")

# Boxes: which never cut what is in them, which have none, and what makes one of them.
_GROWING: Final = frozenset((
    "table", "tbody", "thead", "tfoot", "tr", "td", "th", "col", "colgroup", "img", "body", "html",
))  # fmt: skip
_IN_LINES: Final = frozenset(("span", "a", "b", "i", "u", "em", "strong", "font"))
_BOXED = re.compile(r".*(?:block|flex|grid)")
_OVERFLOW: Final = ("overflow", "overflow-x", "overflow-y")
_CUT = re.compile(r"hidden|clip|auto|scroll")
_SIZES: Final = ("max-height", "max-width", "height", "width")

_TINY = 1.5  # pixels: letters up to this size are drawn as dots at most
_FAINT = 0.05  # opacity
_FAR = -500.0  # pixels: further left or up than any layout puts what is to be seen
_BEYOND = 5_000.0  # pixels: further right or down than windows are large
_NEAR = 8  # of 255, in every channel: what no eye tells apart


def declarations(style: str) -> dict[str, str]:
    """Of a style attribute, or of what stands between the braces of a rule: names and values in lower case. What is
    marked as important comes last, and so wins here; see `merged` for the cascade."""
    text = _COMMENT.sub("", style[:_LONGEST_STYLE]) if "/*" in style else style[:_LONGEST_STYLE]
    if "\\" in text:
        text = _ESCAPE.sub(_unescaped, text)
    plain: dict[str, str] = {}
    important: dict[str, str] = {}
    for declaration in text.lower().split(";"):
        name, colon, value = declaration.partition(":")
        if colon and (value := value.strip()):
            bare = value.partition("!")[0].rstrip()
            (plain if bare == value else important)[name.strip()] = bare
    return {name: value for name, value in plain.items() if name not in important} | important


def is_important(style: str) -> bool:
    return "!" in style


def _unescaped(found: re.Match[str]) -> str:
    code = int(found.group(1), 16) if found.group(1) else 0
    return (chr(code) if 0 < code < 0x110000 else "") if found.group(1) else found.group(2)


def hides_box(style: Declarations, tag: str) -> bool:
    """Nothing in such an element is seen, whatever its own style says."""
    if not style:
        return False
    if style.get("display") == "none" or style.get("content-visibility") == "hidden":
        return True
    if style.get("mso-hide") == "all" and not (tag == "a" and ("background" in style or "background-color" in style)):
        # Outlook alone does not show it. Buttons are the exception: Outlook is given a drawing of them instead.
        return True
    return _faint(style) or _clipped(style) or _far_away(style) or _no_room(style, tag)


def _faint(style: Declarations) -> bool:
    value = style.get("opacity", "")
    if value and (number := _number(value.removesuffix("%"))) is not None:
        return number / (100 if value.endswith("%") else 1) <= _FAINT
    return "filter" in style and bool(re.search(r"opacity\(\s*=?\s*0*\.?0*%?\s*\)|opacity=0\b", style["filter"]))


def _clipped(style: Declarations) -> bool:
    rectangle = re.sub(r"[\s,]+", " ", style.get("clip", ""))
    if rectangle and style.get("position") in ("absolute", "fixed") and _NO_RECTANGLE.match(rectangle):
        return True
    path = style.get("clip-path", "") or style.get("-webkit-clip-path", "")
    if path and re.match(r"inset\(\s*(?:[5-9]\d|100)%|circle\(\s*0|polygon\(\s*0(?:px|%)?\s+0", path):
        return True
    return "transform" in style and bool(
        re.search(r"scale[xy]?\(\s*0*\.?0*\s*[,)]|translate[xy]?\([^)]{0,20}-\d{4}", style["transform"])
    )


def _far_away(style: Declarations) -> bool:
    indent = length(style.get("text-indent", ""))
    if indent is not None and (indent <= _FAR or indent >= _BEYOND):
        return True
    sides: tuple[str, ...] = ("margin-left", "margin-top")
    if style.get("position") in ("absolute", "fixed", "relative"):
        sides = (*sides, "left", "top")
        if any(
            (moved := length(style.get(side, ""))) is not None and moved <= 2 * _FAR for side in ("right", "bottom")
        ):
            return True
        if style["position"] != "relative" and any(_beyond(style.get(side, "")) for side in ("left", "top")):
            return True
    elif "position" not in style:
        sides = (*sides, "left")
    return any((moved := length(style.get(side, ""))) is not None and moved <= _FAR for side in sides)


def _beyond(offset: str) -> bool:
    """Past the other end of any window."""
    if offset.endswith("%"):
        return (_number(offset.removesuffix("%")) or 0) >= 100
    return (length(offset) or 0) >= _BEYOND


def is_speck(style: Declarations, width: str, height: str) -> bool:
    """A picture of a pixel at most. width, height: what its attributes say."""
    sides = (style.get("width") or width, style.get("height") or height, *(style.get(name, "") for name in _SIZES[:2]))
    return any((size := length(side)) is not None and 0 <= size <= 1 for side in sides if side)


def _no_room(style: Declarations, tag: str) -> bool:
    """A box of no size that cuts what is in it; without that, what does not fit stands out of the box and is seen.
    Cells and rows grow with what is in them, and elements in a line have no box of their own (CSS 2.2, 11.1.1)."""
    if tag in _GROWING or not any(_CUT.search(style.get(name, "")) for name in _OVERFLOW):
        return False
    if tag in _IN_LINES and not (
        _BOXED.match(style.get("display", ""))
        or style.get("float", "none") != "none"
        or style.get("position") in ("absolute", "fixed")
    ):
        return False
    return any((size := length(style.get(name, ""))) is not None and 0 <= size <= 1 for name in _SIZES)


def tiny(style: Declarations) -> bool | None:
    """Whether letters are too small to be seen; None: as around it."""
    value = style.get("font-size", "")
    if not value and "font" in style:
        found = _FONT_SIZE.search(style["font"] + " ")
        value = found.group(1) if found else ""
    if not value or value in ("inherit", "unset", "smaller", "larger"):
        return None
    if (size := length(value)) is None:
        return False
    if size <= _TINY:
        return True
    return None if value.endswith(("em", "%")) and not value.endswith("rem") else False


def invisible(style: Declarations) -> bool | None:
    """What visibility says, which is inherited; None: as around it."""
    value = style.get("visibility", "")
    return None if not value or value == "inherit" else value in ("hidden", "collapse")


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def length(value: str) -> float | None:
    """A length in pixels, about; None when it is none."""
    found = _LENGTH.fullmatch(value.strip())
    if not found or (number := _number(found.group(1))) is None:
        return None
    unit = found.group(2) or ""
    return number * (_PIXELS[unit] if unit in _PIXELS else _RELATIVE[unit])


def background(style: Declarations) -> Colour | None:
    """The colour behind the text, PICTURE where it cannot be told; None: as around it."""
    value = style.get("background-color", "")
    if "url(" in style.get("background-image", "") or "gradient" in style.get("background-image", ""):
        return PICTURE
    if shorthand := style.get("background", ""):
        if "url(" in shorthand or "gradient" in shorthand:
            return PICTURE
        value = value or _colour_within(shorthand)
    found = colour(value) if value else None
    return None if found == TRANSPARENT else found


def _colour_within(shorthand: str) -> str:
    """Of "#fff no-repeat 0 0" the colour."""
    functional = re.search(r"(?:rgb|hsl)a?\([^)]{0,60}\)", shorthand)
    if functional:
        return functional.group()
    words = [word for word in shorthand.split() if word[:1] == "#" or word in _NAMES or word.isalpha()]
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
    if len(digits) == 8 and int(digits[6:], 16) / 255 <= _FAINT:
        return TRANSPARENT
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def _functional(value: str) -> Colour:
    name, _, inside = value.partition("(")
    raw = [part for part in re.split(r"[\s,/)]+", inside[:80]) if part]
    numbers = [_number(part.rstrip("%deg")) for part in raw]
    parts = [number for number in numbers if number is not None]
    if len(parts) < 3 or len(parts) != len(raw):
        return value
    if len(parts) > 3 and parts[3] / (100 if raw[3].endswith("%") else 1) <= _FAINT:
        return TRANSPARENT
    if name.startswith("hsl"):
        light = hls_to_rgb(parts[0] / 360, parts[2] / 100, parts[1] / 100)
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
