"""What models have cost, where there is no database to keep it."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from repondeur.policy.analysis import Usage


class SpendingOfThisRun:
    """Forgotten when the program ends: for dry runs. now: with zone."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._day = now().astimezone(UTC).date()
        self._dollars = Decimal(0)

    async def today(self) -> Decimal:
        day = self._now().astimezone(UTC).date()
        if day != self._day:
            self._day, self._dollars = day, Decimal(0)
        return self._dollars

    async def add(self, model: str, usage: Usage) -> None:
        self._dollars = await self.today() + (usage.cost or Decimal(0))
