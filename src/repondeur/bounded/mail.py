"""Reads mail in the pool: the child's side. Octets in, a Message as JSON out."""

import json
from dataclasses import replace

from repondeur.mail.codec import message_to_json
from repondeur.mail.language import detect
from repondeur.mail.message import Message
from repondeur.mail.parse import parse, parse_header_only

# Loads the model of the languages now, before limits hold and time counts.
detect("Bonjour, where is my order ?")


def read_mail(payload: bytes) -> bytes:
    """payload: {"languages", "header_only"} as JSON on a line, then the raw mail. Raises MessageUnreadable."""
    request, _, raw = payload.partition(b"\n")
    asked = json.loads(request)
    message = parse_header_only(raw, len(raw)) if asked["header_only"] else parse(raw)
    language = detect(_written(message), tuple(asked["languages"]))
    return json.dumps(message_to_json(replace(message, language=language))).encode()


def _written(message: Message) -> str:
    """What the author wrote; failing that, what they passed on, or the subject."""
    forwarded = (message.forward.before, message.forward.text) if message.forward else ()
    texts = (message.text, *forwarded, message.body, message.subject)
    return next((text for text in texts if any(map(str.isalpha, text))), "")
