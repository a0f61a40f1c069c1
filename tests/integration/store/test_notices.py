"""What targets are told, on both databases: each thing once, and never more than they can bear."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from repondeur.store.database import Database
from repondeur.store.notices import ABANDONED, MOST_AN_HOUR, Notices, Planned
from repondeur.texts import Reason

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
WHY = Reason("decide.legal_matter", {"phrase": "x"})


@pytest.fixture
def notices(database: Database) -> Notices:
    return Notices(database)


def wanted(number: int = 1, target: str = "ops") -> Planned:
    return Planned(target, f"mail:{number}", "held", "box", number, WHY)


async def test_the_same_thing_is_planned_once_for_each_target(notices: Notices) -> None:
    for _ in range(2):
        await asyncio.gather(*(notices.plan([wanted(), wanted(target="boss")], NOW) for _ in range(3)))
    due = await notices.due(NOW)
    assert sorted(one.planned.target for one in due) == ["boss", "ops"]
    assert [one.planned.reason for one in due] == [WHY, WHY]


async def test_one_of_several_processes_takes_it(notices: Notices) -> None:
    await notices.plan([wanted()], NOW)
    (due,) = await notices.due(NOW)
    taken = await asyncio.gather(*(notices.begin(due.id, NOW) for _ in range(5)))
    assert sorted(taken) == [False] * 4 + [True]
    assert await notices.due(NOW) == []


async def test_what_nobody_is_at_any_more_is_not_sent_again(notices: Notices) -> None:
    await notices.plan([wanted()], NOW)
    (due,) = await notices.due(NOW)
    await notices.begin(due.id, NOW)
    later = NOW + ABANDONED + timedelta(seconds=1)
    assert await notices.due(later) == []
    assert not await notices.begin(due.id, later)


async def test_later_is_not_before(notices: Notices) -> None:
    await notices.plan([wanted()], NOW)
    (due,) = await notices.due(NOW)
    await notices.begin(due.id, NOW)
    await notices.later(due.id, 1, NOW + timedelta(seconds=60), NOW)
    assert await notices.due(NOW + timedelta(seconds=59)) == []
    assert await notices.next_due() == NOW + timedelta(seconds=60)
    (again,) = await notices.due(NOW + timedelta(seconds=60))
    assert (again.id, again.tries) == (due.id, 1)
    await notices.ended(due.id, "sent", NOW)
    assert await notices.next_due() is None


async def test_a_target_has_so_many_an_hour(notices: Notices) -> None:
    left_out = await notices.plan([wanted(number) for number in range(MOST_AN_HOUR + 3)], NOW)
    assert left_out == 3
    assert await notices.plan([wanted(1000, "boss")], NOW) == 0
    assert await notices.plan([wanted(1001)], NOW + timedelta(hours=1, seconds=1)) == 0
