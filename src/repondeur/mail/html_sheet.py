"""The style sheets of a page, as far as they say whether text is seen and how paragraphs stand apart.

Selectors are types, classes, ids and plain attributes, one inside the other (Selectors 4, 5 to 7 and 14.1); "a > b"
counts as "a b". Those that look at siblings (":nth-child(2)", "a + b") are matched by lexbor, on pages small enough for
it. Rules for print, for narrow screens and for states (":hover") do not count. Matching is bounded by a budget of
comparisons; a page that exhausts it has no rules from there on.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from repondeur.mail.html_style import Declarations, declarations, is_important

_MAX_CHARACTERS, _MAX_RULES, _LONGEST_SELECTOR = 300_000, 1_000, 300
_BUDGET = 200_000  # comparisons
_PIECE = re.compile(r"([^{}]*)([{}])")
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_TELLING = re.compile(
    r"display|visib|opacity|colou?r|background|font|clip|indent|height|width|hide|left|top|right|bottom|margin|transform|scale|translate|spacing|text-fill|\\",
    re.IGNORECASE,
)
_WIDTH = re.compile(r"\((min|max)-(?:device-)?width\s*:\s*(\d{1,6})")
_WIDE, _NARROW = 1_200, 320  # pixels: a usual window lies between
_COMPOUND = re.compile(r"(\*|[a-z][\w-]*)?((?:[.#][\w-]+|\[[\w-]+(?:=[\"']?[^\"'\]]*[\"']?)?\])*)", re.IGNORECASE)
_SIMPLE = re.compile(r"([.#])([\w-]+)|\[([\w-]+)(?:=[\"']?([^\"'\]]*))?")

# What lexbor needs the square of the siblings for.
_COUNTING = re.compile(
    r":(?:(?:first|last|only)-(?:child|of-type)|nth-(?:last-)?(?:child|of-type)\([^()]{1,20}\)|not\([^():]{1,60}\))"
)
# Between two siblings; not in the value of an attribute.
_SIBLING = re.compile(r"\s*[+~]\s*(?![^\[\]]*\])")
_MOST_COUNTING, _MOST_COUNTED = 10, 3_000  # rules; elements of a page

_NOTHING: dict[str, str] = {}
Attributes = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Element:
    """What selectors look at. classes: in lower case, as mails are shown without a document type. number: of the node,
    within its page."""

    tag: str
    name: str
    classes: frozenset[str]
    attributes: Attributes
    number: int


@dataclass(frozen=True, slots=True)
class _Compound:
    tag: str
    names: tuple[str, ...]
    classes: frozenset[str]
    attributes: tuple[tuple[str, str | None], ...]

    def fits(self, element: Element) -> bool:
        if self.tag and self.tag != element.tag:
            return False
        if any(name != element.name for name in self.names) or not self.classes <= element.classes:
            return False
        return all(
            name in element.attributes and (value is None or value == (element.attributes[name] or "").lower())
            for name, value in self.attributes
        )

    @property
    def key(self) -> str:
        """Under which a rule that ends in it is found."""
        if self.names:
            return "#" + self.names[0]
        return "." + min(self.classes) if self.classes else self.tag or "*"


@dataclass(frozen=True, slots=True)
class _Rule:
    """outer: from the nearest outwards. counting: the whole selector, where siblings have to be looked at."""

    last: _Compound
    outer: tuple[_Compound, ...]
    style: dict[str, str]
    important: bool
    weight: tuple[int, int, int]
    counting: str = ""


@dataclass(slots=True)
class Styles:
    """The declarations that hold for each element: of the sheets, and its own. For one page."""

    _rules: dict[str, list[_Rule]] = field(default_factory=dict)
    _counted: dict[int, list[_Rule]] = field(default_factory=dict)
    _own: dict[str, dict[str, str]] = field(default_factory=dict)
    _left: int = _BUDGET

    @classmethod
    def of_page(cls, tree: LexborHTMLParser) -> "Styles":
        styles = cls()
        sheets = "\n".join(node.text() for node in tree.css("style"))[:_MAX_CHARACTERS]
        counting = []
        for rule in _read(sheets) if "{" in sheets else ():
            if rule.counting:
                counting.append(rule)
            else:
                styles._rules.setdefault(rule.last.key, []).append(rule)
        if counting and len(tree.css("*")) <= _MOST_COUNTED:
            styles._count(tree, counting[:_MOST_COUNTING])
        return styles

    def _count(self, tree: LexborHTMLParser, rules: list[_Rule]) -> None:
        for rule in rules:
            try:
                nodes = tree.css(rule.counting)
            except SelectolaxError:
                continue  # as in a browser, a selector that is none matches nothing
            for node in nodes:
                self._counted.setdefault(node.mem_id, []).append(rule)

    @property
    def has_rules(self) -> bool:
        """Whether `given` needs an Element at all."""
        return bool(self._rules or self._counted)

    def own(self, style: str | None) -> Declarations:
        """Of a style attribute."""
        if not style:
            return _NOTHING
        known = self._own.get(style)
        if known is None:
            known = self._own[style] = declarations(style)
        return known

    def given(self, element: Element, around: Sequence[Element], style: str | None) -> Declarations:
        """Of the sheets and its own style attribute together. around: the elements it stands in, outermost first."""
        own = self.own(style)
        if self._left < 0:
            self._rules.clear()
            self._counted.clear()
            return own
        found = [
            rule
            for key in (element.tag, "*", "#" + element.name, *("." + name for name in element.classes))
            for rule in self._rules.get(key, ())
            if self._fits(rule, element, around)
        ]
        found += self._counted.get(element.number, ())
        if not found:
            return own
        result: dict[str, str] = {}
        forced: dict[str, str] = {}
        for rule in sorted(found, key=lambda rule: rule.weight):
            (forced if rule.important else result).update(rule.style)
        result.update(own)
        if forced and not (style and is_important(style)):
            result.update(forced)
        return result

    def _fits(self, rule: _Rule, element: Element, around: Sequence[Element]) -> bool:
        self._left -= 1
        if self._left < 0 or not rule.last.fits(element):
            return False
        place = len(around)
        for compound in rule.outer:
            while place and not compound.fits(around[place - 1]):
                place -= 1
                self._left -= 1
            if not place:
                return False
            place -= 1
        return True


def element(node: LexborNode, tag: str, attributes: Attributes) -> Element:
    names = frozenset((attributes.get("class") or "").lower().split())
    return Element(tag, (attributes.get("id") or "").lower(), names, attributes, node.mem_id)


def _read(sheets: str) -> Iterator[_Rule]:
    """In order, each selector of a list for itself."""
    preludes: list[str] = []
    count = 0
    for found in _PIECE.finditer(_COMMENT.sub("", sheets)):
        text, brace = found.group(1), found.group(2)
        if brace == "{":
            # "@import …;" and the like may stand before a selector.
            preludes.append(text.rpartition(";")[2].strip())
            continue
        if not preludes:
            continue
        prelude = preludes.pop()
        if prelude.startswith("@") or not _TELLING.search(text) or not all(_holds(outer) for outer in preludes):
            continue
        style = declarations(text)
        for selector in prelude[:10_000].split(","):
            count += 1
            if count > _MAX_RULES:
                return
            if rule := _rule(selector.strip().lower()[:_LONGEST_SELECTOR], style, count, is_important(text)):
                yield rule


def _rule(selector: str, style: dict[str, str], order: int, important: bool) -> _Rule | None:
    compounds: list[_Compound] = []
    looked_at = selector
    selector = _SIBLING.sub(" ", _COUNTING.sub("", selector) if ":" in selector else selector)
    counting = looked_at if selector != looked_at else ""
    # Each ancestor or sibling that lexbor has to look for multiplies what it does.
    if counting and len(selector.replace(">", " ").split()) > 2:
        return None
    for part in selector.replace(">", " ").split():
        found = _COMPOUND.fullmatch(part)
        if not found:
            return None
        simple = [match.groups() for match in _SIMPLE.finditer(found.group(2) or "")]
        compounds.append(
            _Compound(
                "" if found.group(1) in (None, "*") else found.group(1),
                tuple(name for sign, name, *_ in simple if sign == "#"),
                frozenset(name for sign, name, *_ in simple if sign == "."),
                tuple((name, value) for sign, _, name, value in simple if not sign),
            )
        )
    if not compounds:
        return None
    weight = selector.count("#"), selector.count(".") + selector.count("["), order
    return _Rule(compounds[-1], tuple(reversed(compounds[:-1])), style, important, weight, counting)


def _holds(at_rule: str) -> bool:
    """Do rules inside it count on a usual screen?"""
    condition = at_rule.lower()
    if not condition.startswith("@"):
        return True
    if not condition.startswith(("@media", "@supports", "@layer")):
        return False
    if "print" in condition or "not" in condition.split() or "dark" in condition:
        return False
    if condition.startswith("@media") and "(" in condition:
        widths = _WIDTH.findall(condition)
        return bool(widths) and all(int(w) <= _NARROW if end == "min" else int(w) >= _WIDE for end, w in widths)
    return True
