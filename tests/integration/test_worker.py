"""One of many workers, on a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from tests.support.eventually import eventually
from tests.support.frozen import frozen
from tests.support.postgresql import Cluster, cluster

from repondeur.mail.message import Address, Message, MessageRef
from repondeur.pipeline.dispatch import Handle
from repondeur.pipeline.worker import SharedDispatcher, install
from repondeur.policy.retry import Again
from repondeur.store.database import Database
from repondeur.store.records import NewMail, Stage, State, Waiting
from repondeur.store.store import Store
from repondeur.store.upgrade import upgrade
from repondeur.texts import Reason

pytestmark = pytest.mark.servers

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
LOST = [Reason("store.queue_lost")]


@asynccontextmanager
async def a_store(url: str) -> AsyncIterator[Store]:
    database = Database(url)
    upgrade(database)
    install(database)
    yield Store(database)
    await database.close()


def finishing(store: Store) -> Handle:
    async def handle(mail_id: int) -> Again | None:
        mail = await store.claim(mail_id, "one")
        if mail is not None:
            await store.end(mail, State.IGNORED, Reason("x.y"), Stage.DONE, NOW)
        return None

    return handle


async def arrives(store: Store, number: int) -> tuple[Waiting, ...]:
    message = Message(f"m{number}@x.example", (Address("", "a@x.example"),), "s", "t", f"hash-{number}", 10)
    new = NewMail("support", f"i{number}", f"t{number}", message, MessageRef("INBOX", f"1/{number}"), NOW)
    return (await store.arrive([new])).waiting


async def test_quiet_waits_for_what_it_was_asked_for_and_for_nothing_else(postgresql: Cluster) -> None:
    async with a_store(postgresql.url(f"quiet_{uuid4().hex}")) as store:
        swept = await arrives(store, 1)
        dispatcher = SharedDispatcher(finishing(store), store, 2)
        await dispatcher.start()
        asked = await arrives(store, 2)
        await dispatcher.submit(asked)
        of_others = await arrives(store, 3)
        await asyncio.wait_for(dispatcher.quiet(20), 90)
        assert {one.id for one in await store.unfinished()} == {one.id for one in of_others}
        assert swept[0].id != asked[0].id
        await dispatcher.close(20)


async def test_quiet_gives_up_on_a_mail_that_does_not_get_any_further(postgresql: Cluster) -> None:
    done = asyncio.Event()

    async def handle(_: int) -> Again | None:
        await done.wait()
        return None

    async with a_store(postgresql.url(f"stall_{uuid4().hex}")) as store:
        await arrives(store, 1)
        dispatcher = SharedDispatcher(handle, store, 2, stall=0.5)
        await dispatcher.start()
        await asyncio.wait_for(dispatcher.quiet(20), 90)
        done.set()
        await dispatcher.close(20)


async def test_of_all_that_wait_for_the_time_of_a_mail_one_tries_it(postgresql: Cluster) -> None:
    """As many tries as a mail has are not used up by as many workers."""
    tries: list[datetime] = []

    async with a_store(postgresql.url(f"tries_{uuid4().hex}")) as store:

        async def fails(mail_id: int) -> Again | None:
            mail = await store.claim(mail_id, "one")
            assert mail is not None
            tries.append(datetime.now(UTC))
            again = Again(tries[-1] + (timedelta(seconds=3) if len(tries) == 1 else timedelta(hours=1)))
            await store.later(mail, again.at, None)
            await store.release(mail)
            return again

        (waiting,) = await arrives(store, 1)
        workers = [SharedDispatcher(fails, store, 2) for _ in range(3)]
        await workers[0].start()
        await eventually(lambda: tries)
        for worker in workers[1:]:
            await worker.start()  # and finds the mail that is due soon
        await eventually(lambda: len(tries) > 1)
        jobs = text("SELECT count(*) FROM procrastinate_jobs")
        await eventually(lambda: store.database.read(lambda connection: connection.scalar(jobs) == 0))
        await asyncio.gather(*(worker.submit([replace(waiting, retry_at=tries[0])]) for worker in workers))
        await eventually(lambda: store.database.read(lambda connection: connection.scalar(jobs) == 0))
        assert len(tries) == 2
        for worker in workers:
            await worker.close(20)


async def renamed(store: Store, kind: str, old: str, new: str) -> None:
    await store.database.run(lambda connection: connection.execute(text(f"ALTER {kind} {old} RENAME TO {new}")))


def says(dispatcher: SharedDispatcher, reasons: list[Reason]) -> Callable[[], bool]:
    return lambda: dispatcher.problems() == reasons


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        pytest.param("TABLE", "procrastinate_jobs", id="the jobs cannot be looked at"),
        pytest.param("FUNCTION", "procrastinate_fetch_job_v2", id="they can, but none can be taken"),
    ],
)
async def test_it_says_so_while_the_queue_is_out_of_reach(postgresql: Cluster, kind: str, name: str) -> None:
    async with a_store(postgresql.url(f"lost_{uuid4().hex}")) as store:
        dispatcher = SharedDispatcher(finishing(store), store, 2, lease=2)
        await dispatcher.start()
        assert dispatcher.problems() == []
        await renamed(store, kind, name, "gone")
        await eventually(says(dispatcher, LOST))
        await renamed(store, kind, "gone", name)
        await eventually(says(dispatcher, []))
        await dispatcher.submit(await arrives(store, 1))
        await asyncio.wait_for(dispatcher.quiet(20), 90)
        assert await store.unfinished() == []
        await dispatcher.close(20)


async def test_a_frozen_server_is_noticed_and_does_not_hold_up_the_end() -> None:
    with cluster() as server:
        async with a_store(server.url("frozen")) as store:
            dispatcher = SharedDispatcher(finishing(store), store, 2, lease=2)
            await dispatcher.start()
            with frozen(server):
                await eventually(says(dispatcher, LOST))
                await asyncio.wait_for(dispatcher.close(8), 30)
                left = [str(task.get_coro()) for task in asyncio.all_tasks()]
                assert [name for name in left if "SharedDispatcher" in name] == []
