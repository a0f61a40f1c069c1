"""What declarations of CSS say about whether text is seen: sizes, and boxes that show nothing. See html_colour.

Sources: CSS 2.2 (display, visibility, overflow, clip), CSS Fonts 4, CSS Text 3, CSS Transforms 2, CSS Values 4.
"""

import re
from collections.abc import Mapping
from typing import Final

Declarations = Mapping[str, str]

_LONGEST_STYLE = 4_000
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_ESCAPE = re.compile(r"\\([0-9a-f]{1,6})\s?|\\(.)", re.IGNORECASE)
# CSS Values 4, 4.3: bounded, so that no product of some of them is infinite.
_DIGITS = r"[+-]?(?:[0-9]{1,20}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:e[+-]?[0-9]{1,2})?"
_NUMBER = re.compile(_DIGITS)
_LENGTH = re.compile(rf"({_DIGITS})(px|pt|em|rem|ex|ch|%|vw|vh|vmin|vmax|in|cm|mm|pc|q)?")
_PIXELS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 37.8, "mm": 3.78, "q": 0.945}
_RELATIVE = {"em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0, "%": 10.0, "vw": 12.0, "vh": 8.0, "vmin": 8.0, "vmax": 12.0}
_FONT_SIZE = re.compile(r"(?:^|\s)(\d{0,4}\.?\d{1,4}(?:px|pt|em|rem|%)?)(?=\s*/|\s)")
_AWAY = re.compile(r"translate(?:[xyz]|3d)?\([^)]{0,40}?(?<![\d.])-?[0-9]{4}")
_FLAT = re.compile(
    r"scale(?:[xy]|3d)?\([^)]{0,20}?(?<![\d.])0*\.?0*%?\s*[,)]|rotate[xy]\(\s*90deg|matrix\(\s*0\s*,\s*0\s*,"
)
_NO_RECTANGLE = re.compile(r"rect\( ?(?:[01](?:px)? ){3}[01](?:px)? ?\)")

# Boxes: which never cut what is in them, which have none, and what makes one of them.
_GROWING: Final = frozenset((
    "table", "tbody", "thead", "tfoot", "tr", "td", "th", "col", "colgroup", "img", "body", "html",
))  # fmt: skip
_IN_LINES: Final = frozenset(("span", "a", "b", "i", "u", "em", "strong", "font"))
_BOXED = re.compile(r".*(?:block|flex|grid)")
_PLACING: Final = frozenset((
    "text-indent", "translate", "margin", "margin-left", "margin-top", "left", "top", "right", "bottom",
))  # fmt: skip
_OVERFLOW: Final = ("overflow", "overflow-x", "overflow-y")
_CUT = re.compile(r"hidden|clip|auto|scroll")
_SIZES: Final = ("max-height", "max-width", "height", "width")

_TINY = 1.5  # pixels: letters up to this size are drawn as dots at most
FAINT = 0.05  # opacity
_FAR = -500.0  # pixels: further left or up than any layout puts what is to be seen
_BEYOND = 5_000.0  # pixels: further right or down than windows are large
_LETTER = 16.0  # pixels: letters where nothing states their size
_SQUEEZED = -0.4  # of their size: letters this much nearer stand on each other


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
    if value and (part := number(value.removesuffix("%"))) is not None:
        return part / (100 if value.endswith("%") else 1) <= FAINT
    return "filter" in style and bool(re.search(r"opacity\(\s*=?\s*0*\.?0*%?\s*\)|opacity=0\b", style["filter"]))


def _clipped(style: Declarations) -> bool:
    rectangle = re.sub(r"[\s,]+", " ", style.get("clip", ""))
    if rectangle and style.get("position") in ("absolute", "fixed") and _NO_RECTANGLE.match(rectangle):
        return True
    path = style.get("clip-path", "") or style.get("-webkit-clip-path", "")
    if path and re.match(r"inset\(\s*(?:[5-9]\d|100)%|circle\(\s*0|polygon\(\s*0(?:px|%)?\s+0", path):
        return True
    if any(number(part.removesuffix("%")) == 0 for part in style.get("scale", "").split()[:2]):
        return True
    moved = style.get("transform", "")
    return bool(_FLAT.search(moved) or _AWAY.search(moved))


def _far_away(style: Declarations) -> bool:
    if _PLACING.isdisjoint(style):
        return False
    position = style.get("position", "")
    placed = position in ("absolute", "fixed", "relative")
    shifts = [style.get("text-indent", ""), *style.get("translate", "").split()[:2]]
    if any(_is_far(shift) or _is_beyond(shift) for shift in shifts if not shift.endswith("%")):
        return True
    before = [style.get("margin-left", ""), style.get("margin-top", ""), *_margins(style)]
    if placed or not position:
        before.append(style.get("left", ""))
    if placed:
        before.append(style.get("top", ""))
    if any(map(_is_far, before)):
        return True
    behind = [style.get("right", ""), style.get("bottom", "")] if placed else []
    if any(_is_far(side, 2 * _FAR) for side in behind):
        return True
    percent = position in ("absolute", "fixed")
    return any(_is_beyond(side, percent=percent) for side in (*before, *behind))


def _margins(style: Declarations) -> list[str]:
    """Top and left of the shorthand. With a padding to match, it is a way to paint the whole width."""
    parts = style.get("margin", "").split()[:4] if "padding" not in style else []
    return [parts[0], parts[-1] if len(parts) == 4 else parts[min(1, len(parts) - 1)]] if parts else []


def _is_far(offset: str, limit: float = _FAR) -> bool:
    """Left or up of what is shown."""
    return offset[:1] == "-" and (length(offset) or 0) <= limit


def _is_beyond(offset: str, *, percent: bool = False) -> bool:
    """Past the other end of any window. percent: of what it is placed in."""
    if len(offset) < len("100%"):
        return False
    if offset.endswith("%"):
        return percent and (number(offset.removesuffix("%")) or 0) >= 100
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
    if (size := _letters(value)) is None:
        return False
    if size <= _TINY:
        return True
    return None if value.endswith(("em", "%")) and not value.endswith("rem") else False


def invisible(style: Declarations) -> bool | None:
    """What visibility says, which is inherited; None: as around it."""
    value = style.get("visibility", "")
    return None if not value or value == "inherit" else value in ("hidden", "collapse")


def squeezed(style: Declarations) -> bool | None:
    """Whether letters stand on each other, which is inherited; None: as around it."""
    value = style.get("letter-spacing", "")
    if not value or value in ("inherit", "unset"):
        return None
    size = _letters(style.get("font-size", "")) or _LETTER
    spacing = length(value) or 0
    return spacing / (_LETTER if value.endswith("em") else size) <= _SQUEEZED


def _letters(size: str) -> float | None:
    """Their size in pixels; a percentage is of the letters around."""
    if size.endswith("%"):
        part = number(size.removesuffix("%"))
        return None if part is None else part / 100 * _LETTER
    return length(size)


def number(value: str) -> float | None:
    """A finite one; None for anything else."""
    return float(value) if _NUMBER.fullmatch(value) else None


def length(value: str) -> float | None:
    """A length in pixels, about; None when it is none."""
    found = _LENGTH.fullmatch(value.strip())
    if not found:
        return None
    unit = found.group(2) or ""
    return float(found.group(1)) * (_PIXELS[unit] if unit in _PIXELS else _RELATIVE[unit])
