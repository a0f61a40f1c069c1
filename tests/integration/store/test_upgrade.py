"""Migrations."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from tests.support.postgresql import Cluster

from repondeur.errors import SettingsError
from repondeur.pipeline.worker import install
from repondeur.store.database import Database
from repondeur.store.tables import metadata
from repondeur.store.upgrade import HEAD, revision, upgrade


def test_migrations_lead_to_the_tables_the_code_knows(database_url: str) -> None:
    database = Database(database_url)
    assert revision(database) is None
    assert upgrade(database)
    with database.engine.connect() as connection:
        difference = compare_metadata(MigrationContext.configure(connection), metadata)
    assert difference == []
    assert revision(database) == HEAD
    assert not upgrade(database)
    database.engine.dispose()


def test_a_database_of_a_newer_version_is_left_alone(database_url: str) -> None:
    database = Database(database_url)
    upgrade(database)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SettingsError) as refused:
        upgrade(database)
    assert refused.value.reason.code == "store.newer"
    assert revision(database) == "9999"
    database.engine.dispose()


@pytest.mark.servers
def test_workers_that_start_together_make_the_tables_once(postgresql: Cluster) -> None:
    url = postgresql.url(f"together_{uuid4().hex}")

    def start(_: int) -> None:
        database = Database(url)
        upgrade(database)
        install(database)
        database.engine.dispose()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(start, range(6)))
    database = Database(url)
    assert revision(database) == HEAD
    assert not install(database)
    database.engine.dispose()
