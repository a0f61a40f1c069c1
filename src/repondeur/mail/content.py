"""What a person sees of the MIME tree: one text, and the attachments (RFC 2046 5.1, RFC 2183, RFC 3676)."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from repondeur.mail import charset
from repondeur.mail.attachments import attached, file_name, from_tnef, is_wrapped, mark_inline, shown_name
from repondeur.mail.clean import without_smuggled
from repondeur.mail.flowed import unflow, without_commands
from repondeur.mail.headers import parse_parameters
from repondeur.mail.html_hidden import LONGEST_REPORT, report
from repondeur.mail.limits import Limits
from repondeur.mail.message import Attachment
from repondeur.mail.pieces import Page, Piece, best, hidden_in, joined, page_below
from repondeur.mail.structure import Part
from repondeur.mail.tnef import read_tnef
from repondeur.mail.uuencode import take_blocks

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.-]{2,40})", re.IGNORECASE)
_LINE_END = re.compile(r"\r\n|\r|\u2028|\u2029|\x85|\x0b|\x0c")
_UNSHOWN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
_TEXT_TYPES = ("text/plain", "text/html")
_ENRICHED = ("text/enriched", "text/richtext")


@dataclass(frozen=True, slots=True)
class Content:
    """text: with the marks of mail.html still in it. problems: codes, each once. pages: the HTML that is shown, or
    that another text stands for. hidden: what a reader of those would not see, and what is spelt unseen in plain text.
    messages: the mails attached to this one. files: gives what is in each of the attachments, in their order."""

    text: str
    attachments: tuple[Attachment, ...]
    problems: tuple[str, ...]
    pages: tuple[str, ...] = ()
    hidden: str = ""
    messages: tuple[Part, ...] = ()
    files: tuple[Callable[[], bytes], ...] = ()


@dataclass(slots=True)
class _Found:
    """What was met on the way through the parts. contents: gives what is in each attachment.
    files: which attachments say that they are files. wrapped: the text
    of a winmail.dat, for want of another. smuggled: what characters that nobody sees spell in plain text."""

    limits: Limits
    attachments: list[Attachment] = field(default_factory=list)
    contents: list[Callable[[], bytes]] = field(default_factory=list)
    files: set[int] = field(default_factory=set)
    problems: dict[str, None] = field(default_factory=dict)
    pages: list[Page] = field(default_factory=list)
    messages: list[Part] = field(default_factory=list)
    wrapped: list[Piece] = field(default_factory=list)
    smuggled: list[str] = field(default_factory=list)

    def attach(self, attachment: Attachment, content: Callable[[], bytes], disposition: str = "") -> None:
        if len(self.attachments) < self.limits.attachments:
            if disposition == "attachment":
                self.files.add(len(self.attachments))
            self.attachments.append(attachment)
            self.contents.append(content)


def read_content(root: Part, limits: Limits) -> Content:
    """Never raises. Text over limits.text characters is cut, with the problem mail.text_cut."""
    found = _Found(limits)
    pieces = _pieces(root, found, root_part=True, related=False)
    if not any(piece.source.strip() for piece in pieces):
        pieces = found.wrapped
    text = joined(pieces, limits.text)
    if len(text) > limits.text:
        text = text[: limits.text]
        found.problems.setdefault("mail.text_cut")
    pages = tuple(page.source for page in found.pages)
    return Content(
        text,
        mark_inline(found.attachments, found.files, pages),
        tuple(found.problems),
        pages,
        "\n".join(filter(None, (*hidden_in(found.pages), report(found.smuggled))))[:LONGEST_REPORT],
        tuple(found.messages),
        tuple(found.contents),
    )


def _pieces(part: Part, found: _Found, *, root_part: bool, related: bool) -> list[Piece]:
    if part.defect:
        found.problems.setdefault(part.defect)
    if part.is_multipart:
        return _multipart(part, found)
    if part.media_type == "message/partial" and root_part:
        found.problems.setdefault("mail.partial")
        return (
            _pieces(part.children[0], found, root_part=True, related=False) if part.children else [_piece(part, found)]
        )
    disposition, parameters = parse_parameters(part.header.first("content-disposition"))
    name = file_name(part, parameters)
    # The source of a calendar is nothing to read: mail.calendar makes facts of it.
    other_text = part.media_type.startswith("text/") and part.media_type != "text/calendar"
    if part.media_type in _TEXT_TYPES or (other_text and not name and root_part):
        shown = disposition != "attachment" and (not name or root_part or (disposition == "inline" and not parameters))
        if shown:
            return [_piece(part, found)]
    if is_wrapped(part, name) and _unwrap(part, found):
        return []
    if part.children:
        found.messages.append(part.children[0])
    found.attach(attached(part, name, disposition, related=related), lambda: part.octets, disposition)
    return []


def _unwrap(part: Part, found: _Found) -> bool:
    """The text and the attachments of a winmail.dat instead of it, when it can be read."""
    content = read_tnef(part.octets, found.limits.text)
    if content is None:
        found.problems.setdefault("mail.winmail_unreadable")
        return False
    for wrapped in content.attachments:
        found.attach(from_tnef(wrapped), partial(bytes, wrapped.octets))
    if content.html.strip():
        found.wrapped.append(_paged(_shown(content.html), found))
    elif content.text.strip():
        found.wrapped.append(Piece(_plain(content.text, found)))
    return True


def _multipart(part: Part, found: _Found) -> list[Piece]:
    related = part.media_type == "multipart/related"
    by_child = [_pieces(child, found, root_part=False, related=related) for child in part.children]
    if part.media_type == "multipart/alternative":
        return best([pieces for pieces in by_child if pieces])
    if related and by_child:
        start = part.parameters.get("start", "").strip("<> ")
        roots = [
            pieces
            for child, pieces in zip(part.children, by_child, strict=True)
            if start and child.header.first("content-id").strip("<> ") == start and pieces
        ]
        return (roots or [pieces for pieces in by_child if pieces] or [[]])[0]
    return [piece for pieces in by_child for piece in pieces]


def _piece(part: Part, found: _Found) -> Piece:
    # Four octets are the most a character takes; markup may be many times its text.
    octets = part.text_octets(found.limits.text * 4)
    is_page = part.media_type == "text/html"
    label = part.parameters.get("charset", "")
    if is_page and not label and (meta := _META_CHARSET.search(octets, 0, 2048)):
        label = meta.group(1).decode("ascii")
    decoded = charset.decode(octets, label)
    if decoded.problem:
        found.problems.setdefault(decoded.problem)
    if is_page:
        return _paged(_shown(decoded.text), found)
    text, files = take_blocks(_plain(decoded.text, found))
    for file in files:
        attachment = Attachment(shown_name(file.name), "application/octet-stream", len(file.octets))
        found.attach(attachment, partial(bytes, file.octets))
    if len(text) > found.limits.text:
        found.problems.setdefault("mail.text_cut")
        text = text[: found.limits.text]
    if part.parameters.get("format", "").lower() == "flowed":
        text = unflow(text, delete_space=part.parameters.get("delsp", "").lower() == "yes")
    return Piece(without_commands(text) if part.media_type in _ENRICHED else text)


def _paged(source: str, found: _Found) -> Piece:
    page = page_below(found.pages, source)
    found.pages.append(page)
    return Piece(source, page)


def _plain(text: str, found: _Found) -> str:
    if text.isascii():
        return _shown(text)
    text, smuggled = without_smuggled(_shown(text).translate(_NO_MARKS))
    if smuggled:
        found.smuggled.append(smuggled)
    return text


def _shown(text: str) -> str:
    """With line ends "\\n" and without characters that show nothing and mean nothing."""
    return _UNSHOWN.sub("", _LINE_END.sub("\n", text))


_NO_MARKS = dict.fromkeys(range(0xE100, 0xE103))
