"""What is forgotten of mails, and what stays: statements on rows as they are, each for mails given by their numbers.

What stays of every mail is its row, with the identity that a second delivery is recognised by.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, case, delete, select, update

from repondeur.store import ledger_rows, record, rows
from repondeur.store.records import WAITS_FOR_A_PERSON, ActionState, State
from repondeur.store.tables import action, enclosure, gap, mail, notice, sending, step
from repondeur.texts import Reason

_FORGOTTEN: Final = Reason("privacy.forgotten")
_NEVER_SENT: Final = (ActionState.PROPOSED, ActionState.UNKNOWN)  # there is nothing left that could be sent
_REASON: Final = update(mail).where(mail.c.id == bindparam("of_mail")).values(reason=bindparam("reason"))


def forget_bodies(connection: Connection, mail_ids: Sequence[int]) -> None:
    """What these mails said, what was found in them, and what was answered."""
    connection.execute(delete(enclosure).where(enclosure.c.mail_id.in_(mail_ids)))
    connection.execute(delete(gap).where(gap.c.mail_id.in_(mail_ids)))
    connection.execute(
        update(action)
        .where(action.c.mail_id.in_(mail_ids))
        .values(
            text=None,
            raw=None,
            state=case((action.c.state.in_(_NEVER_SENT), ActionState.DROPPED), else_=action.c.state),
        )
    )
    connection.execute(update(step).where(step.c.mail_id.in_(mail_ids), step.c.name != "end").values(found=None))
    connection.execute(update(mail).where(mail.c.id.in_(mail_ids)).values(message=None))
    record.forget(connection, mail_ids)


def forget_places(connection: Connection, mail_ids: Sequence[int]) -> None:
    """Where the drafts of their answers lay."""
    ledger_rows.forget_drafts(connection, mail_ids)


def forget_people(connection: Connection, mail_ids: Sequence[int]) -> None:
    """Who wrote them and about what. A reason that names something says from here on that it was forgotten."""
    named = select(mail.c.id, mail.c.reason).where(mail.c.id.in_(mail_ids), mail.c.reason.is_not(None))
    said = [
        {"of_mail": row.id, "reason": rows.reason_json(_FORGOTTEN)}
        for row in connection.execute(named)
        if _names(row.reason)
    ]
    if said:
        connection.execute(_REASON, said)
    connection.execute(update(mail).where(mail.c.id.in_(mail_ids)).values(subject="", author=""))
    connection.execute(update(action).where(action.c.mail_id.in_(mail_ids)).values(recipient=""))
    connection.execute(update(step).where(step.c.mail_id.in_(mail_ids)).values(found=None))
    connection.execute(delete(sending).where(sending.c.mail_id.in_(mail_ids)))
    told = case((notice.c.state == "planned", "dropped"), else_=notice.c.state)
    connection.execute(update(notice).where(notice.c.mail_id.in_(mail_ids)).values(reason=None, state=told))


def forget_names(connection: Connection, mail_ids: Sequence[int]) -> None:
    """The names of these mails themselves, which are mostly made by the author's mail program: Message-ID and thread.
    Another mail of the thread finds them no more."""
    connection.execute(update(mail).where(mail.c.id.in_(mail_ids)).values(message_id=None, thread=mail.c.identity))


def wait_no_more(connection: Connection, mail_ids: Sequence[int], reason: Reason, now: datetime) -> None:
    """Ends those of them that wait for a person: nothing is left to decide about."""
    waiting = mail.c.id.in_(mail_ids), mail.c.state.in_(WAITS_FOR_A_PERSON)
    ids = list(connection.scalars(select(mail.c.id).where(*waiting)))
    if ids:
        ended = {"state": State.IGNORED, "reason": rows.reason_json(reason)}
        connection.execute(update(mail).where(mail.c.id.in_(ids)).values(**ended))
        for mail_id in ids:
            rows.note(connection, mail_id, "end", now, ended)


def _names(reason: Any) -> bool:
    """Whether its sentence tells more than numbers."""
    return any(isinstance(value, str) for value in reason["params"].values())
