"""What models have cost, kept in the database: exact, however many processes add to it at once."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import ROUND_CEILING, Decimal
from functools import cache
from typing import Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite

from repondeur.policy.analysis import Usage
from repondeur.store.database import Database
from repondeur.store.tables import spend

BILLIONTH: Final = Decimal(1).scaleb(-9)  # of a US dollar
_COUNTED: Final = ("calls", "input_tokens", "output_tokens", "cost")
_TODAY = select(func.sum(spend.c.cost)).where(spend.c.day == bindparam("of_day"))


class StoredSpending:
    """now: with zone."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def today(self) -> Decimal:
        """US dollars of this day of UTC, all models and all processes together."""
        given = {"of_day": self._day()}
        found = await self._database.read(lambda connection: connection.scalar(_TODAY, given))
        return int(found or 0) * BILLIONTH

    async def add(self, model: str, usage: Usage) -> None:
        """Counts what a model has cost. A fraction of a billionth of a dollar counts as a whole one."""
        cost = ((usage.cost or Decimal(0)) / BILLIONTH).to_integral_value(ROUND_CEILING)
        row = {
            "day": self._day(),
            "model": model,
            "calls": usage.calls,
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
            "cost": int(cost),
        }
        await self._database.run(lambda connection: connection.execute(_add(connection.dialect.name), row))

    def _day(self) -> date:
        return self._now().astimezone(UTC).date()


@cache
def _add(dialect: str) -> sqlite.Insert | postgresql.Insert:
    """Adds to the row of the day and the model, which it makes; one statement, so that nothing is lost in between."""
    insert = sqlite.insert(spend) if dialect == "sqlite" else postgresql.insert(spend)
    sums = {name: spend.c[name] + insert.excluded[name] for name in _COUNTED}
    return insert.on_conflict_do_update(index_elements=["day", "model"], set_=sums)
