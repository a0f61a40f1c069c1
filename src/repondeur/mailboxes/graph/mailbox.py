"""A mailbox worked by Microsoft Graph: the asyncio face of the parts in this folder."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from uuid import uuid4

import structlog

from repondeur.errors import StoreUnavailable
from repondeur.mailboxes.base import Arrival, Evidence, Finding, MessageRef, Outcome, Submission
from repondeur.mailboxes.graph.arrivals import Inbox
from repondeur.mailboxes.graph.check import CheckOptions, findings
from repondeur.mailboxes.graph.client import Client
from repondeur.mailboxes.graph.exchange import DEFAULT_TIMEOUTS, Timeouts
from repondeur.mailboxes.graph.filing import Filing
from repondeur.mailboxes.graph.folders import Folders
from repondeur.mailboxes.graph.hook import HookAddress
from repondeur.mailboxes.graph.keys import KeyRing
from repondeur.mailboxes.graph.lease import Lease
from repondeur.mailboxes.graph.outgoing import Outgoing
from repondeur.mailboxes.graph.sign_in import SignIn
from repondeur.mailboxes.graph.subscription import Keeper
from repondeur.settings.schema import GraphSettings
from repondeur.store.ledger import Ledger

log = structlog.get_logger(__name__)

PEEK = 3.0  # seconds


def now_in_utc() -> datetime:
    return datetime.now(UTC)


class GraphMailbox:
    """Implements mailboxes.base.Mailbox. For one event loop; connects when first used.

    hook: where Graph sends its notices; None: changes are read at every look. alone: no other process works this
    mailbox. Of several, the one that has the lease reads what is new; the others get nothing to take up. peek: seconds
    between two looks for what other processes have stored.
    """

    def __init__(
        self,
        settings: GraphSettings,
        *,
        ledger: Ledger,
        clock: Callable[[], datetime] = now_in_utc,
        hook: HookAddress | None = None,
        ring: KeyRing | None = None,
        alone: bool = True,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        peek: float = PEEK,
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self._hook = hook
        self._alone = alone
        self._peek = peek
        self._clock = clock
        self._sign_in = SignIn(settings)
        self._client = Client(settings, self._sign_in, timeouts)
        self._folders = Folders(self._client, settings)
        self._inbox = Inbox(settings, self._client, ledger, self._folders, clock, pushed=hook is not None)
        self._outgoing = Outgoing(settings, self._client, ledger, self._folders)
        self._filing = Filing(settings, self._client, ledger, self._folders, self._inbox)
        owner = uuid4().hex
        self._lease = Lease(ledger, settings.name, owner, clock, alone=alone)
        self.keeper: Keeper | None = None
        if hook is not None:
            self.keeper = Keeper(settings, self._client, ledger, hook, owner, clock, self._resync, ring, alone=alone)
        self._keeping: asyncio.Task[None] | None = None
        self._bell = asyncio.Event()
        self._owned = False

    @property
    def name(self) -> str:
        return self._settings.name

    # -- receiving

    async def unread(self) -> Sequence[Arrival]:
        # Cleared before the look: what is told from here on may have come too late for it.
        self._bell.clear()
        self._owned = await self._lease.owned()
        return await self._inbox.unread() if self._owned else ()

    async def wait(self, seconds: float) -> None:
        if self.keeper is not None and self._keeping is None:
            self._keeping = asyncio.create_task(self.keeper.keep())
        if self._owned and self.keeper is not None:
            seconds = min(seconds, self._inbox.seconds_to_delta())
        if self._alone:
            await self._rung(seconds)
        else:
            await self._rung_or_stored(seconds)
        self._bell.clear()

    def notice(self) -> None:
        """The hook has stored something for this mailbox: mail, or what happens to a subscription. On its loop."""
        self._bell.set()
        if self.keeper is not None:
            self.keeper.wake()

    def _resync(self) -> None:
        """Notices may have been lost."""
        self._inbox.delta_due()
        self._bell.set()

    async def _rung(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._bell.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _rung_or_stored(self, seconds: float) -> None:
        """The hook of another process cannot ring our bell; and it may have left the mailbox to us."""
        clock = asyncio.get_running_loop().time
        end = clock() + seconds
        while (left := end - clock()) > 0 and not await self._rung(min(self._peek, left)):
            before, self._owned = self._owned, await self._lease.owned()
            if self._owned and (not before or await self._inbox.has_news()):
                return

    def fetch(self, arrivals: Sequence[Arrival], limit: int) -> AsyncIterator[tuple[Arrival, bytes | None]]:
        return self._inbox.fetch(arrivals, limit)

    async def taken(self, arrivals: Sequence[Arrival]) -> None:
        await self._inbox.taken(arrivals)

    async def answered_by_person(
        self, ref: MessageRef, message_id: str | None, ours: Callable[[str], Awaitable[bool]]
    ) -> bool:
        return await self._filing.answered_by_person(ref, message_id, ours)

    # -- sending

    async def submit(self, submission: Submission, committing: Callable[[], Awaitable[None]]) -> None:
        await self._outgoing.submit(submission, committing)

    async def evidence(self, message_id: str) -> Evidence:
        return await self._outgoing.evidence(message_id)

    async def file_sent(self, message_id: str, raw: bytes, final: bool, *, drafted: bool = False) -> bool:
        return await self._outgoing.file_sent(message_id, raw, final, drafted=drafted)

    # -- filing

    async def save_draft(self, message_id: str, raw: bytes, answers: Sequence[MessageRef] = ()) -> None:
        await self._outgoing.save_draft(message_id, raw, answers)

    async def draft_unchanged(self, message_id: str, raw: bytes) -> bool:
        return await self._outgoing.draft_unchanged(message_id, raw)

    async def withdraw(self, message_id: str, raw: bytes) -> bool:
        return await self._outgoing.withdraw(message_id, raw)

    async def settle(self, ref: MessageRef, message_id: str | None, *, outcome: Outcome, folder: str | None) -> None:
        await self._filing.settle(ref, message_id, outcome=outcome, folder=folder)

    # -- looking after it

    async def check(self, other: str = "") -> AsyncIterator[Finding]:
        """other: the address of a mailbox that must be out of our reach; "" tries none."""
        parts = (self._settings, self._client, self._sign_in, self._ledger, self._folders, self._hook)
        async for finding in findings(*parts, CheckOptions(other_mailbox=other), self._clock):
            yield finding

    async def close(self) -> None:
        """The subscription stays: what it tells meanwhile is stored, or delivered again."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])
        try:
            await self._lease.give_up()
        except StoreUnavailable as error:  # it ends by itself
            log.warning("graph.lease_not_given_up", mailbox=self.name, code=error.reason.code)
        await self._client.close()
        await self._sign_in.close()
