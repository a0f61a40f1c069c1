"""A reply as octets, by RFC 5322, from a mail, a text and a recipient that were decided elsewhere. Pure.

The subject comes from the mail that is answered and from nowhere else; field names come from a fixed list, each once.
"""

import hashlib
import platform
import quopri
import re
from base64 import encodebytes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import format_datetime

from repondeur.errors import SettingsError, SubmissionRefused
from repondeur.mail.clean import clean, clean_line
from repondeur.mail.header_encoding import (
    display_name,
    folded,
    mailbox,
    safe_id,
    unstructured,
    wire_address,
    wire_domain,
    without_encoded_words,
)
from repondeur.mail.message import Address, Message
from repondeur.mail.shown import harmless_name
from repondeur.texts import LANGUAGES, Language, say

HEADER_NAMES = (
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "Content-Language",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
)
AUTOMATIC_FIELDS = (("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All"))
SUBJECT_LIMIT = 300
REFERENCES_LIMIT = 20
QUOTE_LINES = 100
QUOTE_OCTETS = 4096

_REPLY_PREFIX = re.compile(
    r"(?:re|r[ée]f|rép|aw|antw|antwort|sv|vs|odp|rif|r|res|vá|ynt|atb|bls|απ|回复|答复|回覆)"
    r"\.?\s?(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3}|\*\d{1,3})?\s?[:\uff1a]\s*",
    re.IGNORECASE,
)
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
# Mailbox files take a line that starts with "From " for the next message.
_MBOX_FROM = re.compile(rb"^From ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Composed:
    """A message that is ready to leave or to lie in Drafts.

    message_id: without angle brackets. recipient: the only one; its address is what belongs into the envelope too
    (domain as A-labels). subject: decoded. text: the answer alone, without signature and quote. headers: (name, decoded
    and unfolded value) in the order they are written. raw: all of it, lines ended by CRLF, at most 998 octets each.
    """

    message_id: str
    recipient: Address
    subject: str
    text: str
    headers: tuple[tuple[str, str], ...]
    raw: bytes


def compose_reply(
    message: Message,
    *,
    sender: Address,
    recipient: Address,
    text: str,
    message_id: str,
    date: datetime,
    signature: str,
    language: str,
    automatic: bool,
    footer: str = "",
) -> Composed:
    """A reply to `message`, text/plain in UTF-8.

    sender: us. text: the answer; it is cleaned here again. message_id: safe_id, without angle brackets. date: with a
    zone. signature: ours, "" for none. language: of the text, BCP 47, for Content-Language and the attribution line.
    footer: our own lines between text and signature, "" for none. automatic: it leaves unseen; then it says so
    (RFC 3834 5, Auto-Submitted) and does not repeat the mail it answers, so that nobody can have us deliver their links
    to the owner of a forged address. What a person sends quotes it.
    Raises SubmissionRefused when sender or recipient is no address that can be written.
    """
    author = Address(display_name(sender.name), _written(sender))
    to = Address(harmless_name(recipient.name), _written(recipient))
    subject = reply_subject(message.subject)
    answer = clean(text)
    parts = (answer, clean(footer), _signature_block(signature), "" if automatic else quote(message, language))
    transfer_encoding, body = _encoded_body("\n\n".join(part for part in parts if part) + "\n")
    fields = (
        _Field("From", _shown(author), mailbox("From", author)),
        _Field("To", _shown(to), mailbox("To", to)),
        _Field("Subject", subject, unstructured("Subject", subject)),
        _plain("Date", format_datetime(date)),
        _plain("Message-ID", f"<{message_id}>"),
        *_identification(message),
        *(_plain(name, value) for name, value in AUTOMATIC_FIELDS if automatic),
        *(_plain("Content-Language", tag) for tag in [language] if _LANGUAGE_TAG.fullmatch(tag)),
        _plain("MIME-Version", "1.0"),
        _plain("Content-Type", 'text/plain; charset="utf-8"'),
        _plain("Content-Transfer-Encoding", transfer_encoding),
    )
    header = "".join(f"{field.line}\r\n" for field in fields).encode()
    headers = tuple((field.name, field.value) for field in fields)
    return Composed(message_id, to, subject, answer, headers, header + b"\r\n" + body)


def reply_subject(original: str) -> str:
    """The subject of the mail that is answered after one "Re: ", on one line, with nothing to decode once more in it.

    original: decoded. At most SUBJECT_LIMIT characters, then "…". Idempotent.

    >>> reply_subject("RE: Re : lamp\\r\\nBcc: a@b.example")
    'Re: lamp Bcc: a@b.example'
    """
    subject = clean_line(without_encoded_words(clean_line(original[: 10 * SUBJECT_LIMIT])))
    while prefix := _REPLY_PREFIX.match(subject):
        subject = subject[prefix.end() :]
    if len(subject) > SUBJECT_LIMIT:
        subject = subject[:SUBJECT_LIMIT].rstrip("… ") + "…"
    return f"Re: {subject}".strip()


def footer_lines(language: str, *, disclosure: bool, person: bool) -> str:
    """What stands below an automatic answer: that it is one, and how to have a person answer. "" for neither."""
    lines = (("compose.disclosure", disclosure), ("compose.person_offered", person))
    return "\n".join(say(code, text_language(language)) for code, wanted in lines if wanted)


def references_for_reply(parent: Message) -> tuple[str, ...]:
    """Identifiers for the References field of a reply, oldest first, without angle brackets.

    What the parent referred to (its References, else its In-Reply-To when that names one), then the parent itself; at
    most REFERENCES_LIMIT: the first, which names the thread, and the last ones. Identifiers that cannot be written
    safely are left out. () when the parent names no message at all: then write no field. Source: RFC 5322 3.6.4.
    """
    earlier = parent.references or (parent.in_reply_to if len(parent.in_reply_to) == 1 else ())
    line = [reference for reference in dict.fromkeys(earlier) if safe_id(reference) and reference != parent.message_id]
    if parent.message_id and safe_id(parent.message_id):
        line.append(parent.message_id)
    if len(line) > REFERENCES_LIMIT:
        line = line[:1] + line[1 - REFERENCES_LIMIT :]
    return tuple(line)


def text_language(language: str) -> Language:
    """The language of our own sentences for a text in `language` (BCP 47): the same where we have it, else English."""
    primary = language.partition("-")[0].lower()
    return next((known for known in LANGUAGES if known == primary), "en")


def quote(message: Message, language: str) -> str:
    """The new text of `message` with "> " before each line under a line that says whose it is; "" when there is none.

    At most QUOTE_LINES lines and QUOTE_OCTETS octets of it; a last line "> […]" when there was more.
    """
    lines = clean(message.text[: 2 * QUOTE_OCTETS]).splitlines()
    kept = _within(lines[:QUOTE_LINES], QUOTE_OCTETS)
    if not kept:
        return ""
    cut = len(kept) < len(lines) or len(message.text) > 2 * QUOTE_OCTETS
    quoted = [f"> {line}".rstrip() for line in (*kept, *(["[…]"] if cut else []))]
    return "\n".join([_attribution(message, language), *quoted])


def deterministic_message_id(mailbox: str, inbound_identity: str, action: str, domain: str) -> str:
    """The Message-ID, without angle brackets, of the one `action` on one inbound mail of one mailbox.

    The same arguments give the same id for ever: after a crash it is looked for in Sent. domain: ours, of our address.
    """
    named = "".join(f"{len(part)}:{part}" for part in (mailbox, inbound_identity, action))
    digest = hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()
    return f"repondeur.{digest[:40]}@{wire_domain(domain) or 'repondeur.invalid'}"


def verify_header_safety() -> None:
    """Proves at the start that no subject or name breaks out of its field, neither as we write it nor when the email
    package of this Python reads it and writes it again. Raises SettingsError when one does. Source: gh-121650."""
    hostile = (
        "x\r\nBcc: y@z.example",
        "x\u2028Bcc: y@z.example\x85Cc: y@z.example",
        "=?utf-8?q?x=0D=0ABcc:_y@z.example?=",
        "=?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3D0D=3D0ABcc:_y=3F=3D?=",
        "=?utf-8?b?" + "eA0KQmNjOiB5QHouZXhhbXBsZQ==" + "?=",
        "é =?utf-8?q?x=0D=0ABcc:_y@z.example?= " * 9,
    )
    for text in hostile:
        message = Message("a@z.example", (Address(text, "a@z.example"),), text, text, content_hash="", size=0)
        composed = compose_reply(
            message,
            sender=Address(text, "us@z.example"),
            recipient=message.author,
            text=text,
            message_id="b@z.example",
            date=datetime(2026, 1, 1, tzinfo=UTC),
            signature="",
            language="en",
            automatic=True,
        )
        _verify(composed)


@dataclass(frozen=True, slots=True)
class _Field:
    """value: decoded and unfolded, for people; line: as it is written, without the last CRLF."""

    name: str
    value: str
    line: str


def _plain(name: str, value: str) -> _Field:
    return _Field(name, value, folded(name, value.split()))


def _identification(message: Message) -> Iterator[_Field]:
    if message.message_id and safe_id(message.message_id):
        yield _plain("In-Reply-To", f"<{message.message_id}>")
    if references := references_for_reply(message):
        yield _plain("References", " ".join(f"<{reference}>" for reference in references))


def _written(address: Address) -> str:
    written = wire_address(address.address)
    if written is None:
        raise SubmissionRefused("compose.address_invalid", address=clean_line(address.address)[:100])
    return written


def _shown(address: Address) -> str:
    return f"{address.name} <{address.address}>" if address.name else address.address


def _signature_block(signature: str) -> str:
    """The delimiter is two hyphens and a space (RFC 3676 4.3)."""
    cleaned = clean(signature)
    return f"-- \n{cleaned}" if cleaned else ""


def _within(lines: Sequence[str], octets: int) -> list[str]:
    kept = []
    for line in lines:
        octets -= len(line.encode()) + 1
        if octets < 0:
            break
        kept.append(line)
    return kept


def _attribution(message: Message, language: str) -> str:
    tongue = text_language(language)
    author = harmless_name(message.author.name) or clean_line(message.author.address)
    if message.date is None:
        return say("compose.attribution_undated", tongue, author=author)
    date = message.date
    month = say("compose.months", tongue).split()[date.month - 1]
    return say(
        "compose.attribution", tongue, day=date.day, month=month, year=date.year, time=f"{date:%H:%M}", author=author
    )


def _encoded_body(text: str) -> tuple[str, bytes]:
    """(Content-Transfer-Encoding, octets), no line over 78 octets. Source: RFC 2045 6."""
    raw = text.encode()
    plain = raw.isascii() and all(len(line) <= 78 and not line.endswith(b" ") for line in raw.split(b"\n"))
    if plain and not _MBOX_FROM.search(raw):
        return "7bit", raw.replace(b"\n", b"\r\n")
    quoted = _MBOX_FROM.sub(b"=46rom ", quopri.encodestring(raw))
    if len(quoted) <= 2 * len(raw):
        return "quoted-printable", quoted.replace(b"\n", b"\r\n")
    return "base64", encodebytes(raw.replace(b"\n", b"\r\n")).replace(b"\n", b"\r\n")


def _verify(composed: Composed) -> None:
    names = [name for name, _ in composed.headers]
    for reading in (policy.default, policy.SMTP, policy.compat32):
        read = message_from_bytes(composed.raw, policy=reading)
        again = message_from_bytes(read.as_bytes(), policy=reading)
        subjects = {_decoded(read["Subject"]), _decoded(again["Subject"])}
        if read.keys() != names or again.keys() != names or subjects != {composed.subject}:
            raise SettingsError("compose.header_unsafe", python=platform.python_version())


def _decoded(value: object) -> str:
    return "".join(str(make_header(decode_header(str(value)))).splitlines())
