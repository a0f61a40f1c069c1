"""Whatever kills the process, and whenever: no mail is lost, none is answered twice."""

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import pytest

from repondeur.store.database import Database
from repondeur.store.overview import Overview
from repondeur.store.verifying import verify
from tests.acceptance.graph_desk import GraphDesk, a_graph_desk
from tests.support.agent import Agent, Settings
from tests.support.eventually import eventually
from tests.support.forking import Forked
from tests.support.graph.server import GraphServer
from tests.support.mailserver import DOMAIN, MailServer, mail
from tests.support.model_server import ModelServer
from tests.support.postgresql import Cluster

pytestmark = pytest.mark.soak

OUTSIDE = f"t000@{DOMAIN}"  # mail to any outside address lands there
SIDE_BY_SIDE = 3
STRIDE = 1 if os.environ.get("SOAK") else 6  # the short form takes every sixth moment, and all of those around sending
PATIENCE = {"SENT_EVIDENCE_WAIT": "2", "WORKER_LEASE": "3"}


class Case(Protocol):
    """One mailbox with one mail in it, from an author nobody else has."""

    @property
    def agent(self) -> Agent: ...
    def replies(self) -> int: ...
    def sent_copies(self) -> int: ...
    def is_shown(self) -> bool:
        """Can people see in the mailbox that it was answered?"""
        ...


@dataclass(frozen=True)
class ImapCase:
    server: MailServer
    agent: Agent
    author: str
    address: str

    def replies(self) -> int:
        with self.server.imap(OUTSIDE) as client:
            return len(client.search(["HEADER", "To", self.author]))

    def sent_copies(self) -> int:
        with self.server.imap(self.address, "Sent") as client:
            return len(client.search(["HEADER", "To", self.author]))

    def is_shown(self) -> bool:
        flags = self.server.messages(self.address)[0][1]
        return {b"\\Seen", b"\\Answered"} <= set(flags)


@dataclass(frozen=True)
class GraphCase:
    desk: GraphDesk

    @property
    def agent(self) -> Agent:
        return self.desk.agent

    def replies(self) -> int:
        return self.desk.recipients()[self.desk.customer(0)]

    def sent_copies(self) -> int:
        return len(self.desk.box.sent)

    def is_shown(self) -> bool:
        (item,) = self.desk.box.messages("inbox")
        return item.is_read and bool(item.categories) and self.desk.box.drafts == []


def imap_case(server: MailServer, model: ModelServer, home: Path, database: str) -> Case:
    address = server.account()
    author = f"{uuid4().hex[:12]}@outside.test"
    settings = {"REPLY": "free", "OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": "sk-test", **PATIENCE}
    given = {"DATABASE_URL": database} if database else {}
    agent = Settings(server, address, home / address, settings | given).agent()
    server.deliver(address, mail("Où en est ma commande ?", author=author, to=address))
    return ImapCase(server, agent, author, address)


def graph_case(server: GraphServer, model: ModelServer, home: Path) -> Case:
    desk = a_graph_desk(server, home, model, **PATIENCE)
    desk.deliver(1)
    return GraphCase(desk)


async def states_of(case: Case) -> list[str]:
    database = Database(case.agent.environ.get("DATABASE_URL") or f"sqlite:///{case.agent.home}/data/repondeur.db")
    try:
        assert verify(database).broken is None, "a crash leaves the record whole"
        return [(mail.state or mail.stage).value for mail in await Overview(database).latest(10)]
    finally:
        await database.close()


