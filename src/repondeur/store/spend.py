"""What models have cost, kept in the database: exact, however many processes add to it at once.

Before a call begins its estimate is put beside what was spent, and taken away when its cost is known. What a crash has
left there counts for the rest of the day: the call may have been paid for.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import ROUND_CEILING, Decimal
from functools import cache
from typing import Final

from sqlalchemy import Connection, bindparam, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from repondeur.policy.analysis import Usage
from repondeur.policy.spending import CapReached, Reserved
from repondeur.store.database import Database
from repondeur.store.tables import spend

BILLIONTH: Final = Decimal(1).scaleb(-9)  # of a US dollar
LOCK: Final = 0x7370656E  # any number that no other program takes
_COUNTED: Final = ("calls", "input_tokens", "output_tokens", "cost", "under_way")
_TODAY = select(
    func.coalesce(func.sum(spend.c.cost), 0).label("cost"),
    func.coalesce(func.sum(spend.c.under_way), 0).label("under_way"),
).where(spend.c.day == bindparam("of_day"))
_END = (
    update(spend)
    .where(spend.c.day == bindparam("of_day"), spend.c.model == bindparam("of_model"))
    .values(under_way=spend.c.under_way - bindparam("estimate"))
)


class StoredSpending:
    """now: with zone."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def today(self) -> Decimal:
        """US dollars of this day of UTC, all models and all processes together; calls under way not counted."""
        given = {"of_day": self._day()}
        return int((await self._database.read(lambda found: found.execute(_TODAY, given).one())).cost) * BILLIONTH

    async def begin(self, model: str, estimate: Decimal, cap: Decimal) -> Reserved:
        """Puts the estimate of a call beside what was spent. Raises CapReached when that is as much as the cap."""
        day, billionths, most = self._day(), _billionths(estimate), _billionths(cap)

        def work(connection: Connection) -> CapReached | None:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            spent = connection.execute(_TODAY, {"of_day": day}).one()
            if spent.cost + spent.under_way >= most:
                return CapReached(int(spent.cost) * BILLIONTH, cap, for_now=spent.cost < most)
            connection.execute(_add(connection.dialect.name), _row(day, model, Usage(), billionths))
            return None

        if (reached := await self._database.run(work)) is not None:
            raise reached
        return Reserved(model, day, billionths * BILLIONTH)

    async def end(self, reserved: Reserved, usage: Usage) -> None:
        """What the call has cost, in the place of its estimate."""
        given = {"of_day": reserved.day, "of_model": reserved.model, "estimate": _billionths(reserved.estimate)}

        def work(connection: Connection) -> None:
            connection.execute(_END, given)
            connection.execute(_add(connection.dialect.name), _row(reserved.day, reserved.model, usage))

        await self._database.run(work)

    async def add(self, model: str, usage: Usage) -> None:
        """Counts what a model has cost, where there is no cap. A fraction of a billionth of a dollar counts as a whole
        one."""
        row = _row(self._day(), model, usage)
        await self._database.run(lambda connection: connection.execute(_add(connection.dialect.name), row))

    def _day(self) -> date:
        return self._now().astimezone(UTC).date()


def _billionths(dollars: Decimal) -> int:
    return int((dollars / BILLIONTH).to_integral_value(ROUND_CEILING))


def _row(day: date, model: str, usage: Usage, under_way: int = 0) -> dict[str, object]:
    return {
        "day": day,
        "model": model,
        "calls": usage.calls,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cost": _billionths(usage.cost or Decimal(0)),
        "under_way": under_way,
    }


@cache
def _add(dialect: str) -> sqlite.Insert | postgresql.Insert:
    """Adds to the row of the day and the model, which it makes; one statement, so that nothing is lost in between."""
    insert = sqlite.insert(spend) if dialect == "sqlite" else postgresql.insert(spend)
    sums = {name: spend.c[name] + insert.excluded[name] for name in _COUNTED}
    return insert.on_conflict_do_update(index_elements=["day", "model"], set_=sums)
