"""The database of this process. All that a command needs which only looks, or writes a word: no mailbox, no engine."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

from repondeur.errors import SettingsError
from repondeur.settings.schema import Settings
from repondeur.store.database import Database
from repondeur.store.keys import check_keys, is_noted, note_key, seal_as_noted
from repondeur.store.lock import ProcessLock
from repondeur.store.sealing import Sealer
from repondeur.store.upgrade import make_folder, upgrade


def open_database(
    settings: Settings, stack: AsyncExitStack, make: Callable[[str], Database] = Database, *, alone: bool = True
) -> Database:
    """The database at head. alone: nobody else may work it (SQLite). Raises SettingsError for one that is sealed under
    a key that settings do not have. A key that is new is not used while another process works it without."""
    database = make(settings.database)
    database.seal_with(Sealer(settings.encryption_keys))
    stack.push_async_callback(database.close)
    if database.is_sqlite:
        file = sqlite_file(database)
        make_folder(file)
        if alone:
            stack.enter_context(ProcessLock(file))
    upgrade(database)
    check_keys(database)
    if alone or not database.is_sqlite:
        note_key(database, datetime.now(UTC))
    elif not is_noted(database):
        _note_key_if_unworked(database)
    if not database.is_sqlite:
        from repondeur.pipeline.worker import install

        install(database)
    return database


def _note_key_if_unworked(database: Database) -> None:
    try:
        with ProcessLock(sqlite_file(database)):
            note_key(database, datetime.now(UTC))
    except SettingsError as error:
        if error.reason.code != "store.locked":
            raise
        seal_as_noted(database)


def sqlite_file(database: Database) -> Path:
    """Raises SettingsError for a database in memory: what it forgets would be answered again."""
    if not database.url.database or database.url.database == ":memory:":
        raise SettingsError("store.in_memory")
    return Path(database.url.database)
