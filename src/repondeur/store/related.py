"""What the store knows of other mails when one is worked: its thread, its copies elsewhere, what is ours.

Changes nothing. Everything raises StoreUnavailable.
"""

from datetime import datetime

from sqlalchemy import Connection, bindparam, exists, func, select

from repondeur.mail.message import Message
from repondeur.store import rows
from repondeur.store.database import Database
from repondeur.store.records import WAITS_FOR_A_PERSON, Mail, Neighbour, State
from repondeur.store.tables import action, mail

_SENDER = (
    select(action.c.mail_id)
    .where(action.c.mailbox == bindparam("mailbox"), action.c.message_id == bindparam("message_id"))
    .limit(1)
)
_IS_OURS = select(exists().where(action.c.message_id == bindparam("message_id")))

_SAME_ELSEWHERE = (
    select(mail.c.mailbox)
    .where(mail.c.message_id == bindparam("of_message_id"), mail.c.identity == bindparam("of_identity"))
    .where(mail.c.mailbox != bindparam("of_mailbox"), mail.c.id < bindparam("of_id"))
    .order_by(mail.c.id)
    .limit(1)
)
_BY_AUTHOR = (mail.c.mailbox == bindparam("of_mailbox"), mail.c.author == bindparam("of_author"))
_LAST_ANSWERED = select(func.max(mail.c.id)).where(*_BY_AUTHOR, mail.c.state == State.ANSWERED).scalar_subquery()
_WAITING_ELSEWHERE = select(func.count()).where(
    *_BY_AUTHOR,
    mail.c.received >= bindparam("since"),
    mail.c.id < bindparam("of_id"),
    mail.c.thread != bindparam("of_thread"),
    mail.c.state.in_(WAITS_FOR_A_PERSON),
    mail.c.id > func.coalesce(_LAST_ANSWERED, 0),
)


async def thread_of(database: Database, mailbox: str, message: Message) -> str:
    """The thread a mail belongs to: that of a mail or an answer of ours it refers to, else its own root."""
    named = (*message.references, *message.in_reply_to)

    def work(connection: Connection) -> str | None:
        for query in (
            select(mail.c.thread).where(mail.c.mailbox == mailbox, mail.c.message_id.in_(named[-50:])),
            select(mail.c.thread)
            .join(action, action.c.mail_id == mail.c.id)
            .where(action.c.mailbox == mailbox, action.c.message_id.in_(named[-50:])),
        ):
            thread = connection.scalar(query.limit(1))
            if thread is not None:
                return str(thread)
        return None

    found = await database.read(work) if named else None
    return found or (named[0] if named else message.message_id or message.content_hash)


async def sender_of(database: Database, mailbox: str, message_id: str) -> int | None:
    """The mail that a message of ours with this Message-ID answers, if it is one of ours."""
    given = {"mailbox": mailbox, "message_id": message_id}
    found: int | None = await database.read(lambda connection: connection.scalar(_SENDER, given))
    return found


async def is_ours(database: Database, message_id: str) -> bool:
    """Is this the Message-ID of a message of ours, of any mailbox?"""
    given = {"message_id": message_id}
    return bool(await database.read(lambda connection: connection.scalar(_IS_OURS, given)))


async def first_found_in(database: Database, of: Mail) -> str | None:
    """Another mailbox that has the same mail and had it before this one. A mail without Message-ID has none."""
    given = {
        "of_message_id": of.message_id,
        "of_identity": of.identity,
        "of_mailbox": of.mailbox,
        "of_id": of.id,
    }
    found: str | None = await database.read(lambda connection: connection.scalar(_SAME_ELSEWHERE, given))
    return found


async def neighbours(database: Database, of: Mail) -> tuple[Neighbour, ...]:
    """The other mails of its thread, oldest first, the latest 200."""
    return await database.read(lambda connection: rows.neighbours(connection, of))


async def waiting_elsewhere(database: Database, of: Mail, since: datetime) -> int:
    """How many earlier mails of the same author, in other threads, wait for a person: those since then, and since
    the author was last answered."""
    given = {
        "of_mailbox": of.mailbox,
        "of_author": of.author,
        "of_thread": of.thread,
        "of_id": of.id,
        "since": since,
    }
    found: int | None = await database.read(lambda connection: connection.scalar(_WAITING_ELSEWHERE, given))
    return found or 0
