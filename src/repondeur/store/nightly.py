"""When something that is done once a night was done last."""

from datetime import datetime

from sqlalchemy import select

from repondeur.store.database import Database
from repondeur.store.ledger_rows import insert_into
from repondeur.store.tables import upkeep


async def done_last(database: Database, task: str) -> datetime | None:
    query = select(upkeep.c.at).where(upkeep.c.task == task)
    found: datetime | None = await database.read(lambda connection: connection.scalar(query))
    return found


async def note_done(database: Database, task: str, now: datetime) -> None:
    await database.run(
        lambda connection: connection.execute(
            insert_into(connection, upkeep)
            .values(task=task, at=now)
            .on_conflict_do_update(index_elements=["task"], set_={"at": now})
        )
    )
