"""A mailbox in memory: what the way of a mail asks of one, and nothing else. For tests of the way and benchmarks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from repondeur.errors import MessageGone
from repondeur.mailboxes.base import Arrival, Evidence, Finding, MessageRef, Outcome, Submission
from repondeur.texts import Reason


@dataclass
class Kept:
    raw: bytes
    flags: set[str] = field(default_factory=set)
    folder: str = "INBOX"


class MemoryMailbox:
    """before_commit, after_commit: raised by submit at that point, one a call, None for no failure."""

    def __init__(self, name: str = "support@boutique.example") -> None:
        self.name = name
        self.kept: dict[MessageRef, Kept] = {}
        self.submitted: list[Submission] = []
        self.drafts: dict[str, bytes] = {}
        self.withdrawn: list[str] = []
        self.sent: dict[str, bytes] = {}
        self.before_commit: list[Exception | None] = []
        self.after_commit: list[Exception | None] = []
        self.unproven: set[str] = set()
        self.waiting: set[str] = set()  # Message-IDs that lie ready and have not left
        self.refusals: dict[MessageRef, Reason] = {}
        self.taken_refs: set[MessageRef] = set()
        self.reachable = True
        self._news = asyncio.Event()

    def put(self, raw: bytes) -> MessageRef:
        ref = MessageRef("INBOX", f"1/{len(self.kept) + 1}")
        self.kept[ref] = Kept(raw)
        self._news.set()
        return ref

    async def unread(self) -> Sequence[Arrival]:
        self._news.clear()
        return [
            Arrival(ref, len(kept.raw), self.refusals.get(ref))
            for ref, kept in self.kept.items()
            if "seen" not in kept.flags and kept.folder == "INBOX"
        ]

    async def wait(self, seconds: float) -> None:
        async with asyncio.timeout(seconds):
            await self._news.wait()

    async def fetch(self, arrivals: Sequence[Arrival], limit: int) -> AsyncIterator[tuple[Arrival, bytes | None]]:
        for arrival in arrivals:
            kept = self.kept.get(arrival.ref)
            yield arrival, None if kept is None or arrival.ref in self.refusals else kept.raw[:limit]

    async def taken(self, arrivals: Sequence[Arrival]) -> None:
        self.taken_refs.update(arrival.ref for arrival in arrivals)

    async def answered_by_person(
        self, ref: MessageRef, message_id: str | None, ours: Callable[[str], Awaitable[bool]]
    ) -> bool:
        kept = self.kept.get(ref)
        if kept is not None and "answered" in kept.flags:
            return True
        for sent_id, raw in self.sent.items() if message_id else ():
            if f"In-Reply-To: <{message_id}>".encode() in raw and not await ours(sent_id):
                return True
        return False

    async def submit(self, submission: Submission, committing: Callable[[], Awaitable[None]]) -> None:
        if self.before_commit and (failure := self.before_commit.pop(0)):
            raise failure
        await committing()
        if self.after_commit and (failure := self.after_commit.pop(0)):
            raise failure
        self.submitted.append(submission)

    async def evidence(self, message_id: str) -> Evidence:
        if not self.reachable:
            return Evidence.UNREACHABLE
        if message_id in self.waiting:
            return Evidence.WAITS
        left = any(one.message_id == message_id for one in self.submitted)
        return Evidence.SENT if left and message_id not in self.unproven else Evidence.NOT_FOUND

    async def file_sent(self, message_id: str, raw: bytes, final: bool, *, drafted: bool = False) -> bool:
        if drafted and await self.draft_unchanged(message_id, raw):
            del self.drafts[message_id]
        self.sent.setdefault(message_id, raw)
        return True

    async def save_draft(self, message_id: str, raw: bytes, answers: Sequence[MessageRef] = ()) -> None:
        self.drafts.setdefault(message_id, raw)

    async def draft_unchanged(self, message_id: str, raw: bytes) -> bool:
        return self.drafts.get(message_id) == raw

    async def withdraw(self, message_id: str, raw: bytes) -> bool:
        self.withdrawn.append(message_id)
        if await self.draft_unchanged(message_id, raw):
            del self.drafts[message_id]
        return message_id not in self.drafts

    async def settle(self, ref: MessageRef, message_id: str | None, *, outcome: Outcome, folder: str | None) -> None:
        if outcome in {"held", "failed"}:
            return
        kept = self.kept.get(ref)
        if kept is None:
            raise MessageGone("imap.message_gone", folder=ref.folder)
        kept.flags |= {"seen", "answered"} if outcome == "answered" else {"seen"}
        kept.folder = folder or kept.folder

    async def check(self, other: str = "") -> AsyncIterator[Finding]:
        for finding in ():
            yield finding

    async def close(self) -> None:
        pass
