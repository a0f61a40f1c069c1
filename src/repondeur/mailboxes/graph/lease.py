"""One owner of a mailbox, over all processes: it alone reads changes and keeps the subscriptions."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from repondeur.store.ledger import Ledger

SECONDS: Final = 30.0
RENEWED: Final = 10.0  # seconds after which whoever has it renews it


class Lease:
    """owner: this process, as no other is called. alone: no other process works the store, so whoever had the lease is
    dead. Raises StoreUnavailable."""

    def __init__(
        self, ledger: Ledger, mailbox: str, owner: str, clock: Callable[[], datetime], *, alone: bool = True
    ) -> None:
        self._ledger = ledger
        self._name = f"graph:{mailbox}"
        self._owner = owner
        self._clock = clock
        self._force = alone
        self._renewed: datetime | None = None

    async def owned(self) -> bool:
        """Takes it if it is free, and renews it when that is due."""
        if self._renewed is not None and timedelta() <= self._clock() - self._renewed < timedelta(seconds=RENEWED):
            return True
        return await self.renew()

    async def renew(self) -> bool:
        """Asks the store whatever was known before."""
        now = self._clock()
        ours = await self._ledger.lease(self._name, self._owner, SECONDS, now, force=self._force)
        self._force = False
        self._renewed = now if ours else None
        return ours

    async def give_up(self) -> None:
        """The next one need not wait until it ends."""
        if self._renewed is not None:
            self._renewed = None
            await self._ledger.give_up_lease(self._name, self._owner)
