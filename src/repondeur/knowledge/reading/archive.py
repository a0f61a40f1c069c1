"""A page saved as one file, .mhtml (RFC 2557): its first HTML part is the page."""

from email import message_from_bytes, policy

from repondeur.errors import SettingsError
from repondeur.knowledge.reading.entry import Content
from repondeur.knowledge.reading.page import read_page


def read_archive(source: str, octets: bytes) -> Content:
    """Raises SettingsError knowledge.no_page when there is no HTML in it."""
    archive = message_from_bytes(octets, policy=policy.compat32)
    for part in archive.walk():
        if part.get_content_type() == "text/html":
            page = part.get_payload(decode=True)
            if isinstance(page, bytes):
                return read_page(source, _labelled(page, part.get_content_charset()))
    raise SettingsError("knowledge.no_page", path=source)


def _labelled(page: bytes, label: str | None) -> bytes:
    """The part says the charset where the page itself does not."""
    known = b"charset" in page[:4096].lower()
    return page if known or not label else f'<meta charset="{label}">'.encode() + page
