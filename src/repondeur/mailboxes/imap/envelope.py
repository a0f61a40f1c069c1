"""What an SMTP server is told before the message, and what its replies mean. Pure. RFC 5321, 6531 (SMTPUTF8), 1870."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from repondeur.errors import SubmissionRefused
from repondeur.mail.header_encoding import wire_address

_ABOUT_THE_SENDER = re.compile(r"\b5\.1\.[78]\b|\b5\.7\.60\b|send ?as|sender|return.?path|mail from", re.IGNORECASE)

Outcome = Literal["taken", "later", "refused", "unclear"]


@dataclass(frozen=True, slots=True)
class Envelope:
    """path and recipients as they go on the wire; utf8: SMTPUTF8 is needed. parameters: of MAIL FROM."""

    return_path: str
    recipient: str
    self_copy: str | None
    parameters: tuple[str, ...]


def outcome(code: int) -> Outcome:
    """What a reply code says of the command or the message (RFC 5321 4.2.1)."""
    if 200 <= code < 300:
        return "taken"
    if 400 <= code < 500:
        return "later"
    return "refused" if 500 <= code < 600 else "unclear"


def address_on_the_wire(address: str) -> str:
    """An addr-spec as it may stand between angle brackets. Raises SubmissionRefused for what is no address, or whose
    domain can be read in two ways: nothing but one address may ever come to stand there."""
    written = wire_address(address)
    if written is None:
        raise SubmissionRefused("smtp.address_invalid", address=address[:100])
    return written


def envelope(
    raw: bytes, return_path: str, recipient: str, self_copy: str | None, extensions: Mapping[str, str]
) -> Envelope:
    """extensions: what EHLO announced, by name in lower case. Raises SubmissionRefused: too large for the server, or
    an address that it cannot take. A self-copy that it cannot take is left out."""
    path = address_on_the_wire(return_path) if return_path else ""
    to = address_on_the_wire(recipient)
    copy = _self_copy(self_copy, to, extensions)
    utf8 = not (path + to + (copy or "")).isascii() or not header_of(raw).isascii()
    if utf8 and "smtputf8" not in extensions:
        raise SubmissionRefused("smtp.smtputf8_missing", address=recipient)
    limit = extensions.get("size", "").strip()
    if limit.isdigit() and 0 < int(limit) < len(raw):
        raise SubmissionRefused("smtp.too_large", size=len(raw), limit=int(limit))
    parameters = []
    if "size" in extensions:
        parameters.append(f"SIZE={len(raw)}")
    if "8bitmime" in extensions and not raw.isascii():
        parameters.append("BODY=8BITMIME")
    if utf8:
        parameters.append("SMTPUTF8")
    return Envelope(path, to, copy, tuple(parameters))


def header_of(raw: bytes) -> bytes:
    return re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0]


def blames_the_return_path(reply: str) -> bool:
    """Does a refusal after the message speak of the envelope's sender? Exchange: "550 5.7.60 Client does not have
    permissions to send as this sender"."""
    return bool(_ABOUT_THE_SENDER.search(reply))


def _self_copy(address: str | None, recipient: str, extensions: Mapping[str, str]) -> str | None:
    if not address:
        return None
    copy = wire_address(address)
    if copy is None or copy.lower() == recipient.lower():
        return None
    return copy if copy.isascii() or "smtputf8" in extensions else None
