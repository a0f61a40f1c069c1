"""Do what was planned, each effect once."""

from dataclasses import replace
from datetime import timedelta

from repondeur.actions import draft, reply
from repondeur.pipeline.findings import Understood
from repondeur.pipeline.parts import Account, Parts
from repondeur.pipeline.plan import composed_answer, facts_of
from repondeur.pipeline.understand import answered_by_person, superseded_by
from repondeur.policy.retry import Again
from repondeur.store.records import ActionState, Mail, Stage
from repondeur.texts import Reason

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
            unwanted = await _unwanted(mail, account, parts)
            if unwanted is not None:
                mail = await parts.store.note(mail, "unwanted", unwanted, parts.clock())
                mail = await parts.store.move_action(mail, kind, ActionState.DROPPED, parts.clock())
                continue
        result = await _do(mail, kind, account, parts)
        if isinstance(result, Again):
            return result
        mail = result
    # Not stored by itself: after a crash here, this step finds its effects done and comes to the same point.
    return replace(mail, stage=Stage.SETTLE)


async def _do(mail: Mail, kind: str, account: Account, parts: Parts) -> Mail | Again:
    if kind == "draft":
        return await draft.save(mail, account.mailbox, parts.store, parts.clock)
    mail = await _with_octets(mail, account, parts)
    wait = timedelta(seconds=parts.settings.sent_evidence_wait)
    return await reply.send(mail, account.mailbox, parts.store, parts.clock, wait)


async def _unwanted(mail: Mail, account: Account, parts: Parts) -> Reason | None:
    """A last look before anything leaves: things may have changed while the engine was thinking."""
    neighbours = await parts.store.neighbours(mail)
    newer = None if "approved" in mail.steps else await superseded_by(mail, neighbours, parts)
    if newer is not None:
        return Reason("decide.superseded", {"newer": newer})
    understood = mail.found("understand", Understood)
    if understood and understood.looked and parts.clock() - understood.looked < JUST_LOOKED:
        return None
    if await answered_by_person(mail, neighbours, account, parts):
        return Reason("decide.answered_by_person")
    return None


async def _with_octets(mail: Mail, account: Account, parts: Parts) -> Mail:
    """A proposal that a person has approved is composed now: it is not an automatic mail any more."""
    action = mail.action("reply")
    assert action is not None
    if action.raw is not None:
        return mail
    facts = facts_of(mail, account.settings)
    composed = composed_answer(facts, mail.identity, account.settings, parts.clock(), automatic=False, text=action.text)
    assert composed is not None, "a proposal has a text and somebody to send it to"
    return await parts.store.put_action(mail, replace(action, raw=composed.raw))
