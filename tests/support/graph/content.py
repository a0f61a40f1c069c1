"""What Graph tells of a MIME message, and the MIME of what was given as JSON. Pure."""

import base64
import binascii
import hashlib
import re
from datetime import datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.policy import SMTP
from email.utils import format_datetime, formataddr, getaddresses
from typing import Any

from tests.support.graph.failures import GraphError, bad_request, unknown_body_property

Json = dict[str, Any]

RECIPIENTS = {"toRecipients": "To", "ccRecipients": "Cc", "bccRecipients": "Bcc", "replyTo": "Reply-To"}
REPLY_PREFIX = re.compile(r"^\s*((re|fw|fwd|rép|tr|aw|wg)\s*:\s*)+", re.IGNORECASE)


def facts(raw: bytes) -> Json:
    """The properties of a message resource that follow from its MIME."""
    mime = message_from_bytes(raw)
    kind, text = _body(mime)
    author = _addresses(mime, "From")
    return {
        "subject": _text(mime, "Subject"),
        "from": author[0] if author else None,
        "sender": next(iter([*_addresses(mime, "Sender"), *author]), None),
        **{name: _addresses(mime, field) for name, field in RECIPIENTS.items()},
        "internetMessageId": _text(mime, "Message-ID"),
        "internetMessageHeaders": [{"name": name, "value": value.strip()} for name, value in _fields(mime)],
        "body": {"contentType": kind, "content": text},
        "bodyPreview": re.sub(r"<[^>]*>", "", text).strip()[:255],
        "hasAttachments": any(part.get_content_disposition() == "attachment" for part in mime.walk()),
        "importance": {"high": "high", "low": "low"}.get(str(mime.get("Importance", "")).strip().lower(), "normal"),
    }


def related(raw: bytes) -> list[str]:
    """Message-IDs named in References and In-Reply-To, newest first."""
    mime = message_from_bytes(raw)
    named = re.findall(r"<[^<>\s]+>", f"{mime.get('References', '')} {mime.get('In-Reply-To', '')}")
    return named[::-1]


def topic(subject: str) -> str:
    """The subject without reply prefixes, to compare."""
    return REPLY_PREFIX.sub("", subject).strip().lower()


def recipients(raw: bytes) -> list[str]:
    """Addresses of To, Cc and Bcc, each once, in lower case."""
    found = facts(raw)
    rows = [*found["toRecipients"], *found["ccRecipients"], *found["bccRecipients"]]
    return list(dict.fromkeys(row["emailAddress"]["address"].lower() for row in rows))


def from_base64(body: bytes) -> bytes:
    """The MIME that was posted as text/plain. GraphError as the page "message: createReply" has it."""
    try:
        raw = base64.b64decode(re.sub(rb"[\r\n]", b"", body), validate=True)
    except binascii.Error:
        raw = b""
    if b":" not in raw:
        raise GraphError(400, "ErrorMimeContentInvalidBase64String", "Invalid base64 string for MIME content.")
    return raw


def with_missing(raw: bytes, **fields: str) -> bytes:
    """raw with those header fields put in front that it lacks. Names with _ for -."""
    mime = message_from_bytes(raw)
    rows = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items()
            if mime.get(name.replace("_", "-")) is None]  # fmt: skip
    return "".join(rows).encode() + raw


def without(raw: bytes, name: str) -> bytes:
    """raw without that header field."""
    head, gap, body = re.split(rb"(\r?\n\r?\n)", raw, maxsplit=1) if re.search(rb"\r?\n\r?\n", raw) else (raw, b"", b"")
    pattern = rb"(?im)^" + re.escape(name.encode()) + rb"[ \t]*:.*(?:\r?\n[ \t].*)*(?:\r?\n|\Z)"
    return re.sub(pattern, b"", head + b"\r\n").rstrip(b"\r\n") + gap + body


def from_json(given: Json, base: bytes = b"") -> bytes:
    """The MIME of a message resource, changed from base. Unknown properties and values are refused as Graph does."""
    mime = message_from_bytes(base, policy=SMTP) if base else EmailMessage(policy=SMTP)
    assert isinstance(mime, EmailMessage)
    for name, value in given.items():
        if name == "subject":
            _put(mime, "Subject", value)
        elif name in RECIPIENTS:
            _put(mime, RECIPIENTS[name], ", ".join(_address(row) for row in _list(value, name)))
        elif name in {"from", "sender"}:
            _put(mime, name.capitalize(), _address(value))
        elif name == "importance":
            _put(mime, "Importance", value)
        elif name == "internetMessageHeaders":
            _put_headers(mime, value)
        elif name == "internetMessageId":
            _put(mime, "Message-ID", value)
        elif name == "body":
            _put_body(mime, value)
        else:
            raise unknown_body_property(name)
    if not mime.get_content_type() or "Content-Type" not in mime:
        mime.set_content("")
    return mime.as_bytes()


