"""What the pages ask of the rest of the program. They only read; whatever works the mail stands behind this."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from repondeur.mail.message import Message
from repondeur.policy.analysis import Analysis
from repondeur.policy.decision import Decision
from repondeur.store.records import State
from repondeur.store.review import LeftToDo
from repondeur.texts import Language, Reason


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list. state: how the mail ended, or the name of the step it is in. reason: why, once there is
    one. received: with a zone."""

    id: int
    mailbox: str
    message_id: str | None
    subject: str
    author: str
    state: str
    reason: Reason | None
    received: datetime

    @property
    def forgotten(self) -> bool:
        """Whether who wrote it and about what was purged. Of a mail that could not be read it was never known."""
        unread = self.reason is not None and self.reason.code.startswith(("mail.", "bounded."))
        return self.state in set(State) and not (self.author or self.subject or unread)


@dataclass(frozen=True, slots=True)
class Step:
    """What one step of the way found, and when (with a zone). summary: a reason of the catalogue, or plain text."""

    step: str
    at: datetime
    summary: Reason | str


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer that was written for it. sent: it has left; otherwise it only waits or was dropped."""

    to: str
    subject: str
    text: str
    sent: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """A row of the record of decisions. at: with a zone. hash: that of the row, in hexadecimal. by: who wanted it,
    "" where that was no person, or was forgotten."""

    row: int
    at: datetime
    event: str
    hash: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Detail:
    """One mail and its way so far, steps and record oldest first. message: None once it was purged. left_to_do: what is
    left for a person to do (store.review)."""

    row: Row
    steps: tuple[Step, ...] = ()
    message: Message | None = None
    analysis: Analysis | None = None
    decision: Decision | None = None
    reply: Reply | None = None
    record: tuple[Recorded, ...] = ()
    left_to_do: LeftToDo | None = None


@dataclass(frozen=True, slots=True)
class Subscribed:
    """Whether a mailbox tells us of new mail in a folder. id: the server's, "" while there is none. valid_until,
    last_notice, last_check: with a zone, None for never. problem: why it does not work."""

    mailbox: str
    folder: str
    id: str
    valid_until: datetime
    last_notice: datetime | None
    last_check: datetime | None
    problem: Reason | None


@dataclass(frozen=True, slots=True)
class Stopped:
    """Where nothing leaves by itself. mailbox: "" for every one. since: with a zone. by: person, breaker."""

    mailbox: str
    since: datetime
    reason: Reason
    by: str


class Console(Protocol):
    """Each call may raise an error of repondeur.errors; its reason is then shown to the reader."""

    @property
    def language(self) -> Language:
        """The language for a reader whose browser asks for none that we speak."""
        ...

    async def last_mails(self, limit: int, before: int | None = None) -> Sequence[Row]:
        """At most `limit` mails, newest first; with `before`, only those with a smaller id."""
        ...

    async def mail(self, mail_id: int) -> Detail | None:
        """None when there is no such mail."""
        ...

    async def ready(self) -> Sequence[Reason]:
        """What keeps the program from working; empty when nothing does."""
        ...

    async def subscriptions(self) -> Sequence[Subscribed]:
        """Of all mailboxes that tell us of new mail. Without them it is found by looking, only later."""
        ...

    async def stopped(self) -> Sequence[Stopped]:
        """The mailboxes that are paused."""
        ...

    async def metrics(self) -> str:
        """All metrics in the Prometheus text format, version 0.0.4."""
        ...

    def metrics_allowed(self, ip: str) -> bool:
        """May a client with this address read the metrics?"""
        ...
