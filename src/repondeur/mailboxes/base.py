"""What the way of a mail asks of a mailbox, whatever protocol it speaks."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal, Protocol

from repondeur.mail.message import MessageRef
from repondeur.texts import Reason

__all__ = ["Arrival", "Evidence", "Finding", "Mailbox", "MessageRef", "Outcome", "Submission"]

# How the way of a mail ended, as the mailbox is to show it.
Outcome = Literal["answered", "drafted", "held", "ignored", "filed", "failed"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that lies in the inbox, unread. size: in octets, 0 while not known. refusal: why the server does not
    give it, or not whole; it is then not worked, but shown to people with this reason."""

    ref: MessageRef
    size: int
    refusal: Reason | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """One message to hand over. return_path: our address for the envelope, or "" for the null reverse-path (RFC 5321
    4.5.5; the mailbox falls back to its own address where the server refuses it). recipient: the one author. The
    mailbox may add its own address as a second envelope recipient: what arrives of that copy proves the sending.
    answers: where the message lies that this one answers; the first that is still there gives it its thread."""

    message_id: str
    raw: bytes
    return_path: str
    recipient: str
    answers: tuple[MessageRef, ...] = ()


class Evidence(Enum):
    """Did a message leave? WAITS: no, it still lies where it was made ready, and handing over the very same once more
    cannot double it. UNREACHABLE: we could not look, which is not a no."""

    SENT = "sent"
    WAITS = "waits"
    NOT_FOUND = "not_found"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `repondeur check`. what: catalogue code of the thing looked at, e.g. "check.imap_login"."""

    what: str
    status: Literal["ok", "warning", "failed"]
    reason: Reason


class Mailbox(Protocol):
    """All folders of one account, and the right to send as it. Every call has a timeout and raises only errors of
    repondeur.errors (MailboxUnavailable when it may work later)."""

    @property
    def name(self) -> str: ...

    async def unread(self) -> Sequence[Arrival]:
        """What waits in the inbox, oldest first; without what we marked as done before."""
        ...

    async def wait(self, seconds: float) -> None:
        """Returns as soon as something may have arrived, and after `seconds` at the latest."""
        ...

    def fetch(self, arrivals: Sequence[Arrival], limit: int) -> AsyncIterator[tuple[Arrival, bytes | None]]:
        """The raw messages, in order, without marking them read; each with its arrival, which may say more by now than
        the one that was given. A message over `limit` octets comes with its header only; one that is gone comes with
        None; one that is empty, or that lies there and that the server cannot give, comes as b"" (or with its header,
        if that can be had). One that the server fails at just now may be left out: it is offered again later."""
        ...

    async def taken(self, arrivals: Sequence[Arrival]) -> None:
        """These are stored, but for those that fetch has left out: a mailbox that remembers what it was told of need
        not remember them any longer."""
        ...

    async def answered_by_person(
        self, ref: MessageRef, message_id: str | None, ours: Callable[[str], Awaitable[bool]]
    ) -> bool:
        """Has someone else answered this message: it is marked answered, or a message in Sent is a reply to it.
        ours: tells whether a Message-ID of Sent is one of our own."""
        ...

    async def submit(self, submission: Submission, committing: Callable[[], Awaitable[None]]) -> None:
        """Hands one message over for delivery. Awaits `committing` after every recipient was accepted and before the
        point from which on a lost connection says nothing. Raises MailboxUnavailable (nothing left, may work later),
        SubmissionRefused (nothing left, never will), SubmissionUnknown (may have left)."""
        ...

    async def evidence(self, message_id: str) -> Evidence:
        """Looks for a message of ours in Sent, and for its self-copy in the inbox."""
        ...

    async def file_sent(self, message_id: str, raw: bytes, final: bool, *, drafted: bool = False) -> bool:
        """Sees to it that Sent holds the message once: there already, or its draft (if it was one and nobody has
        changed it) or its self-copy moved there, or appended.
        False: the self-copy may still arrive, try again later; with final=True it does not wait any longer."""
        ...

    async def save_draft(self, message_id: str, raw: bytes, answers: Sequence[MessageRef] = ()) -> None:
        """Puts the message into Drafts unless one with this Message-ID is there. answers: as in Submission."""
        ...

    async def draft_unchanged(self, message_id: str, raw: bytes) -> bool:
        """Does the draft that save_draft put there still lie in Drafts, with its text, subject and recipients as they
        are in `raw`? False when a person has changed, sent or deleted it."""
        ...

    async def withdraw(self, message_id: str, raw: bytes) -> bool:
        """Takes a message of ours that is not to leave now out of Drafts, whether save_draft or submit put it there: to
        where deleted messages lie. True when none lies in Drafts any more. False where one is left: a person has
        changed it, or the server has no place for what is deleted."""
        ...

    async def settle(self, ref: MessageRef, message_id: str | None, *, outcome: Outcome, folder: str | None) -> None:
        """Shows at `ref` how the way of the message ended. What a person must look at ("held", "failed") stays unread
        in its place, with a category or flag where the mailbox has them. Any other is marked as read and done (and
        answered), then moved to `folder` if given. Repeatable: when it is gone from there and one with this Message-ID
        lies in `folder`, it was moved before. Never touches another message. Raises MessageGone when it is not at
        `ref` any more, or `ref` is of an old UIDVALIDITY: it is then received again under its new place, if it has
        one."""
        ...

    def check(self, other: str = "") -> AsyncIterator[Finding]:
        """Looks at sign-in, folders and rights, one finding at a time; never raises. other: address of a mailbox that
        must be out of our reach, which is tried where one sign-in could reach several; "" tries none."""
        ...

    async def close(self) -> None: ...
