"""Parts that are shown as text, and which of them counts where a mail has several versions of one text.

Source: RFC 2046, 5.1.4.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from string import punctuation, whitespace

from repondeur.mail.html import HtmlText, read_html, read_plainly

_COMPARED, _COMPARED_PAGE = 200_000, 20_000  # characters
_LAID_OUT, _LOOKED_AT = 500_000, 2_000_000  # characters of HTML in all
_LONGEST_STUB, _FAR_MORE = 500, 3  # characters; times as long
# Of what stands there in place of a page: its format, and by what or how to look at it. Never proof alone.
_NAMES_A_PAGE = re.compile(
    r"html|mime|multi-?part|navigat(?:eur|ore)|navegador|browser|web ?(?:page|site|version|seite|ansicht)"
    r"|(?:version|page|p[aá]gina|versi[oóã]\w?n?e?) (?:web|en ligne|online|en l[ií]nea)|online[ -]?version"
    r"|messagerie|(?:e-?mail|mail)[ -]?(?:client|program\w*|reader|software)|(?:correo|posta|e-?mail) electr[oó]nic"
    r"|(?:cliente?|program\w*) (?:de|di) \w+|visuali[sz]|affich|anzei?g|angezeigt|display|weergegeven"
    r"|(?:can.?t|cannot|unable to|trouble|to) (?:see|view|read)|puede[sn]? (?:ver|leer)|\bvedi\b|\bvedere\b|bekijk"
    r"|cliqu|click|\bclic|klick|pouvez (?:pas )?(?:le |la )?(?:lire|voir)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"<?(?:https?://|www\.|mailto:)[^\s<>]*>?|\[(?:cid|image)[: ][^\]\n]*\]", re.IGNORECASE)
_SENTENCE = re.compile(r"[.!?]+\s|\n{2,}")
_WORD = re.compile(r"[^\W\d_]{3,}")


class Page:
    """HTML, laid out once at most. plainly: only its tags are taken off, because there is so much of it."""

    def __init__(self, source: str, *, plainly: bool = False) -> None:
        self.source = source
        self.plainly = plainly

    @cached_property
    def read(self) -> HtmlText:
        return read_plainly(self.source) if self.plainly else read_html(self.source)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part that is shown as text, not yet laid out."""

    source: str
    page: Page | None = None

    @property
    def text(self) -> str:
        return self.page.read.text if self.page else self.source


def page_below(others: Iterable[Page], source: str) -> Page:
    """The next page of a mail that has those others."""
    before = sum(len(page.source) for page in others)
    return Page(source, plainly=bool(before) and before + len(source) > _LAID_OUT)


def hidden_in(pages: Iterable[Page]) -> list[str]:
    """What a reader of the pages would not see, each that has such text; of their first two million characters."""
    found = []
    length = 0
    for page in pages:
        length += len(page.source)
        if page.plainly and length > _LOOKED_AT:
            break
        if page.read.hidden:
            found.append(page.read.hidden)
    return found


def joined(pieces: Iterable[Piece], limit: int) -> str:
    """A little more than `limit` characters are enough to know that it is cut."""
    texts: list[str] = []
    length = 0
    for piece in pieces:
        if piece.source.strip():
            texts.append(piece.text.strip("\n"))
            length += len(texts[-1]) + 1
        if length > limit + 1:
            break
    return "\n".join(texts)


def best(versions: list[list[Piece]]) -> list[Piece]:
    """Of the versions of one text: the plain one, unless it is empty or stands there in place of the other."""
    plain = [pieces for pieces in versions if all(piece.page is None for piece in pieces)]
    rich = [pieces for pieces in versions if any(piece.page for piece in pieces)]
    kept: list[Piece] = []
    said = ""
    for pieces in plain:
        text = "".join(piece.source for piece in pieces).strip()
        squeezed = f" {' '.join(text.split())} "
        # Two plain versions that say different things are two texts, whatever the multipart calls itself.
        if text and (len(said) > _COMPARED or squeezed not in said) and not (rich and _is_stub(text, rich[-1])):
            kept = [*kept, *pieces] if said not in squeezed or not said else pieces
            said += squeezed
    return kept or (rich or plain or [[]])[-1]


def _is_stub(text: str, rich: list[Piece]) -> bool:
    """ "Your mail program cannot show HTML" and its like, in any words: short, and no version of what the page says."""
    if len(text) > _LONGEST_STUB:
        return False
    page = "".join(piece.text for piece in rich).strip()[:_COMPARED_PAGE]
    bare = _ADDRESS.sub(" ", text)
    if not bare.strip(whitespace + punctuation):
        return any(character.isalnum() for character in page)
    far_more = len(page) > _FAR_MORE * len(text)
    if far_more and _NAMES_A_PAGE.search(text):
        return True
    if not page or not (far_more or all(map(_NAMES_A_PAGE.search, filter(_WORD.search, _SENTENCE.split(bare))))):
        return False
    words = set(_WORD.findall(bare.casefold()))
    folded = page.casefold()
    return 2 * sum(word not in folded for word in words) > len(words)
