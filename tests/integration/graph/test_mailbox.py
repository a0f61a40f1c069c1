"""A mailbox of Microsoft 365 as the way of a mail sees it: woken by real notices, alone or one of several processes."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
import uvicorn
from fastapi import FastAPI
from tests.support.eventually import eventually
from tests.support.graph.box import Box
from tests.support.graph.server import GraphServer
from tests.support.graph_parts import graph_settings, mail

from repondeur.mailboxes.base import Arrival, Mailbox, Submission
from repondeur.mailboxes.graph.hook import Hook, HookAddress
from repondeur.mailboxes.graph.mailbox import GraphMailbox
from repondeur.store.database import Database
from repondeur.store.ledger import Announced, Ledger
from repondeur.web.hooks import routes

LIMIT = 25 * 1024 * 1024
SECRET = "a secret that nobody else knows"


@dataclass
class Process:
    """What one process has of one mailbox. woken: mailboxes, by its hook."""

    mailbox: GraphMailbox
    ledger: Ledger
    woken: list[str] = field(default_factory=list)

    async def read(self) -> list[str]:
        """What one look takes up."""
        arrivals = await self.mailbox.unread()
        given = [arrival.ref.id async for arrival, raw in self.mailbox.fetch(arrivals, LIMIT) if raw is not None]
        await self.mailbox.taken(arrivals)
        return given


class Starting:
    """Starts processes on the same store."""

    def __init__(self, server: GraphServer, database: Database, box: Box) -> None:
        self.server = server
        self.database = database
        self.box = box

    @asynccontextmanager
    async def process(self, *, pushed: bool = False, alone: bool = True, **more: Any) -> AsyncIterator[Process]:
        settings = graph_settings(self.server, self.box.address, **more)
        ledger = Ledger(self.database)
        with socket.create_server(("127.0.0.1", 0)) as listening:
            url = f"http://127.0.0.1:{listening.getsockname()[1]}/graph/notifications"
            address = HookAddress(url, SECRET) if pushed else None
            mailbox = GraphMailbox(settings, ledger=ledger, clock=self.server.now, hook=address, alone=alone, peek=0.1)
            running = Process(mailbox, ledger)

            def wake(name: str) -> None:
                running.woken.append(name)
                mailbox.notice()

            hook = Hook({settings.name: settings}, SECRET, ledger, self.server.now, wake)
            app = FastAPI()
            app.include_router(routes(hook))
            web = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
            serving = asyncio.create_task(web.serve([listening]))
            await eventually(lambda: web.started)
            try:
                yield running
            finally:
                await mailbox.close()
                web.should_exit = True
                await serving

    def deliver(self, subject: str = "Question", *, notify: bool = True) -> str:
        message_id = f"<{uuid4().hex}@client.example>"
        raw = mail(subject, author="zoe@client.example", to=self.box.address, message_id=message_id)
        return self.box.deliver(raw, notify=notify)


@pytest.fixture
def starting(server: GraphServer, database: Database, box: Box) -> Starting:
    return Starting(server, database, box)


async def test_a_notice_wakes_it_and_the_mail_is_read_once(starting: Starting) -> None:
    async with starting.process(pushed=True) as process:
        mailbox: Mailbox = process.mailbox
        assert await process.read() == []
        waiting = asyncio.create_task(mailbox.wait(600))
        await eventually(lambda: starting.server.subscriptions)
        await asyncio.wait_for(waiting, 60)  # the subscription is new: what came before it was not told
        assert await process.read() == []
        looked = starting.server.count("GET", "delta")
        ref = starting.deliver()
        await asyncio.wait_for(mailbox.wait(600), 60)
        assert process.woken == [starting.box.address]
        assert await process.read() == [ref]
        assert starting.server.count("GET", "delta") == looked, "a notice is no reason to read all changes"
        assert await process.read() == []
    assert starting.server.subscriptions, "it stays over a normal stop"


async def test_what_was_told_while_it_was_down_is_read_at_the_next_start(starting: Starting) -> None:
    async with starting.process() as process:
        assert await process.read() == []
    refs = [starting.deliver(f"Mail {number}") for number in range(3)]
    async with starting.process() as process:
        assert sorted(await process.read()) == sorted(refs)


async def test_without_a_hook_it_waits_until_it_is_time_to_look(starting: Starting) -> None:
    async with starting.process() as process:
        process.mailbox.notice()
        await process.mailbox.unread()
        waiting = asyncio.create_task(process.mailbox.wait(600))
        ref = starting.deliver()
        assert await process.read() == [ref]
        assert not waiting.done()
        waiting.cancel()
        await asyncio.wait_for(process.mailbox.wait(0.01), 60)
        assert process.mailbox.keeper is None


async def test_a_notice_that_comes_while_it_looks_is_not_slept_over(starting: Starting) -> None:
    async with starting.process() as process:
        looking = asyncio.create_task(process.read())
        await asyncio.sleep(0)
        process.mailbox.notice()
        await looking
        await asyncio.wait_for(process.mailbox.wait(600), 60)


async def test_of_two_processes_one_reads_and_the_other_takes_over(starting: Starting) -> None:
    ref = starting.deliver()
    async with starting.process(alone=False) as second:
        async with starting.process(alone=False) as first:
            assert await first.mailbox.unread() != ()
            assert await second.mailbox.unread() == ()
            assert await first.read() == [ref]
            waiting = asyncio.create_task(second.mailbox.wait(600))
            later = starting.deliver()
        await asyncio.wait_for(waiting, 60)
        assert await second.read() == [later]


async def test_what_the_hook_of_another_process_stored_wakes_the_owner(starting: Starting) -> None:
    async with starting.process(pushed=True, alone=False) as owner:
        await owner.read()
        await asyncio.wait_for(owner.mailbox.wait(600), 60)  # the subscription is new
        await owner.read()
        ref = starting.deliver(notify=False)
        row = Announced("inbox", ref, None, starting.server.now())
        await owner.ledger.announce(starting.box.address, [row])
        await asyncio.wait_for(owner.mailbox.wait(600), 60)
        assert await owner.read() == [ref]


async def test_a_mail_is_answered_and_filed(starting: Starting) -> None:
    ref = starting.deliver("Where is my parcel?")
    committed: list[bool] = []

    async def committing() -> None:
        committed.append(True)

    async def ours(_: str) -> bool:
        return False

    async with starting.process(processed_folder="Done") as process:
        mailbox = process.mailbox
        (arrival,) = await mailbox.unread()
        assert isinstance(arrival, Arrival)
        assert not await mailbox.answered_by_person(arrival.ref, None, ours)
        answer_id = "<answer@boutique.example>"
        raw = mail(
            "Re: Where is my parcel?", author=starting.box.address, to="zoe@client.example", message_id=answer_id
        )
        await mailbox.submit(Submission(answer_id, raw, "", "zoe@client.example", (arrival.ref,)), committing)
        assert committed == [True]
        assert await mailbox.file_sent(answer_id, raw, final=True)
        await mailbox.settle(arrival.ref, None, outcome="answered", folder="Done")
        await mailbox.taken([arrival])
        assert starting.box.where(ref) == "Done"
        assert starting.box.message(ref).is_read
        assert [item.subject for item in starting.box.sent] == ["Re: Where is my parcel?"]
        assert await mailbox.unread() == ()


async def test_closing_ends_its_tasks_and_gives_the_lease_up(starting: Starting) -> None:
    before = asyncio.all_tasks()
    async with starting.process(pushed=True) as process:
        await process.mailbox.unread()
        await process.mailbox.wait(0.05)
    assert {task for task in asyncio.all_tasks() - before if not task.done()} == set()
    assert await process.ledger.lease(f"graph:{starting.box.address}", "another", 1, starting.server.now())
