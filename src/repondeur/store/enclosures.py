"""The content of attachments between the mail's arrival and their reading: statements on rows as they are.

Whether a mail has any is said by its message: such an attachment waits. So nothing is asked of the
database for the others.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from repondeur.mail.message import Message
from repondeur.store.records import to_json
from repondeur.store.tables import enclosure
from repondeur.texts import Reason

_OF_MAIL = enclosure.c.mail_id == bindparam("of_mail")
_PUT = insert(enclosure)
_LOAD = select(enclosure.c.place, enclosure.c.octets).where(_OF_MAIL)
_DROP = delete(enclosure).where(_OF_MAIL)


def put(connection: Connection, mail_id: int, contents: Mapping[int, bytes]) -> None:
    """contents: by the place of the attachment in its message."""
    rows = [{"mail_id": mail_id, "place": place, "octets": octets} for place, octets in contents.items()]
    connection.execute(_PUT, rows)


def load(connection: Connection, mail_id: int) -> dict[int, bytes]:
    return {row.place: row.octets for row in connection.execute(_LOAD, {"of_mail": mail_id})}


def drop(connection: Connection, mail_id: int) -> None:
    connection.execute(_DROP, {"of_mail": mail_id})


def closed(message: Message | None) -> Message | None:
    """The message of a mail whose attachments will not be read any more; None when none of them waits."""
    if message is None or not any(one.waits for one in message.attachments):
        return None
    unread = Reason("attachment.not_needed")
    return replace(
        message,
        attachments=tuple(replace(one, not_read=unread) if one.waits else one for one in message.attachments),
    )


def closing(message: Message | None) -> dict[str, Any]:
    """What changes in the row of such a mail."""
    return {} if message is None else {"message": to_json(message)}
