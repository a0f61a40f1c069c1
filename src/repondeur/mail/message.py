"""What a mail is, once it has been read. Values only: no parsing, no effects."""

from dataclasses import dataclass, field
from datetime import datetime

from repondeur.texts import Reason


@dataclass(frozen=True, slots=True)
class Address:
    """What RFC 5322 (3.4) calls a mailbox: display name, decoded, and addr-spec.

    address is as the author wrote it, apart from white space and a domain in lower case; "" when there is none.
    """

    name: str
    address: str

    @property
    def key(self) -> str:
        """The form in which two addresses are compared: all lower case."""
        return self.address.lower()

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2].lower() if "@" in self.address else ""


@dataclass(frozen=True, slots=True)
class MessageRef:
    """Where one message lies. Stable only as a whole.

    id: IMAP "UIDVALIDITY/UID" (a new UIDVALIDITY makes every remembered UID meaningless, RFC 9051 2.3.1.1);
    Graph: the immutable id. folder: the decoded folder name.
    """

    folder: str
    id: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """size: decoded bytes. The name is never used as a path. text: what could be read of it, with a form feed between
    two pages, "" when nothing was; pages: how many it has, 0 where it has no such thing; language: of that text;
    not_read: why it was not, or not all of it, None where there is nothing to say."""

    name: str
    media_type: str
    size: int
    inline: bool = False
    content_id: str = ""
    text: str = ""
    not_read: Reason | None = None
    pages: int = 0
    language: str = ""

    @property
    def waits(self) -> bool:
        """It is still to be read, and what is in it is kept until then."""
        return self.not_read is not None and self.not_read.code == "attachment.waiting"


@dataclass(frozen=True, slots=True)
class Forward:
    """A mail that the author passed on. before: what the author wrote above it."""

    author: Address
    subject: str
    text: str
    before: str
    date: str = ""


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a calendar part says (RFC 5545, RFC 5546): the facts of its first event.

    method: in upper case, "REQUEST", "CANCEL", "REPLY" …; "" when none is stated. start, end: with a zone, or of
    floating time without one; an all-day event begins at midnight and ends before `end` (RFC 5545, 3.6.1). status: in
    upper case. answer: for a REPLY, the first attendee's participation status ("ACCEPTED" …, RFC 5545, 3.2.12).
    recurrence: the recurrence rule as it is written, "" for a single event.
    """

    method: str
    summary: str
    start: datetime | None = None
    end: datetime | None = None
    all_day: bool = False
    location: str = ""
    organizer: Address = Address("", "")
    attendees: tuple[Address, ...] = ()
    status: str = ""
    answer: str = ""
    recurrence: str = ""
    description: str = ""
    uid: str = ""


@dataclass(frozen=True, slots=True)
class FailedRecipient:
    """One recipient whom a mail did not reach: of a delivery report (RFC 3464, 2.3), of a bounce in words, or who
    complained in an abuse report (RFC 5965).

    address: of the final recipient, or the original one when only that is given. action: "failed", "delayed"; "" when
    unknown. status: "5.1.1", "" when unknown. diagnostic: one line.
    """

    address: str
    action: str = ""
    status: str = ""
    diagnostic: str = ""


@dataclass(frozen=True, slots=True)
class OwnChecks:
    """What we have found out ourselves about signatures, with the octets of the mail; nothing a mail says sets these.

    dkim: the domain whose valid signature covers the mail, and to which its author's belongs (RFC 6376); "" for none.
    signers: addresses in the certificate whose S/MIME signature covers all that was read of the mail (RFC 8551), where
    an authority that the settings name has issued it, in lower case; () for none.
    """

    dkim: str = ""
    signers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One mail as its author meant it.

    message_id, in_reply_to, references: RFC 5322 3.6.4, without angle brackets; message_id None when there is none.
        None has more than 500 octets of UTF-8.
    return_path: the reverse-path the server noted; "" for the null path, None when no field says it.
    authors: every address of every From field, in order. Exactly one, with author_doubt None, is an author that
        can be answered; author_doubt is the reason code when it cannot be told for sure who wrote this.
    date: with a zone; None when missing or unreadable.
    text, quoted, signature: the new text, what was quoted, the signature; body: all of it as plain text.
    authentication_results: Authentication-Results fields, unfolded, topmost first, not yet believed (RFC 8601).
    fields: (name in lower case, unfolded value) of the header fields that mail.automatic looks at, in order.
    media_type, report_type: of the whole message, e.g. "multipart/report" and "delivery-status".
    size: octets of the raw message. content_hash: SHA-256, hex, of authors' addresses, date, subject,
        Message-ID, and the media type and content of each part that has no parts, all decoded and without white space.
        What relays add or recode (transfer encodings, charsets, boundaries, folding) does not change it, so that a
        second delivery of the same mail has the same one.
    problems: codes of what was wrong with it, for people; such a mail is still read as well as possible.
    hidden: text of its HTML that a reader never saw, cut; a sign of attack, never part of text or body.
    html: its HTML cleaned for display, without remote content; "" when it has none.
    invitation: of its calendar part. failed_recipients: of a delivery report or bounce, in order.
    protection: how its author protects it: "smime_encrypted", "smime_signed", "smime_opaque" (signed, and unreadable
        without taking the signature off), "pgp_encrypted", "pgp_signed"; "" for not at all.
    """

    message_id: str | None
    authors: tuple[Address, ...]
    subject: str
    text: str
    content_hash: str
    size: int
    author_doubt: str | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    return_path: str | None = None
    sender: Address | None = None
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    date: datetime | None = None
    language: str = ""
    quoted: str = ""
    signature: str = ""
    forward: Forward | None = None
    body: str = ""
    attachments: tuple[Attachment, ...] = ()
    authentication_results: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = field(default=())
    media_type: str = "text/plain"
    report_type: str = ""
    problems: tuple[str, ...] = ()
    hidden: str = ""
    html: str = ""
    invitation: Invitation | None = None
    failed_recipients: tuple[FailedRecipient, ...] = ()
    protection: str = ""
    own_checks: OwnChecks = OwnChecks()

    @property
    def author(self) -> Address:
        """The first author; an empty Address when the mail names none."""
        return self.authors[0] if self.authors else Address("", "")

    def values(self, name: str) -> tuple[str, ...]:
        """All values of a kept header field; name in lower case."""
        return tuple(value for field_name, value in self.fields if field_name == name)
