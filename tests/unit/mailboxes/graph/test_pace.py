"""Places for requests, taken in order and always given back."""

import asyncio
from dataclasses import dataclass

import pytest
from tests.support.eventually import eventually

from repondeur.errors import MailboxUnavailable
from repondeur.mailboxes.graph.pace import Pace


@dataclass(frozen=True)
class Size:
    places: int


class Runner:
    """Who is at it, and in which order they came to it. Each stays until `go_on`."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.inside = 0
        self.order: list[str] = []
        self.go_on = asyncio.Event()

    def start(self, name: str, places: int = 1) -> asyncio.Task[None]:
        return asyncio.create_task(self._run(name, places))

    async def _run(self, name: str, places: int) -> None:
        async with self.pace.turn(lambda: Size(places)):
            self.inside += min(places, 4)
            self.order.append(name)
            assert self.inside <= 4
            await self.go_on.wait()
            await asyncio.sleep(0)
            self.inside -= min(places, 4)


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_large_and_small_ones_never_take_more_than_there_is():
    run = Runner(Pace(4, 60))
    tasks = [run.start(f"{n}", 1 + n % 7) for n in range(40)]
    await settled()
    run.go_on.set()
    await asyncio.gather(*tasks)
    assert run.order == [f"{n}" for n in range(40)]


async def test_a_large_one_is_not_overtaken_for_ever():
    run = Runner(Pace(4, 60))
    tasks = [run.start("small"), run.start("large", 20), run.start("late")]
    await settled()
    assert run.order == ["small"]
    run.go_on.set()
    await asyncio.gather(*tasks)
    assert run.order == ["small", "large", "late"]


async def test_who_gives_up_while_waiting_gives_all_back():
    run = Runner(Pace(4, 60))
    small, large = run.start("small", 2), run.start("large", 4)
    await settled()
    large.cancel()
    run.go_on.set()
    await asyncio.gather(small, large, return_exceptions=True)
    await run.start("whole", 4)
    assert run.order == ["small", "whole"]


async def test_who_has_nothing_to_do_gives_its_place_back():
    run = Runner(Pace(1, 60))

    def nothing() -> Size:
        raise LookupError

    for _ in range(3):
        with pytest.raises(LookupError):
            async with run.pace.turn(nothing):
                pass
    run.go_on.set()
    await run.start("one")


async def test_what_failed_gives_its_place_back():
    pace = Pace(2, 60)
    for _ in range(5):
        with pytest.raises(ZeroDivisionError):
            async with pace.turn(lambda: Size(2)):
                raise ZeroDivisionError


async def test_nobody_starts_in_a_pause_and_all_start_after_it():
    pace = Pace(4, 60, jitter=lambda: 0)
    run = Runner(pace)
    run.go_on.set()
    assert pace.pause(0.3)
    assert not pace.pause(0.1), "a shorter pause changes nothing"
    tasks = [run.start(f"{n}") for n in range(6)]
    await settled()
    assert run.order == []
    await eventually(lambda: len(run.order) == 6)
    assert pace.remaining() == 0
    await asyncio.gather(*tasks)


async def test_a_pause_that_begins_while_waiting_for_a_place_is_kept():
    pace = Pace(1, 60, jitter=lambda: 0)
    run = Runner(pace)
    tasks = [run.start("first"), run.start("second")]
    await settled()
    pace.pause(0.3)
    run.go_on.set()
    await settled()
    assert run.order == ["first"]
    await asyncio.gather(*tasks)
    assert run.order == ["first", "second"]


async def test_pauses_that_are_too_long_are_not_waited_for():
    pace = Pace(1, 1.0)
    pace.pause(1.5)
    with pytest.raises(MailboxUnavailable) as told:
        async with pace.turn(lambda: Size(1)):
            pass
    assert told.value.reason.params["seconds"] == 2
