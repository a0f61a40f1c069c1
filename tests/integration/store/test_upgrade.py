"""Migrations."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import text
from tests.support.postgresql import Cluster

from repondeur.errors import SettingsError
from repondeur.pipeline.worker import install
from repondeur.policy.passage import Passage
from repondeur.store import migrations
from repondeur.store.backup import restore
from repondeur.store.database import Database
from repondeur.store.shelf import Shelf
from repondeur.store.tables import metadata
from repondeur.store.upgrade import HEAD, revision, upgrade


def test_migrations_lead_to_the_tables_the_code_knows(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    assert revision(database) is None
    assert upgrade(database)
    with database.engine.connect() as connection:
        difference = compare_metadata(MigrationContext.configure(connection), metadata)
    assert difference == []
    assert revision(database) == HEAD
    assert not upgrade(database)
    database.engine.dispose()


def made_by_the_first_version(url: str, version: str = "0001") -> Database:
    """A database with a mail in it, at this revision."""
    database = Database(url)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
        columns = "mailbox, identity, thread, subject, author, received, stage, state, tries"
        values = f"'us', 'i', 't', 'Une question', 'a@b.example', '{datetime.now(UTC)}', 'done', 'answered', 0"
        connection.execute(text(f"INSERT INTO mail ({columns}) VALUES ({values})"))
        connection.commit()
    return database


def test_the_mails_of_the_first_version_are_kept(empty_database_url: str) -> None:
    database = made_by_the_first_version(empty_database_url)
    assert revision(database) == "0001"
    assert upgrade(database)
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.scalar(text("SELECT subject FROM mail")) == "Une question"
    database.engine.dispose()


async def test_what_was_known_before_there_were_files_is_kept(empty_database_url: str) -> None:
    database = made_by_the_first_version(empty_database_url, "0003")
    old = Passage("kb:delais", "Délais", "Deux jours.", "fr", "public", "délais.md")
    with database.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO passage VALUES (:id, :title, :text, :language, :visibility, :source)"),
            {name: getattr(old, name) for name in ("id", "title", "text", "language", "visibility", "source")},
        )
    assert upgrade(database)
    shelf = Shelf(database)
    assert await shelf.all() == [old]
    before = await shelf.fingerprint()
    await shelf.put([replace(old, text="Trois jours")])
    assert await shelf.fingerprint() != before
    assert await shelf.owners() == {"kb:delais": ""}
    await database.close()


def test_a_backup_of_the_first_version_is_read_and_left_as_it_is(empty_database_url: str, tmp_path: Path) -> None:
    made_by_the_first_version(f"sqlite:///{tmp_path / 'backup.db'}").engine.dispose()
    database = Database(empty_database_url)
    upgrade(database)
    assert restore(database, tmp_path / "backup.db") == 1
    assert revision(database) == HEAD
    database.engine.dispose()
    old = Database(f"sqlite:///{tmp_path / 'backup.db'}")
    assert revision(old) == "0001"
    old.engine.dispose()


def test_a_database_of_a_newer_version_is_left_alone(empty_database_url: str) -> None:
    database = Database(empty_database_url)
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
