"""Keeps Graph telling us of new mail: one live subscription for each watched folder, made, renewed, looked after.

Only the owner of the mailbox's lease does anything; what it does for one folder is in upkeep.py.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

import structlog

from repondeur.errors import RepondeurError, StoreUnavailable
from repondeur.mailboxes.graph import lifetime
from repondeur.mailboxes.graph.client import Client
from repondeur.mailboxes.graph.folders import Folders
from repondeur.mailboxes.graph.hook import HookAddress
from repondeur.mailboxes.graph.keys import KeyRing
from repondeur.mailboxes.graph.lease import RENEWED, Lease
from repondeur.mailboxes.graph.lifetime import Wanted
from repondeur.mailboxes.graph.subscribing import Subscribing
from repondeur.mailboxes.graph.upkeep import Upkeep
from repondeur.settings.schema import GraphSettings
from repondeur.store.ledger import Ledger, Subscription

log = structlog.get_logger(__name__)

CLOSE_SECONDS: Final = 3.0


class Keeper:
    """The subscriptions of one mailbox. For one event loop.

    owner: this process, as no other is called. resync: all changes are to be read. ring: key pairs, needed for notices
    with data. alone: no other process works the store. ticks: seconds, by a clock that nobody sets.
    """

    def __init__(  # noqa: PLR0917 - each has a type of its own
        self,
        settings: GraphSettings,
        client: Client,
        ledger: Ledger,
        hook: HookAddress,
        owner: str,
        clock: Callable[[], datetime],
        resync: Callable[[], None],
        ring: KeyRing | None = None,
        *,
        alone: bool = True,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self._hook = hook
        self._lease = Lease(ledger, settings.name, owner, clock, alone=alone)
        self._graph = Subscribing(settings.name, client, clock, ring if settings.graph_rich else None)
        folders, rich = Folders(client, settings), settings.graph_rich and ring is not None
        self._upkeeps: dict[str, Upkeep] = {}
        for folder in settings.graph_folders:
            wanted = Wanted(settings.mailbox_user_id, folder, hook.url, hook.secret, rich, settings.account)
            self._upkeeps[folder] = Upkeep(
                settings.name, wanted, self._graph, folders, ledger, self._lease, clock, resync, ticks
            )
        self._woken = asyncio.Event()

    # -- as a task

    async def keep(self) -> None:
        """Until it is cancelled. Never raises anything else. Gives the lease up at the end; subscriptions stay."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._again_and_again(self._hold, asyncio.Event(), RENEWED))
                tasks.create_task(self._again_and_again(self.step, self._woken, lifetime.LONGEST_WAIT))
        finally:
            await self.close()

    async def close(self) -> None:
        """Gives the lease up, so that the next owner need not wait."""
        with contextlib.suppress(TimeoutError, StoreUnavailable):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._lease.give_up()

    def wake(self) -> None:
        """Something has happened: look at once."""
        self._woken.set()

    async def owns(self) -> bool:
        """Is the mailbox ours, of all processes? Takes the lease if it is free. Raises StoreUnavailable."""
        return await self._lease.owned()

    async def _hold(self) -> float:
        await self._lease.owned()
        return RENEWED

    async def _again_and_again(
        self, look: Callable[[], Awaitable[float]], woken: asyncio.Event, longest: float
    ) -> None:
        failures = 0
        while True:
            woken.clear()
            try:
                wait = await look()
                failures = 0
            except Exception as error:  # the next look may work, and nobody else would take it up
                failures += 1
                wait = min(longest, lifetime.wait_after(failures))
                known = isinstance(error, StoreUnavailable)
                told = {"mailbox": self._settings.name, "problem": type(error).__name__, "seconds": wait}
                log.warning("graph.keeper_failed", **told, exc_info=None if known else error)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), wait)

    # -- one look

    async def step(self) -> float:
        """Does what is due for each folder; seconds until the next look. Raises StoreUnavailable."""
        if not await self.owns():
            return RENEWED
        kept = {row.folder: row for row in await self._ledger.subscriptions(self._settings.name)}
        for folder in sorted(kept.keys() - self._upkeeps.keys()):
            await self._leave(kept[folder])
        return min([await upkeep.look(kept.get(folder)) for folder, upkeep in self._upkeeps.items()])

    # -- the end of it

    async def _leave(self, kept: Subscription) -> None:
        """This folder is not watched any longer."""
        try:
            if kept.id:
                await self._graph.delete(kept.id)
        except StoreUnavailable:
            raise
        except RepondeurError as error:  # the next look tries again
            log.warning(
                "graph.subscription_not_removed", mailbox=kept.mailbox, folder=kept.folder, reason=error.reason.code
            )
        else:
            await self._ledger.drop_subscription(kept.mailbox, kept.folder)
            await self._ledger.keep_folders(kept.mailbox, self._upkeeps)  # what it has told until now

    async def remove(self) -> int:
        """Deletes all subscriptions of ours for this mailbox; how many there were. Raises what the client raises."""
        rows = await self._ledger.subscriptions(self._settings.name)
        ids = await self._graph.of_mailbox(self._settings.mailbox_user_id, self._hook.url)
        ids |= {row.id for row in rows if row.id}
        removed = sum([await self._graph.delete(id_) for id_ in sorted(ids)])
        for row in rows:
            await self._ledger.drop_subscription(row.mailbox, row.folder)
        log.info("graph.subscriptions_removed", mailbox=self._settings.name, count=removed)
        return removed
