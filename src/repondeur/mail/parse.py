"""Octets to a Message: the way of reading on one screen. Pure, and bounded by Limits (I19)."""

import codecs
import hashlib
import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from repondeur.errors import MessageUnreadable
from repondeur.mail import charset
from repondeur.mail.address import parse_addresses
from repondeur.mail.attached import passed_on
from repondeur.mail.author import read_authors
from repondeur.mail.body import split
from repondeur.mail.calendar import find_invitation
from repondeur.mail.clean import without_smuggled
from repondeur.mail.content import Content, read_content
from repondeur.mail.dates import message_date
from repondeur.mail.delivery_report import failed_recipients
from repondeur.mail.display import display_html
from repondeur.mail.fields import message_ids, return_path, stated_results
from repondeur.mail.headers import Header, clean, decode_words
from repondeur.mail.html import without_marks
from repondeur.mail.html_hidden import LONGEST_REPORT, report
from repondeur.mail.limits import Limits
from repondeur.mail.machine_fields import is_kept
from repondeur.mail.message import Address, Message
from repondeur.mail.signed import protection
from repondeur.mail.structure import Part, read_structure, read_top

__all__ = ["Limits", "attached_files", "parse", "parse_header_only", "prepared"]

_HEAD = 64 * 1024  # octets, in which line ends are looked at
_ABOVE = re.compile(rb"(?:\xef\xbb\xbf|\x00)*(?:[ \t\x00]*\r?\n|\r(?!\n))*")
_FIELDS_PARTED_BY_CR = re.compile(rb"[^\r\n]{1,1000}\r[!-9;-~]{1,100}:")
_KEPT_VALUE = 500  # characters
_KEPT_COUNT = 60
_RESULTS_COUNT, _RESULTS_VALUE = 20, 16_384


def parse(raw: bytes, limits: Limits = Limits()) -> Message:  # noqa: B008 (a frozen value)
    """One mail as its author meant it; language is left to mail.language.

    Raises only MessageUnreadable, when the mail is over one of the firm limits. Everything else, however broken, is
    read as well as possible, and Message.problems says what was wrong.
    """
    if len(raw) > limits.size:
        raise MessageUnreadable("mail.over_size", size=len(raw), limit=limits.size)
    below = _below_marks(raw)
    root = read_structure(_with_line_feeds(below), limits)
    content = read_content(root, limits)
    message = _message(root, content, len(raw), limits, stated_results(below, limits))
    invitation, problem = find_invitation(root)
    if invitation or problem:
        message = replace(message, invitation=invitation, problems=(*message.problems, *([problem] if problem else ())))
    failed = failed_recipients(root, message)
    if failed:
        return replace(message, failed_recipients=failed)
    forward = passed_on(message, content, limits)
    return replace(message, forward=forward) if forward else message


def attached_files(raw: bytes, places: Collection[int], limits: Limits = Limits()) -> tuple[bytes, ...]:  # noqa: B008 (a frozen value)
    """What is in these of a mail's attachments, in the order of `places`, which are indices of Message.attachments.

    b"" for one that is not there, or no file. Raises MessageUnreadable as parse does.
    """
    files = read_content(read_structure(prepared(raw), limits), limits).files
    return tuple(files[place]() if 0 <= place < len(files) else b"" for place in places)


def parse_header_only(header: bytes, size: int, limits: Limits = Limits()) -> Message:  # noqa: B008 (a frozen value)
    """What can be known of a mail that is too large to fetch or over another limit: no text, no attachments, no field
    over the limits, and the problem mail.too_large.

    size: octets of the whole mail as the server states it.
    """
    below = _below_marks(header)
    top = read_top(_with_line_feeds(below), limits)
    return _message(top, Content("", (), ("mail.too_large",)), size, limits, stated_results(below, limits))


def prepared(raw: bytes) -> bytes:
    """Without the blank lines and marks that programs put above the header, and with line ends of which each has a
    line feed; any other octet is left as it is."""
    return _with_line_feeds(_below_marks(raw))


def _below_marks(raw: bytes) -> bytes:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        # A mail that a text editor saved.
        raw = raw.decode("utf-16", "replace").encode("utf-8")
    above = _ABOVE.match(raw[:_HEAD])
    return raw[above.end() :] if above else raw


def _with_line_feeds(raw: bytes) -> bytes:
    head = raw[:_HEAD]
    if b"\r" not in head:
        return raw
    if b"\r\r\n" in head:
        raw = raw.replace(b"\r\r\n", b"\n")
        head = raw[:_HEAD]
    # Old Macs end lines with CR alone, and so do relays that know no better, here and there.
    bare = head.count(b"\r") - head.count(b"\r\n")
    if bare > head.count(b"\n") or _FIELDS_PARTED_BY_CR.match(head):
        return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return raw


