"""Rows to values and back, and the statements that every step of every mail runs.

The statements are built once: building one takes SQLAlchemy longer than SQLite takes to run it.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Update, and_, bindparam, insert, select, update

from repondeur.errors import ClaimLost
from repondeur.mail.message import Message, MessageRef
from repondeur.store.records import (
    ActionState,
    Mail,
    Neighbour,
    NewMail,
    Stage,
    State,
    StoredAction,
    Summary,
    from_json,
    to_json,
)
from repondeur.store.tables import action, location, mail, step
from repondeur.texts import Reason

NEIGHBOURS = 200  # mails of a thread that are looked at, the latest

_MAIL = select(mail).where(mail.c.id == bindparam("mail_id"))
_PLACES = select(location.c.folder, location.c.ref).where(location.c.mail_id == bindparam("mail_id"))
_STEPS = select(step.c.name, step.c.found).where(step.c.mail_id == bindparam("mail_id")).order_by(step.c.id)
_ACTIONS = select(action).where(action.c.mail_id == bindparam("mail_id")).order_by(action.c.id)
_NEIGHBOURS = (
    select(mail.c.id, mail.c.message_id, mail.c.author, mail.c.state, mail.c.reason)
    .where(
        mail.c.mailbox == bindparam("of_mailbox"),
        mail.c.thread == bindparam("of_thread"),
        mail.c.id != bindparam("of_id"),
    )
    .order_by(mail.c.id.desc())
    .limit(NEIGHBOURS)
)
_SAME_ACTION = and_(action.c.mail_id == bindparam("of_mail"), action.c.kind == bindparam("of_kind"))
_MOVE_ACTION = update(action).where(_SAME_ACTION).values(state=bindparam("state"), changed=bindparam("changed"))
_REPLACE_ACTION = (
    update(action)
    .where(_SAME_ACTION)
    .values({name: bindparam(name) for name in ("state", "message_id", "recipient", "text", "raw", "changed")})
)
_INSERT_ACTION = insert(action)
_NOTE = insert(step)


def load(connection: Connection, mail_id: int) -> Mail | None:
    """One mail with all that is known of it."""
    of = {"mail_id": mail_id}
    row = connection.execute(_MAIL, of).one_or_none()
    if row is None:
        return None
    return Mail(
        id=row.id,
        mailbox=row.mailbox,
        identity=row.identity,
        message_id=row.message_id,
        thread=row.thread,
        subject=row.subject,
        author=row.author,
        received=row.received,
        stage=Stage(row.stage),
        state=State(row.state) if row.state else None,
        reason=reason_from(row.reason),
        tries=row.tries,
        retry_at=row.retry_at,
        claim=row.claim,
        message=None if row.message is None else from_json(Message, row.message),
        refs=places(connection, mail_id),
        steps=_since_last_retry((found.name, found.found) for found in connection.execute(_STEPS, of)),
        actions=tuple(_action(one) for one in connection.execute(_ACTIONS, of)),
    )


def places(connection: Connection, mail_id: int) -> tuple[MessageRef, ...]:
    """Where it lies, as far as that is noted."""
    return tuple(MessageRef(*place) for place in connection.execute(_PLACES, {"mail_id": mail_id}))


def neighbours(connection: Connection, of: Mail) -> tuple[Neighbour, ...]:
    """The other mails of its thread, oldest first."""
    given = {"of_mailbox": of.mailbox, "of_thread": of.thread, "of_id": of.id}
    found = [
        Neighbour(
            id=row.id,
            message_id=row.message_id,
            author=row.author,
            state=State(row.state) if row.state else None,
            reason=row.reason["code"] if row.reason else None,
        )
        for row in connection.execute(_NEIGHBOURS, given)
    ]
    return tuple(reversed(found))


def change(connection: Connection, of: Mail, **values: Any) -> None:
    """Changes the row if it is still ours. A claim of None is that of the only process there is (SQLite)."""
    statement = _change(tuple(values), claimed=of.claim is not None)
    given = {**values, "of_id": of.id} | ({"of_claim": of.claim} if of.claim is not None else {})
    if connection.execute(statement, given).rowcount != 1:
        raise ClaimLost("store.claim_lost", mail=of.id)


@cache
def _change(names: tuple[str, ...], *, claimed: bool) -> Update:
    held = mail.c.claim == bindparam("of_claim") if claimed else mail.c.claim.is_(None)
    return update(mail).where(mail.c.id == bindparam("of_id"), held).values({name: bindparam(name) for name in names})


def note(connection: Connection, mail_id: int, name: str, at: datetime, found: Any) -> None:
    connection.execute(_NOTE, {"mail_id": mail_id, "name": name, "at": at, "found": found})


def move_action(connection: Connection, mail_id: int, kind: str, state: ActionState, now: datetime) -> None:
    connection.execute(_MOVE_ACTION, {"of_mail": mail_id, "of_kind": kind, "state": state, "changed": now})


def put_action(connection: Connection, mailbox: str, put: StoredAction) -> None:
    """Adds an effect, or replaces the one of its kind."""
    values = {
        "state": put.state,
        "message_id": put.message_id,
        "recipient": put.recipient,
        "text": put.text,
        "raw": put.raw,
        "changed": put.changed,
    }
    same = {"of_mail": put.mail_id, "of_kind": put.kind}
    if connection.execute(_REPLACE_ACTION, {**values, **same}).rowcount == 0:
        connection.execute(_INSERT_ACTION, {**values, "mail_id": put.mail_id, "kind": put.kind, "mailbox": mailbox})


def row_of(new: NewMail) -> dict[str, Any]:
    return {
        "mailbox": new.mailbox,
        "identity": new.identity,
        "message_id": new.message.message_id,
        "thread": new.thread,
        "subject": new.message.subject,
        "author": new.message.author.address,
        "received": new.received,
        "message": to_json(new.message),
        "stage": new.stage,
        "state": new.state,
        "reason": reason_json(new.reason),
        "ended": new.received if new.state else None,
        "tries": 0,
    }


def _since_last_retry(history: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """What holds now: a person who has a mail taken up again wants what was found before to count no more."""
    steps: dict[str, Any] = {}
    for name, found in history:
        if name == "retried":
            steps.clear()
        elif found is not None:
            steps[name] = found
    return steps


def _action(row: Row[Any]) -> StoredAction:
    return StoredAction(
        mail_id=row.mail_id,
        kind=row.kind,
        state=ActionState(row.state),
        message_id=row.message_id,
        recipient=row.recipient,
        text=row.text or "",
        raw=row.raw,
        changed=row.changed,
    )


def summary(row: Row[Any]) -> Summary:
    known = row._asdict()
    known.update(stage=Stage(row.stage), state=State(row.state) if row.state else None, reason=reason_from(row.reason))
    return Summary(**known)


def reason_json(reason: Reason | None) -> Any:
    return None if reason is None else {"code": reason.code, "params": dict(reason.params)}


def reason_from(data: Any) -> Reason | None:
    return None if data is None else Reason(data["code"], data["params"])
