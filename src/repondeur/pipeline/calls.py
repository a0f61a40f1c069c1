"""Calls of other systems on the way of a mail: which are planned, and how they are made."""

from dataclasses import replace
from datetime import datetime

import structlog

from repondeur.actions import call
from repondeur.pipeline.findings import Planned
from repondeur.pipeline.parts import Account, Parts
from repondeur.policy.calls import Call, Calls, Parameter
from repondeur.policy.decision import Action
from repondeur.policy.facts import Facts
from repondeur.policy.retry import Again
from repondeur.settings.schema import Settings
from repondeur.store.calls import LEFT
from repondeur.store.limits import SendingWithheld
from repondeur.store.records import ActionState, Mail, StoredAction
from repondeur.texts import Reason

log = structlog.get_logger(__name__)


def known_calls(settings: Settings) -> tuple[Call, ...]:
    """As policy sees them."""
    return tuple(
        Call(
            id=one.id,
            method=one.method,
            url=one.url,
            body=one.body,
            intents=one.intents,
            mailboxes=one.mailbox,
            parameters={
                name: Parameter(given.source, given.type, given.pattern, given.max_length, given.enum, given.required)
                for name, given in one.parameters.items()
            },
        )
        for one in settings.call
    )


def with_calls(planned: Planned, calls: Calls) -> Planned:
    """The decision with the calls among what is to be carried out."""
    actions = (*planned.decision.actions, *(Action("call", one.id) for one in calls.made))
    return replace(planned, decision=replace(planned.decision, actions=actions), calls_left_out=calls.left_out)


def call_effects(mail: Mail, calls: Calls, facts: Facts, now: datetime) -> list[StoredAction]:
    """Those that this mail has not had yet: one that may have left stays as it is, whoever wants the mail taken up
    again. Where sending is paused or over a limit, a person may have them made."""
    state = ActionState.PROPOSED if facts.paused or facts.over_limit else ActionState.PLANNED
    effects = [replace(call.stored(mail.id, one, now), state=state) for one in calls.made]
    return [one for one in effects if (before := mail.action(one.kind)) is None or before.state not in LEFT]


async def make_calls(mail: Mail, account: Account, parts: Parts) -> Mail | Again:
    """Every planned call, one after the other."""
    for kind in [one.kind for one in mail.actions if one.kind.startswith(call.PREFIX)]:
        action = mail.action(kind)
        assert action is not None
        if action.state not in {ActionState.PLANNED, ActionState.COMMITTING}:
            continue
        unwanted = mail.found("unwanted", Reason)
        if unwanted is not None and action.state is ActionState.PLANNED:
            # A pause can be ended; where a newer mail, or a person, was quicker, nobody waits for it.
            left = ActionState.PROPOSED if unwanted.code.startswith("limits.") else ActionState.DROPPED
            mail = await parts.store.move_action(mail, kind, left, parts.clock())
            continue
        assert parts.caller is not None, "what plans calls can make them"
        most = account.settings.limit_mailbox
        try:
            result = await call.make(mail, kind, parts.caller, parts.store, parts.clock, most=most)
        except SendingWithheld as withheld:
            log.warning("call.held_back", mail=mail.id, call=action.kind, reason=withheld.reason.code)
            result = await parts.store.move_action(mail, kind, ActionState.PROPOSED, parts.clock())
        if isinstance(result, Again):
            return result
        mail = result
    return mail
