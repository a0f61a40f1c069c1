"""Decide, guard, and store every effect before it is begun. What leaves is decided here, by our code."""

from datetime import datetime

import structlog

from repondeur.mail.compose import Composed, compose_reply, deterministic_message_id
from repondeur.mail.message import Message
from repondeur.pipeline.findings import Planned, Understood
from repondeur.pipeline.parts import Account, Parts
from repondeur.policy.decide import Action, Decision, decide
from repondeur.policy.facts import Facts
from repondeur.policy.guard import guard
from repondeur.policy.recipient import recipient
from repondeur.policy.reply import proposed_text
from repondeur.store.records import ActionState, Mail, Stage, StoredAction

log = structlog.get_logger(__name__)


async def plan(mail: Mail, parts: Parts) -> Mail:
    """Stores a Planned and the effects that follow from it, in one transaction."""
    understood = mail.found("understand", Understood)
    assert understood is not None
    assert mail.message is not None
    account = parts.accounts[mail.mailbox]
    facts = facts_of(mail.message, understood, account, parts)
    planned, text = judged(facts)
    now = parts.clock()
    actions = _effects(mail, mail.message, planned.decision, text=text, account=account, now=now)
    log.info("mail.decided", mail=mail.id, verdict=planned.decision.verdict, reason=planned.reason.code)
    return await parts.store.plan(mail, {"decide": planned}.items(), actions, Stage.ACT, now)


def facts_of(message: Message, understood: Understood, account: Account, parts: Parts) -> Facts:
    """Everything the rules may look at."""
    return Facts(
        message=message,
        screening=understood.screening,
        analysis=understood.analysis,
        analysis_failure=understood.failure,
        reply_mode=account.settings.reply,
        passages=understood.passages,
        languages=account.settings.languages,
        superseded_by=understood.superseded_by,
        answered_by_person=understood.answered_by_person,
        own_addresses=parts.own_addresses,
    )


def judged(facts: Facts) -> tuple[Planned, str]:
    """The rules decide, then the guard may lower the verdict, never raise it. Also the text that is proposed."""
    decision = decide(facts)
    text = proposed_text(facts)
    if decision.verdict != "answer":
        return Planned(decision), text
    guarding = guard(text, facts)
    if guarding.verdict == "send":
        return Planned(decision, guarding), text
    lowered = Decision(
        "draft" if guarding.verdict == "draft" else "hold",
        guarding.reasons[0],
        (Action("draft"),) if guarding.verdict == "draft" else (),
    )
    return Planned(lowered, guarding), text


def _effects(
    mail: Mail, message: Message, decision: Decision, *, text: str, account: Account, now: datetime
) -> list[StoredAction]:
    to = recipient(message)
    if not text or to is None:
        return []
    message_id = reply_id(mail, account)
    if decision.verdict == "hold":
        return [StoredAction(mail.id, "reply", ActionState.PROPOSED, message_id, to.address, text, None, now)]
    effects = []
    for action in decision.actions:
        composed = composed_reply(mail, message, text, account, now, automatic=action.kind == "reply")
        effects.append(
            StoredAction(
                mail.id, action.kind, ActionState.PLANNED, message_id, to.address, composed.text, composed.raw, now
            )
        )
    return effects


def reply_id(mail: Mail, account: Account) -> str:
    """The Message-ID of the one answer to this mail, the same however often it is computed."""
    domain = account.settings.from_email.rpartition("@")[2]
    return deterministic_message_id(mail.mailbox, mail.identity, "reply", domain)


def composed_reply(
    mail: Mail, message: Message, text: str, account: Account, now: datetime, *, automatic: bool
) -> Composed:
    """The answer as it goes out. automatic: no person has seen it."""
    to = recipient(message)
    assert to is not None
    understood = mail.found("understand", Understood)
    language = understood.analysis.language if understood and understood.analysis else message.language
    return compose_reply(
        message,
        sender=account.settings.address,
        recipient=to,
        text=text,
        message_id=reply_id(mail, account),
        date=now,
        signature=account.settings.signature,
        language=language,
        automatic=automatic,
    )
