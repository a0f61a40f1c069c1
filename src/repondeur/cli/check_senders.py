"""Do the settings of who is answered mean anybody?"""

from collections.abc import Iterator

from repondeur.mailboxes.base import Finding
from repondeur.settings.schema import MailboxSettings
from repondeur.texts import Reason


def check_senders(mailbox: MailboxSettings) -> Iterator[Finding]:
    """A finding for each setting that means nobody as the others stand; nothing where all mean somebody."""
    proven = bool(mailbox.authserv_id) or mailbox.own_dkim_check
    if mailbox.internal_senders and not proven:
        yield Finding("check.senders", "warning", Reason("check.colleagues_unproven"))
    if mailbox.only_allowed and not mailbox.allow_senders and not (mailbox.internal_senders and proven):
        yield Finding("check.senders", "warning", Reason("check.nobody_allowed"))
