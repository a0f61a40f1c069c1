"""What elements are: blocks or parts of lines, shown or not, and the beginning of their text."""

import re

from selectolax.lexbor import LexborNode

from repondeur.mail.html_hidden import Attributes
from repondeur.mail.html_quotes import is_header_block, reply_border
from repondeur.mail.html_style import Declarations, length

LOOKED_AT = 1_500  # characters of text, to tell what an element is

UNSEEN = frozenset((
    "script", "style", "title", "head", "template", "noscript", "object", "iframe", "frame", "embed", "select",
    "svg", "math", "meta", "link", "base", "datalist", "audio", "video", "canvas", "applet",
    "param", "source", "track", "xml", "rp",
))  # fmt: skip
BLOCKS = frozenset((
    "div", "section", "article", "header", "footer", "main", "nav", "aside", "address", "center", "form",
    "fieldset", "legend", "figure", "figcaption", "details", "summary", "dt", "dd", "dl", "table", "tbody",
    "thead", "tfoot", "tr", "td", "th", "caption", "li", "body", "blockquote", "ul", "ol", "menu", "dir", "p",
    "h1", "h2", "h3", "h4", "h5", "h6", "pre", "hr", "listing", "xmp", "plaintext", "includetail",
    "textarea",
))  # fmt: skip
PARAGRAPHS = frozenset((
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "dl", "ul", "ol", "menu", "listing", "xmp", "figure",
    "blockquote", "hr",
))  # fmt: skip
AS_IT_IS = frozenset(["pre", "listing", "xmp", "plaintext", "textarea"])
LISTS = frozenset(["ul", "ol", "menu", "dir"])
TABLE_PARTS = frozenset(["tbody", "thead", "tfoot"])
# Word and its relatives give these no space around; the sheet that says so is lost on many ways.
WORD = re.compile(r"(?:^|\s)(?:x_)*Mso(?:Normal|List|PlainText|NoSpacing)")
BOX = re.compile(r"(?:block|flex|grid|table|list-item)")


def begins_old(node: LexborNode, tag: str, attributes: Attributes, style: str) -> bool:
    """Outlook's line above the header of an old mail, told by what stands below it, in any language."""
    if tag == "div" and "border" in style.lower() and (labels := reply_border(style)):
        return is_header_block(text_of(node), labels)
    if tag == "hr" and attributes.get("tabindex") == "-1":
        following = node.next
        while (
            following is not None and (following.tag in ("br", "-text", "-comment")) and not text_of(following).strip()
        ):
            following = following.next
        return following is not None and is_header_block(text_of(following))
    return False


def is_zero(style: Declarations, side: str) -> bool:
    """No margin on that side ("top" or "bottom"), as far as it is stated."""
    value = style.get(f"margin-{side}")
    if value is None and "margin" in style:
        parts = style["margin"].split()
        value = parts[2] if side == "bottom" and len(parts) > 2 else parts[0] if parts else ""
    size = length(value) if value else None
    return size is not None and size < 1


def text_of(node: LexborNode, most: int = LOOKED_AT, nodes: int = LOOKED_AT) -> str:
    """The beginning of its text, pieces on lines of their own; without scripts and the like. most: characters. nodes:
    looked at, since elements inside each other may be asked one after the other."""
    if node.tag == "-text":
        return node.text_content or ""
    pieces: list[str] = []
    for seen, child in enumerate(node.traverse(include_text=True)):
        if child.tag == "-text" and (child.parent is None or child.parent.tag not in UNSEEN):
            text = child.text_content or ""
            pieces.append(text[:most])
            most -= len(text)
        if most <= 0 or seen >= nodes:
            break
    return "\n".join(pieces)
