"""Putting an answer into Drafts for a person. Repeatable: the mailbox looks for the draft first."""

from collections.abc import Callable
from datetime import datetime

import structlog

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
