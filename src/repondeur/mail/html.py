"""HTML to the text that a person would have read.

Hidden nodes go first (a reader never saw them; injected instructions like to hide there), then inscriptis lays out
lists and tables. What mail programs mark as quoted becomes "> " lines, as in plain mail, or a CUT line where only its
beginning is known; mail.body understands both. Past the bounds below, tags are stripped in one pass instead.
"""

import html as entities
import re

from inscriptis import get_text
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig
from selectolax.lexbor import LexborHTMLParser, LexborNode

# Private-use characters, taken out of every input, so that they can only come from here.
QUOTE_OPENS, QUOTE_CLOSES, CUT = "\ue100", "\ue101", "\ue102"
_ALL_MARKS = (QUOTE_OPENS, QUOTE_CLOSES, CUT)
_MARKS = re.compile(f"[{QUOTE_OPENS}{QUOTE_CLOSES}{CUT}]")

_MAX_CHARACTERS = 2_000_000
_MAX_ELEMENTS = 20_000
# Both HTML libraries become slow or refuse somewhere above 250 nested elements.
_MAX_DEPTH = 150
_MAX_LINKS, _LONGEST_LINK = 20, 300

_DATA_URI = re.compile(r"data:[a-z]{2,20}/[^\"'\s)>]{1000,}", re.IGNORECASE)
_CONDITIONAL = re.compile(r"<!\[(?:if|endif)[^>]{0,200}\]>|<o:p>|</o:p>", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,30})")
_UNSEEN_CONTENT = re.compile(r"<(script|style|head|title|template)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_BREAKS = re.compile(r"<(?:br|/?p|/?div|/?tr|/?li|/?h[1-6]|/?table|/?blockquote|hr)\b[^>]*>", re.IGNORECASE)
_ANY_TAG = re.compile(r"<!--.*?(?:-->|\Z)|<[a-zA-Z/!?][^<>]*>?", re.DOTALL)
_VOID = frozenset(
    ("br", "hr", "img", "input", "meta", "link", "area", "base", "col", "embed", "source", "wbr", "param")
)

_UNSEEN_NODES = "script, style, title, template, noscript, object, iframe, select, textarea, svg, math, [hidden]"
_HIDDEN_STYLE = re.compile(
    r"(?:^|;)(?:display:none|visibility:(?:hidden|collapse)|mso-hide:all|opacity:0*\.?0*(?:[;!]|$)"
    r"|font-size:0*\.?0*(?:[a-z%]{0,3})?(?:[;!]|$)"
    r"|(?:max-)?height:0*\.?0*(?:px|pt|em|%)?(?:[;!]|$)"
    r"|(?:max-)?width:0*\.?0*(?:px|pt|em|%)?(?:[;!]|$)|(?:left|top|text-indent|margin-left):-\d{3,}"
    r"|clip:rect\(0|clip-path:inset\((?:50|100)%)"
)
_ZERO = re.compile(r"\s*0+\s*(?:px|%)?\s*")
_WHITE = re.compile(r"(?:^|;)color:(?:#fff|#ffffff|white|rgba?\(255,255,255[^)]*\)|transparent)(?:[;!]|$)")
_DARK_SOMEWHERE = re.compile(r"(?:^|;)background(?:-color|-image)?:(?!#fff(?:fff)?\b|white|transparent|none|inherit)")

_QUOTES = "blockquote, .yahoo_quoted, .protonmail_quote, .tutanota_quote, .zmail_extra, .OutlookMessageHeader"
_CUTS = (
    "#divRplyFwdMsg, #appendonsend, #mail-editor-reference-message-container, #replySplit, #reply-intro"
    ", hr#stopSpelling, #OLK_SRC_BODY_SECTION"
)
_REPLY_HEADER = re.compile(r"\s*[*]{0,2}[^\s:：][^\n:：]{0,25}\s?[:：]")


def html_to_text(html: str) -> str:
    """Visible text, with quotes as "> " lines and CUT lines. Never raises; time linear within the bounds."""
    source = _CONDITIONAL.sub("", _DATA_URI.sub("", _MARKS.sub("", html)))
    if not _within_bounds(source):
        return strip_tags(source)
    try:
        return _lay_out(source)
    except (RecursionError, ValueError, TypeError, AttributeError, AssertionError):
        # Whatever a hostile page does to the two libraries, its text can still be had.
        return strip_tags(source)


def without_marks(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if line != CUT)


def strip_tags(html: str) -> str:
    """The plain way: one pass, no tree. Hidden text is not recognised here."""
    text = _UNSEEN_CONTENT.sub(" ", html)
    text = _ANY_TAG.sub("", _BREAKS.sub("\n", text))
    return _tidy(_MARKS.sub("", entities.unescape(text)))


def _within_bounds(html: str) -> bool:
    """Counted on the source, since building a deep tree is itself slow (100,000 nested elements: 9 s)."""
    if len(html) > _MAX_CHARACTERS:
        return False
    depth = deepest = count = 0
    for closing, name in _TAG.findall(html):
        count += 1
        if name.lower() in _VOID or name.lower() in ("p", "li", "td", "tr", "th", "font", "option"):
            continue
        depth = max(depth - 1, 0) if closing else depth + 1
        deepest = max(deepest, depth)
    return count <= _MAX_ELEMENTS and deepest <= _MAX_DEPTH


def _lay_out(html: str) -> str:
    tree = LexborHTMLParser(html)
    body = tree.body
    if body is None:
        return strip_tags(html)
    for node in tree.css(_UNSEEN_NODES):
        node.decompose()
    _drop_hidden(tree)
    _name_links(tree)
    _mark_quotes(tree)
    page = tree.html or ""
    return _prefix_quotes(_tidy(_MARKS.sub(r"\n\g<0>\n", get_text(page, _CONFIG))))


_CONFIG = ParserConfig(css=CSS_PROFILES["strict"].copy(), display_links=False)


def _drop_hidden(tree: LexborHTMLParser) -> None:
    for node in tree.css("[style], [width], [height], [color]"):
        if node.tag not in ("body", "html", "img", "table", "hr") and _hidden(node):
            node.decompose()


def _hidden(node: LexborNode) -> bool:
    style = re.sub(r"\s+", "", (node.attributes.get("style") or "").lower())
    if style and _HIDDEN_STYLE.search(style):
        # A zero-height box that lets its content overflow is a usual spacer of newsletters, and empty.
        return True
    white = _WHITE.search(style) or (node.attributes.get("color") or "").strip().lower() in ("white", "#fff", "#ffffff")
    return bool(white) and not _on_dark(node)


def _on_dark(node: LexborNode) -> bool:
    """White text is meant to be read where something around it, or in it, paints a background."""
    current: LexborNode | None = node
    while current is not None and current.tag not in ("html", None):
        style = re.sub(r"\s+", "", (current.attributes.get("style") or "").lower())
        if _DARK_SOMEWHERE.search(style) or current.attributes.get("background"):
            return True
        colour = (current.attributes.get("bgcolor") or "").strip().lower()
        if colour and colour not in ("#fff", "#ffffff", "white", "transparent"):
            return True
        current = current.parent
    return False


def _name_links(tree: LexborHTMLParser) -> None:
    """ "our offer (https://…)": what a person would see on pointing at it. Not on pages that are mostly links."""
    links = tree.css("a[href^='http' i]")
    if len(links) > _MAX_LINKS:
        return
    for link in links:
        target = (link.attributes.get("href") or "").strip()
        shown = link.text().strip()
        if shown and len(target) <= _LONGEST_LINK and _bare(shown) not in _bare(target):
            link.insert_after(f" ({target})")


def _bare(link: str) -> str:
    return link.lower().removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")


def _mark_quotes(tree: LexborHTMLParser) -> None:
    for node in tree.css(_CUTS):
        node.insert_before(_mark(tree, CUT))
    for node in tree.css("div[style*='border-top' i]"):
        style = re.sub(r"\s+", "", (node.attributes.get("style") or "").lower())
        if style.startswith("border:none;border-top:solid") and _REPLY_HEADER.match(node.text(separator="")):
            node.insert_before(_mark(tree, CUT))
    for node in tree.css(_QUOTES):
        if _only_indented(node):
            continue
        node.insert_before(_mark(tree, QUOTE_OPENS))
        node.insert_after(_mark(tree, QUOTE_CLOSES))


def _only_indented(node: LexborNode) -> bool:
    """Gmail and Outlook write "increase indent" as a blockquote without a border."""
    attributes = node.attributes
    style = re.sub(r"\s+", "", (attributes.get("style") or "").lower())
    return (
        node.tag == "blockquote"
        and "border:none" in style
        and not attributes.get("class")
        and not attributes.get("type")
    )


def _mark(tree: LexborHTMLParser, character: str) -> LexborNode:
    node = tree.create_node("div")
    node.insert_child(character)
    return node


def _prefix_quotes(text: str) -> str:
    """Lines between the marks get "> " for each level; the marks go, CUT lines stay."""
    lines = []
    level = 0
    for line in text.split("\n"):
        if line == QUOTE_OPENS:
            level += 1
        elif line == QUOTE_CLOSES:
            level = max(level - 1, 0)
        elif line == CUT or not level:
            lines.append(line)
        else:
            lines.append((">" * min(level, 20) + " " + line).rstrip())
    return "\n".join(lines)


def _tidy(text: str) -> str:
    lines = [line.replace("\u00a0", " ").rstrip() for line in text.replace("\r", "").split("\n")]
    lines = [line.strip() if line[-1:] in _ALL_MARKS else line for line in lines]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
