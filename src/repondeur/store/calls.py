"""The gate before a call: passed once, in the transaction that says that it may have been made."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, and_, func, select

from repondeur.store import limits, rows
from repondeur.store.limits import SendingWithheld
from repondeur.store.records import ActionState, Mail
from repondeur.store.store import Store
from repondeur.store.tables import action
from repondeur.texts import Reason

LEFT: Final = frozenset({ActionState.COMMITTING, ActionState.SENT, ActionState.DONE, ActionState.UNKNOWN})
_HOUR: Final = timedelta(hours=1)
_LATEST: Final = 2000  # effects that are looked at, the newest: an hour has no more


async def begin(store: Store, of: Mail, kind: str, most: int | None, now: datetime) -> Mail:
    """Takes a call to committing. most: calls of the mailbox in an hour. What a person has approved passes always.
    Raises SendingWithheld, and ClaimLost."""
    approved = "approved" in of.steps

    def work(connection: Connection) -> SendingWithheld | None:
        rows.change(connection, of, stage=of.stage)
        withheld = None if approved else _withheld(connection, of, most, now)
        if withheld is None:
            rows.move_action(connection, of.id, kind, ActionState.COMMITTING, now)
        return withheld

    if (withheld := await store.database.run(work)) is not None:
        raise withheld
    moved = (replace(one, state=ActionState.COMMITTING, changed=now) if one.kind == kind else one for one in of.actions)
    return replace(of, actions=tuple(moved))


def _withheld(connection: Connection, of: Mail, most: int | None, now: datetime) -> SendingWithheld | None:
    if (stopped := limits.paused(connection, of.mailbox)) is not None or most is None:
        return stopped
    latest = select(action).order_by(action.c.id.desc()).limit(_LATEST).subquery()
    lately = and_(latest.c.mailbox == of.mailbox, latest.c.kind.startswith("call:"), latest.c.changed > now - _HOUR)
    count = connection.scalar(select(func.count()).select_from(latest).where(lately, latest.c.state.in_(LEFT))) or 0
    return SendingWithheld(Reason("limits.mailbox", {"limit": most}), paused=False) if count >= most else None
