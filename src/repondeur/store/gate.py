"""The gate before the line to a mail server: an automatic answer passes it when its sending begins, and once more just
before the server is given it.

It was counted and allowed when it was planned; since then its mailbox may have been paused, or the answer has waited so
long that others have left meanwhile. What a person has approved passes always.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from repondeur.store import limits, record, recording, rows
from repondeur.store.limits import Sending, SendingWithheld
from repondeur.store.records import ActionState, Mail, to_json
from repondeur.store.store import Store
from repondeur.texts import Reason

KIND: Final = "reply"


async def begin(store: Store, of: Mail, wanted: Sending | None, now: datetime) -> Mail:
    """Takes the reply to sending; a place within the limits is taken anew. wanted: None for what a person has approved.
    Raises SendingWithheld, and ClaimLost."""

    def asked(connection: Connection) -> SendingWithheld | None:
        return None if wanted is None else limits.withheld(connection, of, wanted, now)

    return await _moved(store, of, ActionState.SENDING, now, asked)


async def commit(store: Store, of: Mail, wanted: Sending | None, now: datetime) -> Mail:
    """Takes it to committing: from here on it may have left. Raises SendingWithheld when the mailbox was paused since
    the sending began, and ClaimLost."""

    def asked(connection: Connection) -> SendingWithheld | None:
        return None if wanted is None else limits.paused(connection, of.mailbox)

    return await _moved(store, of, ActionState.COMMITTING, now, asked)


async def keep_back(store: Store, of: Mail, reason: Reason, now: datetime) -> Mail:
    """The reply does not leave by itself: a person may approve it, and it is composed again then. Its place is free.
    Raises ClaimLost."""
    reply = of.action(KIND)
    assert reply is not None
    proposed = replace(reply, state=ActionState.PROPOSED, raw=None, changed=now)

    def work(connection: Connection) -> None:
        rows.change(connection, of, stage=of.stage)
        rows.note(connection, of.id, "unwanted", now, to_json(reason))
        rows.put_action(connection, of.mailbox, proposed)
        limits.give_back(connection, of.id)
        if event := recording.moved(of, KIND, proposed.state):
            record.append(connection, now, event, of.id, recording.effect(of, KIND, proposed.state))

    await store.database.run(work)
    others = (one for one in of.actions if one.kind != KIND)
    return replace(of, steps={**of.steps, "unwanted": to_json(reason)}, actions=(*others, proposed))


async def _moved(
    store: Store,
    of: Mail,
    state: ActionState,
    now: datetime,
    asked: Callable[[Connection], SendingWithheld | None],
) -> Mail:
    def work(connection: Connection) -> SendingWithheld | None:
        rows.change(connection, of, stage=of.stage)
        withheld = asked(connection)
        if withheld is None:
            rows.move_action(connection, of.id, KIND, state, now)
        return withheld

    if (withheld := await store.database.run(work)) is not None:
        raise withheld
    moved = tuple(replace(one, state=state, changed=now) if one.kind == KIND else one for one in of.actions)
    return replace(of, actions=moved)
