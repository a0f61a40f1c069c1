"""Mails a second through the whole way, and our own time for one mail.

    python benchmarks/whole_way.py [--mails 2000] [--postgresql]

An engine that answers at once and a mailbox in memory: what is measured is this program and its database, with reading
in the bounded child, composing, guarding, and every state of the sending stored durably.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.house import NO_LIMITS, US, House, a_house, a_mail
from tests.support.postgresql import cluster
from tests.support.tables import postgresql_url

from repondeur.mailboxes.base import Submission
from repondeur.pipeline.dispatch import Dispatcher, LocalDispatcher
from repondeur.pipeline.receive import receive
from repondeur.store.overview import Overview
from repondeur.telemetry import log

CONCURRENCY = 4
ALONE = 200  # mails that are sent in one at a time, for the time of one


async def throughput(house: House, dispatcher: Dispatcher, mails: int) -> float:
    """Mails a second from lying in the inbox to their end."""
    for number in range(mails):
        house.mailbox.put(a_mail(number, author=f"author{number}@client.example"))
    await dispatcher.start()
    start = time.perf_counter()
    account = house.parts.accounts[US]
    async for received in receive(account, house.parts):
        await dispatcher.submit(received.waiting)
    await dispatcher.quiet(60)
    seconds = time.perf_counter() - start
    ended = sum(
        count
        for (_, state), count in (await Overview(house.parts.store.database).counts()).items()
        if state == "answered"
    )
    assert ended == mails, f"{ended} of {mails} answered"
    return mails / seconds


async def own_time(house: House, dispatcher: Dispatcher) -> list[float]:
    """Milliseconds from the notice of one mail to its hand-over, for mails that come one at a time."""
    handed_over: dict[str, float] = {}
    submit = house.mailbox.submit

    async def timed(submission: Submission, committing: Callable[[], Awaitable[None]]) -> None:
        handed_over[submission.recipient] = time.perf_counter()
        await submit(submission, committing)

    house.mailbox.submit = timed  # type: ignore[method-assign]  # a stop-watch at the door
    account = house.parts.accounts[US]
    times = []
    for number in range(ALONE):
        author = f"alone{number}@client.example"
        start = time.perf_counter()
        house.mailbox.put(a_mail(100_000 + number, author=author))
        async for received in receive(account, house.parts):
            await dispatcher.submit(received.waiting)
        await dispatcher.quiet(60)
        times.append((handed_over[author] - start) * 1000)
    return times


async def sqlite(mails: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with a_house(Path(folder), **NO_LIMITS) as opened:
            house = real_time(opened)
            dispatcher = LocalDispatcher(house.handle, house.parts.store, CONCURRENCY)
            rate = await throughput(house, dispatcher, mails)
            times = sorted(await own_time(house, dispatcher))
            await dispatcher.close(5)
    print(f"SQLite, one process:          {rate:7.0f} mails/s")
    print(f"own time, one at a time:      p50 {statistics.median(times):.1f} ms, p99 {times[int(ALONE * 0.99)]:.1f} ms")


async def postgresql(mails: int, workers: int, url: str) -> None:
    from repondeur.pipeline.worker import SharedDispatcher, install

    with tempfile.TemporaryDirectory() as folder:
        async with a_house(Path(folder), database=url, **NO_LIMITS) as opened:
            house = real_time(opened.restarted("this worker"))
            install(house.parts.store.database)
            dispatcher = SharedDispatcher(house.handle, house.parts.store, CONCURRENCY)
            others = [await _worker(url) for _ in range(workers - 1)]  # this process is one, too
            try:
                rate = await throughput(house, dispatcher, mails)
            finally:
                for other in others:
                    other.terminate()
                await asyncio.gather(*(other.wait() for other in others))
            await dispatcher.close(5)
    print(f"PostgreSQL, {workers} worker(s):      {rate:7.0f} mails/s")


async def _worker(url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, __file__, "--work", url)


async def work(url: str) -> None:
    """One worker process; its mailbox swallows what it is given."""
    from repondeur.pipeline.worker import SharedDispatcher

    with tempfile.TemporaryDirectory() as folder:
        async with a_house(Path(folder), database=url, **NO_LIMITS) as opened:
            house = real_time(opened.restarted(f"worker {time.time_ns()}"))
            dispatcher = SharedDispatcher(house.handle, house.parts.store, CONCURRENCY)
            await dispatcher.start()
            await asyncio.Event().wait()


def real_time(house: House) -> House:
    return replace(house, parts=replace(house.parts, clock=lambda: datetime.now(UTC)))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--mails", type=int, default=2000)
    options.add_argument("--postgresql", action="store_true", help="also on PostgreSQL, with 1 and 3 workers")
    options.add_argument("--work", metavar="URL", help=argparse.SUPPRESS)
    given = options.parse_args()
    log.configure("ERROR", "json", [])
    if given.work:
        asyncio.run(work(given.work))
        return
    asyncio.run(sqlite(given.mails))
    with ExitStack() as stack:
        running = stack.enter_context(cluster(durable=True)) if given.postgresql else None
        for workers in (1, 3):
            if running is not None:
                asyncio.run(postgresql(given.mails, workers, postgresql_url(running)))


if __name__ == "__main__":
    main()