def _message(root: Part, content: Content, size: int, limits: Limits, results: tuple[str, ...]) -> Message:
    header = root.header
    authors, doubt = read_authors(header.values("from"), limits.addresses, guessed="from" in header.guessed)
    ids = message_ids(header.values("message-id"), limits.references)
    subject, smuggled = without_smuggled(decode_words(header.first("subject")))
    parts = split(content.text, subject)
    date = next((read for value in header.values("date") if (read := message_date(value))), None)
    hidden = "\n".join(filter(None, (report([smuggled]) if smuggled else "", content.hidden)))[:LONGEST_REPORT]
    return Message(
        message_id=ids[0] if ids else None,
        authors=authors,
        author_doubt=doubt,
        subject=subject,
        text=parts.text,
        quoted=parts.quoted,
        signature=parts.signature,
        forward=parts.forward,
        body=without_marks(content.text),
        content_hash=_content_hash(root, authors, subject, date, limits),
        size=size,
        in_reply_to=message_ids(header.values("in-reply-to"), limits.references),
        references=message_ids(header.values("references"), limits.references),
        return_path=return_path(header.values("return-path")),
        sender=next(iter(_addresses(header, "sender", 1)), None),
        to=_addresses(header, "to", limits.addresses),
        cc=_addresses(header, "cc", limits.addresses),
        reply_to=_addresses(header, "reply-to", limits.addresses),
        date=date,
        attachments=content.attachments,
        authentication_results=tuple(clean(value)[:_RESULTS_VALUE] for value in results[:_RESULTS_COUNT]),
        fields=tuple((name, clean(value).strip()[:_KEPT_VALUE]) for name, value in header.fields if is_kept(name))[
            :_KEPT_COUNT
        ],
        hidden=hidden,
        html=display_html("\n".join(content.pages)) if content.pages else "",
        media_type=root.media_type,
        report_type=_report_type(root),
        protection=protection(root, content.text),
        problems=tuple(
            dict.fromkeys(
                (
                    *_header_problems(header, doubt, bool(ids), date is None),
                    *content.problems,
                    *(["mail.hidden_text"] if hidden else []),
                    *(["mail.reply_to_unclear"] if _reply_to_is_doubtful(header, limits.addresses) else []),
                )
            )
        ),
    )


def _reply_to_is_doubtful(header: Header, limit: int) -> bool:
    found = [parse_addresses(value, limit) for value in header.values("reply-to") if value]
    return any(one.doubtful or not any(address.address for address in one.addresses) for one in found)


def _addresses(header: Header, name: str, limit: int) -> tuple[Address, ...]:
    found: list[Address] = []
    for value in header.values(name):
        found.extend(address for address in parse_addresses(value, limit).addresses if address.address)
    return tuple(found[:limit])


def _report_type(root: Part) -> str:
    stated = root.header.first("content-type").lower().lstrip()
    if root.media_type != "multipart/report" and not stated.startswith("multipart/report"):
        return ""
    return re.sub(r"[^a-z0-9_-]", "", root.parameters.get("report-type", "").lower())[:60]


def _header_problems(header: Header, doubt: str | None, has_id: bool, no_date: bool) -> list[str]:
    if not header.fields:
        return ["mail.header_missing"]
    problems = ["mail.header_broken"] if header.broken else []
    problems += [doubt] if doubt else []
    problems += [] if has_id else ["mail.message_id_missing"]
    problems += ["mail.date_unreadable"] if no_date else []
    return problems


def _content_hash(root: Part, authors: tuple[Address, ...], subject: str, date: datetime | None, limits: Limits) -> str:
    """SHA-256 of what the author wrote, whatever relays made of its form: see Message.content_hash."""
    digest = hashlib.sha256()
    identifying = (
        *(author.key or author.name for author in authors),
        subject,
        date.astimezone(UTC).isoformat() if date else root.header.first("date"),
        *root.header.values("message-id"),
    )
    for value in identifying:
        digest.update(_without_blanks(value.encode("utf-8", "replace")) + b"\n")
    for leaf in _leaves(root):
        digest.update(b"\n" + leaf.media_type.encode("utf-8", "replace") + b"\n")
        for octets in _written(leaf, limits):
            digest.update(_without_blanks(octets))
    return digest.hexdigest()


def _leaves(part: Part) -> Iterator[Part]:
    if not part.children:
        yield part
    for child in part.children:
        yield from _leaves(child)


def _written(leaf: Part, limits: Limits) -> Iterator[bytes]:
    """What stands in a part: text in UTF-8, as relays change charsets too; anything else as it is."""
    octets = leaf.octets
    if not leaf.media_type.startswith("text/"):
        yield octets
        return
    # Some codecs are slow, so only as much is decoded as is shown.
    shown = 4 * limits.text
    yield charset.decode(octets[:shown], leaf.parameters.get("charset", "")).text.encode("utf-8", "replace")
    yield octets[shown:]


def _without_blanks(octets: bytes) -> bytes:
    """Line ends, folding, wrapping and blanks at a line's end are nobody's words."""
    return octets.translate(None, b" \t\r\n\v\f")
