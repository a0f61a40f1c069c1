"""Fixtures for all tests."""

from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from repondeur.store.database import Database
from tests.support import models
from tests.support.forking import Forks, shared
from tests.support.needs import SHARED, beside_the_project, missing
from tests.support.postgresql import Cluster, PostgresqlMissing, cluster
from tests.support.tables import postgresql_url, sqlite_url

FIGURE = "figure"


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Notes a figure that a test has found; all are shown at the end of the run."""
    return partial(record_property, FIGURE)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    calls = [
        report
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
    ]
    if figures := [value for report in calls for name, value in report.user_properties if name == FIGURE]:
        terminalreporter.section("figures")
        for line in figures:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def forks() -> Forks:
    return shared()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    try:
        with cluster() as running:
            yield running
    except PostgresqlMissing as error:
        missing(str(error))


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a Qwen3 of random weights, as safetensors and as model-F16.gguf. Not to be written to."""
    return models.write(tmp_path_factory.mktemp("tiny-model"), gguf="F16")


BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)]


@pytest.fixture(params=BOTH)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'repondeur.db'}"
    running: Cluster = request.getfixturevalue("postgresql")
    return running.url(f"empty_{uuid4().hex}")


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with all tables and nothing in them, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "repondeur.db")
    return postgresql_url(request.getfixturevalue("postgresql"))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture(autouse=True)
def corpus_where_it_is_read(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("corpus"):
        beside_the_project(SHARED / "corpus")
