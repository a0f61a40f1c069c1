"""What the store keeps, as values. Past this file nobody handles rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter

from repondeur.mail.message import Message, MessageRef
from repondeur.texts import Reason

T = TypeVar("T")


class Stage(StrEnum):
    """The next step of a mail's way."""

    UNDERSTAND = "understand"  # screen it, and ask the engine if it may be answered
    DECIDE = "decide"  # rules and guard; what will be done is stored before it is done
    ACT = "act"
    SETTLE = "settle"  # mark and move it in the mailbox
    FILE = "file"  # it has ended; only the copy in Sent is still to come
    DONE = "done"


class State(StrEnum):
    """How a mail ends. There is no other end."""

    ANSWERED = "answered"
    DRAFTED = "drafted"
    HELD = "held"
    IGNORED = "ignored"
    FILED = "filed"
    FAILED = "failed"


WAITS_FOR_A_PERSON: Final = (State.HELD, State.DRAFTED, State.FAILED)


class ActionState(StrEnum):
    """The way of one effect; what it means after a crash stands in docs/decisions/sending-once.md."""

    PROPOSED = "proposed"  # waits for a person
    PLANNED = "planned"  # its octets are stored; nothing was done
    SENDING = "sending"  # a connection may be open; nothing can have left
    COMMITTING = "committing"  # it may have left
    SENT = "sent"  # the server has taken it
    DONE = "done"  # and everything after it was done too
    UNKNOWN = "unknown"  # nobody can tell whether it left; a person was asked
    REFUSED = "refused"  # the server will never take it
    DROPPED = "dropped"  # not wanted any more


@dataclass(frozen=True, slots=True)
class NewMail:
    """A mail that was just read, and where it lies; ref is None for one that was gone before it could be read.
    identity: see identity_of. contents: octets of the attachments that are still to be read, by their place."""

    mailbox: str
    identity: str
    thread: str
    message: Message
    ref: MessageRef | None
    received: datetime
    stage: Stage = Stage.UNDERSTAND
    state: State | None = None
    reason: Reason | None = None
    contents: Mapping[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredAction:
    """One effect on the outside. raw: the exact octets that go out, None until composed."""

    mail_id: int
    kind: str
    state: ActionState
    message_id: str
    recipient: str
    text: str
    raw: bytes | None
    changed: datetime


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail with all that is known of it. steps: what each finished step found, by name, the latest of each.
    message is None once it was purged."""

    id: int
    mailbox: str
    identity: str
    message_id: str | None
    thread: str
    subject: str
    author: str
    received: datetime
    stage: Stage
    state: State | None
    reason: Reason | None
    tries: int
    retry_at: datetime | None
    claim: str | None
    message: Message | None
    refs: tuple[MessageRef, ...]
    steps: Mapping[str, Any]
    actions: tuple[StoredAction, ...]

    def action(self, kind: str) -> StoredAction | None:
        return next((action for action in self.actions if action.kind == kind), None)

    def found(self, step: str, kind: type[T]) -> T | None:
        """What a step found, or None when it has not been done."""
        return None if step not in self.steps else from_json(kind, self.steps[step])


@dataclass(frozen=True, slots=True)
class Summary:
    """One line of `messages list`."""

    id: int
    mailbox: str
    message_id: str | None
    subject: str
    author: str
    stage: Stage
    state: State | None
    reason: Reason | None
    received: datetime
    retry_at: datetime | None


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another mail of the same thread. reason: the code of why it ended as it did."""

    id: int
    message_id: str | None
    author: str
    state: State | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A mail whose way is not finished. retry_at: not before; None means now."""

    id: int
    thread: str
    retry_at: datetime | None
    claim: str | None


@dataclass(frozen=True, slots=True)
class Arrived:
    """What became of a batch. waiting: new ones; for one that was refused when it came nothing is left to do. known:
    here before, and how they ended."""

    waiting: tuple[Waiting, ...]
    known: tuple[tuple[NewMail, State | None], ...]

    def and_also(self, more: "Arrived") -> "Arrived":
        return Arrived((*self.waiting, *more.waiting), (*self.known, *more.known))


_adapters: dict[type, TypeAdapter[Any]] = {}


def _adapter(kind: type) -> TypeAdapter[Any]:
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def to_json(value: Any) -> Any:
    """A frozen value as what JSON can hold."""
    return _adapter(type(value)).dump_python(value, mode="json")


def from_json(kind: type[T], data: Any) -> T:
    """The way back. Raises pydantic.ValidationError for what no version of this program wrote."""
    value: T = _adapter(kind).validate_python(data)
    return value
