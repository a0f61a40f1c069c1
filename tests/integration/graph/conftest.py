"""Parts of a Graph mailbox on the stand-in for Graph: one server a module, one mailbox a test."""

from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from tests.support.graph.box import Box
from tests.support.graph.server import GraphServer
from tests.support.graph_parts import Parts, Started, parts

from repondeur.store.database import Database
from repondeur.store.upgrade import upgrade


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphServer]:
    with GraphServer(tmp_path_factory.mktemp("graph")) as running:
        yield running


@pytest.fixture(scope="module")
def database_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("ledger") / "ledger.db"
    upgrade(Database(f"sqlite:///{file}"))
    return file


@pytest.fixture
async def database(database_file: Path) -> AsyncIterator[Database]:
    opened = Database(f"sqlite:///{database_file}")
    yield opened
    await opened.close()


@pytest.fixture
def box(server: GraphServer) -> Iterator[Box]:
    """A new mailbox. Afterwards nothing is troubled any more."""
    server.requests.clear()
    yield server.mailbox(f"shop-{uuid4().hex[:12]}@boutique.example")
    server.trouble.clear()
    server.trouble.online()
    server.trouble.release_sends()
    server.trouble.new_message_ids = server.trouble.circles = False


@pytest.fixture
def started(server: GraphServer, database: Database, box: Box) -> Started:
    """A process that starts: all that it knows is in the ledger and in the mailbox."""
    return partial(parts, server, database, box.address)


@pytest.fixture
async def one(started: Started) -> AsyncIterator[Parts]:
    async with started() as running:
        yield running
