"""Is this mail the work of a machine? The one place where that is decided (RFC 3834, 2; I15)."""

import re
from dataclasses import dataclass
from typing import Literal

from repondeur.mail.headers import clean
from repondeur.mail.machine_address import is_daemon, is_list_sender, is_no_reply, is_no_reply_domain, is_program
from repondeur.mail.machine_fields import (
    BOUNCE_FIELDS,
    CAMPAIGN_FIELDS,
    LIST_FIELDS,
    SERVICE_FIELDS,
    is_machine_field,
)
from repondeur.mail.machine_words import (
    answers_invitation,
    fold,
    is_status_report,
    mailing_program,
    person_tells,
    says_so,
    server_speaks,
    subject_says,
    was_read,
)
from repondeur.mail.message import Address, Message
from repondeur.texts import Reason

Kind = Literal["bounce", "list", "automatic"]

_SUPPRESSED = frozenset(("all", "oof", "autoreply"))
_COMMENT = re.compile(r"\([^()]{0,500}\)")
_NOT_LETTERS = re.compile(r"[^a-z0-9]")
_BEGINNING = 400  # characters; further down a bounce may hold the mail that came back

_DELIVERY_REPORTS = frozenset(("message/delivery-status", "message/global-delivery-status"))
_REPORT_TYPES = frozenset(("disposition-notification", "feedback-report", "tlsrpt"))
_PROGRAM_REPORTS = frozenset(
    (
        "message/disposition-notification",
        "message/feedback-report",
        "application/tlsrpt+gzip",
        "application/tlsrpt+json",
    )
)
_RETURNED_PARTS = frozenset(("message/rfc822", "text/rfc822-headers", "message/rfc822-headers", *_DELIVERY_REPORTS))


@dataclass(frozen=True, slots=True)
class Automatic:
    """reason: code "automatic.…"; its params say which field and which value, cut and without control characters."""

    kind: Kind
    reason: Reason


def automatic(message: Message, *, bulk_welcome: bool = False) -> Automatic | None:
    """None: a person wrote this to us, as far as its form can tell. Otherwise no automatic reply may go out.

    Upper and lower case never matter; values may carry parameters and comments. Cases, in this order:

    bounce     automatic.delivery_report   multipart/report with report-type delivery-status, or a delivery-status part
    bounce     automatic.bounce_field      X-Failed-Recipients and its like
    bounce     automatic.daemon            an author mailer-daemon, postmaster, "Mail Delivery System" …
    bounce     automatic.returned_mail     null Return-Path, and a returned message, a bounce's subject, or
                                           Auto-Submitted and the words of a mail server (ordinary mail can have a
                                           null path too)
    bounce     automatic.bounce_subject    "Undelivered Mail Returned to Sender" and its like, in nine languages; what
                                           people write too ("Mail non remis à …") where nobody speaks of themselves
    bounce     automatic.server_text       a subject of that kind, and the words of a mail server in the text; the
                                           fields of a delivery report as plain text
    automatic  automatic.report            multipart/report of any other kind; disposition-notification,
                                           feedback-report, TLS and DMARC reports (RFC 8460, RFC 7489), read receipts
    automatic  automatic.calendar_reply    an answer to an invitation (METHOD:REPLY) without words of its own
    list       automatic.list_field        List-Id, List-Unsubscribe, List-Post, Mailing-List …; a Sender such as
                                           garden-bounces@, owner-garden@
    list       automatic.precedence        Precedence: list
    automatic  automatic.precedence        Precedence: bulk, junk, auto_reply
    automatic  automatic.auto_submitted    Auto-Submitted other than "no" (RFC 3834, 5)
    automatic  automatic.suppress          X-Auto-Response-Suppress with All, OOF or AutoReply
    automatic  automatic.machine_field     X-Autoreply, X-Loop, X-MS-Exchange-Inbox-Rules-Loop, X-GitHub-Reason …;
                                           X-Apple-Action: VACATION; Delivered-To: Autoresponder; X-Mailer of a
                                           mailing system; Feedback-ID, but not in an answer to a mail
    automatic  automatic.no_reply          an author no-reply, do-not-reply, ne-pas-repondre … in their spellings
    automatic  automatic.program           an author newsletter, notification, nagios, "Cron Daemon" …
    automatic  automatic.away_subject      "Out of office", "Réponse automatique", "Abwesenheitsnotiz" …; what people
                                           write too ("Je suis absent") only in an answer or with a null Return-Path
    automatic  automatic.challenge         asks the sender to prove that a person sent the mail
    automatic  automatic.says_so           "This is an automated message", "Merci de ne pas répondre à ce message" …

    An address or a Message-ID of our own is judged by policy, which knows what is ours.

    bulk_welcome: the author is somebody whose mail is wanted although it goes to many: lists, Precedence of bulk mail,
    campaigns, and addresses that only send, are nothing against it then. Answers of machines and bounces always are.
    """
    subject = fold(message.subject)
    return (
        _bounce(message, subject)
        or _report(message, subject)
        or _calendar_reply(message)
        or (None if bulk_welcome else _list(message))
        or _machine(message, bulk_welcome=bulk_welcome)
        or (None if bulk_welcome else _author(message))
        or _subject(message, subject)
        or _text(message)
    )


