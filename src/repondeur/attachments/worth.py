"""Which attachments of a mail are read, and why the others are not. Pure.

Those to be read wait: the mail's row says by itself that something is kept for it elsewhere.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from repondeur.attachments.kinds import Kind, expected_kind, suffix_of
from repondeur.mail.message import Attachment
from repondeur.texts import Reason

MEGABYTE: Final = 1024 * 1024
_WAITING: Final = Reason("attachment.waiting")

# Signatures, keys, invitations and cards: programs' business, or read elsewhere.
_NOTHING_TO_SAY: Final = frozenset({"p7s", "p7m", "p7c", "asc", "sig", "pgp", "ics", "vcf", "dat"})
_NOTHING_TYPES: Final = frozenset(
    {
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-signature",
        "application/pgp-keys",
        "application/pgp-encrypted",
        "text/calendar",
        "application/ics",
        "text/vcard",
        "text/x-vcard",
        "message/delivery-status",
        "text/rfc822-headers",
    }
)
# A picture of text has more octets than a logo; Outlook numbers the pictures of a signature.
_TINY_PICTURE: Final = 6 * 1024
_LOGO_PICTURE: Final = 60 * 1024
_LOGO: Final = re.compile(r"(?:image\d{3}|logo[\w.-]{0,30}|outlook-[\w.-]{0,40})\.(?:png|jpe?g|gif|bmp)", re.IGNORECASE)
_SUFFIX: Final = re.compile(r"(?=.{0,4}[a-z])[a-z0-9]{1,5}")
_UNTOLD_TYPES: Final = frozenset({"", "application/octet-stream", "binary/octet-stream", "application/x-download"})


@dataclass(frozen=True, slots=True)
class MailLimits:
    """What reading all attachments of one mail may take. files: how many; 0 reads none. size: octets together.
    seconds: by the clock. file_size: octets of one."""

    files: int = 10
    size: int = 40 * MEGABYTE
    seconds: float = 60
    file_size: int = 20 * MEGABYTE

    @property
    def exceeded(self) -> Reason:
        """Why one is not read that comes after those that are."""
        params = {"files": self.files, "size": self.size // MEGABYTE, "seconds": self.seconds}
        return Reason("attachment.mail_limit", params)


def sorted_out(attachments: Sequence[Attachment], limits: MailLimits) -> tuple[Attachment, ...]:
    """The attachments, each with why it is not read; those that are to be read with the reason that says so."""
    sorted_ones = list(attachments)
    files = octets = 0
    # A picture in the text never takes the place of what was attached.
    for place, attachment in sorted(enumerate(attachments), key=lambda one: one[1].inline):
        reason = _objection(attachment, limits)
        if reason is _WAITING:
            if files == limits.files or octets + attachment.size > limits.size:
                reason = None if attachment.inline else limits.exceeded
            else:
                files += 1
                octets += attachment.size
        if reason is not None:
            sorted_ones[place] = replace(attachment, not_read=reason)
    return tuple(sorted_ones)


def waiting(attachments: Sequence[Attachment]) -> tuple[int, ...]:
    """Places of those that are to be read."""
    return tuple(place for place, one in enumerate(attachments) if one.waits)


def _objection(attachment: Attachment, limits: MailLimits) -> Reason | None:
    """None: there is nothing to say about it."""
    suffix, media_type = suffix_of(attachment.name), attachment.media_type.lower()
    if suffix in _NOTHING_TO_SAY or media_type in _NOTHING_TYPES:
        return None
    kind = expected_kind(attachment.name, media_type)
    if attachment.inline:  # a screenshot that was pasted is larger than the pictures of a signature
        return _WAITING if kind is Kind.PICTURE and _LOGO_PICTURE <= attachment.size <= limits.file_size else None
    if kind is Kind.PICTURE and _is_decoration(attachment):
        return None
    if not attachment.size:
        return Reason("attachment.empty")
    untold = media_type in _UNTOLD_TYPES and not _SUFFIX.fullmatch(suffix)
    if kind is Kind.OTHER and not untold:
        return Reason("attachment.unsupported")
    if attachment.size > limits.file_size:
        sizes = {"size": round(attachment.size / MEGABYTE, 1), "limit": round(limits.file_size / MEGABYTE, 1)}
        return Reason("attachment.too_large", sizes)
    return _WAITING


def _is_decoration(picture: Attachment) -> bool:
    """A logo or the picture of a signature."""
    return picture.size < _TINY_PICTURE or (
        picture.size < _LOGO_PICTURE and _LOGO.fullmatch(picture.name.strip()) is not None
    )
