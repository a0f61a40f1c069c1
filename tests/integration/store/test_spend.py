"""What models have cost, on both databases, exact whoever counts."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import select

from repondeur.policy.analysis import Usage
from repondeur.policy.spending import CapReached, Reserved
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
    counted = [spend.c[name] for name in ("day", "model", "calls", "input_tokens", "output_tokens", "cost")]
    found = await database.read(lambda connection: connection.execute(select(*counted).order_by(spend.c.model)).all())
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


async def test_calls_under_way_count_at_their_estimate_until_their_cost_is_known(database: Database) -> None:
    clock = Clock(NIGHT)
    spending = StoredSpending(database, clock)
    first = await spending.begin("large", Decimal("0.6"), Decimal(1))
    second = await spending.begin("small", Decimal("0.6"), Decimal(1))
    with pytest.raises(CapReached) as reached:
        await spending.begin("large", Decimal("0.6"), Decimal(1))
    assert (reached.value.spent, reached.value.for_now) == (0, True)
    clock.now += timedelta(hours=1)  # another day; the first two belong to the one before
    await spending.end(first, Usage(calls=1, cost=Decimal("0.1")))
    await spending.end(second, Usage())
    clock.now -= timedelta(hours=1)
    assert await spending.today() == Decimal("0.1")
    third = await spending.begin("large", Decimal("0.6"), Decimal(1))
    await spending.end(third, Usage(calls=1, cost=Decimal("0.9")))
    with pytest.raises(CapReached) as reached:
        await spending.begin("large", Decimal("0.6"), Decimal(1))
    assert (reached.value.spent, reached.value.for_now) == (1, False)


async def test_no_more_calls_begin_than_the_cap_has_room_for_however_many_ask(database: Database) -> None:
    both = [StoredSpending(database, Clock(NIGHT)) for _ in range(2)]
    asked = (one.begin("large", Decimal("0.25"), Decimal(1)) for one in both for _ in range(10))
    begun = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(one) for one in begun].count(Reserved) == 4