def moment(when: datetime) -> str:
    """As Graph writes it: UTC, whole seconds."""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def date_field(when: datetime) -> str:
    return format_datetime(when)


def made_id(*parts: object, prefix: str) -> str:
    """An identifier that looks like Exchange's: letters, digits, - and _, and a = at the end."""
    digest = hashlib.sha512("\0".join(map(str, parts)).encode()).digest()
    return prefix + base64.urlsafe_b64encode(digest).decode().rstrip("=")[:60] + "-_AAA="


def _put(mime: EmailMessage, name: str, value: str) -> None:
    if not isinstance(value, str):
        raise bad_request(
            f"A value without a type name was found where a string was expected: {name}.", "RequestBodyRead"
        )
    del mime[name]
    if value:
        mime[name] = value


def _put_headers(mime: EmailMessage, rows: Any) -> None:
    for row in _list(rows, "internetMessageHeaders"):
        name = str(row.get("name", ""))
        if not name.lower().startswith("x-"):
            text = f"The internet message header name '{name}' should start with 'x-' or 'X-'."
            raise bad_request(text, "InvalidInternetMessageHeader")
        mime[name] = str(row.get("value", ""))


def _put_body(mime: EmailMessage, value: Any) -> None:
    if not isinstance(value, dict) or str(value.get("contentType", "text")).lower() not in {"text", "html"}:
        raise bad_request(
            "Cannot convert the literal to the expected type 'microsoft.graph.bodyType'.", "RequestBodyRead"
        )
    for name in value.keys() - {"contentType", "content"}:
        raise unknown_body_property(name, "itemBody")
    subtype = "html" if str(value.get("contentType", "text")).lower() == "html" else "plain"
    kept = [(name, field) for name, field in mime.items() if not name.lower().startswith("content-")]
    mime.clear()
    for name, field in kept:
        mime[name] = field
    mime.set_content(str(value.get("content", "")), subtype=subtype, cte="base64")


def _list(value: Any, name: str) -> list[Json]:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise bad_request(f"A 'StartArray' node was expected for property '{name}'.", "RequestBodyRead")
    return value


def _address(row: Any) -> str:
    given = row.get("emailAddress") if isinstance(row, dict) else None
    if not isinstance(given, dict) or row.keys() - {"emailAddress"} or given.keys() - {"name", "address"}:
        raise bad_request("A recipient is an object with emailAddress.", "RequestBodyRead")
    return formataddr((given.get("name") or "", given.get("address") or ""))


def _fields(mime: Message) -> list[tuple[str, str]]:
    """Header fields unfolded; octets above ASCII are taken for UTF-8."""
    rows = []
    for name, value in mime.raw_items():
        octets = str(value).encode("utf-8", "surrogateescape")
        rows.append((name, re.sub(r"\r?\n(?=[ \t])", "", octets.decode("utf-8", "replace"))))
    return rows


def _decoded(value: str) -> str:
    """With encoded words (RFC 2047) read, where they can be."""
    if "=?" not in value:
        return value.strip()
    try:
        return str(make_header(decode_header(value))).strip()
    except (LookupError, ValueError):
        return value.strip()


def _text(mime: Message, name: str) -> str:
    return next((_decoded(value) for field, value in _fields(mime) if field.lower() == name.lower()), "")


def _addresses(mime: Message, name: str) -> list[Json]:
    found = getaddresses([value for field, value in _fields(mime) if field.lower() == name.lower()])
    return [
        {"emailAddress": {"name": _decoded(shown) or address, "address": address}}
        for shown, address in found
        if address
    ]


def _body(mime: Message) -> tuple[str, str]:
    """contentType and content: the HTML where there is one, as Outlook shows it."""
    texts = {"html": "", "plain": ""}
    for part in mime.walk():
        if part.get_content_maintype() == "text" and part.get_content_disposition() != "attachment":
            octets = part.get_payload(decode=True)
            subtype = part.get_content_subtype()
            if isinstance(octets, bytes) and subtype in texts and not texts[subtype]:
                try:
                    texts[subtype] = octets.decode(part.get_content_charset() or "utf-8", "replace")
                except (LookupError, ValueError):
                    texts[subtype] = octets.decode("latin-1")
    return ("html", texts["html"]) if texts["html"] else ("text", texts["plain"])
