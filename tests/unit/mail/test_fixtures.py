"""Every mail of tests/fixtures/mail is read as its .json twin says; a new odd mail is two files and no code."""

import json
import re
from collections import Counter
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from repondeur.mail.automatic import automatic
from repondeur.mail.body import split
from repondeur.mail.codec import explain_message, message_from_json, message_to_json
from repondeur.mail.html import html_to_text
from repondeur.mail.language import language_of
from repondeur.mail.message import Address, Invitation, Message
from repondeur.mail.parse import parse

MAILS = sorted((Path(__file__).parents[2] / "fixtures" / "mail").glob("*.eml"))


def pair(address: Address) -> list[str]:
    return [address.name, address.address]


def appointment(invitation: Invitation, facts: dict[str, Any]) -> dict[str, Any]:
    """What the invitation says about each fact that is stated."""
    known = {
        "method": invitation.method,
        "summary": invitation.summary,
        "start": invitation.start and invitation.start.isoformat(),
        "end": invitation.end and invitation.end.isoformat(),
        "all_day": invitation.all_day,
        "location": invitation.location,
        "organizer": pair(invitation.organizer),
        "attendees": [pair(attendee) for attendee in invitation.attendees],
        "status": invitation.status,
        "answer": invitation.answer,
    }
    return {fact: known[fact] for fact in facts}


def stated(message: Message, facts: dict[str, Any]) -> dict[str, Any]:
    """What the message says about each fact that is stated."""
    forward = message.forward
    machine = automatic(message)
    known: dict[str, Any] = {
        "subject": message.subject,
        "authors": [pair(author) for author in message.authors],
        "author_doubt": message.author_doubt,
        "to": [pair(address) for address in message.to],
        "date": message.date.isoformat() if message.date else None,
        "message_id": message.message_id,
        "in_reply_to": list(message.in_reply_to),
        "references": list(message.references),
        "return_path": message.return_path,
        "text": message.text,
        "quoted": message.quoted,
        "signature": message.signature,
        "forward": forward
        and {
            "author": pair(forward.author),
            "subject": forward.subject,
            "text": forward.text,
            "before": forward.before,
        },
        "attachments": [[found.name, found.media_type, found.size] for found in message.attachments],
        "automatic": machine and machine.kind,
        "problems": list(message.problems),
        "language": language_of(message, ("en", "fr")) if "language" in facts else "",
        "invitation": message.invitation and appointment(message.invitation, facts.get("invitation") or {}),
        "failed_recipients": [[failed.address, failed.action, failed.status] for failed in message.failed_recipients],
        "hidden_contains": [words for words in facts.get("hidden_contains", []) if words in message.hidden],
        "inline": [found.name for found in message.attachments if found.inline],
        "text_contains": [words for words in facts.get("text_contains", []) if words in message.text],
        "text_excludes": [words for words in facts.get("text_excludes", []) if words not in message.text],
        "quoted_contains": [words for words in facts.get("quoted_contains", []) if words in message.quoted],
        "signature_contains": [words for words in facts.get("signature_contains", []) if words in message.signature],
    }
    return {fact: known[fact] for fact in facts if fact != "note"}


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.stem)
def test_is_read_as_its_twin_says(mail):
    facts = json.loads(mail.with_suffix(".json").read_text("utf-8"))
    assert stated(parse(mail.read_bytes()), facts) == {fact: value for fact, value in facts.items() if fact != "note"}


def page(raw: bytes) -> str:
    """The HTML alternative, "" for a mail that has none."""
    rich = message_from_bytes(raw, EmailMessage, policy=policy.default).get_body(("html",))
    return str(rich.get_content()) if rich else ""


# Where the two versions of one mail do not say the same, link by link.
DIFFERENT = {"fr_alternative", "fr_invitation_google", "fr_non_remise_exchange"}
TWO_VERSIONS = [
    mail
    for mail in MAILS
    if mail.stem.startswith("fr_") and mail.stem not in DIFFERENT and b"multipart/alternative" in mail.read_bytes()
    if page(mail.read_bytes())
]


@pytest.mark.parametrize("mail", TWO_VERSIONS, ids=lambda mail: mail.stem)
def test_says_the_same_in_html(mail):
    """What is read in the plain version is read in the HTML version alone, apart from layout."""
    raw = mail.read_bytes()
    message = parse(raw)
    parts = split(html_to_text(page(raw)), message.subject)
    assert parts.text.split() == message.text.split()
    assert (parts.forward and parts.forward.author) == (message.forward and message.forward.author)
    assert (parts.forward and parts.forward.text.split()) == (message.forward and message.forward.text.split())


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.stem)
def test_survives_the_store(mail):
    message = parse(mail.read_bytes())
    stored = json.loads(json.dumps(message_to_json(message)))
    assert message_from_json(stored) == message


WORD = re.compile(r"[^\W_]+")
# The only words that may be lost, and only where a mail was passed on: the line above its header and the one below its
# text; and from the first of them on, or where there is none, the labels of the header, each once, and its recipients.
FRAMED = re.compile(r"[> ]*[-=]{4,}.*[^\W_].*[-=]{4,}|[> ]*Début du message (?:transféré|réexpédié)\s?:")
LABEL = re.compile(
    r"[> *]*(?:(De|From|Date|Envoyé|Sent|Objet|Sujet|Subject)|(À|A|Pour|To|Cc|Copie à|Répondre à|Reply-To))[ *]*[:\t ]"
)
GLUED = re.compile(r"(?<=-----)(?=De :)|(?<=[>\d])(?=(?:À|Envoyé|Objet) :)")  # Yahoo's header is one line


def body_words(message: Message) -> Counter[str]:
    """What has to be kept."""
    lines = GLUED.sub("\n", message.body).splitlines()
    if message.forward is None:
        return Counter(WORD.findall(message.body))
    begins = next((index for index, line in enumerate(lines) if FRAMED.fullmatch(line)), 0)
    words = Counter(WORD.findall("\n".join(lines[:begins])))
    labels: set[str] = set()
    for line in lines[begins:]:
        found = LABEL.match(line)
        if found and (label := found.group(1) or found.group(2)) not in labels:
            labels.add(label)
            words.update(WORD.findall(line[found.end() :]) if found.group(1) else ())
        elif not FRAMED.fullmatch(line):
            words.update(WORD.findall(line))
    return words


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.stem)
def test_loses_no_word_that_the_body_has(mail):
    """Each as often as it is there."""
    message = parse(mail.read_bytes())
    parts = [message.text, message.quoted, message.signature]
    if forward := message.forward:
        assert forward.before in message.text
        parts += [forward.author.name, forward.author.address, forward.subject, forward.date, forward.text]
    assert not body_words(message) - Counter(WORD.findall("\n".join(parts)))


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.stem)
def test_is_shown_in_the_promised_shape(mail):
    shown = explain_message(parse(mail.read_bytes()))
    assert list(shown) == [
        "message_id", "subject", "author", "to", "cc", "date", "language", "text", "quoted", "signature", "forward",
        "body", "attachments", "invitation", "failed_recipients", "hidden", "problems",
    ]  # fmt: skip
    assert json.dumps(shown)
