"""All attachments of one mail, one after the other, within what one mail may take."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import structlog

from repondeur.attachments.reader import FileReader, FileText
from repondeur.attachments.worth import MailLimits, waiting
from repondeur.mail.message import Attachment
from repondeur.texts import Reason

log = structlog.get_logger(__name__)

_WORDLESS: Final = frozenset({"attachment.no_text", "attachment.no_ocr"})


async def read_all(
    attachments: Sequence[Attachment],
    octets: Mapping[int, bytes],
    reader: FileReader,
    limits: MailLimits,
    languages: Sequence[str],
    *,
    begin: Callable[[], Awaitable[object]] | None = None,
) -> tuple[Attachment, ...]:
    """The attachments with the text of those that waited to be read.

    octets: of these, by their place among the attachments; one that is missing is not read. begin: awaited once, when
    the first of them is about to be read. The time that passes while other mails are read does not count. Raises
    TemporaryError when no child can be started.
    """
    clock = asyncio.get_running_loop().time
    spent = 0.0
    read = list(attachments)
    for place in waiting(attachments):
        attachment, content = attachments[place], octets.get(place)
        if content is None:
            read[place] = replace(attachment, not_read=Reason("attachment.gone"))
        elif spent >= limits.seconds:
            read[place] = replace(attachment, not_read=limits.exceeded)
        else:
            async with reader.turn:
                if begin is not None:
                    await begin()
                    begin = None
                started = clock()
                found = await reader.read(attachment.name, attachment.media_type, content, languages)
                spent += clock() - started
            read[place] = _with(found, attachment)
            reason = found.not_read.code if found.not_read else None
            log.info("attachment.read", size=attachment.size, characters=len(found.text), not_read=reason)
    return tuple(read)


def _with(found: FileText, attachment: Attachment) -> Attachment:
    # A picture in the text without words, or that nobody can read here, is what such pictures are: decoration.
    wordless = attachment.inline and found.not_read is not None and found.not_read.code in _WORDLESS
    not_read = None if wordless else found.not_read
    return replace(attachment, text=found.text, not_read=not_read, pages=found.pages, language=found.language)
