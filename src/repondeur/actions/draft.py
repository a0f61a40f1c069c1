"""Putting an answer into Drafts for a person, and taking it away again. Repeatable: the mailbox looks for the draft
first."""

from collections.abc import Callable
from datetime import datetime

import structlog

from repondeur.errors import LoginRefused, RepondeurError
from repondeur.mailboxes.base import Mailbox
from repondeur.store.records import ActionState, Mail
from repondeur.store.store import Store

log = structlog.get_logger(__name__)

KIND = "draft"


async def save(mail: Mail, mailbox: Mailbox, store: Store, clock: Callable[[], datetime]) -> Mail:
    """Takes the draft of this mail to done. Raises MailboxUnavailable when it may work later."""
    draft = mail.action(KIND)
    assert draft is not None
    if draft.state is not ActionState.PLANNED:
        return mail
    assert draft.raw is not None
    await mailbox.save_draft(draft.message_id, draft.raw, mail.refs)
    log.info("draft.saved", mail=mail.id, message_id=draft.message_id)
    return await store.move_action(mail, KIND, ActionState.DONE, clock())


async def take_back(mail: Mail, mailbox: Mailbox) -> bool:
    """Out of Drafts with a draft that is not wanted any more, so that nobody sends it by mistake. False when it is left
    there: a person has changed it, or the server does not let us. Raises MailboxUnavailable and LoginRefused when it
    may work later."""
    draft = mail.action(KIND)
    if draft is None or draft.raw is None or draft.state is not ActionState.DROPPED:
        return True
    try:
        gone = await mailbox.withdraw(draft.message_id, draft.raw)
    except RepondeurError as error:
        if error.temporary or isinstance(error, LoginRefused):
            raise
        log.warning("draft.not_withdrawn", mail=mail.id, message_id=draft.message_id, reason=error.reason.code)
        return False
    log.info("draft.withdrawn" if gone else "draft.left", mail=mail.id, message_id=draft.message_id)
    return gone
