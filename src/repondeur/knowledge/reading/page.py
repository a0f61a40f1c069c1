"""A web page as its reader takes it: its matter without navigation, banners and footers, cut at headings 1 to 3.

Hidden text is no knowledge (mail.html_layout knows what is hidden). Pure.
"""

import re
from collections.abc import Iterator
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from repondeur.knowledge.reading.entry import Content, Entry, Facts, Section
from repondeur.knowledge.reading.internal import parted
from repondeur.mail import charset
from repondeur.mail.clean import clean, clean_line
from repondeur.mail.html import read_plainly, within_bounds, without_marks
from repondeur.mail.html_layout import TooDeepError, Walk

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.-]{2,40})", re.IGNORECASE)
_FURNITURE: Final = (
    "nav, footer, aside, dialog, button, noscript, [role=navigation], [role=banner], [role=contentinfo], [role=search],"
    " [role=complementary], [role=dialog], [role=alertdialog], [aria-modal=true]"
)
_BANNER = re.compile(
    r"cookie|consent|gdpr|rgpd|onetrust|didomi|tarteaucitron|axeptio|breadcrumb|fil-?d?-?ariane|skip-?link|skip-?to"
    r"|evitement|newsletter|share-?buttons|sidebar",
    re.IGNORECASE,
)
_LONGEST_BANNER: Final = 4_000  # characters: what is longer is the matter itself
_MATTER: Final = ("main", "[role=main]", "article")
_HEADINGS: Final = "h1, h2, h3, summary"
# Where a heading begins, until the text is cut there.
_MARK: Final = "⟦§"
_HEADING_LINE = re.compile(rf"^[ >*-]*{_MARK}(?P<level>\d)§⟧[ ]*(?P<title>.*)$", re.MULTILINE)
_ANY_MARK = re.compile(rf"{_MARK}\d§⟧")
_SITE = re.compile(r"\s+(?:[|•·»–—]|::|-)\s+")


def read_page(source: str, octets: bytes) -> Content:
    """Never raises; a page that says nothing has no text. source: the file's name."""
    meta = _META_CHARSET.search(octets, 0, 4096)
    text = charset.decode(octets, meta[1].decode("ascii") if meta else "").text.replace(_MARK, "")
    said, inner = parted(text)
    facts, sections = _read(said)
    for before, part in inner:
        _, above = _read(before)
        title = above[-1].title if above else ""
        sections += [Section(one.title or title, one.text, internal=True) for one in _read(part)[1]]
    return Content((Entry(facts, tuple(sections)),))


def _read(source: str) -> tuple[Facts, list[Section]]:
    if not within_bounds(source):
        return Facts(), [Section("", clean(without_marks(read_plainly(source).text)))]
    tree = LexborHTMLParser(source)
    facts = Facts(title=_title(tree), language=_language(tree))
    _clear(tree)
    text = _laid_out(tree, source)
    if not any(map(str.isalnum, _ANY_MARK.sub("", text))):  # all of it looked like furniture
        text = _laid_out(LexborHTMLParser(source), source)
    return facts, list(_sections(text))


def _title(tree: LexborHTMLParser) -> str:
    """The heading of the page where it has one, else its title without the name of the site."""
    headings = tree.css("main h1, article h1") or tree.css("h1")
    if len(headings) == 1 and (heading := clean_line(headings[0].text())):
        return heading[:300]
    title = tree.css_first("title")
    return clean_line(_SITE.split(clean_line(title.text()))[0])[:300] if title is not None else ""


def _language(tree: LexborHTMLParser) -> str:
    node = tree.css_first("html")
    lang = (node.attributes.get("lang") or "") if node is not None else ""
    code = lang.lower().replace("_", "-").partition("-")[0].strip()
    return code if code in {"en", "fr"} else ""


def _clear(tree: LexborHTMLParser) -> None:
    matter = _matter(tree)
    keep = set() if matter is None else {node.mem_id for node in _upward(matter)}
    inside = set() if matter is None else {node.mem_id for node in matter.css("*")}
    # From the inside outwards: what stands in a node that is taken away is gone with it.
    for node in reversed(tree.css(_FURNITURE)):
        if node.mem_id not in keep:
            node.decompose()
    for node in reversed(tree.css("[id], [class]")):
        if node.mem_id not in keep and node.mem_id not in inside and _is_banner(node):
            node.decompose()
    if matter is not None:
        for node in _upward(matter):
            _alone(node)
    else:
        for node in reversed(tree.css("body > header, body > div > header")):
            node.decompose()


def _matter(tree: LexborHTMLParser) -> LexborNode | None:
    for selector in _MATTER:
        found = tree.css(selector)
        if len(found) == 1:
            return found[0]
    return None


def _upward(node: LexborNode) -> Iterator[LexborNode]:
    """The node and all that it stands in, up to the body."""
    current: LexborNode | None = node
    while current is not None and current.tag not in {"body", "html"}:
        yield current
        current = current.parent


def _alone(node: LexborNode) -> None:
    parent = node.parent
    if parent is None:
        return
    for other in list(parent.iter(include_text=True)):
        if other.mem_id != node.mem_id and other.tag != "style":
            other.decompose()


def _is_banner(node: LexborNode) -> bool:
    named = f"{node.attributes.get('id') or ''} {node.attributes.get('class') or ''}"
    if node.tag in {"html", "body", "main", "article"} or not _BANNER.search(named):
        return False
    return len(node.text(deep=True)) <= _LONGEST_BANNER and node.css_first("main, article") is None


def _laid_out(tree: LexborHTMLParser, source: str) -> str:
    for heading in tree.css(_HEADINGS):
        first = heading.first_child
        if first is not None and tree.root is not None:
            level = heading.tag[1] if heading.tag and heading.tag != "summary" else "3"
            first.insert_before(f"{_MARK}{level}§⟧")
    root = tree.root
    if root is None:
        return ""
    walk = Walk.over(tree)
    try:
        walk.page(root)
    except (RecursionError, TooDeepError):
        return clean(without_marks(read_plainly(source).text))
    return without_marks(walk.lines.finished())


def _sections(text: str) -> Iterator[Section]:
    headings = list(_HEADING_LINE.finditer(text))
    yield Section("", _said(text[: headings[0].start()] if headings else text))
    for heading, following in zip(headings, [*headings[1:], None], strict=False):
        part = text[heading.end() : following.start() if following else len(text)]
        yield Section(clean_line(_ANY_MARK.sub("", heading["title"]))[:300], _said(part))


def _said(text: str) -> str:
    return clean(_ANY_MARK.sub("", text))
