"""Sending an answer at most once, whatever crashes.

    planned ─▶ sending ─▶ committing ─▶ sent ─▶ done         what it means after a crash
       │          │           │           └ it has left: only Sent copy and marks are still to do
       │          │           └ it may have left: look for it in Sent or among our own copies; sent again only where
       │          │             the very same message is found still waiting, which the server cannot send twice
       └──────────┴ nothing can have left: send

The state is durable before what it announces: `committing` before the final dot, because a line that is lost after
the dot says nothing about whether the server has taken the mail (RFC 1047).
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from repondeur.errors import LoginRefused, MailboxUnavailable, SubmissionRefused, SubmissionUnknown
from repondeur.mailboxes.base import Evidence, Mailbox, Submission
from repondeur.policy.retry import Again
from repondeur.store import gate
from repondeur.store.limits import Sending
from repondeur.store.records import ActionState, Mail, StoredAction
from repondeur.store.store import Store
from repondeur.telemetry import metrics
from repondeur.texts import Reason

log = structlog.get_logger(__name__)

KIND = "reply"
LOOK_AGAIN = timedelta(seconds=2)
# A mailbox that cannot be reached proves nothing, and it comes back: only after this long is a person asked.
AWAY, LOOK_AGAIN_AWAY = timedelta(days=1), timedelta(seconds=30)
REST = timedelta(seconds=10)  # what the server has taken may lie where it was for a moment; only then is it "not sent"


async def send(
    mail: Mail,
    mailbox: Mailbox,
    store: Store,
    clock: Callable[[], datetime],
    *,
    return_path: str,
    wait: timedelta,
    automatic: Sending | None,
) -> Mail | Again:
    """Takes the reply of this mail to sent, unknown or refused.

    return_path: as in Submission. wait: how long after `committing` to look for proof before a person is asked, while
    the mailbox can be reached. automatic: what is counted for it; None for what a person has approved.
    Raises MailboxUnavailable and LoginRefused when nothing has left and it may work later, SendingWithheld when nothing
    has left and it must not leave by itself, ClaimLost when another worker has the mail.
    """
    if _reply(mail).state is ActionState.COMMITTING:
        looked = await _look_for_it(mail, mailbox, store, clock, wait)
        if isinstance(looked, Again):
            return looked
        mail = looked
    if _reply(mail).state not in {ActionState.PLANNED, ActionState.SENDING}:
        return mail
    current = await gate.begin(store, mail, automatic, clock())

    async def committing() -> None:
        nonlocal current
        current = await gate.commit(store, current, automatic, clock())

    reply = _reply(mail)
    try:
        await mailbox.submit(_submission(mail, reply, return_path), committing)
    except SubmissionUnknown as lost:
        log.warning("reply.unknown", mail=mail.id, message_id=reply.message_id)
        return Again(clock() + LOOK_AGAIN, lost.reason, counts=False)
    except (MailboxUnavailable, LoginRefused):
        # The server has said no, or was never reached: nothing left, so it is back to what it was.
        await store.move_action(current, KIND, ActionState.PLANNED, clock())
        raise
    except SubmissionRefused as refusal:
        metrics.REPLIES.labels(mail.mailbox, "refused").inc()
        log.warning("reply.refused", mail=mail.id, message_id=reply.message_id, reason=refusal.reason.code)
        current = await store.move_action(current, KIND, ActionState.REFUSED, clock())
        return await store.note(current, "refused", refusal.reason, clock())
    metrics.REPLIES.labels(mail.mailbox, "sent").inc()
    log.info("reply.sent", mail=mail.id, message_id=reply.message_id)
    return await store.move_action(current, KIND, ActionState.SENT, clock())


def _reply(mail: Mail) -> StoredAction:
    reply = mail.action(KIND)
    assert reply is not None
    return reply


def _submission(mail: Mail, reply: StoredAction, return_path: str) -> Submission:
    assert reply.raw is not None
    return Submission(reply.message_id, reply.raw, return_path, reply.recipient, mail.refs)


async def _look_for_it(
    mail: Mail, mailbox: Mailbox, store: Store, clock: Callable[[], datetime], wait: timedelta
) -> Mail | Again:
    """The mail with its reply sent, unknown, or planned once more; or when to look again."""
    reply = _reply(mail)
    evidence = await mailbox.evidence(reply.message_id)
    if evidence is Evidence.SENT:
        metrics.REPLIES.labels(mail.mailbox, "sent").inc()
        log.info("reply.found_sent", mail=mail.id, message_id=reply.message_id)
        return await store.move_action(mail, KIND, ActionState.SENT, clock())
    waited = clock() - reply.changed
    if evidence is Evidence.WAITS and not timedelta(0) <= waited < min(wait, REST):
        log.info("reply.still_waits", mail=mail.id, message_id=reply.message_id)
        return await store.move_action(mail, KIND, ActionState.PLANNED, clock())
    # A clock that was set back must not make us look for ever.
    if evidence is Evidence.UNREACHABLE and wait <= waited < AWAY:
        return Again(clock() + LOOK_AGAIN_AWAY, Reason("way.looking_for_sent"), counts=False)
    if timedelta(0) <= waited < wait:
        return Again(clock() + LOOK_AGAIN, Reason("way.looking_for_sent"), counts=False)
    metrics.REPLIES.labels(mail.mailbox, "unknown").inc()
    log.warning("reply.unproven", mail=mail.id, message_id=reply.message_id, evidence=evidence.value)
    return await store.move_action(mail, KIND, ActionState.UNKNOWN, clock())
