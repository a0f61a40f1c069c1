"""The queue of jobs before the one connection."""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import cast

import pytest
from tests.support.eventually import eventually

from repondeur.errors import MailboxUnavailable
from repondeur.mailboxes.imap.backoff import Gate
from repondeur.mailboxes.imap.commands import Commands
from repondeur.mailboxes.imap.connection import Timeouts
from repondeur.mailboxes.imap.session import Session


class Connected:
    """A session that has nothing to say."""

    def __init__(self) -> None:
        self.closed = False
        self.cut = threading.Event()

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.cut.set()


@pytest.fixture
def sessions() -> list[Connected]:
    return []


@pytest.fixture
async def commands(sessions: list[Connected]) -> AsyncIterator[Commands]:
    def connect() -> Session:
        sessions.append(Connected())
        return cast("Session", sessions[-1])

    opened = Commands(connect, Gate(), Timeouts(whole=0.5))
    yield opened
    await opened.close()


async def test_waiting_for_ones_turn_does_not_count_as_work(commands: Commands, sessions: list[Connected]):
    def slow(session: Session) -> str:
        threading.Event().wait(0.3)
        return "done"

    jobs = [asyncio.create_task(commands.run(slow)) for _ in range(4)]
    assert await asyncio.gather(*jobs) == ["done"] * 4
    assert not sessions[0].cut.is_set()


async def test_a_job_that_takes_too_long_is_cut_and_the_next_one_is_worked(commands: Commands):
    def stuck(session: Session) -> None:
        cast("Connected", session).cut.wait(10)

    first, second = (asyncio.create_task(commands.run(job)) for job in (stuck, lambda session: "done"))
    with pytest.raises(MailboxUnavailable) as raised:
        await first
    assert raised.value.reason.code == "imap.too_slow"
    assert await second == "done"


async def test_a_job_whose_caller_went_away_before_its_turn_is_not_run(commands: Commands):
    ran: list[str] = []
    go_on, begun = threading.Event(), threading.Event()

    def first(session: Session) -> None:
        begun.set()
        go_on.wait(0.4)
        ran.append("first")

    waiting = asyncio.create_task(commands.run(first))
    await eventually(begun.is_set)
    given_up = asyncio.create_task(commands.run(lambda session: ran.append("given up")))
    await asyncio.sleep(0)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    last = asyncio.create_task(commands.run(lambda session: ran.append("last")))
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(waiting, last)
    assert ran == ["first", "last"]


async def test_after_an_error_that_nobody_expected_the_connection_is_not_used_again(
    commands: Commands, sessions: list[Connected]
):
    def breaks(session: Session) -> None:
        raise OverflowError

    with pytest.raises(OverflowError):
        await commands.run(breaks)
    assert await commands.run(lambda session: "done") == "done"
    assert [session.closed for session in sessions] == [True, False]
