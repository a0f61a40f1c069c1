"""What an error of a database driver stands for."""

import sqlite3
from typing import Final

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from repondeur.errors import RepondeurError, SettingsError, StoreUnavailable

# Primary result codes, https://www.sqlite.org/rescode.html
SQLITE_AWAY: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)
SQLITE_FULL: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})
SQLITE_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

# SQLSTATE, https://www.postgresql.org/docs/current/errcodes-appendix.html: connection, sign-in, no such database,
# rolled back because of another transaction, resources, shutdown and time limits, the system below; a lock that was
# not to be had; and a server that has become a read-only copy.
POSTGRESQL_AWAY: Final = ("08", "28", "3D", "40", "53", "57", "58", "55P03", "25006")
POSTGRESQL_FULL: Final = "53100"


def named(error: DBAPIError) -> RepondeurError | None:
    """The error of ours; None when it is a defect, such as a value that the database does not take."""
    if _is_full(error):
        return StoreUnavailable("store.full")
    if _sqlite_code(error) in SQLITE_DAMAGED:
        return SettingsError("store.damaged")
    if _is_away(error):
        lines = str(error.orig).splitlines()
        return StoreUnavailable("store.unavailable", problem=lines[0][:200] if lines else "")
    return None


def sqlstate(error: BaseException) -> str:
    """The SQLSTATE of an error of PostgreSQL, "" for any other."""
    return str(getattr(error, "sqlstate", None) or "")


def _sqlite_code(error: DBAPIError) -> int | None:
    code: int | None = getattr(error.orig, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF  # the rest says more of the same


def _is_full(error: DBAPIError) -> bool:
    if (code := _sqlite_code(error)) is not None:
        return code in SQLITE_FULL
    return error.orig is not None and sqlstate(error.orig) == POSTGRESQL_FULL


def _is_away(error: DBAPIError) -> bool:
    if error.connection_invalidated:
        return True
    if (code := _sqlite_code(error)) is not None:
        return code in SQLITE_AWAY
    if error.orig is not None and (state := sqlstate(error.orig)):
        return state.startswith(POSTGRESQL_AWAY)
    return isinstance(error, OperationalError | InterfaceError)  # no word of the server: there is none
