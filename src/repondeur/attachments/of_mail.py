"""All attachments of one mail, one after the other, within what one mail may take."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

import structlog

from repondeur.attachments.reader import FileReader
from repondeur.attachments.worth import MailLimits, waiting
from repondeur.mail.message import Attachment
from repondeur.texts import Reason

log = structlog.get_logger(__name__)


async def read_all(
    attachments: Sequence[Attachment],
    octets: Mapping[int, bytes],
    reader: FileReader,
    limits: MailLimits,
    languages: Sequence[str],
) -> tuple[Attachment, ...]:
    """The attachments with the text of those that waited to be read.

    octets: of these, by their place among the attachments; one that is missing is not read. Raises TemporaryError when
    no child can be started.
    """
    clock = asyncio.get_running_loop().time
    end = clock() + limits.seconds
    read = list(attachments)
    for place in waiting(attachments):
        attachment, content = attachments[place], octets.get(place)
        if content is None:
            read[place] = replace(attachment, not_read=Reason("attachment.gone"))
        elif clock() >= end:
            read[place] = replace(attachment, not_read=limits.exceeded)
        else:
            found = await reader.read(attachment.name, attachment.media_type, content, languages)
            read[place] = replace(
                attachment,
                text=found.text,
                not_read=found.not_read,
                pages=found.pages,
                language=found.language,
            )
            reason = found.not_read.code if found.not_read else None
            log.info("attachment.read", size=attachment.size, characters=len(found.text), not_read=reason)
    return tuple(read)
