"""Mail that keeps coming while processes keep dying: each mail has one end, each author at most one answer."""

import asyncio
import json
import os
import random
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from tests.acceptance.test_crash import OUTSIDE
from tests.support.agent import Agent, Settings
from tests.support.house import NO_LIMITS
from tests.support.mailserver import MailServer, mail
from tests.support.model_server import ModelServer
from tests.support.postgresql import Cluster

pytestmark = [pytest.mark.servers, pytest.mark.soak]

LONG = bool(os.environ.get("SOAK"))
MAILS, KILLS = (300, 60) if LONG else (16, 5)
PATIENCE = 600 if LONG else 120  # seconds until everything must have come to its end
STATES = {"answered", "held"}


@dataclass(frozen=True)
class Kind:
    """What is started, and killed again and again."""

    database: str
    commands: tuple[tuple[str, ...], ...]


KINDS = [
    pytest.param(Kind("sqlite", (("repondeur", "serve", "--port", "0"),)), id="one process on SQLite"),
    pytest.param(
        Kind("postgresql", (("repondeur", "serve", "--port", "0"), ("repondeur", "worker"), ("repondeur", "worker"))),
        id="three workers on PostgreSQL",
    ),
]


@pytest.mark.parametrize("kind", KINDS)
async def test_processes_that_die_at_random(
    kind: Kind,
    mail_server: MailServer,
    model: ModelServer,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    figure: Callable[[str], None],
) -> None:
    chance = random.Random(kind.database)  # the same moments every time, as far as machines allow
    address, run = mail_server.account(), uuid4().hex[:8]
    more = {
        "REPLY": "free",
        "OPENAI_BASE_URL": model.base_url,
        "OPENAI_API_KEY": "sk-test",
        "SENT_EVIDENCE_WAIT": "2",
        "WORKER_LEASE": "3",
        "LOG_LEVEL": "WARNING",
    } | {name.upper(): value for name, value in NO_LIMITS.items()}
    if kind.database == "postgresql":
        running: Cluster = request.getfixturevalue("postgresql")
        more["DATABASE_URL"] = running.url(f"soak_{run}")
    agent = Settings(mail_server, address, tmp_path / "home", more).agent()
    authors = [f"{run}.{number}@outside.test" for number in range(MAILS)]

    processes = [await _start(agent, words) for words in kind.commands]
    try:
        delivering = asyncio.create_task(_deliver(mail_server, address, authors))
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(0.2, 2.5))  # the moment is the point, not the wait
            victim = chance.randrange(len(processes))
            processes[victim].send_signal(signal.SIGKILL)
            await processes[victim].wait()
            processes[victim] = await _start(agent, kind.commands[victim])
        await delivering
        states = await _all_ended(agent)
    finally:
        await _stop(processes)

    with mail_server.imap(OUTSIDE) as client:
        replies = Counter({author: len(client.search(["HEADER", "To", author])) for author in authors})
    assert len(states) == MAILS, "lost"
    assert set(states.values()) <= STATES, Counter(states.values())
    assert max(replies.values()) == 1, [author for author, count in replies.items() if count > 1]
    unanswered = [author for author in authors if states[author] == "answered" and not replies[author]]
    assert not unanswered, "said to be answered, and was not"
    held = Counter(states.values())["held"]
    figure(f"{kind.database}: {MAILS} mails, {KILLS} kills, {held} handed to a person")
    assert held <= KILLS


async def _deliver(server: MailServer, address: str, authors: list[str]) -> None:
    for author in authors:
        await asyncio.to_thread(server.deliver, address, mail(f"Question {author}", author=author, to=address))


async def _start(agent: Agent, words: tuple[str, ...]) -> asyncio.subprocess.Process:
    # Their output goes nowhere: a pipe that nobody reads would stop them.
    return await agent.start(*words, quiet=True)


async def _stop(processes: list[asyncio.subprocess.Process]) -> None:
    for process in processes:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
    codes = await asyncio.gather(*(asyncio.wait_for(process.wait(), 30) for process in processes))
    # One that was started a moment ago may not have come to listen to the signal yet.
    assert set(codes) <= {0, -signal.SIGTERM}


async def _all_ended(agent: Agent) -> dict[str, str]:
    """The state of each author's mail, once all have one."""
    states: dict[str, str] = {}
    async with asyncio.timeout(PATIENCE):
        while len(states) < MAILS or not set(states.values()) <= {*STATES, "failed", "ignored", "drafted"}:
            await asyncio.sleep(1)
            listed = await agent.run("repondeur", "messages", "list", "--limit", "1000", "--json")
            assert listed.code == 0, listed.err
            mails = [json.loads(line) for line in listed.out.splitlines()]
            states = {one["author"]: one["state"] for one in mails}
            assert len(mails) == len(states)
    return states
