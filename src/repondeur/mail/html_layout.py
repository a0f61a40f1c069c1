"""One walk over a page: what is seen of it, as lines; and apart from that, what is not seen."""

from dataclasses import dataclass, field, replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from repondeur.mail.clean import without_smuggled
from repondeur.mail.html_hidden import PAGE, Attributes, Look, is_gone, is_words_own, unseen_value
from repondeur.mail.html_lines import Line, Lines
from repondeur.mail.html_links import address, picture_text
from repondeur.mail.html_lists import Counter, is_word_item, word_item
from repondeur.mail.html_nodes import (
    AS_IT_IS,
    BLOCKS,
    BOX,
    LISTS,
    PARAGRAPHS,
    TABLE_PARTS,
    UNSEEN,
    WORD,
    begins_old,
    is_zero,
    text_of,
)
from repondeur.mail.html_quotes import Role, is_type_above, role
from repondeur.mail.html_sheet import Element, Styles, element
from repondeur.mail.html_style import Declarations, is_speck

_DEEPEST = 250  # elements inside each other; Python follows about 400
_HIDDEN = (4_000, 30_000)  # characters and nodes of one hidden element
_MAX_LINKS = 20  # a page with more of them is mostly links


class TooDeepError(ValueError):
    """More elements inside each other than the walk can follow. Never leaves mail.html."""


@dataclass(frozen=True, slots=True)
class _Here:
    """What is inherited. as_it_is: spaces and line ends count."""

    look: Look
    as_it_is: bool = False
    depth: int = 0


@dataclass(slots=True)
class Nodes:
    """Those that matter for showing the page again. unseen: elements and texts. styled: elements, and what their own
    style and the sheets say together, where there are sheets."""

    unseen: list[LexborNode] = field(default_factory=list)
    pictures: list[LexborNode] = field(default_factory=list)
    styled: list[tuple[LexborNode, Declarations]] = field(default_factory=list)


