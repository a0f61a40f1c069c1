"""Mailboxes on real and on scripted servers."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from tests.support.mailserver import MailServer, mail_server

from repondeur.mailboxes.imap.connection import Timeouts
from repondeur.mailboxes.imap.mailbox import ImapMailbox

__all__ = ["mail_server", "opened"]

QUICK = Timeouts(connect=3, command=3, whole=20, data=3)
Opened = Callable[..., ImapMailbox]


@pytest.fixture
async def opened() -> AsyncIterator[Opened]:
    """Opens mailboxes that are closed after the test."""
    mailboxes: list[ImapMailbox] = []

    def open_one(server: MailServer, address: str, **changes: Any) -> ImapMailbox:
        mailboxes.append(ImapMailbox(server.settings(address, **changes), QUICK))
        return mailboxes[-1]

    yield open_one
    for mailbox in mailboxes:
        await mailbox.close()
