"""Who goes first, and how long the others wait for it."""

import asyncio

from repondeur.engines.one_first import OneFirst


def now():
    return asyncio.get_running_loop().time()


async def test_nobody_waits_longer_than_it_may():
    one_first, gone = OneFirst(), []
    async with one_first.turn(now() + 600):
        async with asyncio.timeout(60):
            for _ in range(2):
                async with one_first.turn(now() + 0.01):
                    gone.append("second")
    assert gone == ["second"] * 2


async def test_after_a_failure_those_that_waited_go_and_the_next_one_is_a_first_again():
    one_first, gone = OneFirst(), []
    failed = asyncio.Event()

    async def ask(number, until):
        async with one_first.turn(now() + 600):
            gone.append(number)
            await until.wait()

    first = asyncio.ensure_future(ask(1, failed))
    others = [asyncio.ensure_future(ask(number, failed)) for number in (2, 3)]
    await asyncio.sleep(0)
    assert gone == [1]
    failed.set()
    await asyncio.gather(first, *others)
    assert gone == [1, 2, 3]
    end = asyncio.Event()
    later = [asyncio.ensure_future(ask(number, end)) for number in (4, 5)]
    await asyncio.sleep(0)
    assert gone == [1, 2, 3, 4]
    end.set()
    await asyncio.gather(*later)
