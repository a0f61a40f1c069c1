"""Names of mailboxes, as the store knows them: which of them wait for somebody, and what happens when one changes."""

from sqlalchemy import Connection, and_, or_, select, update

from repondeur.store import ledger_rows
from repondeur.store.database import Database
from repondeur.store.records import WAITS_FOR_A_PERSON, Stage
from repondeur.store.tables import action, location, mail, sending


async def with_something_to_do(database: Database) -> set[str]:
    """Names of the mailboxes with mail that somebody still has to do something about. Raises StoreUnavailable."""
    waits = or_(mail.c.stage != Stage.DONE, mail.c.state.in_(WAITS_FOR_A_PERSON))
    query = select(mail.c.mailbox).where(waits).distinct()
    return await database.read(lambda connection: set(connection.scalars(query)))


async def rename(database: Database, old: str, new: str) -> int:
    """Gives the mails of one mailbox, and what its ledger holds, to another name; how many mails. Mails that the new
    name has already stay. Raises StoreUnavailable."""
    held_by_new = select(mail.c.identity).where(mail.c.mailbox == new)

    def work(connection: Connection) -> int:
        moved = update(mail).where(mail.c.mailbox == old, mail.c.identity.not_in(held_by_new)).values(mailbox=new)
        count = connection.execute(moved).rowcount
        theirs = select(mail.c.id).where(mail.c.mailbox == new)
        for table in (action, location, sending):
            of_old = and_(table.c.mailbox == old, table.c.mail_id.in_(theirs))
            connection.execute(update(table).where(of_old).values(mailbox=new))
        ledger_rows.rename_mailbox(connection, old, new)
        return count

    return await database.run(work)
