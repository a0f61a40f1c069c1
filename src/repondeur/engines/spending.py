"""What models have cost, where there is no database to keep it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

from repondeur.policy.analysis import Usage
from repondeur.policy.spending import CapReached, Reserved


class SpendingOfThisRun:
    """Forgotten when the program ends: for dry runs. now: with zone."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._day = self._today()
        self._dollars = self._under_way = Decimal(0)

    async def today(self) -> Decimal:
        if self._today() != self._day:
            self._day, self._dollars, self._under_way = self._today(), Decimal(0), Decimal(0)
        return self._dollars

    async def begin(self, model: str, estimate: Decimal, cap: Decimal) -> Reserved:
        spent = await self.today()
        if spent + self._under_way >= cap:
            raise CapReached(spent, cap, for_now=spent < cap)
        self._under_way += estimate
        return Reserved(model, self._day, estimate)

    async def end(self, reserved: Reserved, usage: Usage) -> None:
        await self.add(reserved.model, usage)
        if reserved.day == self._day:
            self._under_way -= reserved.estimate

    async def add(self, model: str, usage: Usage) -> None:
        self._dollars = await self.today() + (usage.cost or Decimal(0))

    def _today(self) -> date:
        return self._now().astimezone(UTC).date()
