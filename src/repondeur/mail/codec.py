"""Messages as JSON: for the store, exactly, and for `repondeur explain --json` as users see them."""

from dataclasses import asdict
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from repondeur.mail.message import Address, Attachment, Forward, Invitation, Message
from repondeur.texts import Language, render


@cache
def _adapter() -> TypeAdapter[Message]:
    return TypeAdapter(Message)


def message_to_json(message: Message) -> dict[str, Any]:
    """Every field, in types that JSON has; message_from_json gives the same Message back."""
    stored: dict[str, Any] = _adapter().dump_python(message, mode="json")
    return stored


def message_from_json(stored: dict[str, Any]) -> Message:
    """Raises pydantic.ValidationError for anything that message_to_json did not make."""
    return _adapter().validate_python(stored)


def explain_message(message: Message, language: Language = "en") -> dict[str, Any]:
    """The "message" object of `explain --json`. language: of the sentences for people."""
    return {
        "message_id": message.message_id,
        "subject": message.subject,
        "author": _address(message.author),
        "to": [_address(address) for address in message.to],
        "cc": [_address(address) for address in message.cc],
        "date": message.date.isoformat() if message.date else None,
        "language": message.language,
        "text": message.text,
        "quoted": message.quoted,
        "signature": message.signature,
        "forward": _forward(message.forward) if message.forward else None,
        "body": message.body,
        "attachments": [_attachment(attachment, language) for attachment in message.attachments],
        "invitation": _invitation(message.invitation) if message.invitation else None,
        "failed_recipients": [asdict(recipient) for recipient in message.failed_recipients],
        "hidden": message.hidden,
        "problems": list(message.problems),
    }


def _address(address: Address) -> dict[str, str]:
    return {"name": address.name, "address": address.address}


def _attachment(attachment: Attachment, language: Language) -> dict[str, Any]:
    return {
        "name": attachment.name,
        "media_type": attachment.media_type,
        "size": attachment.size,
        "text": attachment.text,
        "inline": attachment.inline,
        "not_read": attachment.not_read.code if attachment.not_read else None,
        "reason": render(attachment.not_read, language) if attachment.not_read else None,
        "pages": attachment.pages,
        "language": attachment.language,
    }


def _forward(forward: Forward) -> dict[str, Any]:
    return {
        "author": _address(forward.author),
        "subject": forward.subject,
        "text": forward.text,
        "before": forward.before,
    }


def _invitation(invitation: Invitation) -> dict[str, Any]:
    """start and end in ISO 8601, without an offset when the time is floating or the day whole."""
    return {
        **asdict(invitation),
        "start": invitation.start.isoformat() if invitation.start else None,
        "end": invitation.end.isoformat() if invitation.end else None,
        "attendees": [_address(attendee) for attendee in invitation.attendees],
    }
