"""What a database holds, as whoever steals it sees it."""

from pathlib import Path

from sqlalchemy import select

from repondeur.store.database import Database
from repondeur.store.sealing import as_stored
from repondeur.store.tables import metadata


def rows_of(database: Database) -> str:
    """Every row of every table, as it stands in the columns."""
    with database.engine.connect() as connection:
        return "\n".join(
            f"{table.name}: {row!r}"
            for table in metadata.sorted_tables
            for row in connection.execute(select(as_stored(table)))
        )


def files_of(database: Database) -> bytes:
    """The octets of a SQLite database with all that lies beside it."""
    file = Path(database.url.database or "")
    return b"".join(path.read_bytes() for path in sorted(file.parent.glob(f"{file.name}*")))
