"""Do what was planned, each effect once."""

from dataclasses import replace
from datetime import timedelta

import structlog

from repondeur.actions import reply
from repondeur.actions.draft import save
from repondeur.errors import RepondeurError
from repondeur.mailboxes.base import Evidence
from repondeur.pipeline.alarms import tell_withheld
from repondeur.pipeline.calls import make_calls
from repondeur.pipeline.context import templates
from repondeur.pipeline.findings import Understood
from repondeur.pipeline.parts import Account, Parts
from repondeur.pipeline.plan import composed_answer, facts_of, wanted_by
from repondeur.pipeline.understand import answered_by_person, answered_in_thread, superseded_by
from repondeur.policy.retry import Again
from repondeur.store import related
from repondeur.store.gate import keep_back
from repondeur.store.limits import SendingWithheld
from repondeur.store.records import ActionState, Mail, Stage
from repondeur.texts import Reason

log = structlog.get_logger(__name__)

JUST_LOOKED = timedelta(seconds=2)  # nobody reads a mail and answers it in less
NOT_BEGUN = frozenset({ActionState.PLANNED, ActionState.SENDING})


async def act(mail: Mail, parts: Parts) -> Mail | Again:
    """Takes every planned effect to its end, then on to settle."""
    account = parts.accounts[mail.mailbox]
    for kind in ("draft", "reply"):
        action = mail.action(kind)
        if action is None:
            continue
        if action.state in NOT_BEGUN:
            mail = await _looked_at(mail, kind, account, parts)
        result = await _do(mail, kind, account, parts)
        if isinstance(result, Again):
            return result
        mail = result
    made = await make_calls(mail, account, parts)
    if isinstance(made, Again):
        return made
    mail = made
    # Not stored by itself: after a crash here, this step finds its effects done and comes to the same point.
    return replace(mail, stage=Stage.SETTLE)


async def _do(mail: Mail, kind: str, account: Account, parts: Parts) -> Mail | Again:
    if kind == "draft":
        return await save(mail, account.mailbox, parts.store, parts.clock)
    mail = await _with_octets(mail, account, parts)
    # A bounce of what a person has sent is for a person; one of an automatic answer is for nobody (RFC 3834 3.3).
    approved = "approved" in mail.steps
    return_path = account.settings.from_email if approved else ""
    wait = timedelta(seconds=parts.settings.sent_evidence_wait)
    wanted = None if approved else wanted_by(mail, account.settings)
    try:
        return await reply.send(
            mail, account.mailbox, parts.store, parts.clock, return_path=return_path, wait=wait, automatic=wanted
        )
    except SendingWithheld as withheld:
        now = parts.clock()
        kept = await keep_back(parts.store, mail, withheld.reason, now)
        await tell_withheld(parts.alarm, parts.store, mail, withheld, now)
        await _withdrawn(mail, account)
        return kept


async def _withdrawn(mail: Mail, account: Account) -> None:
    """What lies ready in the mailbox is not to be sent by mistake, nor beside what a person approves. That it stays
    where it cannot be taken away now harms nobody."""
    reply = mail.action("reply")
    assert reply is not None
    assert reply.raw is not None
    try:
        await account.mailbox.withdraw(reply.message_id, reply.raw)
    except RepondeurError as error:
        log.warning("reply.not_withdrawn", mail=mail.id, message_id=reply.message_id, reason=error.reason.code)


async def _looked_at(mail: Mail, kind: str, account: Account, parts: Parts) -> Mail:
    """A last look before an effect is begun: things may have changed while the engine, or a person, was thinking."""
    draft = mail.action("draft")
    if kind == "reply" and draft is not None and draft.state is ActionState.DONE:
        return await _draft_looked_at(mail, account, parts)
    neighbours = await related.neighbours(parts.store.database, mail)
    newer = None if "approved" in mail.steps else await superseded_by(mail, neighbours, parts)
    if newer is not None:
        return await _not_done(mail, kind, Reason("decide.superseded", {"newer": newer}), ActionState.DROPPED, parts)
    if not _just_looked(mail, parts) and await answered_by_person(mail, account, parts):
        return await _not_done(mail, kind, Reason("decide.answered_by_person"), ActionState.DROPPED, parts)
    if "approved" not in mail.steps and await answered_in_thread(mail, neighbours, account, parts):
        return await _not_done(mail, kind, Reason("decide.answered_in_thread"), ActionState.PROPOSED, parts)
    return mail


async def _draft_looked_at(mail: Mail, account: Account, parts: Parts) -> Mail:
    """A person approved a draft: is it still the text they approved, and have they not sent it themselves?"""
    action = mail.action("reply")
    assert action is not None
    assert action.raw is not None
    if await account.mailbox.evidence(action.message_id) is Evidence.SENT:
        return await parts.store.move_action(mail, "reply", ActionState.SENT, parts.clock())
    if await answered_by_person(mail, account, parts):
        return await _not_done(mail, "reply", Reason("decide.answered_by_person"), ActionState.DROPPED, parts)
    if not await account.mailbox.draft_unchanged(action.message_id, action.raw):
        return await _not_done(mail, "reply", Reason("way.draft_changed"), ActionState.DROPPED, parts)
    return mail


async def _not_done(mail: Mail, kind: str, reason: Reason, state: ActionState, parts: Parts) -> Mail:
    mail = await parts.store.note(mail, "unwanted", reason, parts.clock())
    return await parts.store.move_action(mail, kind, state, parts.clock())


def _just_looked(mail: Mail, parts: Parts) -> bool:
    understood = mail.found("understand", Understood)
    if understood is None or understood.looked is None:
        return False
    return timedelta(0) <= parts.clock() - understood.looked < JUST_LOOKED


async def _with_octets(mail: Mail, account: Account, parts: Parts) -> Mail:
    """A proposal that a person has approved is composed now: it is not an automatic mail any more."""
    action = mail.action("reply")
    assert action is not None
    if action.raw is not None or action.state is not ActionState.PLANNED:
        return mail
    facts = facts_of(mail, account.settings, templates(parts.settings))
    composed = composed_answer(facts, mail.identity, account.settings, parts.clock(), automatic=False, text=action.text)
    assert composed is not None, "a proposal has a text and somebody to send it to"
    return await parts.store.put_action(mail, replace(action, raw=composed.raw))
