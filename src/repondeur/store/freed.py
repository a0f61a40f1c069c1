"""Seeing to it that what was deleted is gone from the files of SQLite, too.

`secure_delete` overwrites it in the database (sqlite.org/pragma.html). The write-ahead log still has the pages as they
were: it is brought into the database and cut to nothing (`wal_checkpoint(TRUNCATE)`, sqlite.org/wal.html). Files of
versions that did not overwrite are written anew, once, and give back the room they do not need from then on.

PostgreSQL does this by itself, in its own time (autovacuum).
"""

import asyncio
from typing import Final

from sqlalchemy import Connection

from repondeur.store.database import Database

PAGES: Final = 2_000  # given back in one transaction
_TRIES, _PAUSE = 10, 0.2  # seconds: a reader may be in the way, for a moment
_WAITS: Final = 100  # milliseconds in one try: nobody writes meanwhile


async def clear_freed(database: Database) -> bool:
    """False where somebody has read all the time, so that the log is still there. Raises StoreUnavailable."""
    if not database.is_sqlite:
        return True
    if await database.read(_keeps_what_is_free):
        # Since `auto_vacuum` is set for every connection, this makes it true of the file.
        await asyncio.to_thread(database.run_outside, lambda connection: connection.exec_driver_sql("VACUUM"))
    while await database.run(_give_back):
        pass
    return await clear_log(database)


async def clear_log(database: Database) -> bool:
    """The write-ahead log alone; nothing to do on PostgreSQL. As clear_freed."""
    if not database.is_sqlite:
        return True
    for _ in range(_TRIES):
        if await asyncio.to_thread(database.run_outside, _truncated):
            return True
        await asyncio.sleep(_PAUSE)
    return False


def _keeps_what_is_free(connection: Connection) -> bool:
    return not connection.exec_driver_sql("PRAGMA auto_vacuum").scalar_one()


def _give_back(connection: Connection) -> bool:
    """Whether there is more."""
    free: int = connection.exec_driver_sql("PRAGMA freelist_count").scalar_one()
    for _ in range(min(free, PAGES)):  # the driver takes one step, and one step is a page
        connection.exec_driver_sql("PRAGMA incremental_vacuum")
    return free > PAGES


def _truncated(connection: Connection) -> bool:
    patience = connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()
    connection.exec_driver_sql(f"PRAGMA busy_timeout={_WAITS}")
    try:
        busy, _, _ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={patience}")
    return not busy
