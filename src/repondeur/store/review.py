"""What a person decides about a mail that waits: changes in the store, carried out by whoever works the mailbox."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal

from repondeur.errors import RepondeurError
from repondeur.store.records import WAITS_FOR_A_PERSON, ActionState, Mail, Stage, State, StoredAction, Waiting
from repondeur.store.store import Store

SENT = frozenset({ActionState.SENT, ActionState.DONE})
MAY_HAVE_LEFT = frozenset({ActionState.COMMITTING, ActionState.SENT, ActionState.DONE, ActionState.UNKNOWN})
SAY_ALL: Final = frozenset({"call.held_back", "call.answered_held_back", "way.draft_changed"})

LeftToDo = Literal["waiting", "done_by_hand", "no_answer"]
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
    if may_have_left(mail) and not again:
        raise ReviewRefused("review.may_have_left", mail=mail_id)
    kept_back = (one for one in mail.actions if one.kind.startswith("call:") and one.state is ActionState.PROPOSED)
    wanted = [replace(one, state=ActionState.PLANNED, changed=now) for one in kept_back]
    if (answer := answer_to_send(mail)) is not None:
        # The same message, with the same Message-ID: what was a draft is what is sent.
        wanted.append(replace(answer, kind="reply", state=ActionState.PLANNED, changed=now))
    if not wanted:
        raise ReviewRefused("review.answer_has_left" if has_left(mail) else "review.nothing_to_send", mail=mail_id)
    return await store.reopen(mail, Stage.ACT, "approved", wanted, now, by=by)


async def reject(store: Store, mail_id: int, now: datetime, *, by: By = NOBODY) -> Waiting:
    """Drops the proposed or drafted answer; the mail is then done with. Raises ReviewRefused."""
    mail = await _waiting_for_a_person(store, mail_id)
    return await store.reopen(mail, Stage.SETTLE, "rejected", _dropped(mail, now), now, by=by)


async def retry(store: Store, mail_id: int, now: datetime, *, by: By = NOBODY) -> Waiting:
    """Takes a held or failed mail up again from the beginning, under the settings of today. Raises ReviewRefused."""
    mail = await _waiting_for_a_person(store, mail_id)
    if has_left(mail):
        raise ReviewRefused("review.has_left", mail=mail_id)
    reply = mail.action("reply")
    if reply is not None and reply.state in MAY_HAVE_LEFT:
        raise ReviewRefused("review.may_have_left", mail=mail_id)
    unread = mail.reason is not None and mail.reason.code.partition(".")[0] in {"mail", "bounded"}
    if mail.state is State.DRAFTED or mail.message is None or unread:
        raise ReviewRefused("review.not_retried", mail=mail_id)
    return await store.reopen(mail, Stage.UNDERSTAND, "retried", _dropped(mail, now), now, by=by)


def has_left(mail: Mail) -> bool:
    """Whether its answer has."""
    reply = mail.action("reply")
    return reply is not None and reply.state in SENT


def may_have_left(mail: Mail) -> bool:
    """Nobody can tell whether its answer has."""
    reply = mail.action("reply")
    return reply is not None and reply.state is ActionState.UNKNOWN


def answer_to_send(mail: Mail) -> StoredAction | None:
    """The answer that a person may approve: the one that is proposed, or lies in Drafts."""
    reply, draft = mail.action("reply"), mail.action("draft")
    if reply is not None and reply.state in {ActionState.PROPOSED, ActionState.UNKNOWN}:
        return reply
    if has_left(mail) or draft is None or draft.state is not ActionState.DONE or not draft.raw:
        return None
    return draft


def left_to_do(mail: Mail) -> LeftToDo | None:
    """What is left for a person, as far as the reason of the mail does not say all of it: to approve or reject the
    answer that waits, to reject what was done by hand, or to answer and retry."""
    code = mail.reason.code if mail.reason else ""
    if mail.state not in WAITS_FOR_A_PERSON or code in SAY_ALL or may_have_left(mail):
        return None
    if answer_to_send(mail) is not None:
        return "waiting"
    if has_left(mail) or code.startswith("call."):
        return "done_by_hand"
    return "no_answer" if mail.message is not None else None


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
