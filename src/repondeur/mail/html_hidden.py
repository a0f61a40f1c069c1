"""How text is drawn, as far as it decides whether a reader sees it; and which hidden text deserves a word."""

import re
from dataclasses import dataclass, replace
from typing import Final

from repondeur.mail import html_colour, html_style
from repondeur.mail.clean import clean_line
from repondeur.mail.html_colour import BLACK, LINK, PICTURE, TRANSPARENT, WHITE, Colour
from repondeur.mail.html_style import Declarations

LONGEST_REPORT = 2_000
_FEWEST_LETTERS, _FEWEST_WORDS = 12, 2
# Marks of filters ("ZjQcmQRYFpfptBannerStart") are one long run of ASCII; no word is.
_WORD = re.compile(r"[^\W\d_]+")
_LONGEST_WORD = 22
_FORM_END = 40  # characters
# Numbers of tickets, and the names of fields.
_MARK = re.compile(r"[\d_{}\[\]]")

Attributes = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Look:
    """Inherited by what is inside. colour: None until something sets it. ground: of what lies behind the text; None
    when that cannot be told. painted: ground was set by something smaller than the page. squeezed: letters stand
    on each other. filled: "color" does not change colour."""

    colour: Colour | None = None
    ground: Colour | None = WHITE
    tiny: bool = False
    invisible: bool = False
    painted: bool = False
    squeezed: bool = False
    filled: bool = False

    @property
    def unseen(self) -> bool:
        if self.tiny or self.invisible or self.squeezed or self.colour == TRANSPARENT:
            return True
        if self.ground is None:
            return False
        drawn = self.colour if self.colour is not None else (BLACK if self.painted else None)
        return drawn is not None and html_colour.alike(drawn, self.ground)

    def within(self, tag: str, attributes: Attributes, style: Declarations) -> "Look":
        """The look of text in a child element."""
        look = self
        fills = html_colour.fills_letters(style)
        colour = html_colour.letters(style) if "color" in style or fills else _attribute_colour(tag, attributes)
        if colour is None and tag == "a" and attributes.get("href"):
            colour = LINK if self.colour != TRANSPARENT else None
        if fills != look.filled and (fills or "-webkit-text-fill-color" in style):
            look = replace(look, filled=fills)
        ground = html_colour.background(style) if style else None
        if "bgcolor" in attributes and (ground is None or (ground == PICTURE and "background" not in style)):
            ground = html_colour.colour(attributes["bgcolor"] or "") or ground
        if ground is None and attributes.get("background"):
            ground = PICTURE
        if colour is not None and colour != look.colour and (fills or not look.filled):
            look = replace(look, colour=colour)
        if ground is not None and ground != TRANSPARENT:
            known = None if ground == PICTURE else ground
            look = replace(look, ground=known, painted=tag not in ("body", "html"))
        size = html_style.tiny(style) if style else None
        if size is None and tag == "font" and attributes.get("size"):
            size = False
        if size is not None and size != look.tiny:
            look = replace(look, tiny=size)
        squeezed = html_style.squeezed(style) if style else None
        if squeezed is not None and squeezed != look.squeezed:
            look = replace(look, squeezed=squeezed)
        hidden = html_style.invisible(style) if style else None
        if hidden is not None and hidden != look.invisible:
            look = replace(look, invisible=hidden)
        return look


PAGE: Final = Look()


def _attribute_colour(tag: str, attributes: Attributes) -> Colour | None:
    if tag == "font":
        return html_colour.colour(attributes.get("color") or "")
    return html_colour.colour(attributes.get("text") or "") if tag == "body" else None


def is_gone(tag: str, attributes: Attributes, style: Declarations) -> bool:
    """An element of which nothing is shown."""
    if tag == "dialog" and "open" not in attributes and "display" not in style:
        return True
    return ("hidden" in attributes and attributes["hidden"] != "until-found") or html_style.hides_box(style, tag)


def unseen_value(attributes: Attributes, style: Declarations, look: Look) -> str:
    """What an input holds that is not shown; "" for one that is, and for the single words that programs put there.
    look: of what the input stands in."""
    value = attributes.get("value") or ""
    if len(value.split()) < _FEWEST_WORDS:
        return ""
    unseen = (attributes.get("type") or "").lower() == "hidden" or is_gone("input", attributes, style)
    return value if unseen or look.within("input", attributes, style).unseen else ""


def is_words_own(attributes: Attributes, text: str) -> bool:
    """Word hides "Top of Form" and "Bottom of Form" in what was pasted from a web page."""
    if len(text) > _FORM_END:
        return False
    return any(name.removeprefix("x_").startswith("z-") for name in (attributes.get("class") or "").split())


def report(pieces: list[str]) -> str:
    """What the reader never saw, joined and cut; "" where it says nothing: spaces, numbers, marks of programs."""
    words = clean_line(" ".join(pieces)[: 10 * LONGEST_REPORT])
    letters = count = 0
    for token in words.split():
        if _MARK.search(token):
            continue
        for word in _WORD.findall(token):
            if len(word) > _LONGEST_WORD and word.isascii():
                continue
            letters += len(word)
            # Chinese, Japanese and Thai put no spaces between words.
            count += 1 if word.isascii() else 1 + len(word) // _FEWEST_LETTERS
    return words[:LONGEST_REPORT] if letters >= _FEWEST_LETTERS and count >= _FEWEST_WORDS else ""
