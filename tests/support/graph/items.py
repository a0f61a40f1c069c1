"""What lies in a mailbox: folders and messages."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from tests.support.graph import content


class Change(NamedTuple):
    """One line of a folder's history. kind: created, updated, deleted. properties: that changed, for updated."""

    at: int
    message_id: str
    kind: str
    properties: frozenset[str]
    mutable_id: str


class Outbound(NamedTuple):
    """One mail that left, as its recipients get it (without Bcc)."""

    raw: bytes
    recipients: tuple[str, ...]


@dataclass
class Folder:
    """parent: its parent's id. history: of the messages in it, oldest first."""

    id: str
    name: str
    well_known: str | None
    parent: str
    history: list[Change] = field(default_factory=list)

    @property
    def label(self) -> str:
        """What tests call it: the well-known name, or else the display name."""
        return self.well_known or self.name


@dataclass
class Item:
    """One message. id: immutable; mutable_id: what is given to clients that do not ask for immutable ids."""

    id: str
    mutable_id: str
    folder: Folder
    raw: bytes
    conversation_id: str
    received: datetime
    created: datetime
    modified: datetime
    is_read: bool = False
    is_draft: bool = False
    submitted: bool = False
    categories: tuple[str, ...] = ()
    flag: dict[str, Any] = field(default_factory=lambda: {"flagStatus": "notFlagged"})
    version: int = 1

    @cached_property
    def facts(self) -> dict[str, Any]:
        return content.facts(self.raw)

    @property
    def subject(self) -> str:
        return str(self.facts["subject"])

    @property
    def change_key(self) -> str:
        return content.made_id(self.id, self.version, prefix="CQAAAB")[:40]

    @property
    def etag(self) -> str:
        return f'W/"{self.change_key}"'

    def rewrite(self, raw: bytes) -> None:
        self.raw = raw
        self.__dict__.pop("facts", None)
