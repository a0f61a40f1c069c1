"""`repondeur graph`: what is subscribed, and no more of it."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.support.agent import Agent, Ended
from tests.support.forking import Forked
from tests.support.graph.hook import Hook
from tests.support.graph.server import GraphServer
from tests.support.graph_parts import QUICK, graph_settings

from repondeur.mailboxes.graph.client import Client
from repondeur.mailboxes.graph.hook import HookAddress
from repondeur.mailboxes.graph.sign_in import SignIn
from repondeur.mailboxes.graph.subscription import Keeper
from repondeur.store.database import Database
from repondeur.store.ledger import Ledger
from repondeur.store.upgrade import upgrade

US = "support@boutique.example"


@dataclass
class Place:
    graph: GraphServer
    agent: Agent
    ledger: Ledger
    keeper: Keeper

    async def run(self, *words: str) -> Ended:
        return await Forked(self.agent.environ, self.agent.home).run("repondeur", "graph", *words)


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphServer]:
    with GraphServer(tmp_path_factory.mktemp("graph")) as server:
        server.mailbox(US)
        yield server


@pytest.fixture
async def place(graph: GraphServer, tmp_path: Path) -> AsyncIterator[Place]:
    """A store in which a subscription was made by a process that is gone by now."""
    database = Database(f"sqlite:///{tmp_path / 'repondeur.db'}")
    upgrade(database)
    ledger, settings = Ledger(database), graph_settings(graph, US)
    sign_in = SignIn(settings)
    client = Client(settings, sign_in, QUICK)
    with Hook(graph) as hook:
        environ = {
            "MAILBOX_USER_ID": US, "AZURE_TENANT_ID": graph.tenant, "AZURE_CLIENT_ID": graph.client_id,
            "AZURE_CLIENT_SECRET": graph.client_secret, "AZURE_AUTHORITY": graph.authority,
            "AZURE_INSTANCE_DISCOVERY": "false", "GRAPH_BASE_URL": graph.base_url, "MAIL_CA_FILE": str(graph.ca_file),
            "WEBHOOK_URL": hook.url, "WEBHOOK_SECRET": "a secret of the hook", "REPONDEUR_DATA_DIR": str(tmp_path),
            "LANG": "C.UTF-8",
        }  # fmt: skip
        address = HookAddress(hook.url, environ["WEBHOOK_SECRET"])
        keeper = Keeper(settings, client, ledger, address, "one", lambda: datetime.now(UTC), lambda: None, alone=False)
        yield Place(graph, Agent(environ, tmp_path), ledger, keeper)
    await client.close()
    await sign_in.close()
    await database.close()


async def test_what_is_subscribed_is_shown_and_removed(place: Place) -> None:
    shown = await place.run("status")
    assert (shown.code, shown.out) == (0, f"{US}: no subscription; new mail is found by looking.\n")
    await place.keeper.step()
    await place.keeper.close()
    [live] = place.graph.subscriptions

    [row] = [json.loads(line) for line in (await place.run("status", "--json")).out.splitlines()]
    assert (row["mailbox"], row["folder"], row["id"], row["live"]) == (US, "inbox", live.id, True)
    assert datetime.fromisoformat(row["valid_until"]) == live.expires
    assert (row["last_notice"], row["problem"]) == (None, None)
    assert (await place.run("status")).out.split("\t")[:3] == [US, "inbox", live.id]

    removed = await place.run("unsubscribe", US)
    assert (removed.code, removed.out) == (0, f"{US}: subscriptions removed at Microsoft Graph: 1.\n")
    assert place.graph.subscriptions == []
    assert await place.ledger.subscriptions() == []


async def test_a_running_agent_would_make_a_new_one(place: Place) -> None:
    await place.keeper.step()
    removed = await place.run("unsubscribe")
    assert removed.code == 0
    assert place.graph.subscriptions == []
    assert "the agent is running" in removed.out
    assert await place.keeper.owns()


async def test_what_is_wrong_is_said(place: Place, tmp_path: Path) -> None:
    wrong = await place.run("unsubscribe", "sales")
    assert wrong.code == 2
    assert "There is no mailbox sales." in wrong.err
    no_secret = Agent({**place.agent.environ, "AZURE_CLIENT_SECRET": "wrong"}, tmp_path)
    refused = await no_secret.run("repondeur", "graph", "unsubscribe")
    assert refused.code == 1
    assert f"{US}: " in refused.err
    assert "AADSTS7000215" in refused.err
    imap = {"IMAP_SERVER": "imap.example", "IMAP_USER": US, "IMAP_PASS": "x", "LANG": "fr_FR.UTF-8"}
    none = await Agent(imap, tmp_path).run("repondeur", "graph", "status")
    assert none.code == 2
    assert "Aucune boîte Microsoft 365 n’est configurée." in none.err
