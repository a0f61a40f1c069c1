"""Backups: one SQLite file, whichever database is in use. So a backup also moves the store from one to the other."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import BigInteger, Connection, Table, func, insert, select, text

from repondeur.errors import RepondeurError
from repondeur.store import record
from repondeur.store.database import Database, make_private_file
from repondeur.store.keys import check_keys
from repondeur.store.sealing import as_stored
from repondeur.store.tables import mail, metadata
from repondeur.store.upgrade import HEAD, revision, upgrade

CHUNK = 500  # rows


class BackupRefused(RepondeurError):
    """The file or the database is not in a state in which this can be done."""


def backup(database: Database, file: Path) -> int:
    """Writes everything to a new file; how many mails it holds. The program may go on working meanwhile. Raises
    BackupRefused when the file exists."""
    if file.exists():
        raise BackupRefused("backup.file_exists", path=str(file))
    if not file.parent.is_dir():
        raise BackupRefused("backup.no_folder", path=str(file.parent))
    make_private_file(str(file))
    copy = Database(f"sqlite:///{file}")
    try:
        upgrade(copy)
        with database.snapshot() as source, copy.engine.begin() as target:
            _copy(source, target)
            count = _mails(target)
    except BaseException:
        file.unlink()  # half a backup would be taken for a whole one
        raise
    finally:
        copy.engine.dispose()
    return count


def restore(database: Database, file: Path) -> int:
    """Reads a backup into an empty database; how many mails it held. One of an older version is read as well, and the
    file stays as it is. Raises BackupRefused, and SettingsError for a backup of a newer version, or one that is sealed
    under a key that the database was not given."""
    if not file.is_file():
        raise BackupRefused("backup.no_file", path=str(file))
    with _at_head(file) as copy, copy.snapshot() as source, database.engine.begin() as target:
        if _mails(target) or record.head(target) is not None:
            raise BackupRefused("backup.not_empty")
        copy.seal_with(database.sealer)
        check_keys(copy)
        _copy(source, target)
        if not database.is_sqlite:
            _count_on(target)
        return _mails(target)


@contextmanager
def _at_head(file: Path) -> Iterator[Database]:
    """A backup with the tables of this version: the file itself, or a copy that was upgraded."""
    with TemporaryDirectory() as folder:
        copy = Database(f"sqlite:///{file}")
        try:
            if _revision(copy) != HEAD:
                copy.engine.dispose()
                copy = Database(f"sqlite:///{shutil.copy(file, folder)}")
                upgrade(copy)
            yield copy
        finally:
            copy.engine.dispose()


def _revision(copy: Database) -> str:
    try:
        found = revision(copy)
    except Exception as error:
        raise BackupRefused("backup.not_a_backup", path=str(copy.url.database)) from error
    if found is None:
        raise BackupRefused("backup.not_a_backup", path=str(copy.url.database))
    return found


def _copy(source: Connection, target: Connection) -> None:
    """What is sealed stays so, and no key is needed."""
    for table in map(as_stored, metadata.sorted_tables):
        target.execute(table.delete())
        rows = source.execution_options(yield_per=CHUNK).execute(select(table))
        for chunk in rows.mappings().partitions(CHUNK):
            target.execute(insert(table), [dict(row) for row in chunk])


def _mails(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(mail)) or 0


def _count_on(connection: Connection) -> None:
    """PostgreSQL's counters know nothing of rows that came with their numbers."""
    for table in metadata.sorted_tables:
        if _is_counted(table):
            connection.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), "  # noqa: S608  our own table names
                    f"(SELECT coalesce(max(id), 0) + 1 FROM {table.name}), false)"
                )
            )


def _is_counted(table: Table) -> bool:
    return "id" in table.c and isinstance(table.c.id.type, BigInteger)