async def crash_then_recover(case: Case, moment: int) -> tuple[str, bool]:
    """How the mail ended, and whether the process was killed at all."""
    events = case.agent.home / "events"
    first = await case.agent.run("tests.support.crashing_agent", str(events), str(moment))
    second = await Forked(case.agent.environ, case.agent.home).run("repondeur", "once")
    assert second.code == 0, (moment, second.err[-3000:])
    what = events.read_text().splitlines()[-1]
    states = await states_of(case)
    if states == ["answered"]:  # what a server has accepted may leave a little later
        await eventually(lambda: asyncio.to_thread(case.replies))
        await eventually(lambda: asyncio.to_thread(case.is_shown))
    left = await asyncio.to_thread(case.replies)
    assert len(states) == 1, (what, states)
    assert states[0] in {"answered", "held"}, (what, states)
    assert left <= 1, f"answered {left} times after a crash {what}"
    if states[0] == "answered":
        assert left == 1, f"lost after a crash {what}"
        assert await asyncio.to_thread(case.sent_copies) == 1, what
    return states[0], first.killed


async def moments(case: Case) -> list[str]:
    """The events of a run that nobody disturbs."""
    events = case.agent.home / "events"
    undisturbed = await case.agent.run("tests.support.crashing_agent", str(events), "0")
    assert undisturbed.code == 0, undisturbed.err[-3000:]
    return [line.partition(" ")[2] for line in events.read_text().splitlines()]


def sending(events: list[str]) -> list[int]:
    """All moments from the beginning of the hand-over to what is stored after it."""
    first, last = events.index("before submit"), events.index("after submit") + 2
    return [number for number in range(1, len(events) + 1) if first < number <= last + 1]


def chosen(events: list[str]) -> list[int]:
    """Every STRIDE-th moment, and all of sending."""
    return sorted({*range(STRIDE, len(events) + 1, STRIDE), *sending(events)})


async def killed_at(numbers: list[int], a_case: Callable[[], Case]) -> tuple[int, Counter[str]]:
    """How often the process was killed, and how the mails ended."""
    slots = asyncio.Semaphore(SIDE_BY_SIDE)

    async def one(moment: int) -> tuple[str, bool]:
        async with slots:
            return await crash_then_recover(await asyncio.to_thread(a_case), moment)

    results = await asyncio.gather(*(one(moment) for moment in numbers))
    killed = sum(killed for _, killed in results)
    # How many events there are depends a little on timing: a moment near the end may not come.
    assert killed >= 0.8 * len(results)
    return killed, Counter(end for end, _ in results)


@pytest.mark.servers
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_killed_at_every_step(
    database: str,
    mail_server: MailServer,
    model: ModelServer,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    figure: Callable[[str], None],
) -> None:
    def a_case() -> Case:
        url = ""
        if database == "postgresql":
            running: Cluster = request.getfixturevalue("postgresql")
            url = running.url(f"crash_{uuid4().hex}")
        return imap_case(mail_server, model, tmp_path, url)

    events = await moments(a_case())
    killed, ends = await killed_at(chosen(events), a_case)
    figure(f"{database}: killed {killed} times at {len(events)} moments: {dict(ends)}")
    assert ends["held"] <= 3, ends  # only where nobody can tell: between the last word of ours and the server's


@pytest.fixture
def graph(tmp_path: Path) -> Iterator[GraphServer]:
    with GraphServer(tmp_path) as server:
        yield server


async def test_killed_at_every_step_of_graph(
    graph: GraphServer, model: ModelServer, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    events = await moments(graph_case(graph, model, tmp_path))
    killed, ends = await killed_at(chosen(events), lambda: graph_case(graph, model, tmp_path))
    figure(f"graph: killed {killed} times at {len(events)} moments: {dict(ends)}")
    assert set(ends) == {"answered"}, "the draft tells, in every moment"


async def test_killed_while_what_was_accepted_has_not_left(
    graph: GraphServer, model: ModelServer, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """Graph says 202, and the message lies in Drafts a little longer."""
    graph.trouble.send_delay(1.0)
    events = await moments(graph_case(graph, model, tmp_path))
    killed, ends = await killed_at(sending(events), lambda: graph_case(graph, model, tmp_path))
    figure(f"graph, leaving late: killed {killed} times around sending: {dict(ends)}")
    assert set(ends) == {"answered"}, ends
