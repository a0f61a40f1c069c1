"""A mail's HTML as a person may look at it in a browser: nothing from elsewhere, nothing that does anything, nothing
that its reader does not see.

What is hidden goes the same way as in reading (mail.html); then nh3 (ammonia, a parser of its own) writes the page anew
out of a short list of elements and attributes. Styles of sheets become styles of their elements, so that white words
keep the dark ground they stand on. Pictures stay only where they are part of the page itself; for others stands their
alternative text.
"""

import re
from html import escape
from typing import Final

import nh3
from selectolax.lexbor import LexborHTMLParser

from repondeur.mail.html import within_bounds
from repondeur.mail.html_layout import Nodes, TooDeepError, Walk
from repondeur.mail.html_style import Declarations, declarations

_LONGEST, _MAX_STYLES = 200_000, 300_000  # characters
_LONGEST_ADDRESS, _LONGEST_VALUE = 2_000, 200

_TAGS: Final = frozenset((
    "a", "abbr", "address", "article", "aside", "b", "big", "blockquote", "br", "caption", "center", "cite", "code",
    "col", "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font",
    "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li", "main", "mark",
    "ol", "p", "pre", "q", "s", "samp", "section", "small", "span", "strike", "strong", "sub", "summary", "sup",
    "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "tt", "u", "ul", "var", "wbr",
))  # fmt: skip
# Gone with all that is in them; of any other element only the tags go.
_CONTENT: Final = frozenset((
    "applet", "audio", "canvas", "datalist", "embed", "frame", "frameset", "iframe", "link", "math", "noembed",
    "noframes", "noscript", "object", "script", "select", "style", "svg", "template", "title", "video",
    "xml",
))  # fmt: skip
_ATTRIBUTES: Final = {
    "*": {"align", "bgcolor", "dir", "height", "lang", "style", "valign", "width"},
    "a": {"href"},
    "font": {"color", "face", "size"},
    "img": {"alt", "src"},
    "li": {"value"},
    "ol": {"start", "type"},
    "table": {"border", "cellpadding", "cellspacing"},
    "td": {"colspan", "nowrap", "rowspan"},
    "th": {"colspan", "nowrap", "rowspan"},
}
_PROPERTIES: Final = frozenset((
    "background-color", "border", "border-bottom", "border-collapse", "border-color", "border-left", "border-radius",
    "border-right", "border-spacing", "border-style", "border-top", "border-width", "color", "direction", "font",
    "font-family", "font-size", "font-style", "font-variant", "font-weight", "height", "letter-spacing", "line-height",
    "list-style-type", "margin", "margin-bottom", "margin-left", "margin-right", "margin-top", "max-width",
    "min-height", "padding", "padding-bottom", "padding-left", "padding-right", "padding-top", "text-align",
    "text-decoration", "text-indent", "text-transform", "vertical-align", "white-space", "width", "word-break",
    "word-wrap", "overflow-wrap",
))  # fmt: skip
# No functions but colours, no addresses, no escapes, nothing that ends a declaration.
_VALUE = re.compile(r"(?:[\w\s#%.,'\"+-]|(?:rgb|hsl)a?\([\d\s.,%/deg]{1,60}\))*")
_LENGTHS: Final = frozenset(("margin", "margin-left", "margin-right", "margin-top", "margin-bottom", "text-indent"))
_LINK = re.compile(r"(?:https?://|mailto:)[^\x00-\x20]+", re.IGNORECASE)
_PICTURE = re.compile(r"data:image/(?:png|jpeg|gif);base64,[A-Za-z0-9+/\s]{1,100000}={0,2}", re.IGNORECASE)
_WORD_ONLY = re.compile(r"[\w\s#%.,+-]{0,100}")


def display_html(source: str) -> str:
    """Clean HTML for the inside of a page; "" where source or result have over 200,000 characters, or the source is
    past the bounds of mail.html. Never raises."""
    if len(source) > _LONGEST or not source.strip() or not within_bounds(source):
        return ""
    tree = LexborHTMLParser(source)
    nodes = Nodes()
    walk = Walk.over(tree, nodes)
    body = tree.body
    if tree.root is None or body is None:
        return ""
    try:
        walk.page(tree.root)
    except (RecursionError, TooDeepError):
        return ""
    ground = _ground(body.attributes)
    _shape(nodes)
    result = nh3.clean(
        f'<div style="{escape(ground)}">{body.inner_html or ""}</div>',
        tags=set(_TAGS),
        clean_content_tags=set(_CONTENT),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=_attribute,
        set_tag_attribute_values={"a": {"target": "_blank"}},
        link_rel="noopener noreferrer nofollow",
        url_schemes={"http", "https", "mailto", "data"},
        url_relative="deny",
        strip_comments=True,
    )
    return result if len(result) <= _LONGEST else ""


def _shape(nodes: Nodes) -> None:
    left = _MAX_STYLES
    for node, style in nodes.styled:
        written = _written(style)
        left -= len(written)
        if left < 0:
            break
        node.attrs["style"] = written
    for node in nodes.pictures:
        attributes = node.attributes
        if not _PICTURE.fullmatch((attributes.get("src") or "").strip()):
            node.replace_with(attributes.get("alt") or "")
    for node in nodes.unseen:
        node.decompose()


def _ground(attributes: dict[str, str | None]) -> str:
    """What the body says of colours, since the body itself is not kept."""
    style = dict(declarations(attributes.get("style") or ""))
    style.setdefault("background-color", attributes.get("bgcolor") or style.get("background", ""))
    style.setdefault("color", attributes.get("text") or "")
    return _written(style)


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "style":
        return _written(declarations(value)) or None
    if name == "href":
        bare = value.strip()
        return bare if len(bare) <= _LONGEST_ADDRESS and _LINK.fullmatch(bare) else None
    if name == "src":
        return value.strip() if tag == "img" and _PICTURE.fullmatch(value.strip()) else None
    if name in ("alt", "rel", "target"):
        return value
    return value if _WORD_ONLY.fullmatch(value) else None


def _written(style: Declarations) -> str:
    """The declarations that only colour and space text."""
    kept = []
    for name, value in style.items():
        plain = name if name != "background" else "background-color"
        if plain not in _PROPERTIES or len(value) > _LONGEST_VALUE or not value or not _VALUE.fullmatch(value):
            continue
        if name in _LENGTHS and "-" in value:
            continue  # nothing is drawn over anything else
        kept.append(f"{plain}:{value}")
    return ";".join(kept)
