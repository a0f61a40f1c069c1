"""What is forgotten of mails, and what stays: statements on rows as they are, each for mails given by their numbers.

What stays of every mail is its row, with the identity that a second delivery is recognised by. What is counted for
limits stays as long as they need it, in digests; so a purge makes room for no answer.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, bindparam, case, delete, or_, select, update

from repondeur.policy.limits import LONGEST_WINDOW, SAME_WINDOW
from repondeur.store import ledger_rows, notices, record, rows
from repondeur.store.records import WAITS_FOR_A_PERSON, ActionState, Stage, State
from repondeur.store.tables import action, alarm, enclosure, gap, mail, notice, sending, step
from repondeur.texts import Reason

_FORGOTTEN: Final = Reason("privacy.forgotten")
_NEVER_SENT: Final = (ActionState.PROPOSED, ActionState.UNKNOWN)  # there is nothing left that could be sent
_REASON: Final = update(mail).where(mail.c.id == bindparam("of_mail")).values(reason=bindparam("reason"))
_END: Final = update(step).where(step.c.id == bindparam("of_step")).values(found=bindparam("found"))
_JUDGES: Final = ("decide.", "guard.")  # their reasons are about what the mail or the answer says
# What of such a reason is no word of either: who wrote, ids of settings and passages, numbers.
_UNSAID: Final = frozenset(
    {
        *("author", "shown", "domain", "ours", "address", "reply_to", "mailbox", "other", "newer"),
        *("template", "passage", "language", "wanted", "limit", "length", "count"),
    }
)
_LEFT_OUT: Final = "…"


def forget_bodies(connection: Connection, mail_ids: Sequence[int]) -> None:
    """What these mails said, what was found in them, and what was answered; also where a reason quotes that."""
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
    _forget_quotes(connection, mail_ids)
    record.forget(connection, mail_ids)


def _forget_quotes(connection: Connection, mail_ids: Sequence[int]) -> None:
    named = select(mail.c.id, mail.c.reason).where(mail.c.id.in_(mail_ids), mail.c.reason.is_not(None))
    mails = [
        {"of_mail": row.id, "reason": said}
        for row in connection.execute(named)
        if (said := _without_quotes(row.reason)) != row.reason
    ]
    ends = select(step.c.id, step.c.found).where(step.c.mail_id.in_(mail_ids), step.c.name == "end")
    steps = [
        {"of_step": row.id, "found": {**row.found, "reason": said}}
        for row in connection.execute(ends.where(step.c.found.is_not(None)))
        if (said := _without_quotes(row.found["reason"])) != row.found["reason"]
    ]
    for statement, values in ((_REASON, mails), (_END, steps)):
        if values:
            connection.execute(statement, values)


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
    told = case((notice.c.state == "planned", "dropped"), else_=notice.c.state)
    connection.execute(update(notice).where(notice.c.mail_id.in_(mail_ids)).values(reason=None, state=told))


def forget_counts(connection: Connection, now: datetime) -> None:
    """What was counted, and what people were told of, that no limit looks at any more. Answers of a thread count until
    their mail is forgotten (RETENTION_RECORDS)."""
    unknown = sending.c.mail_id.in_(select(mail.c.id).where(mail.c.author == ""))
    over = sending.c.at <= now - LONGEST_WINDOW
    connection.execute(delete(sending).where(over, or_(~sending.c.counted, unknown)))
    connection.execute(update(sending).where(sending.c.same != "", sending.c.at <= now - SAME_WINDOW).values(same=""))
    connection.execute(delete(alarm).where(alarm.c.at <= now - LONGEST_WINDOW))


def forget_told(connection: Connection, now: datetime, kept: timedelta | None) -> None:
    """What targets were told longer ago than that, and all that they were told of mails that are forgotten. Never on
    the same day, nor of a mail at work: that something was told keeps it from being told twice."""
    over = notice.c.state.in_(notices.ENDED), notice.c.changed <= now - LONGEST_WINDOW
    at_work = notice.c.mail_id.in_(select(mail.c.id).where(mail.c.stage != Stage.DONE))
    of_unknown = notice.c.mail_id.in_(select(mail.c.id).where(mail.c.author == ""))
    old = of_unknown if kept is None else or_(of_unknown, notice.c.changed <= now - kept)
    connection.execute(delete(notice).where(*over, old, or_(notice.c.mail_id.is_(None), ~at_work)))


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


def _without_quotes(reason: Mapping[str, Any]) -> dict[str, Any]:
    """The same reason, as it is stored, with nothing in it of what the mail or the answer says."""
    if not reason["code"].startswith(_JUDGES):
        return dict(reason)
    params = {name: one if name in _UNSAID else _LEFT_OUT for name, one in reason["params"].items()}
    return {**reason, "params": params}


def _names(reason: Any) -> bool:
    """Whether its sentence tells more than numbers."""
    return any(isinstance(value, str) for value in reason["params"].values())
