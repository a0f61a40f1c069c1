"""Whatever kills the process, and whenever: no mail is lost, none is answered twice."""

import asyncio
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from repondeur.store.database import Database
from repondeur.store.store import Store
from tests.support.agent import Agent, Settings
from tests.support.mailserver import DOMAIN, MailServer, mail
from tests.support.model_server import ModelServer
from tests.support.postgresql import Cluster

pytestmark = [pytest.mark.servers, pytest.mark.soak]

OUTSIDE = f"t000@{DOMAIN}"  # mail to any outside address lands there
SIDE_BY_SIDE = 3
STRIDE = 1 if os.environ.get("SOAK") else 6  # the short form takes every sixth moment, and all of those around sending


@dataclass(frozen=True)
class Case:
    """One mailbox with one mail in it, and an author nobody else has."""

    agent: Agent
    author: str
    address: str


def a_case(server: MailServer, model: ModelServer, home: Path, database: str = "", **more: str) -> Case:
    address = server.account()
    author = f"{uuid4().hex[:12]}@outside.test"
    settings = {
        "REPLY": "free",
        "OPENAI_BASE_URL": model.base_url,
        "OPENAI_API_KEY": "sk-test",
        "SENT_EVIDENCE_WAIT": "2",
        "WORKER_LEASE": "3",
        **({"DATABASE_URL": database} if database else {}),
    }
    agent = Settings(server, address, home / address, settings | more).agent()
    server.deliver(address, mail("Où en est ma commande ?", author=author, to=address))
    return Case(agent, author, address)


def replies(server: MailServer, author: str) -> int:
    with server.imap(OUTSIDE) as client:
        return len(client.search(["HEADER", "To", author]))


def sent_copies(server: MailServer, case: Case) -> int:
    with server.imap(case.address, "Sent") as client:
        return len(client.search(["HEADER", "To", case.author]))


async def states_of(case: Case) -> list[str]:
    database = Database(case.agent.environ.get("DATABASE_URL") or f"sqlite:///{case.agent.home}/data/repondeur.db")
    try:
        return [(mail.state or mail.stage).value for mail in await Store(database).latest(10)]
    finally:
        await database.close()


async def crash_then_recover(server: MailServer, case: Case, moment: int) -> tuple[str, bool]:
    """How the mail ended, and whether the process was killed at all."""
    events = case.agent.home / "events"
    first = await case.agent.run("tests.support.crashing_agent", str(events), str(moment))
    second = await case.agent.run("repondeur", "once")
    assert second.code == 0, (moment, second.err[-3000:])
    what = events.read_text().splitlines()[-1]
    states = await states_of(case)
    left = await asyncio.to_thread(replies, server, case.author)
    assert len(states) == 1, (what, states)
    assert states[0] in {"answered", "held"}, (what, states)
    assert left <= 1, f"answered {left} times after a crash {what}"
    if states[0] == "answered":
        assert left == 1, f"lost after a crash {what}"
        assert await asyncio.to_thread(sent_copies, server, case) == 1, what
        flags = (await asyncio.to_thread(server.messages, case.address))[0][1]
        assert {b"\\Seen", b"\\Answered"} <= set(flags), what
    return states[0], first.killed


async def moments(case: Case) -> list[str]:
    """The events of a run that nobody disturbs."""
    events = case.agent.home / "events"
    undisturbed = await case.agent.run("tests.support.crashing_agent", str(events), "0")
    assert undisturbed.code == 0, undisturbed.err[-3000:]
    return [line.partition(" ")[2] for line in events.read_text().splitlines()]


def chosen(events: list[str]) -> list[int]:
    """Every STRIDE-th moment, and all from the beginning of the hand-over to what is stored after it."""
    first, last = events.index("before submit"), events.index("after submit") + 2
    return [number for number in range(1, len(events) + 1) if number % STRIDE == 0 or first < number <= last + 1]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_killed_at_every_step(
    database: str,
    mail_server: MailServer,
    model: ModelServer,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    figure: Callable[[str], None],
) -> None:
    def url() -> str:
        if database == "sqlite":
            return ""
        running: Cluster = request.getfixturevalue("postgresql")
        return running.url(f"crash_{uuid4().hex}")

    events = await moments(a_case(mail_server, model, tmp_path, url()))
    assert any("submit" in event for event in events), events
    slots = asyncio.Semaphore(SIDE_BY_SIDE)

    async def one(moment: int) -> tuple[str, bool]:
        async with slots:
            case = await asyncio.to_thread(a_case, mail_server, model, tmp_path, url())
            return await crash_then_recover(mail_server, case, moment)

    results = await asyncio.gather(*(one(moment) for moment in chosen(events)))
    ends = Counter(end for end, _ in results)
    figure(f"{database}: killed {sum(killed for _, killed in results)} times at {len(events)} moments: {dict(ends)}")
    # How many events there are depends a little on timing: a moment near the end may not come.
    assert sum(killed for _, killed in results) >= 0.8 * len(results)
    assert ends["held"] <= 3, ends  # only where nobody can tell: between the last word of ours and the server's
