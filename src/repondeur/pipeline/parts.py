"""What the steps work with. Built once by wiring, handed to every step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from repondeur.actions.call import Caller
from repondeur.actions.notify import Notifier
from repondeur.attachments.reader import FileReader
from repondeur.authentication.checker import Checker
from repondeur.bounded.pool import Pool
from repondeur.engines.base import Engine
from repondeur.knowledge.index import Index
from repondeur.mailboxes.base import Mailbox
from repondeur.pipeline.alarms import Alarm, log_alarm
from repondeur.pipeline.meaning import Meaning
from repondeur.settings.schema import MailboxSettings, Settings
from repondeur.store.store import Store

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Account:
    """One mailbox and how it is to be worked."""

    mailbox: Mailbox
    settings: MailboxSettings


@dataclass(frozen=True, slots=True)
class Parts:
    """reader: of mail. files: of what is attached to it. worker: the name under which mails are claimed; None where one
    process is all there is. meaning: what tells passages of the same meaning, where settings name a model for it.
    alarm: tells people of what they should see today. checker: of signatures; without one none is checked. notifier:
    tells them of mails that have ended; None where nobody is to be told. caller: makes the calls of the settings."""

    settings: Settings
    store: Store
    accounts: Mapping[str, Account]
    engine: Engine
    index: Callable[[], Index]
    reader: Pool
    files: FileReader
    clock: Clock
    worker: str | None = None
    meaning: Meaning | None = None
    alarm: Alarm = field(default=log_alarm)
    checker: Checker | None = None
    notifier: Notifier | None = None
    caller: Caller | None = None

    @property
    def own_addresses(self) -> frozenset[str]:
        """Of all mailboxes: two of them must not answer each other."""
        return frozenset().union(*(account.settings.own_addresses for account in self.accounts.values()))
