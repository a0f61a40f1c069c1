"""Whom a mail did not reach: delivery reports (RFC 3464, RFC 6533), bounces in words, abuse reports (RFC 5965)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from repondeur.mail import bounce_text, charset
from repondeur.mail.automatic import automatic
from repondeur.mail.headers import clean
from repondeur.mail.message import FailedRecipient, Message
from repondeur.mail.structure import Part

_STATUS_PARTS = frozenset(("message/delivery-status", "message/global-delivery-status"))
_COMPLAINT = "message/feedback-report"
_OCTETS = 256 * 1024  # of one report that are read
_MOST = 200  # recipients
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,60})[ \t]*:[ \t]*(.*)")
_BRACKETED = re.compile(r"<([^<>]{1,400})>")
# RFC 6533, 3: a character in an address that travels where only ASCII may.
_EMBEDDED_CHARACTER = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_ACTIONS = frozenset(("failed", "delayed", "delivered", "relayed", "expanded"))
_ARRIVED = frozenset(("delivered", "relayed", "expanded"))
_LONGEST = 300  # characters of a diagnostic


@dataclass(slots=True)
class _Recipient:
    """The fields of one recipient, in lower case names; of several of one name the first counts."""

    fields: dict[str, str]

    @property
    def named(self) -> bool:
        return "final-recipient" in self.fields or "original-recipient" in self.fields


def failed_recipients(root: Part, message: Message) -> tuple[FailedRecipient, ...]:
    """Those who did not get a mail of ours, each once, in order: of delivery reports the recipients whose action is
    not delivered, relayed or expanded (RFC 3464, 2.3.3); of bounces without a report the addresses in the field
    X-Failed-Recipients, or those that the words of the mail system name; of abuse reports the one who complained
    (RFC 5965, 3.2). Empty for any other mail. Never raises; ordinary mail costs next to nothing.

    root: the structure of the message. message: what was read of it.
    """
    reports = [part for part in _parts(root, embedded=False) if part.media_type in _STATUS_PARTS]
    if reports:
        stated = [recipient for part in reports for recipient in _report(part)]
        if stated:
            return _each_once(stated)
    complaints = [part for part in _parts(root, embedded=False) if part.media_type == _COMPLAINT]
    if complaints:
        return _each_once([recipient for part in complaints for recipient in _complaint(part)])
    found = automatic(message)
    if found is None or found.kind != "bounce":
        return ()
    # Gateways pass reports on inside of another mail.
    inner = [
        recipient
        for part in _parts(root, embedded=True)
        if part.media_type in _STATUS_PARTS
        for recipient in _report(part)
    ]
    return _each_once(inner or _from_field(root, message) or list(bounce_text.recipients(message)))


def _parts(part: Part, *, embedded: bool) -> Iterator[Part]:
    """Leaves, and those of the messages inside when embedded. Part nesting is bounded by Limits.depth."""
    if not part.children:
        yield part
    elif part.is_multipart or embedded:
        for child in part.children:
            yield from _parts(child, embedded=embedded)


def _each_once(recipients: list[FailedRecipient]) -> tuple[FailedRecipient, ...]:
    by_address: dict[str, FailedRecipient] = {}
    for recipient in recipients:
        if recipient.action not in _ARRIVED:
            by_address.setdefault(recipient.address.lower(), recipient)
    return tuple(by_address.values())[:_MOST]


def _report(part: Part) -> Iterator[FailedRecipient]:
    for recipient in _recipients(_blocks(_text(part))):
        fields = recipient.fields
        address = _address(fields.get("final-recipient", "")) or _address(fields.get("original-recipient", ""))
        if address:
            action = fields.get("action", "").lower().split(" ")[0].strip(";.,")
            status = _STATUS.search(fields.get("status", ""))
            yield FailedRecipient(
                address,
                action if action in _ACTIONS else "",
                status.group() if status else "",
                _diagnostic(fields.get("diagnostic-code", "")),
            )


def _recipients(blocks: Iterator[dict[str, str]]) -> Iterator[_Recipient]:
    """The block of each recipient. Some systems put blank lines into it, others none between two of them."""
    current: _Recipient | None = None
    for fields in blocks:
        following = _Recipient(fields)
        if following.named:
            if current:
                yield current
            current = following
        elif current and "action" in fields and "action" not in current.fields:
            current = _Recipient({**fields, **current.fields})
    if current:
        yield current


def _blocks(text: str) -> Iterator[dict[str, str]]:
    """Groups of fields, as blank lines or a second recipient part them."""
    fields: dict[str, str] = {}
    name = ""
    for line in text.split("\n"):
        if not line.strip():
            if fields:
                yield fields
            fields, name = {}, ""
        elif line[0] in " \t":
            if name and len(fields[name]) < _LONGEST:
                fields[name] += " " + line.strip()
        elif found := _FIELD.match(line):
            name = found.group(1).lower()
            if name == "final-recipient" and name in fields:
                yield fields
                fields = {}
            fields.setdefault(name, found.group(2).strip())
    if fields:
        yield fields


def _address(value: str) -> str:
    """The address behind "rfc822;"; "" for one of another kind, such as a pipe."""
    kind, semicolon, rest = value.partition(";")
    text = rest if semicolon else kind
    bracketed = _BRACKETED.search(text)
    plain = (bracketed.group(1) if bracketed else text).strip().strip("\"'")
    if kind.strip().lower() == "utf-8":
        plain = _EMBEDDED_CHARACTER.sub(_character, plain)
    return bounce_text.first_address(clean(plain))


def _character(found: re.Match[str]) -> str:
    number = int(found.group(1), 16)
    return chr(number) if number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF else ""


def _diagnostic(value: str) -> str:
    kind, semicolon, rest = value.partition(";")
    return " ".join(clean(rest if semicolon and " " not in kind.strip() else value).split())[:_LONGEST]


def _complaint(part: Part) -> Iterator[FailedRecipient]:
    kind = ""
    addresses: list[str] = []
    for line in _text(part).split("\n"):
        found = _FIELD.match(line)
        if found and found.group(1).lower() in ("original-rcpt-to", "removal-recipient"):
            addresses.append(bounce_text.first_address(clean(found.group(2))))
        elif found and found.group(1).lower() == "feedback-type":
            kind = clean(found.group(2)).strip()[:60]
    yield from (FailedRecipient(address, diagnostic=kind) for address in addresses if address)


def _from_field(root: Part, message: Message) -> list[FailedRecipient]:
    """Exim's field; what else is known of each comes from the words."""
    told = {recipient.address.lower(): recipient for recipient in bounce_text.recipients(message)}
    listed = " ".join(root.header.values("x-failed-recipients"))
    addresses = [bounce_text.first_address(clean(item)) for item in re.split(r"[,;\s]+", listed[:16384])]
    plain = FailedRecipient("", "failed")
    return [told.get(address.lower(), replace(plain, address=address)) for address in addresses if address]


def _text(part: Part) -> str:
    decoded = charset.decode(part.first_octets(_OCTETS), part.parameters.get("charset", "")).text
    return decoded.replace("\r\n", "\n").replace("\r", "\n")
