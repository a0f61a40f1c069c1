"""Reads one file in the pool: the child's side of reader.py. Octets in, a FileText as JSON out."""

import json

from repondeur.attachments.extract import extract
from repondeur.attachments.file_text import FileLimits, to_json
from repondeur.attachments.ocr import Recognition
from repondeur.mail.language import detect

# Loads the model of the languages now, before limits hold and time counts. What reads files starts threads, and only
# after the network was given up: it loads with the first file.
detect("Bonjour, where is my order ?")


def read_file(payload: bytes) -> bytes:
    """payload: {"name", "media_type", "languages", "limits", "marked", "ocr"} as JSON on a line, then the file. Raises
    MessageUnreadable with a code of the area attachment for a file that is not read."""
    request, _, octets = payload.partition(b"\n")
    asked = json.loads(request)
    ocr = asked["ocr"] and Recognition(asked["ocr"][0], tuple(asked["ocr"][1]), asked["ocr"][2])
    limits = FileLimits(**asked["limits"])
    read = extract(
        asked["name"],
        asked["media_type"],
        octets,
        asked["languages"],
        limits=limits,
        ocr=ocr,
        marked=asked["marked"],
    )
    return json.dumps(to_json(read)).encode()
