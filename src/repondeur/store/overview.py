"""What people are shown of all mails, and of the way of one; it changes nothing."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select

from repondeur.store import rows
from repondeur.store.database import Database
from repondeur.store.records import Stage, Summary
from repondeur.store.tables import mail, step
from repondeur.texts import Reason

MOST_REASONS: Final = 500


class Overview:
    """Raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def latest(self, limit: int, before: int | None = None) -> list[Summary]:
        """The newest mails first; before: only those with a smaller number."""
        columns = [mail.c[name] for name in Summary.__dataclass_fields__]
        query = select(*columns).order_by(mail.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(mail.c.id < before)
        return await self._database.read(lambda connection: [rows.summary(row) for row in connection.execute(query)])

    async def history(self, mail_id: int) -> list[tuple[str, datetime, Any]]:
        """Every step of a mail as it was done: name, when, what it found."""
        query = select(step.c.name, step.c.at, step.c.found).where(step.c.mail_id == mail_id).order_by(step.c.id)
        return await self._database.read(
            lambda connection: [(row.name, row.at, row.found) for row in connection.execute(query)]
        )

    async def counts(self) -> dict[tuple[str, str], int]:
        """How many mails stand where: (mailbox, end state or next step) and their number."""
        where = func.coalesce(mail.c.state, mail.c.stage)
        query = select(mail.c.mailbox, where, func.count()).group_by(mail.c.mailbox, where)
        return await self._database.read(
            lambda connection: {(row[0], row[1]): row[2] for row in connection.execute(query)}
        )

    async def held_up_by(self) -> list[Reason]:
        """Why unfinished mails are tried again, each reason once."""
        query = (
            select(mail.c.reason)
            .where(mail.c.stage != Stage.DONE, mail.c.state.is_(None), mail.c.tries > 0)
            .order_by(mail.c.id)
            .limit(MOST_REASONS)
        )
        found = await self._database.read(
            lambda connection: [rows.reason_from(data) for data in connection.scalars(query)]
        )
        return [reason for index, reason in enumerate(found) if reason is not None and reason not in found[:index]]
