"""Settings to the limits of reading."""

from repondeur.attachments.file_text import FileLimits
from repondeur.attachments.reader import FileReader
from repondeur.attachments.worth import MEGABYTE, MailLimits
from repondeur.settings.schema import Settings


def attachment_reader(settings: Settings) -> FileReader:
    """As the settings want it; whoever opens it closes it."""
    limits = FileLimits(
        size=_octets(settings.attachment_size),
        pages=settings.attachment_pages,
        seconds=settings.attachment_seconds,
        memory=_octets(settings.attachment_memory),
    )
    return FileReader(limits, ocr=settings.attachment_ocr)


def mail_limits(settings: Settings) -> MailLimits:
    return MailLimits(
        files=settings.attachment_files,
        size=_octets(settings.attachment_mail_size),
        seconds=settings.attachment_mail_seconds,
        file_size=_octets(settings.attachment_size),
    )


def _octets(megabytes: float) -> int:
    return round(megabytes * MEGABYTE)
