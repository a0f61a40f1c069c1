"""Brings the database to the tables that this version knows."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from repondeur.errors import SettingsError
from repondeur.store.database import Database
from repondeur.store.failures import named

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0009"
UPGRADE_LOCK = 0x7265706F  # any number that no other program takes: processes that start together upgrade one by one


def revision(database: Database) -> str | None:
    """The revision the database is at; None when it has no tables of ours. Raises StoreUnavailable."""
    return database.read_now(noted_revision)


def noted_revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def upgrade(database: Database) -> bool:
    """True when something had to be done. Raises SettingsError for a database that a newer version has made or whose
    folder is not to be had, StoreUnavailable when it cannot be reached or its disk is full."""
    if database.is_sqlite and database.url.database:
        make_folder(Path(database.url.database))
    current = revision(database)
    if current == HEAD:
        return False
    from alembic import command
    from alembic.util.exc import CommandError

    config = _config()
    with one_at_a_time(database), database.engine.connect() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
            connection.commit()
        except CommandError as error:
            raise SettingsError("store.newer", revision=current or "?") from error
        except DBAPIError as error:
            raise named(error) or error from error
    return True


@contextmanager
def one_at_a_time(database: Database) -> Iterator[None]:
    """Processes that start together make tables one after the other (PostgreSQL; on SQLite the file is locked)."""
    if database.is_sqlite:
        yield
        return
    with database.engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": UPGRADE_LOCK})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": UPGRADE_LOCK})
            connection.rollback()


def make_folder(file: Path) -> None:
    """Makes the folder of a SQLite file, for this user alone; one that is there stays as it is.

    Raises SettingsError.
    """
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError("store.no_folder", path=str(file.parent), problem=error.strerror or "?") from error


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(files("repondeur.store") / "migrations"))
    return config
