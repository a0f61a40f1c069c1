"""Reads mail in the pool: the child's side. Octets in, a Message as JSON out."""

import json
from dataclasses import replace

from repondeur.mail.codec import message_to_json
from repondeur.mail.language import detect, language_of
from repondeur.mail.parse import attached_files, parse, parse_header_only
from repondeur.mail.quotes import words

# Loads the model of the languages and the words of mail programs now, before limits hold and time counts.
detect("Bonjour, where is my order ?")
words()


def read_mail(payload: bytes) -> bytes:
    """payload: {"languages", "header_only"} as JSON on a line, then the raw mail; or {"attachments"}, places of those
    whose content is wanted: their sizes as JSON on a line, then one after the other. Raises MessageUnreadable."""
    request, _, raw = payload.partition(b"\n")
    asked = json.loads(request)
    if "attachments" in asked:
        files = attached_files(raw, asked["attachments"])
        return b"".join((json.dumps([len(octets) for octets in files]).encode(), b"\n", *files))
    message = parse_header_only(raw, len(raw)) if asked["header_only"] else parse(raw)
    language = language_of(message, tuple(asked["languages"]))
    return json.dumps(message_to_json(replace(message, language=language))).encode()
