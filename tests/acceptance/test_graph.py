"""A Microsoft 365 mailbox, the whole way: noticed, answered once, shown in the mailbox, whatever Graph does."""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.acceptance.conftest import ANSWER
from tests.acceptance.graph_desk import GraphDesk, a_graph_desk
from tests.acceptance.serving import Serving, serving
from tests.support.eventually import eventually
from tests.support.graph.server import GraphServer
from tests.support.model_server import ModelServer
from tests.support.postgresql import Cluster

LONG = bool(os.environ.get("SOAK"))
AT_START = 1000 if LONG else 120
MAILS, KILLS = (300, 60) if LONG else (16, 5)
PATIENCE = 120.0  # seconds, for what takes a few on a machine with nothing else to do
RARELY = {"POLL_INTERVAL": "3600"}  # what is found before that, a notice or a lifecycle event has told


@pytest.fixture
def graph(tmp_path: Path) -> Iterator[GraphServer]:
    with GraphServer(tmp_path) as server:
        yield server


def all_answered_once(desk: GraphDesk, count: int) -> None:
    assert desk.recipients() == {desk.customer(n): 1 for n in range(count)}


def shown(desk: GraphDesk) -> bool:
    """Can people see it at each mail?"""
    return all(item.is_read and item.categories for item in desk.box.messages("inbox"))


async def subscribed(desk: GraphDesk) -> None:
    await eventually(lambda: [one for one in desk.graph.subscriptions if desk.address in one.resource], PATIENCE)


async def known(agent: Serving) -> bool:
    """Does the program know that it has a subscription?"""
    return any(one["id"] for one in (await agent.get("/ready")).json().get("subscriptions", []))


async def left(desk: GraphDesk, count: int, seconds: float = PATIENCE) -> None:
    await eventually(lambda: len(desk.box.outbound) >= count, seconds)
    await eventually(lambda: shown(desk), seconds)


# -- many mails


