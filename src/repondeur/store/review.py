"""What a person decides about a mail that waits: changes in the store, carried out by whoever works the mailbox."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from repondeur.errors import RepondeurError
from repondeur.store.records import ActionState, Mail, Stage, State, StoredAction, Waiting
from repondeur.store.store import Store

SENT = frozenset({ActionState.SENT, ActionState.DONE})
MAY_HAVE_LEFT = frozenset({ActionState.COMMITTING, ActionState.SENT, ActionState.DONE, ActionState.UNKNOWN})


By = Mapping[str, str]
NOBODY: By = MappingProxyType({})


class ReviewRefused(RepondeurError):
    """The mail is not in a state in which this can be asked for."""


async def approve(store: Store, mail_id: int, now: datetime, *, again: bool = False, by: By = NOBODY) -> Waiting:
    """Plans the proposed or drafted answer for sending, and calls that were kept back.

    again: send it although nobody can tell whether it has left before. by: who wants it, for the record. Raises
    ReviewRefused.
    """
    mail = await _waiting_for_a_person(store, mail_id)
    reply, draft = mail.action("reply"), mail.action("draft")
    if reply is not None and reply.state is ActionState.UNKNOWN and not again:
        raise ReviewRefused("review.may_have_left", mail=mail_id)
    kept_back = (one for one in mail.actions if one.kind.startswith("call:") and one.state is ActionState.PROPOSED)
    wanted = [replace(one, state=ActionState.PLANNED, changed=now) for one in kept_back]
    if reply is not None and reply.state in {ActionState.PROPOSED, ActionState.UNKNOWN}:
        wanted.append(replace(reply, state=ActionState.PLANNED, changed=now))
    elif (reply is None or reply.state not in SENT) and draft is not None and draft.state is ActionState.DONE:
        # The same message, with the same Message-ID: what was a draft is what is sent.
        wanted += [replace(draft, kind="reply", state=ActionState.PLANNED, changed=now)] if draft.raw else []
    if not wanted:
        raise ReviewRefused("review.nothing_to_send", mail=mail_id)
    return await store.reopen(mail, Stage.ACT, "approved", wanted, now, by=by)


async def reject(store: Store, mail_id: int, now: datetime, *, by: By = NOBODY) -> Waiting:
    """Drops the proposed or drafted answer; the mail is then done with. Raises ReviewRefused."""
    mail = await _waiting_for_a_person(store, mail_id)
    return await store.reopen(mail, Stage.SETTLE, "rejected", _dropped(mail, now), now, by=by)


async def retry(store: Store, mail_id: int, now: datetime, *, by: By = NOBODY) -> Waiting:
    """Takes a held or failed mail up again from the beginning, under the settings of today. Raises ReviewRefused."""
    mail = await _waiting_for_a_person(store, mail_id)
    reply = mail.action("reply")
    if reply is not None and reply.state in SENT:
        raise ReviewRefused("review.has_left", mail=mail_id)
    if reply is not None and reply.state in MAY_HAVE_LEFT:
        raise ReviewRefused("review.may_have_left", mail=mail_id)
    unread = mail.reason is not None and mail.reason.code.partition(".")[0] in {"mail", "bounded"}
    if mail.state is State.DRAFTED or mail.message is None or unread:
        raise ReviewRefused("review.not_retried", mail=mail_id)
    return await store.reopen(mail, Stage.UNDERSTAND, "retried", _dropped(mail, now), now, by=by)


def _dropped(mail: Mail, now: datetime) -> list[StoredAction]:
    """What has not left is not wanted any more. A call that may have been made stays known as that, so that it is not
    made again; so does an answer that was sent."""
    return [
        replace(one, state=ActionState.DROPPED, changed=now)
        for one in mail.actions
        if one.state not in (MAY_HAVE_LEFT if one.kind.startswith("call:") else SENT if one.kind == "reply" else ())
    ]


async def _waiting_for_a_person(store: Store, mail_id: int) -> Mail:
    mail = await store.get(mail_id)
    if mail is None:
        raise ReviewRefused("review.no_such_mail", mail=mail_id)
    if mail.stage is not Stage.DONE:
        raise ReviewRefused("review.at_work", mail=mail_id, stage=mail.stage.value)
    if mail.state not in {State.HELD, State.DRAFTED, State.FAILED}:
        raise ReviewRefused("review.ended", mail=mail_id, state=(mail.state or mail.stage).value)
    return mail
