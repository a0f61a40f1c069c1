"""What models have cost, on both databases, exact whoever counts."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from sqlalchemy import select

from repondeur.policy.analysis import Usage
from repondeur.store.database import Database
from repondeur.store.spend import StoredSpending
from repondeur.store.tables import spend

NIGHT = datetime(2026, 11, 21, 0, 30, tzinfo=timezone(timedelta(hours=1)))  # still the 20th in UTC
CALL = Usage(calls=1, input_tokens=1000, output_tokens=100, cost=Decimal("0.000000301"))


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


async def rows(database: Database) -> list[tuple[object, ...]]:
    found = await database.read(lambda connection: connection.execute(select(spend).order_by(spend.c.model)).all())
    return [tuple(row) for row in found]


async def test_nothing_is_lost_when_many_count_at_once(database: Database) -> None:
    both = [StoredSpending(database, Clock(NIGHT)) for _ in range(2)]
    await asyncio.gather(*(one.add(name, CALL) for one in both for name in ("large", "small") for _ in range(25)))
    day = datetime(2026, 11, 20, tzinfo=UTC).date()
    assert await rows(database) == [
        (day, "large", 50, 50_000, 5_000, 50 * 301),
        (day, "small", 50, 50_000, 5_000, 50 * 301),
    ]
    assert await both[0].today() == 100 * Decimal("0.000000301")


async def test_a_day_is_one_of_utc(database: Database) -> None:
    clock = Clock(NIGHT)
    spending = StoredSpending(database, clock)
    assert await spending.today() == 0
    await spending.add("large", Usage(calls=2, cost=Decimal("1.25")))
    assert await spending.today() == Decimal("1.25")
    clock.now += timedelta(hours=1)
    assert await spending.today() == 0
    await spending.add("large", Usage(calls=1, cost=Decimal("0.0000000001")))
    assert await spending.today() == Decimal("1e-9"), "rounded up, never away"


async def test_without_a_price_the_tokens_are_counted(database: Database) -> None:
    spending = StoredSpending(database, Clock(NIGHT))
    await spending.add("own", Usage(calls=1, input_tokens=7, output_tokens=3))
    [row] = await rows(database)
    assert row[1:] == ("own", 1, 7, 3, 0)