def _found(kind: Kind, code: str, name: str, value: str) -> Automatic:
    return Automatic(kind, Reason(f"automatic.{code}", {"field": name, "value": clean(value).strip()[:120]}))


def _bounce(message: Message, subject: str) -> Automatic | None:
    if "delivery-status" in message.report_type:
        return _found("bounce", "delivery_report", "Content-Type", f"{message.media_type}; {message.report_type}")
    for attachment in message.attachments:
        if attachment.media_type in _DELIVERY_REPORTS:
            return _found("bounce", "delivery_report", "Content-Type", attachment.media_type)
    for name, value in message.fields:
        if name in BOUNCE_FIELDS:
            return _found("bounce", "bounce_field", name, value)
    if _reports_otherwise(message):
        return None
    for address in message.authors:
        if is_daemon(address.name, _local_part(address)):
            return _found("bounce", "daemon", "From", address.address or address.name)
    if message.return_path == "" and _looks_returned(message, subject):
        return _found("bounce", "returned_mail", "Return-Path", "<>")
    return _returned(message, subject)


def _returned(message: Message, subject: str) -> Automatic | None:
    """What its words show."""
    told = subject_says("told_bounce", subject) and not person_tells(fold(message.text[:_BEGINNING]))
    if told or subject_says("bounce", subject):
        return _found("bounce", "bounce_subject", "Subject", message.subject)
    if is_status_report(fold(message.body)):
        return _found("bounce", "server_text", "Subject", message.subject)
    if not message.in_reply_to and subject_says("perhaps_bounce", subject) and server_speaks(fold(message.body[:4000])):
        return _found("bounce", "server_text", "Subject", message.subject)
    return None


def _local_part(address: Address) -> str:
    return address.address.rpartition("@")[0] or address.address


def _reports_otherwise(message: Message) -> bool:
    """A report of a program, but not about delivery: its author may well be a postmaster."""
    return message.report_type in _REPORT_TYPES or any(
        attachment.media_type in _PROGRAM_REPORTS for attachment in message.attachments
    )


def _looks_returned(message: Message, subject: str) -> bool:
    returned = any(attachment.media_type in _RETURNED_PARTS for attachment in message.attachments)
    submitted = any(not _submitted_by_person(value) for value in message.values("auto-submitted"))
    return (
        message.media_type == "multipart/report"
        or returned
        or subject_says("bounce", subject)
        or subject_says("told_bounce", subject)
        or (submitted and not subject_says("away", subject) and server_speaks(fold(message.body[:4000])))
    )


def _report(message: Message, subject: str) -> Automatic | None:
    if message.media_type == "multipart/report":
        return _found("automatic", "report", "Content-Type", f"{message.media_type}; {message.report_type}")
    for attachment in message.attachments:
        if attachment.media_type in _PROGRAM_REPORTS:
            return _found("automatic", "report", "Content-Type", attachment.media_type)
    if subject_says("report", subject):
        return _found("automatic", "report", "Subject", message.subject)
    if subject_says("receipt", subject) and was_read(fold(message.body[:1000])):
        return _found("automatic", "report", "Subject", message.subject)
    return None