@dataclass(slots=True)
class Walk:
    """Over one page. hidden: text that a reader does not see, in what is not quoted. old: below a mark from which on
    all is old. nodes: filled where given."""

    styles: Styles
    with_addresses: bool
    nodes: Nodes | None = None
    lines: Lines = field(default_factory=Lines)
    hidden: list[str] = field(default_factory=list)
    old: bool = False
    _lists: list[Counter] = field(default_factory=list)
    _around: list[Element] = field(default_factory=list)
    _above: int | None = None  # the first line of an element in which attribution and quote stand

    @classmethod
    def over(cls, tree: LexborHTMLParser, nodes: Nodes | None = None) -> "Walk":
        return cls(Styles.of_page(tree), len(tree.css("a[href]")) <= _MAX_LINKS, nodes)

    def page(self, root: LexborNode) -> None:
        """root: the html element, whose own style counts too. Raises TooDeepError, RecursionError."""
        attributes = root.attributes
        style = self.styles.own(attributes.get("style"))
        self._inside(root, _Here(PAGE.within("html", attributes, style)))

    def _inside(self, node: LexborNode, here: _Here) -> None:
        if here.depth > _DEEPEST:
            raise TooDeepError
        for child in node.iter(include_text=True):
            tag = child.tag or "-"
            if tag == "-text":
                self._text(child, child.text_content or "", here)
            elif tag[0] != "-" and tag not in UNSEEN:
                self._element(child, tag, here)

    def _text(self, node: LexborNode, text: str, here: _Here) -> None:
        if not text.isascii():
            text, smuggled = without_smuggled(text)
            self._hide(smuggled)
        if here.look.unseen and not text.isspace():
            self._drop(node, text)
        elif here.as_it_is:
            self.lines.add_as_it_is(text)
        else:
            if text.lstrip().startswith("##-") and is_type_above(text.strip()):
                self._cut()
            self.lines.add(text)

    def _drop(self, node: LexborNode, text: str) -> None:
        self._hide(text)
        if self.nodes is not None:
            self.nodes.unseen.append(node)

    def _hide(self, text: str) -> None:
        # What an older mail hides is not this author's doing: newsletters that people answer are full of it.
        if text and not self.old and not self.lines.level:
            self.hidden.append(text)

    def _element(self, node: LexborNode, tag: str, here: _Here) -> None:
        if tag == "br":
            self.lines.end_line()
            return
        attributes = node.attributes
        own = attributes.get("style")
        around = None
        if self.styles.has_rules:
            around = element(node, tag, attributes)
            style = self.styles.given(around, self._around, own)
        else:
            style = self.styles.own(own)
        if tag == "input":
            self._hide(unseen_value(attributes, style, here.look))
            return
        if attributes or style or tag == "dialog":
            if is_gone(tag, attributes, style):
                text = text_of(node, *_HIDDEN)
                self._drop(node, "" if is_words_own(attributes, text) else text)
                return
            here = replace(here, look=here.look.within(tag, attributes, style))
            if spaces := style.get("white-space", ""):
                here = replace(here, as_it_is=spaces.startswith(("pre", "break")))
        if self.nodes is not None and style and around is not None:
            self.nodes.styled.append((node, style))
        if tag == "img":
            self._picture(node, attributes, style, here)
            return
        here = replace(here, depth=here.depth + 1, as_it_is=here.as_it_is or tag in AS_IT_IS)
        if around is None:
            self._shown(node, tag, attributes, style, here)
            return
        self._around.append(around)
        self._shown(node, tag, attributes, style, here)
        self._around.pop()

    def _picture(self, node: LexborNode, attributes: Attributes, style: Declarations, here: _Here) -> None:
        text = picture_text(attributes.get("alt") or "")
        if text and is_speck(style, attributes.get("width") or "", attributes.get("height") or ""):
            self._drop(node, text.strip("[]"))
            return
        if self.nodes is not None:
            self.nodes.pictures.append(node)
        if not here.look.unseen:
            self.lines.add(text)

    def _shown(self, node: LexborNode, tag: str, attributes: Attributes, style: Declarations, here: _Here) -> None:
        """One element with the space around it, and what a mail program says about it."""
        lines = self.lines
        said = self._said(node, tag, attributes)
        if not (said or tag in BLOCKS or ("display" in style and BOX.match(style["display"]))):
            self._content(node, tag, attributes, here)
            return
        paragraph = (tag in PARAGRAPHS and not self._lists) and not WORD.search(attributes.get("class") or "")
        self._space(paragraph and not is_zero(style, "top"))
        start = len(lines.lines)
        self._open(said)
        above, self._above = self._above, start if said == "around" else None if said else self._above
        self._content(node, tag, attributes, here)
        lines.break_block()
        self._above = above
        if tag in ("p", "div") and is_word_item(attributes, attributes.get("style") or ""):
            self._word_item(start, attributes.get("style") or "")
        self._close(said, start)
        self._space(paragraph and not is_zero(style, "bottom"))

    def _space(self, paragraph: bool) -> None:
        if paragraph:
            self.lines.break_paragraph()
        else:
            self.lines.break_block()

    def _said(self, node: LexborNode, tag: str, attributes: Attributes) -> Role | None:
        own = attributes.get("style") or ""
        if not attributes and tag not in ("blockquote", "includetail"):
            return None
        said = role(tag, attributes, own)
        if said is None and begins_old(node, tag, attributes, own):
            said = "cut"
        # What is marked inside a quote is the quoted mail's own.
        return said if said in ("quote", None) or not (self.lines.level or self.old) else None

    def _open(self, said: Role | None) -> None:
        match said:
            case "cut":
                self._cut()
            case "signature":
                self.lines.open_signature()
            case "quote":
                if self._above is not None and not self.lines.level:
                    self.lines.quote_attribution(self._above)
                self.lines.level += 1

    def _close(self, said: Role | None, start: int) -> None:
        match said:
            case "quote":
                self.lines.level -= 1
            case "signature":
                self.lines.close_signature()
            case "attribution":
                # Gmail marks the header of what it passes on in the same way.
                if next((line.text for line in self.lines.lines[start:] if line.text), "").startswith("---"):
                    self.lines.cut(start)
                    self.old = True
                else:
                    self.lines.quote_attribution(start)

    def _cut(self) -> None:
        if not (self.old or self.lines.level):
            self.lines.break_block()
            self.lines.cut(len(self.lines.lines))
            self.old = True

    def _content(self, node: LexborNode, tag: str, attributes: Attributes, here: _Here) -> None:
        if tag == "table":
            self._table(node, attributes, here)
        elif tag in LISTS:
            self._lists.append(Counter.of(tag, attributes))
            self._inside(node, here)
            self._lists.pop()
        elif tag == "li":
            self._item(node, attributes, here)
        elif tag == "q":
            self.lines.add("“")
            self._inside(node, here)
            self.lines.add("”")
        else:
            self._inside(node, here)
            if tag == "a" and self.with_addresses and attributes.get("href"):
                self.lines.add(address(attributes["href"] or "", " ".join(text_of(node).split())))

    def _item(self, node: LexborNode, attributes: Attributes, here: _Here) -> None:
        lines = self.lines
        indent = lines.indent
        bullet = self._lists[-1].next_bullet(attributes.get("value")) if self._lists else "* "
        # The items of a list inside a list that stands in no item of its own are indented as well.
        lines.next_bullet(indent + bullet)
        lines.indent = indent + " " * len(bullet)
        self._inside(node, here)
        lines.break_block()
        lines.indent, lines.bullet = indent, ""

    def _word_item(self, start: int, style: str) -> None:
        lines = self.lines.lines
        place = next((index for index in range(start, len(lines)) if lines[index].text), None)
        if place is not None:
            lines[place] = Line(lines[place].level, word_item(lines[place].text, style))

    def _table(self, node: LexborNode, attributes: Attributes, here: _Here) -> None:
        """Rows of short cells become lines; in what is no table but a layout, cells stand one below the other."""
        data = (attributes.get("border") or "0").strip() not in ("0", "") or node.css_first("th") is not None
        self._rows(node, data, here)

    def _rows(self, node: LexborNode, data: bool, here: _Here) -> None:
        first = True
        for child in node.iter(include_text=True):
            tag = child.tag or "-"
            if tag in TABLE_PARTS or tag == "tr":
                inner = self._part(child, tag, here)
                if inner is not None and tag == "tr":
                    self._row(child, data, first, inner)
                    first = False
                elif inner is not None:
                    self._rows(child, data, inner)
            elif tag[0] != "-" and tag not in UNSEEN:
                self._element(child, tag, here)

    def _part(self, node: LexborNode, tag: str, here: _Here) -> _Here | None:
        """Inside a row or a group of rows; None when it is hidden."""
        attributes = node.attributes
        if not attributes and not self.styles.has_rules:
            return here
        own = attributes.get("style")
        if self.styles.has_rules:
            style = self.styles.given(element(node, tag, attributes), self._around, own)
        else:
            style = self.styles.own(own)
        if is_gone(tag, attributes, style):
            self._drop(node, text_of(node, *_HIDDEN))
            return None
        return replace(here, look=here.look.within(tag, attributes, style), depth=here.depth + 1)

    def _row(self, node: LexborNode, data: bool, first: bool, here: _Here) -> None:
        lines = self.lines
        lines.break_block()
        start = len(lines.lines)
        cells = []
        for child in node.iter():
            tag = child.tag or "-"
            if tag[0] == "-" or tag in UNSEEN:
                continue
            above = len(lines.lines)
            self._element(child, tag, here)
            lines.break_block()
            cells.append((above, len(lines.lines)))
        if len(cells) > 1:
            lines.merge(start, cells, data=data, spaced=first)
