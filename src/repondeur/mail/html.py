"""HTML to the text that a person would have read, and apart from it what a person would not have seen.

Hidden text never becomes part of the text (injected instructions like to hide there); it is reported instead. What mail
programs mark as quoted becomes "> " lines, as in plain mail, or a CUT line where only its beginning is known; mail.body
understands both. Past the bounds below, tags are stripped in one pass instead.
"""

import html as entities
import re
from collections import Counter
from dataclasses import dataclass
from quopri import decodestring

from selectolax.lexbor import LexborHTMLParser

from repondeur.mail.html_hidden import PAGE, report
from repondeur.mail.html_layout import TooDeepError, Walk
from repondeur.mail.html_lines import CUT, MARKS
from repondeur.mail.html_style import declarations, hides_box

__all__ = ["CUT", "HtmlText", "html_to_text", "read_html", "read_plainly", "within_bounds", "without_marks"]

_MAX_CHARACTERS = 2_000_000
_MAX_TAGS = 30_000
_MAX_DEPTH = 150

_DATA_URI = re.compile(r"data:[a-z]{2,20}/[^\"'\s)>]{1000,}", re.IGNORECASE)
_STILL_ENCODED = re.compile(r"<[a-z][^<>]{0,200}\s[a-z-]{2,20}=3D[\"']", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,30})")
_UNSEEN_CONTENT = re.compile(r"<(script|style|head|title|template)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_STYLED = re.compile(
    r"<[a-z][^<>]{0,300}?\sstyle\s*=\s*(?:\"([^\"<>]{0,1000})\"|'([^'<>]{0,1000})')[^<>]{0,1000}>([^<]*)", re.IGNORECASE
)
_BREAKS = re.compile(r"<(?:br|/?p|/?div|/?tr|/?li|/?h[1-6]|/?table|/?blockquote|hr)\b[^<>]*>?", re.IGNORECASE)
_ANY_TAG = re.compile(r"<!--.*?(?:-->|\Z)|<[a-zA-Z/!?][^<>]*>?", re.DOTALL)
_VOID = frozenset((
    "br", "hr", "img", "input", "meta", "link", "area", "base", "col", "embed", "source", "wbr", "param",
))  # fmt: skip
# Their end tags are often left out.
_OPEN_ENDED = frozenset(["p", "li", "td", "tr", "th", "option", "dt", "dd", "tbody", "thead", "tfoot"])


@dataclass(frozen=True, slots=True)
class HtmlText:
    """text: what is seen, with quotes as "> " lines and CUT lines. hidden: what is not, joined and cut at 2,000
    characters; "" when it says nothing, and never what an older mail hides."""

    text: str
    hidden: str = ""


def read_html(source: str) -> HtmlText:
    """Never raises; time linear in the source."""
    source = _DATA_URI.sub("", MARKS.sub("", source))
    if _STILL_ENCODED.search(source[:20_000]):
        source = _decoded(source)
    if not within_bounds(source):
        return read_plainly(source)
    tree = LexborHTMLParser(source)
    root = tree.root
    if root is None:
        return read_plainly(source)
    walk = Walk.over(tree)
    try:
        walk.page(root)
    except (RecursionError, TooDeepError):
        return read_plainly(source)
    return HtmlText(walk.lines.finished(), report(walk.hidden))


def html_to_text(source: str) -> str:
    """What is seen of it, with quotes as "> " lines and CUT lines. Never raises."""
    return read_html(source).text


def without_marks(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if line != CUT)


def read_plainly(source: str) -> HtmlText:
    """One pass, no tree. Of hidden text only what directly follows the tag that hides it is known."""
    hidden: list[str] = []

    def shown(found: re.Match[str]) -> str:
        style = declarations(entities.unescape(found.group(1) or found.group(2) or ""))
        # Nobody knows what lies around it, so it is taken to stand on white.
        if not (hides_box(style, "div") or PAGE.within("div", {}, style).unseen):
            return found.group()
        hidden.append(found.group(3))
        return ""

    text = _STYLED.sub(shown, _UNSEEN_CONTENT.sub(" ", source))
    text = MARKS.sub("", entities.unescape(_ANY_TAG.sub("", _BREAKS.sub("\n", text))))
    lines = [line.replace("\u00a0", " ").rstrip() for line in text.replace("\r", "").split("\n")]
    return HtmlText(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n"), report(hidden))


def within_bounds(source: str) -> bool:
    """Counted on the source, since building a deep tree is itself slow: elements that are never closed are opened anew
    in every paragraph."""
    if len(source) > _MAX_CHARACTERS:
        return False
    depth = count = 0
    opened: Counter[str] = Counter()
    for closing, written in _TAG.findall(source):
        count += 1
        name = written.lower()
        if name in _VOID or name in _OPEN_ENDED:
            continue
        if not closing:
            depth += 1
            opened[name] += 1
        elif opened[name]:
            depth -= 1
            opened[name] -= 1
        if depth > _MAX_DEPTH:
            return False
    return count <= _MAX_TAGS


def _decoded(source: str) -> str:
    """A page that a program on the way has left in quoted-printable (RFC 2045, 6.7)."""
    octets = decodestring(source.encode("utf-8", "replace"))
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("cp1252", "replace")