def _calendar_reply(message: Message) -> Automatic | None:
    """Outlook sends them without text, Google with a sentence of its own; a person may add a word."""
    invitation = message.invitation
    if not invitation or invitation.method != "REPLY":
        return None
    text = message.text.strip()
    if text and not answers_invitation(fold(text[:600])):
        return None
    return _found("automatic", "calendar_reply", "Content-Type", f"REPLY {invitation.answer}")


def _list(message: Message) -> Automatic | None:
    for name, value in message.fields:
        if name in LIST_FIELDS:
            return _found("list", "list_field", name, value)
        if name in ("precedence", "x-precedence") and _word(value) == "list":
            return _found("list", "precedence", name, value)
    if message.sender is not None and is_list_sender(_local_part(message.sender)):
        return _found("list", "list_field", "Sender", message.sender.address)
    return None


def _machine(message: Message, *, bulk_welcome: bool) -> Automatic | None:
    for name, value in message.fields:
        if bulk_welcome and _of_bulk(name, value):
            continue
        if code := _field_says(name, value, answer=bool(message.in_reply_to)):
            return _found("automatic", code, name, value)
    return None


def _of_bulk(name: str, value: str) -> bool:
    """Says that the same goes to many, and nothing about who answers whom."""
    return (
        (name in ("precedence", "x-precedence") and _word(value) in ("bulk", "junk"))
        or name in CAMPAIGN_FIELDS | SERVICE_FIELDS
        or (name == "x-mailer" and mailing_program(value))
    )


def _field_says(name: str, value: str, *, answer: bool) -> str:
    """The code of what a field proves, "" when nothing."""
    if name in ("precedence", "x-precedence") and _word(value) in ("bulk", "junk", "autoreply"):
        return "precedence"
    if name == "auto-submitted" and value and not _submitted_by_person(value):
        return "auto_submitted"
    if name == "x-auto-response-suppress" and _SUPPRESSED & {_word(item) for item in re.split(r"[,;\s]", value)}:
        return "suppress"
    proves = (
        (is_machine_field(name) and not _is_no(value))
        or (name in SERVICE_FIELDS and not answer)
        or (name == "x-apple-action" and _word(value) == "vacation")
        or (name == "delivered-to" and _word(value) == "autoresponder")
        or (name == "x-mailer" and mailing_program(value))
        or (name == "x-post-messageclass" and "autorespon" in value.lower())
    )
    return "machine_field" if proves else ""


def _author(message: Message) -> Automatic | None:
    for address in message.authors:
        if is_no_reply(_local_part(address)) or is_no_reply_domain(address.domain):
            return _found("automatic", "no_reply", "From", address.address)
        if is_program(address.name, _local_part(address)):
            return _found("automatic", "program", "From", address.address or address.name)
    return None


def _subject(message: Message, subject: str) -> Automatic | None:
    answer = bool(message.in_reply_to or message.references or message.return_path == "")
    if subject_says("away", subject) or (answer and subject_says("perhaps_away", subject)):
        return _found("automatic", "away_subject", "Subject", message.subject)
    if subject_says("challenge", subject):
        return _found("automatic", "challenge", "Subject", message.subject)
    return None


def _text(message: Message) -> Automatic | None:
    """Receipts and acknowledgements of small systems, which write no field for programs."""
    written = f"{message.text}\n{message.signature}"
    return _found("automatic", "says_so", "Subject", message.subject) if says_so(written) else None


def _word(value: str) -> str:
    """The first word in lower case, without parameters, comments and punctuation: "Auto_Reply; x" is autoreply."""
    first = re.split(r"[;,\s(]", value.strip().strip("\"'"), maxsplit=1)[0]
    return _NOT_LETTERS.sub("", first.lower())


def _submitted_by_person(value: str) -> bool:
    """Says "no" and nothing else; comments and parameters may stand around it (RFC 3834, 5)."""
    return _COMMENT.sub(" ", value).partition(";")[0].strip().lower() in ("no", "")


def _is_no(value: str) -> bool:
    return _word(value) in ("no", "false", "0")
