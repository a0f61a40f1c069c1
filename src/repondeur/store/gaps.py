"""What mails have asked that nothing was known of, one row a mail; `Store.purge` forgets them with the mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from repondeur.store.database import Database
from repondeur.store.tables import gap


@dataclass(frozen=True, slots=True)
class Gap:
    """questions: sentences of one mail. language: of the mail, "" when not known. at: with zone."""

    mail_id: int
    questions: tuple[str, ...]
    language: str
    at: datetime


class Gaps:
    """Raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, mail_id: int, questions: Sequence[str], language: str, now: datetime) -> None:
        """In place of what the mail has asked before: it may be taken up again."""
        values = {"mail_id": mail_id, "questions": list(questions), "language": language, "at": now}

        def work(connection: Connection) -> None:
            connection.execute(delete(gap).where(gap.c.mail_id == mail_id))
            connection.execute(insert(gap).values(values))

        await self._database.run(work)

    async def all(self) -> list[Gap]:
        """Oldest first."""
        query = select(gap).order_by(gap.c.at, gap.c.mail_id)
        return await self._database.read(
            lambda connection: [
                Gap(row.mail_id, tuple(row.questions), row.language, row.at) for row in connection.execute(query)
            ]
        )
