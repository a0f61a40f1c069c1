"""Any web server: JSON, signed so that it can tell that we sent it, and when. Source: Standard Webhooks 1.0."""

import base64
import binascii
import hashlib
import hmac
import json

from repondeur.actions.notices.notice import AUTHOR, MAILBOX, SUBJECT, WHY, Notice
from repondeur.actions.outgoing import Answer, Request
from repondeur.policy.escaping import harmless, line

_PREFIX = "whsec_"


def request(notice: Notice, url: str, secret: str) -> Request:
    mail = {
        "number": notice.mail,
        "subject": harmless(notice.subject, SUBJECT),
        "author": harmless(notice.author_address, AUTHOR),
        "author_calls_itself": harmless(notice.author_name, AUTHOR),
    }
    # The mailbox as the settings name it: a program compares it, and no stranger has written it.
    data = {
        "mailbox": line(notice.mailbox, MAILBOX),
        "reason": notice.reason.code,
        "text": harmless(notice.why, WHY),
        "mail": None if notice.mail is None else mail,
        "link": notice.link or None,
    }
    body = {"type": f"repondeur.{notice.event}", "timestamp": notice.at.isoformat(), "data": data}
    octets = json.dumps(body).encode()
    return Request("POST", url, {"Content-Type": "application/json", **signed(notice, octets, secret)}, octets)


def signed(notice: Notice, body: bytes, secret: str) -> dict[str, str]:
    """The three fields of the standard. Behind "whsec_" stands the key in base64; any other secret is the key."""
    stamp = str(int(notice.at.timestamp()))
    content = f"{notice.id}.{stamp}.".encode() + body
    mac = base64.b64encode(hmac.new(_key(secret), content, hashlib.sha256).digest()).decode()
    return {"webhook-id": notice.id, "webhook-timestamp": stamp, "webhook-signature": f"v1,{mac}"}


def accepted(answer: Answer) -> bool:
    return True  # any 2xx


def _key(secret: str) -> bytes:
    if secret.startswith(_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            pass  # a secret that only looks like one
    return secret.encode()
