"""Whose changes are read, from when on, and what becomes of mail that goes away before we read it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from tests.support.graph.box import Box
from tests.support.graph.server import GraphServer
from tests.support.graph_parts import graph_settings, mail

from repondeur.mailboxes.base import Arrival
from repondeur.mailboxes.graph.arrivals import Inbox
from repondeur.mailboxes.graph.client import Client
from repondeur.mailboxes.graph.folders import Folders
from repondeur.mailboxes.graph.sign_in import SignIn
from repondeur.store.database import Database
from repondeur.store.ledger import Announced, Ledger

Opened = Callable[..., Inbox]


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database)


@pytest.fixture
def name() -> str:
    return f"support-{uuid4().hex}"


@pytest.fixture
async def opened(server: GraphServer, ledger: Ledger, name: str) -> AsyncIterator[Opened]:
    """The inbox of a process that starts. ahead: of the right time, the clock of this process."""
    async with AsyncExitStack() as stack:

        def open_inbox(box: Box, *, ahead: timedelta = timedelta(), pushed: bool = False, **more: object) -> Inbox:
            settings = graph_settings(server, box.address, name=name, **more)
            sign_in = SignIn(settings)
            client = Client(settings, sign_in)
            stack.push_async_callback(sign_in.close)
            stack.push_async_callback(client.close)

            def clock() -> datetime:
                return server.now() + ahead

            return Inbox(settings, client, ledger, Folders(client, settings), clock, pushed=pushed)

        yield open_inbox


def deliver(server: GraphServer, box: Box, subject: str, *, ago: timedelta = timedelta()) -> str:
    message_id = f"<{uuid4().hex}@client.example>"
    raw = mail(subject, author="zoe@client.example", to=box.address, message_id=message_id)
    return box.deliver(raw, received=server.now() - ago)


def told(arrivals: tuple[Arrival, ...]) -> dict[str, str]:
    """By id why it is not to be read, "" for mail to be read."""
    return {one.ref.id: one.refusal.code if one.refusal else "" for one in arrivals}


async def test_another_mailbox_under_the_same_name_is_read_from_its_beginning(
    server: GraphServer, ledger: Ledger, name: str, box: Box, opened: Opened
) -> None:
    """As where the settings went from a mailbox to try things out to the real one."""
    real = server.mailbox(f"real-{uuid4().hex}@boutique.example")
    deliver(server, box, "Not taken any more")
    await opened(box).unread()
    deliver(server, box, "Unseen yet")
    ours, old = deliver(server, real, "Real"), deliver(server, real, "Old", ago=timedelta(hours=25))
    inbox = opened(real)
    assert told(await inbox.unread()) == {ours: ""}
    assert old not in {row.ref for row in await ledger.announced(name)}
    later = deliver(server, real, "Later")
    assert told(await inbox.unread()) == {ours: "", later: ""}
    again = opened(real, mailbox_user_id=real.address.upper())
    assert told(await again.unread()) == {ours: "", later: ""}, "it goes on"


async def test_a_clock_that_was_ahead_hides_no_mail_after_a_reset(
    server: GraphServer, box: Box, opened: Opened
) -> None:
    """Our clock was ten days ahead at the last complete round, and delta's place is forgotten after that."""
    await opened(box).unread()
    await opened(box, ahead=timedelta(days=10)).unread()
    new = deliver(server, box, "New")
    server.trouble.delta_reset()
    assert told(await opened(box).unread()) == {new: ""}


async def test_a_clock_that_was_ahead_at_the_beginning_hides_no_mail(
    server: GraphServer, box: Box, opened: Opened
) -> None:
    await opened(box, ahead=timedelta(days=10)).unread()
    new = deliver(server, box, "New")
    inbox = opened(box)
    assert told(await inbox.unread()) == {new: ""}
    await inbox.taken(await inbox.unread())
    later = deliver(server, box, "Later")
    assert told(await inbox.unread()) == {later: ""}


@pytest.mark.parametrize("memory", [True, False])
@pytest.mark.parametrize(("away", "reason"), [("delete", "graph.gone"), ("move", "graph.moved")])
async def test_what_goes_away_before_we_read_it_is_told(
    server: GraphServer, box: Box, opened: Opened, away: str, reason: str, memory: bool
) -> None:
    """Delta tells of it first. memory: the process that saw it before goes on."""
    ref = deliver(server, box, "Question")
    inbox = opened(box)
    assert told(await inbox.unread()) == {ref: ""}
    if away == "delete":
        box.delete(ref)
    else:
        box.move(ref, "archive")
    inbox = inbox if memory else opened(box)
    arrivals = await inbox.unread()
    assert told(arrivals) == {ref: reason}
    assert [raw async for _, raw in inbox.fetch(arrivals, 1_000_000)] == [None]
    await inbox.taken(arrivals)
    assert await inbox.unread() == ()


@pytest.mark.parametrize("memory", [True, False])
async def test_what_goes_away_after_it_was_taken_does_not_come_back(
    server: GraphServer, box: Box, opened: Opened, memory: bool
) -> None:
    deleted, moved = deliver(server, box, "One"), deliver(server, box, "Other")
    inbox = opened(box)
    arrivals = await inbox.unread()
    assert all([raw async for _, raw in inbox.fetch(arrivals, 1_000_000)])
    await inbox.taken(arrivals)
    box.delete(deleted)
    box.move(moved, "archive")
    assert await (inbox if memory else opened(box)).unread() == ()


async def test_what_moves_to_another_watched_folder_comes_once(server: GraphServer, box: Box, opened: Opened) -> None:
    ref = deliver(server, box, "Question")
    inbox = opened(box, graph_folders=("inbox", "archive"))
    await inbox.unread()
    box.move(ref, "archive")
    (arrival,) = await inbox.unread()
    assert (arrival.ref.folder, arrival.ref.id, arrival.refusal) == ("archive", ref, None)


async def test_what_folders_have_left_that_are_no_longer_watched_is_dropped(
    server: GraphServer, ledger: Ledger, name: str, box: Box, opened: Opened
) -> None:
    await opened(box, graph_folders=("inbox", "archive")).unread()
    await ledger.announce(name, [Announced("archive", "ref", None, server.now())])
    await opened(box).unread()
    assert await ledger.announced(name) == []
    assert await ledger.cursor(name, "archive") is None