@pytest.mark.soak
async def test_what_waits_at_the_start(
    graph: GraphServer, model: ModelServer, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    desk = a_graph_desk(graph, tmp_path, model)
    desk.deliver(AT_START)
    ended = await desk.once()
    all_answered_once(desk, AT_START)
    assert {one["state"] for one in await desk.listed()} == {"answered"}
    assert shown(desk)
    assert len(desk.requests()) <= 3 * AT_START
    each = len(desk.requests()) / AT_START
    figure(f"graph: {AT_START} at the start, {each:.2f} requests a mail beside createReply and send")
    assert max(graph.most_at_once.values()) <= 4
    assert "429" not in {str(one.status) for one in graph.requests}
    assert graph.client_secret not in ended.err
    answer = desk.left()[0]
    assert answer["Auto-Submitted"] == "auto-replied"
    assert answer["In-Reply-To"] in {item.facts["internetMessageId"] for item in desk.box.messages("inbox")}
    assert ANSWER in answer.get_content()
    await desk.once()
    all_answered_once(desk, AT_START)


@pytest.mark.parametrize("count", [10, 100])
async def test_many_at_once_by_push(
    count: int, graph: GraphServer, model: ModelServer, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    desk = a_graph_desk(graph, tmp_path, model, push=True, **RARELY)
    graph.trouble.duplicate_notices(2)
    graph.trouble.reorder_notices()
    async with serving(desk.agent, port=desk.port) as agent:
        await subscribed(desk)
        before = len(desk.requests())
        desk.deliver(count)
        await left(desk, count)
        asked = len(desk.requests()) - before
        assert asked <= 3 * count
        figure(f"graph: {count} by push, {asked / count:.2f} requests a mail beside createReply and send")
        ready = (await agent.get("/ready")).json()
        assert ready["ready"] is True
        assert [one["problem"] for one in ready["subscriptions"]] == [None]
    all_answered_once(desk, count)
    assert max(graph.most_at_once.values()) <= 4
    assert len(graph.subscriptions) == 1, "it is kept on a normal stop"
    ended = await desk.run("graph", "unsubscribe")
    assert ended.code == 0, ended.err
    assert graph.subscriptions == []


# -- trouble


async def test_a_fifth_of_all_answers_is_trouble(graph: GraphServer, model: ModelServer, tmp_path: Path) -> None:
    desk = a_graph_desk(graph, tmp_path, model)
    graph.trouble.throttle(0.1, 429, retry_after=0.05)
    graph.trouble.throttle(0.1, 503, retry_after=0.05)
    desk.deliver(30)
    async with serving(desk.agent):
        await left(desk, 30)
    all_answered_once(desk, 30)
    assert graph.impatient == []
    assert {one.status for one in graph.requests} > {429, 503}


async def test_lines_that_drop_after_the_work_was_done(graph: GraphServer, model: ModelServer, tmp_path: Path) -> None:
    desk = a_graph_desk(graph, tmp_path, model)
    for segment in ("createReply", "send", "$batch", "$value"):
        graph.trouble.drop_line(after=segment, times=2)
    desk.deliver(6)
    async with serving(desk.agent):
        await left(desk, 6)
    all_answered_once(desk, 6)
    assert desk.box.drafts == []


async def test_everything_goes_away_and_comes_back(graph: GraphServer, model: ModelServer, tmp_path: Path) -> None:
    desk = a_graph_desk(graph, tmp_path, model, push=True, **RARELY)
    async with serving(desk.agent, port=desk.port) as agent:
        await subscribed(desk)
        # every token is refused from now on
        graph.trouble.revoke_tokens()
        desk.deliver(1)
        await left(desk, 1)
        # no line, while mail arrives and its notices get through
        graph.trouble.offline()
        desk.deliver(3, start=1)
        await eventually(agent.reasons, PATIENCE)
        graph.trouble.online()
        await left(desk, 4)
        # the subscription is taken away, with mail that no notice tells of
        (lost,) = graph.subscriptions
        desk.deliver(1, start=4, notify=False)
        graph.remove_subscription(lost.id)
        await left(desk, 5)
        await subscribed(desk)
        # some notices were lost, says Graph
        desk.deliver(1, start=5, notify=False)
        (fresh,) = graph.subscriptions
        graph.lifecycle(fresh.id, "missed")
        await left(desk, 6)
        # it wants to see our right to it again, and is silent until then
        graph.lifecycle(fresh.id, "reauthorizationRequired")
        await eventually(lambda: not graph.subscriptions[0].paused, PATIENCE)
        desk.deliver(1, start=6)
        await left(desk, 7)
        await eventually(agent.is_ready, PATIENCE)
    all_answered_once(desk, 7)
    assert fresh.id != lost.id
    assert graph.most_live == 1


async def test_its_time_passes_while_nobody_runs(graph: GraphServer, model: ModelServer, tmp_path: Path) -> None:
    """Mail of these days is found although the subscription and what delta remembers have ended."""
    desk = a_graph_desk(graph, tmp_path, model, push=True, **RARELY)
    async with serving(desk.agent, port=desk.port):
        await subscribed(desk)
        desk.deliver(2)
        await left(desk, 2)
    (first,) = graph.subscriptions
    graph.expire(first.id)
    graph.trouble.delta_reset()
    desk.deliver(3, start=2)
    async with serving(desk.agent, port=desk.port):
        await left(desk, 5)
        await subscribed(desk)
        desk.deliver(1, start=5)
        await left(desk, 6)
    all_answered_once(desk, 6)
    assert [one.id for one in graph.subscriptions] != [first.id]
    assert graph.most_live == 1


@pytest.mark.soak
async def test_killed_at_random(
    graph: GraphServer, model: ModelServer, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    chance = random.Random("graph")
    desk = a_graph_desk(graph, tmp_path, model, push=True, SENT_EVIDENCE_WAIT="2", WORKER_LEASE="3", POLL_INTERVAL="2")
    graph.trouble.send_delay(0.2)
    graph.trouble.duplicate_notices()
    graph.trouble.lose_notices(0.2)
    for kill in range(KILLS):
        process = await desk.agent.start("repondeur", "serve", "--port", str(desk.port), quiet=True)
        first, last = MAILS * kill // KILLS, MAILS * (kill + 1) // KILLS
        desk.deliver(last - first, start=first)
        await asyncio.sleep(chance.uniform(0.5, 4))  # the moment is the point, not the wait
        process.send_signal(signal.SIGKILL)
        await process.wait()
    states: Counter[str] = Counter()

    async def all_ended() -> bool:
        states.clear()
        states.update(one["state"] for one in await desk.listed())
        return states.total() >= MAILS and set(states) <= {"answered", "held"}

    async with serving(desk.agent, port=desk.port):
        await eventually(all_ended, 300 if LONG else 90)
        await eventually(lambda: desk.box.drafts == [], PATIENCE)
    assert states.total() == MAILS
    assert max(desk.recipients().values()) == 1, "answered twice"
    assert len(desk.recipients()) == states["answered"], "said to be answered, and was not"
    assert states["held"] <= KILLS  # a model that was asked twice in vain is not asked again
    assert graph.most_live == 1
    figure(f"graph: {MAILS} mails, {KILLS} kills, {states['held']} handed to a person")


@pytest.mark.servers
async def test_several_processes_share_one_mailbox(
    graph: GraphServer, model: ModelServer, tmp_path: Path, postgresql: Cluster
) -> None:
    """Two of them on PostgreSQL: one looks after the subscription, and the other takes over when it is killed. Notices
    come to either, as a proxy would share them out."""
    url = postgresql.url(f"graph_{uuid4().hex}")
    desk = a_graph_desk(graph, tmp_path, model, push=True, DATABASE_URL=url, WORKER_LEASE="3", POLL_INTERVAL="2")
    first = await desk.agent.start("repondeur", "serve", "--port", str(desk.port), quiet=True)
    await subscribed(desk)
    async with serving(desk.agent):
        desk.deliver(10)
        await left(desk, 10)
        first.send_signal(signal.SIGKILL)
        await first.wait()
        desk.deliver(10, start=10)  # nobody answers at the hook any more
        async with serving(desk.agent, port=desk.port):
            await left(desk, 20, 90)
            desk.deliver(10, start=20)
            await left(desk, 30)
    all_answered_once(desk, 30)
    assert {one["state"] for one in await desk.listed()} == {"answered"}
    assert len(graph.subscriptions) == 1
    assert graph.most_live == 1


# -- mail that is not there, or cannot be read


async def test_mail_that_cannot_be_worked_has_an_end_with_the_reason(
    graph: GraphServer, model: ModelServer, tmp_path: Path
) -> None:
    desk = a_graph_desk(graph, tmp_path, model, push=True, **RARELY)
    async with serving(desk.agent, port=desk.port) as agent:
        await eventually(lambda: known(agent), PATIENCE)  # of what goes away before that, it never hears
        with graph.lock:  # whoever asks sees all of it: a mail read before its trouble was set would be answered
            gone, moved, opaque, huge, good = desk.deliver(5)
            desk.box.delete(gone)
            desk.box.move(moved, "archive")
            graph.trouble.no_mime(opaque)
            graph.trouble.huge(huge, 100_000_000)
        await eventually(lambda: desk.recipients()[desk.customer(4)], PATIENCE)

        async def ended() -> list[tuple[str, str]]:
            found = [(one["state"], one["code"]) for one in await desk.listed() if one["state"] != "answered"]
            return sorted(found) if len(found) >= 4 and all(state for state, _ in found) else []

        ends = await eventually(ended, PATIENCE)
    assert [code for state, code in ends if state == "ignored"] == ["graph.gone", "graph.moved"]
    assert [code for state, code in ends if state == "held"] == ["graph.no_mime", "mail.too_large"]
    assert desk.recipients() == {desk.customer(4): 1}
    assert desk.box.message(good).is_read
    assert not desk.box.message(huge).is_read, "people have to see it"


async def test_a_person_was_quicker(graph: GraphServer, model: ModelServer, tmp_path: Path) -> None:
    desk = a_graph_desk(graph, tmp_path, model)
    (ref,) = desk.deliver(1)
    graph.advance(seconds=5)
    desk.box.person_replies(ref, "C’est fait.")
    await desk.once()
    assert len(desk.box.outbound) == 1, "the person's"
    (one,) = await desk.listed()
    assert one["state"] == "ignored"
