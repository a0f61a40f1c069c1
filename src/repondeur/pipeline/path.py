"""The whole way of a mail, on one screen.

    receive ─▶ screen ─▶ understand ─▶ decide ─▶ guard ─▶ act ─▶ settle
    └ receive.py └────── understand.py ┘ └─ plan.py ──┘ └ act.py └ settle.py

A mail is a row in the store, and its `stage` says which step is next. A step stores what it found together with the
next stage, so after a crash the way goes on where it was and no step is done twice. Effects on the outside are stored
as planned before they are begun (plan.py), and each knows how to tell after a crash whether it happened (actions/).
"""

import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

import structlog

from repondeur.errors import ClaimLost, LoginRefused, RepondeurError
from repondeur.pipeline.act import act
from repondeur.pipeline.outcome import end_of
from repondeur.pipeline.parts import Parts
from repondeur.pipeline.plan import plan
from repondeur.pipeline.settle import after_settling, file, settle, show, tell_end
from repondeur.pipeline.understand import understand
from repondeur.policy.retry import Again, GiveUp, after_failure
from repondeur.store.records import ActionState, Mail, Stage, State
from repondeur.telemetry import metrics
from repondeur.texts import Reason

log = structlog.get_logger(__name__)

Step = Callable[[Mail, Parts], Awaitable[Mail | Again]]

WAY: Final[dict[Stage, Step]] = {
    Stage.UNDERSTAND: understand,  # may we answer this at all? then one call of the engine
    Stage.DECIDE: plan,  # rules decide, the guard has the last word, the effects are stored as planned
    Stage.ACT: act,  # each effect once
    Stage.SETTLE: settle,  # marked and moved in the mailbox; the mail has its end state
    Stage.FILE: file,  # afterwards: the copy in Sent
}


async def handle(mail_id: int, parts: Parts) -> Again | None:
    """Takes one mail as far as it goes. Gives back when to go on, or None when its way has ended."""
    mail = await parts.store.claim(mail_id, parts.worker)
    if mail is None:
        return None
    if mail.mailbox not in parts.accounts:
        log.debug("mail.mailbox_unknown", mail=mail.id, mailbox=mail.mailbox)  # said once at the start, see wiring
        await parts.store.release(mail)
        return None
    try:
        while mail.stage is not Stage.DONE:
            try:
                with metrics.STEP_SECONDS.labels(mail.stage.value).time():
                    result = await WAY[mail.stage](mail, parts)
            except ClaimLost:
                raise
            except Exception as error:  # noqa: BLE001  a defect must end in a state that a person sees, too
                result = await _failed(mail, error, parts)
            if isinstance(result, Again):
                await parts.store.later(mail, result.at, result.reason, counts=result.counts)
                return result
            mail = result
    except ClaimLost:
        # Another worker has the mail now. Whatever we believe to know about it is out of date.
        log.warning("mail.claim_lost", mail=mail.id)
        return None
    else:
        return None
    finally:
        await parts.store.release(mail)


async def _failed(mail: Mail, error: Exception, parts: Parts) -> Mail | Again:
    """Every failure ends in another try, or in a state that a person sees (I23)."""
    known = isinstance(error, RepondeurError)
    reason = (
        error.reason if isinstance(error, RepondeurError) else Reason("way.defect", {"error": type(error).__name__})
    )
    verdict = after_failure(
        reason,
        # A refused sign-in is mended by a person, and the mail can wait for that.
        temporary=error.temporary or isinstance(error, LoginRefused) if isinstance(error, RepondeurError) else True,
        expected=known,
        tries=mail.tries,
        most=parts.settings.max_tries,
        now=parts.clock(),
        jitter=random.random(),  # noqa: S311  spreads load, guards nothing
    )
    log.warning(
        "mail.step_failed",
        mail=mail.id,
        stage=mail.stage.value,
        tries=mail.tries + 1,
        reason=reason.code,
        gives_up=isinstance(verdict, GiveUp),
        exc_info=None if known else error,
    )
    metrics.FAILURES.labels(mail.stage.value, reason.code).inc()
    if isinstance(verdict, Again):
        return verdict
    mail = await _as_stored(mail, parts)
    now = parts.clock()
    if mail.stage is Stage.FILE:  # the answer has left long ago; only its copy is missing
        assert mail.state is not None
        return await parts.store.end(mail, mail.state, verdict.reason, Stage.DONE, now)
    if mail.stage is Stage.SETTLE:  # everything was done, only the marks in the mailbox are missing
        state, _ = end_of(mail)
        await tell_end(mail, state, verdict.reason, parts)
        metrics.MAILS.labels(mail.mailbox, state.value).inc()
        return await parts.store.end(mail, state, verdict.reason, after_settling(mail), now)
    reply = mail.action("reply")
    if reply is not None and reply.state is ActionState.COMMITTING:  # it may have left: a person decides, never we
        mail = await parts.store.move_action(mail, reply.kind, ActionState.UNKNOWN, now)
        return await _ended(mail, State.HELD, Reason("way.sending_unknown"), parts)
    return await _ended(mail, State.FAILED, verdict.reason, parts)


async def _as_stored(mail: Mail, parts: Parts) -> Mail:
    """How far the step had come when it failed: what it has stored by then is not known outside of it."""
    stored = await parts.store.get(mail.id)
    if stored is None or stored.claim != mail.claim:
        raise ClaimLost("store.claim_lost", mail=mail.id)
    return replace(stored, stage=mail.stage)


async def _ended(mail: Mail, state: State, reason: Reason, parts: Parts) -> Mail:
    metrics.MAILS.labels(mail.mailbox, state.value).inc()
    await tell_end(mail, state, reason, parts)
    mail = await parts.store.end(mail, state, reason, Stage.DONE, parts.clock())
    await show(mail, state, parts)
    return mail
