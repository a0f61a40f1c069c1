"""Show in the mailbox what was done, and end the mail."""

from datetime import timedelta

import structlog

from repondeur.actions import draft
from repondeur.errors import MessageGone, RepondeurError
from repondeur.mail.message import MessageRef
from repondeur.mailboxes.base import Mailbox
from repondeur.pipeline.findings import Understood
from repondeur.pipeline.outcome import end_of
from repondeur.pipeline.parts import Parts
from repondeur.policy.retry import Again
from repondeur.settings.schema import MailboxSettings
from repondeur.store.records import ActionState, Mail, Stage, State
from repondeur.telemetry import metrics
from repondeur.texts import Reason

log = structlog.get_logger(__name__)

SENT_COPY_WAIT = timedelta(seconds=15)  # how long our own copy of an answer may take before we file one ourselves
LONGEST_LOOK = timedelta(seconds=4)  # between two looks for it


async def settle(mail: Mail, parts: Parts) -> Mail:
    """Marks and moves the message wherever it lies, then stores the end state. Comes back to this step where it lies
    elsewhere by then."""
    account = parts.accounts[mail.mailbox]
    state, reason = end_of(mail)
    if reason.code == "way.rejected" and not await draft.take_back(mail, account.mailbox):
        reason = Reason("way.rejected_draft_left")
    for ref in mail.refs:
        await mark(ref, mail.message_id, state, account.mailbox, account.settings)
    await tell_end(mail, state, reason, parts)
    ended = await parts.store.end(mail, state, reason, after_settling(mail), parts.clock(), marked=True)
    if ended.state is None:  # it was delivered once more meanwhile, and is to be marked there as well
        return ended
    metrics.MAILS.labels(mail.mailbox, state.value).inc()
    log.info("mail.ended", mail=mail.id, state=state.value, reason=reason.code)
    return ended


async def tell_end(mail: Mail, state: State, reason: Reason, parts: Parts) -> None:
    """Plans what people are told of it; before the end is stored, so that a crash in between leaves nothing untold."""
    if parts.notifier is None:
        return
    understood = mail.found("understand", Understood)
    urgent = understood is not None and understood.analysis is not None and understood.analysis.priority == "urgent"
    await parts.notifier.ended(mail.id, mail.mailbox, state, reason, urgent=urgent)


def after_settling(mail: Mail) -> Stage:
    """An answer that has left still wants its copy in Sent."""
    reply = mail.action("reply")
    return Stage.FILE if reply is not None and reply.state is ActionState.SENT else Stage.DONE


async def mark(
    ref: MessageRef, message_id: str | None, state: State, mailbox: Mailbox, settings: MailboxSettings
) -> None:
    """Marks one message by how its mail ended. Repeatable."""
    try:
        await mailbox.settle(ref, message_id, outcome=state.value, folder=settings.processed_folder or None)
    except MessageGone:
        # A person has moved or deleted it meanwhile: theirs to decide, and nothing is left to mark.
        log.info("mail.gone", folder=ref.folder, ref=ref.id)


async def show(mail: Mail, state: State, parts: Parts) -> None:
    """Marks a mail that has ended short of its way, as far as that can be done now: the end itself is stored."""
    account = parts.accounts[mail.mailbox]
    for ref in mail.refs:
        try:
            await mark(ref, mail.message_id, state, account.mailbox, account.settings)
        except RepondeurError as error:
            log.warning("mail.not_marked", mailbox=mail.mailbox, ref=ref.id, reason=error.reason.code)
            return


async def file(mail: Mail, parts: Parts) -> Mail | Again:
    """Sees to it that Sent holds our answer once; waits a little for a copy that comes by itself."""
    reply = mail.action("reply")
    assert reply is not None
    assert mail.state is not None
    now = parts.clock()
    if reply.raw is None or reply.state is not ActionState.SENT:
        return await parts.store.finish(mail, None, now)
    final = now >= reply.changed + SENT_COPY_WAIT
    mailbox = parts.accounts[mail.mailbox].mailbox
    drafted = mail.action("draft") is not None
    if not await mailbox.file_sent(reply.message_id, reply.raw, final, drafted=drafted):
        waited = max((now - reply.changed).total_seconds(), 0.1)
        return Again(now + min(timedelta(seconds=waited), LONGEST_LOOK), counts=False)
    return await parts.store.finish(mail, reply.kind, now)
