"""What the agent may say: the passages of the knowledge base, as stored."""

from collections.abc import Iterable

from sqlalchemy import Connection, delete, func, insert, select

from repondeur.policy.passage import Passage
from repondeur.store.database import Database
from repondeur.store.tables import passage


class Shelf:
    """The stored passages; an index over them is made by knowledge.index."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def all(self) -> list[Passage]:
        """Every passage, by id."""
        query = select(passage).order_by(passage.c.id)
        return await self.database.read(
            lambda connection: [Passage(**row._asdict()) for row in connection.execute(query)]
        )

    async def fingerprint(self) -> tuple[int, int]:
        """Changes when passages were added or removed: how many there are, and how long they are together."""
        query = select(func.count(), func.coalesce(func.sum(func.length(passage.c.text)), 0))
        return await self.database.read(lambda connection: tuple(connection.execute(query).one()))

    async def put(self, passages: Iterable[Passage]) -> None:
        """Adds passages; one with a known id replaces it."""
        rows = {
            one.id: {
                "id": one.id,
                "title": one.title,
                "text": one.text,
                "language": one.language,
                "visibility": one.visibility,
                "source": one.source,
            }
            for one in passages
        }

        def work(connection: Connection) -> None:
            for row in rows.values():
                connection.execute(delete(passage).where(passage.c.id == row["id"]))
                connection.execute(insert(passage).values(row))

        await self.database.run(work)

    async def remove(self, passage_id: str) -> bool:
        """False when there is none with this id."""
        query = delete(passage).where(passage.c.id == passage_id)
        return await self.database.run(lambda connection: connection.execute(query).rowcount > 0)
