"""What targets are told, on both databases: each thing once, and never more than they can bear."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from repondeur.store.database import Database
from repondeur.store.notices import ABANDONED, MOST_AN_HOUR, Due, Notices, Planned
from repondeur.texts import Reason

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
WHY = Reason("decide.legal_matter", {"phrase": "x"})


@pytest.fixture
def notices(database: Database) -> Notices:
    return Notices(database)


async def told(notices: Notices, now: datetime, target: str = "ops") -> list[Due]:
    return await notices.due(now, target, ["ops", "boss"])


def wanted(number: int = 1, target: str = "ops") -> Planned:
    return Planned(target, f"mail:{number}", "held", "box", number, WHY)


async def test_the_same_thing_is_planned_once_for_each_target(notices: Notices) -> None:
    for _ in range(2):
        await asyncio.gather(*(notices.plan([wanted(), wanted(target="boss")], NOW) for _ in range(3)))
    due = [*await told(notices, NOW), *await told(notices, NOW, "boss")]
    assert [one.planned.target for one in due] == ["ops", "boss"]
    assert [one.planned.reason for one in due] == [WHY, WHY]


async def test_one_of_several_processes_takes_it(notices: Notices) -> None:
    await notices.plan([wanted()], NOW)
    (due,) = await told(notices, NOW)
    taken = await asyncio.gather(*(notices.begin(due.id, NOW) for _ in range(5)))
    assert sorted(taken) == [False] * 4 + [True]
    assert await told(notices, NOW) == []


async def test_what_nobody_is_at_any_more_is_not_sent_again(notices: Notices) -> None:
    await notices.plan([wanted()], NOW)
    (due,) = await told(notices, NOW)
    await notices.begin(due.id, NOW)
    later = NOW + ABANDONED + timedelta(seconds=1)
    assert await told(notices, later) == []
    assert not await notices.begin(due.id, later)


async def test_later_is_not_before(notices: Notices) -> None:
    await notices.plan([wanted()], NOW)
    (due,) = await told(notices, NOW)
    await notices.begin(due.id, NOW)
    await notices.later(due.id, 1, NOW + timedelta(seconds=60), NOW)
    assert await told(notices, NOW + timedelta(seconds=59)) == []
    assert await notices.next_due("ops") == NOW + timedelta(seconds=60)
    (again,) = await told(notices, NOW + timedelta(seconds=60))
    assert (again.id, again.tries) == (due.id, 1)
    await notices.ended(due.id, "sent", NOW)
    assert await notices.next_due("ops") is None


async def test_a_target_has_so_many_an_hour(notices: Notices) -> None:
    left_out = await notices.plan([wanted(number) for number in range(MOST_AN_HOUR + 3)], NOW)
    assert left_out == 3
    assert await notices.plan([wanted(1000, "boss")], NOW) == 0
    assert await notices.plan([wanted(1001)], NOW + timedelta(hours=1, seconds=1)) == 0


async def test_one_target_with_much_to_be_told_keeps_nothing_from_the_others(notices: Notices) -> None:
    await notices.plan([wanted(number) for number in range(MOST_AN_HOUR)], NOW)
    await notices.plan([wanted(target="boss")], NOW)
    assert [one.planned.target for one in await told(notices, NOW, "boss")] == ["boss"]


async def test_what_was_for_a_target_that_is_gone_is_dropped(notices: Notices) -> None:
    await notices.plan([wanted(), wanted(target="gone")], NOW)
    assert len(await told(notices, NOW)) == 1
    assert await notices.due(NOW, "gone", ["gone"]) == []
    assert await notices.next_due("gone") is None
