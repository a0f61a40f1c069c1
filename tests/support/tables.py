"""Databases that have all tables: the migrations run once, and what they made is copied. That they make it right is for
the tests of store/upgrade.py."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from repondeur.store.database import Database
from repondeur.store.upgrade import upgrade
from tests.support.postgresql import Cluster

TEMPLATE = "tables"


def sqlite_url(file: Path) -> str:
    """Of this file, made where there is none, as the program would have made it."""
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_bytes(_sqlite())
    return f"sqlite:///{file}"


def postgresql_url(server: Cluster) -> str:
    """Of a new database."""
    if TEMPLATE not in server.names:
        _made(server.url(TEMPLATE))
    return server.url(f"test_{uuid4().hex}", TEMPLATE)


@cache
def _sqlite() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "made.db"
        _made(f"sqlite:///{file}")
        assert [one.name for one in Path(folder).iterdir()] == [file.name]
        return file.read_bytes()


def _made(url: str) -> None:
    database = Database(url)
    upgrade(database)
    database.engine.dispose()
