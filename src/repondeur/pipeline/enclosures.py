"""Attachments on the way of a mail: kept when it comes, read before it is understood, then kept no longer.

What is kept stands in the store beside the mail's row from the same transaction on, so a crash loses nothing and what
was not read is read again. The child that reads may fall as often as it likes; should our own process fall with it
twice, the files are given up.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final

import structlog

from repondeur.attachments.configured import mail_limits
from repondeur.attachments.of_mail import read_all
from repondeur.attachments.reader import FileReader
from repondeur.attachments.worth import sorted_out, waiting
from repondeur.bounded.pool import Pool
from repondeur.bounded.reading import read_attachments
from repondeur.errors import MessageUnreadable
from repondeur.mail.message import Message
from repondeur.pipeline.parts import Parts
from repondeur.policy.screen import ScreenFacts, screen
from repondeur.settings.schema import Settings
from repondeur.store.records import Mail
from repondeur.texts import Reason

log = structlog.get_logger(__name__)

BEGUN_MOST: Final = 2  # times that the reading of a mail's attachments is begun


async def with_contents(
    message: Message, raw: bytes, reader: Pool, known: ScreenFacts, program: Settings
) -> tuple[Message, Mapping[int, bytes]]:
    """The message with its attachments sorted out, and what is in those that wait to be read, by their place.

    Nothing is read of a mail that is not to be answered. Raises TemporaryError when no child can be started.
    """
    if not message.attachments or screen(message, known).verdict != "answerable":
        return message, {}
    message = replace(message, attachments=sorted_out(message.attachments, mail_limits(program)))
    places = waiting(message.attachments)
    if not places:
        return message, {}
    try:
        contents = await read_attachments(reader, raw, places)
    except MessageUnreadable as error:  # it was read a moment ago: its attachments alone are too much
        log.warning("attachment.not_taken", reason=error.reason.code)
        return _with_reason(message, Reason("attachment.gone")), {}
    return message, dict(zip(places, contents, strict=True))


async def with_attachments_read(mail: Mail, parts: Parts) -> Mail:
    """Stores the text of the attachments that wait; asks the store nothing where none does."""
    message = mail.message
    if message is None or not waiting(message.attachments):
        return mail
    begun = mail.found("attachments", int) or 0
    if begun >= BEGUN_MOST:
        log.warning("attachment.given_up", mail=mail.id)
        return await parts.store.put_message(mail, _with_reason(message, Reason("attachment.given_up")))
    noted = mail

    async def note(times: int) -> None:
        nonlocal noted
        noted = await parts.store.note(noted, "attachments", times, parts.clock())

    contents = await parts.store.contents(mail)
    languages = parts.accounts[mail.mailbox].settings.languages
    try:
        # Not before its turn: the mails that wait behind one that ends the program have done nothing.
        read = await read_contents(
            message, contents, parts.files, parts.settings, languages, begin=lambda: note(begun + 1)
        )
    except asyncio.CancelledError:  # the program is asked to end, which is no fault of the files
        if noted is not mail:
            await note(begun)
        raise
    return await parts.store.put_message(noted, read)


async def read_contents(
    message: Message,
    contents: Mapping[int, bytes],
    files: FileReader,
    program: Settings,
    languages: tuple[str, ...],
    *,
    begin: Callable[[], Awaitable[object]] | None = None,
) -> Message:
    """The message with the text of its attachments. begin: see read_all."""
    attachments = await read_all(message.attachments, contents, files, mail_limits(program), languages, begin=begin)
    return replace(message, attachments=attachments)


def _with_reason(message: Message, reason: Reason) -> Message:
    attachments = tuple(replace(one, not_read=reason) if one.waits else one for one in message.attachments)
    return replace(message, attachments=attachments)
