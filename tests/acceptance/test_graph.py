"""A Microsoft 365 mailbox, the whole way: noticed, answered once, shown in the mailbox, whatever Graph does."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.conftest import ANSWER
from tests.acceptance.graph_desk import GraphDesk, a_graph_desk
from tests.acceptance.serving import Serving, serving
from tests.support.eventually import eventually
from tests.support.graph.server import GraphServer
from tests.support.model_server import ModelServer

LONG = bool(os.environ.get("SOAK"))
AT_START = 1000 if LONG else 120


@pytest.fixture
def graph(tmp_path: Path) -> Iterator[GraphServer]:
    with GraphServer(tmp_path) as server:
        yield server


def all_answered_once(desk: GraphDesk, count: int) -> None:
    assert desk.recipients() == {desk.customer(n): 1 for n in range(count)}


async def subscribed(desk: GraphDesk) -> None:
    await eventually(lambda: [one for one in desk.graph.subscriptions if desk.address in one.resource], 20)


async def test_what_waits_at_the_start(graph: GraphServer, model: ModelServer, tmp_path: Path) -> None:
    desk = a_graph_desk(graph, tmp_path, model)
    desk.deliver(AT_START)
    ended = await desk.once()
    all_answered_once(desk, AT_START)
    assert {one["state"] for one in await desk.listed()} == {"answered"}
    assert all(message.is_read for message in desk.box.messages("inbox"))
    assert len(desk.requests()) <= 3 * AT_START
    assert max(graph.most_at_once.values()) <= 4
    assert "429" not in {str(one.status) for one in graph.requests}
    assert graph.client_secret not in ended.err
    answer = desk.left()[0]
    assert answer["Auto-Submitted"] == "auto-replied"
    assert answer["In-Reply-To"] in {message.facts["internetMessageId"] for message in desk.box.messages("inbox")}
    assert ANSWER in answer.get_content()
    again = await desk.once()
    assert again.code == 0
    all_answered_once(desk, AT_START)


@pytest.mark.parametrize("count", [10, 100])
async def test_many_at_once_by_push(count: int, graph: GraphServer, model: ModelServer, tmp_path: Path) -> None:
    desk = a_graph_desk(graph, tmp_path, model, push=True)
    graph.trouble.duplicate_notices(2)
    async with serving(desk.agent, port=desk.port) as agent:
        await subscribed(desk)
        before = len(desk.requests())
        desk.deliver(count)
        await eventually(lambda: len(desk.box.outbound) >= count, 60)
        await eventually(lambda: all(message.is_read for message in desk.box.messages("inbox")))
        assert len(desk.requests()) - before <= 3 * count
        await _all_taken(agent)
    all_answered_once(desk, count)
    assert max(graph.most_at_once.values()) <= 4
    assert len(graph.subscriptions) == 1, "it is kept on a normal stop"


async def _all_taken(agent: Serving) -> None:
    ready = (await agent.get("/ready")).json()
    assert ready["ready"] is True
    assert [one["problem"] for one in ready["subscriptions"]] == [None]
