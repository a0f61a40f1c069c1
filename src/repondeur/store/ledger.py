"""What a mailbox that tells us of its mail has told us, and how far we are with it.

Beside the mails themselves (store.py): messages announced and not read yet, how far a folder's changes were read, who
is subscribed to them, who may do what only one may do, and which messages at the server are drafts of ours.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, or_, select, update

from repondeur.store import ledger_rows, tables
from repondeur.store.database import Database
from repondeur.store.ledger_rows import here, insert_into
from repondeur.store.rows import reason_from, reason_json
from repondeur.texts import Reason

MOST = 1_000  # announced messages at once
# A lease that lasts so many times longer than any is given for is of one whose clock was wrong.
TOO_LONG: Final = 10

# Lifecycle events by how much is to be done; whatever is done for one is enough for those before it.
EVENTS: Final = ("", "missed", "reauthorizationRequired", "subscriptionRemoved")


@dataclass(frozen=True, slots=True)
class Announced:
    """A message we were told of. found: what is known of it as JSON, None until somebody has asked. at: since when."""

    folder: str
    ref: str
    found: Mapping[str, Any] | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a folder's changes were read. link: where they go on, "" to start over. since: mail received before is
    none of ours. at: when all had been read last, None for never. account: whose folder it is."""

    link: str
    since: datetime
    at: datetime | None
    account: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who is told of the changes of a folder, and until when.

    event: the lifecycle event that waits to be acted on, "" for none; events: how many there have been. Whoever has
    acted stores the row with event "": one that came in meanwhile is kept, which `events` tells.
    secret_digest: SHA-256, in hexadecimal, of the secret that notices repeat. problem: why it does not work.
    account: whose mail it tells of.
    """

    mailbox: str
    folder: str
    id: str
    secret_digest: str
    notification_url: str
    rich: bool
    expires: datetime
    made: datetime
    renewed: datetime
    last_notice: datetime | None = None
    last_check: datetime | None = None
    event: str = ""
    problem: Reason | None = None
    events: int = 0
    account: str = ""


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A message of ours at the server. message_id: as we composed it; graph_message_id: as the server has it.
    ref: immutable id, "" until the server has given one. change_key: the version that we wrote. conversation: Graph's
    conversationId. digest: of the octets it was made from, "" when that is not known."""

    message_id: str
    ref: str
    change_key: str
    conversation: str
    graph_message_id: str
    digest: str = ""


class Ledger:
    """Each method is one transaction, durable once it returns, and may raise StoreUnavailable. Moments have a zone."""

    def __init__(self, database: Database) -> None:
        self.database = database

    # --- announced messages -----------------------------------------------------------------------------------

    async def announce(self, mailbox: str, found: Sequence[Announced]) -> None:
        """Notes messages to be read. Of one that is noted already, what is known is brought up to date."""
        await self.database.run(lambda connection: ledger_rows.announce(connection, _rows(mailbox, found)))

    async def announced(self, mailbox: str, limit: int = MOST) -> list[Announced]:
        """Oldest first."""
        one = tables.announced.c
        query = (
            select(one.folder, one.ref, one.found, one.at)
            .where(one.mailbox == mailbox)
            .order_by(one.at, one.folder, one.ref)
            .limit(limit)
        )
        return await self.database.read(lambda connection: [Announced(*row) for row in connection.execute(query)])

    async def announced_counts(self) -> dict[str, int]:
        """How many messages of each mailbox are announced and not read."""
        query = select(tables.announced.c.mailbox, func.count()).group_by(tables.announced.c.mailbox)
        return await self.database.read(lambda connection: {row[0]: row[1] for row in connection.execute(query)})

    async def withdraw(self, mailbox: str, folder_refs: Collection[tuple[str, str]]) -> None:
        """These were read, or are no longer to be."""
        await self.database.run(lambda connection: ledger_rows.withdraw(connection, mailbox, folder_refs))

    # --- how far changes were read ----------------------------------------------------------------------------

    async def cursor(self, mailbox: str, folder: str) -> Cursor | None:
        query = _cursor(mailbox, folder)
        return await self.database.read(lambda connection: _one(Cursor, connection.execute(query).one_or_none()))

    async def start(self, mailbox: str, folder: str, since: datetime, account: str) -> Cursor:
        """The cursor of a folder: the one there is for this account, else a new one for what is received from `since`
        on. What was announced for another account is forgotten."""
        new = Cursor("", since, None, account)

        def work(connection: Connection) -> Cursor:
            values = {"mailbox": mailbox, "folder": folder, **asdict(new)}
            connection.execute(insert_into(connection, tables.cursor).values(values).on_conflict_do_nothing())
            kept = Cursor(*connection.execute(_cursor(mailbox, folder)).one())
            if kept.account == account:
                return kept
            connection.execute(delete(tables.announced).where(here(tables.announced, mailbox, folder)))
            connection.execute(update(tables.cursor).where(here(tables.cursor, mailbox, folder)).values(asdict(new)))
            return new

        return await self.database.run(work)

    async def advance(  # noqa: PLR0917 - one page: of what, what is in it, where it goes on
        self,
        mailbox: str,
        folder: str,
        found: Sequence[Announced],
        done: Collection[str],
        link: str,
        at: datetime | None,
        gone: Sequence[Announced] = (),
    ) -> None:
        """One page of changes and where they go on, together. done: refs that are not to be read any more. gone: of
        these, those that are announced stay so, and nothing is known of them any more. at: this was the last page.
        Needs `start`."""
        values = {"link": link} | ({} if at is None else {"at": at})

        def work(connection: Connection) -> None:
            ledger_rows.announce(connection, _rows(mailbox, found))
            ledger_rows.withdraw(connection, mailbox, [(folder, ref) for ref in done])
            ledger_rows.doubt(connection, _rows(mailbox, gone))
            if (
                connection.execute(
                    update(tables.cursor).where(here(tables.cursor, mailbox, folder)).values(values)
                ).rowcount
                != 1
            ):
                raise LookupError(folder)

        await self.database.run(work)

    async def start_over(self, mailbox: str, folder: str, since: datetime, at: datetime | None) -> None:
        """The changes are read from the beginning, without what was received before `since`. at: when all had been
        read last, as far as that can be believed. Needs `start`."""
        query = update(tables.cursor).where(here(tables.cursor, mailbox, folder))
        await self.database.run(lambda connection: connection.execute(query.values(link="", since=since, at=at)))

    async def keep_folders(self, mailbox: str, folders: Collection[str]) -> int:
        """Forgets what was announced in other folders than these, and how far their changes were read; how many
        messages."""

        def work(connection: Connection) -> int:
            dropped = [
                connection.execute(delete(table).where(table.c.mailbox == mailbox, table.c.folder.not_in(folders)))
                for table in (tables.announced, tables.cursor)
            ]
            return dropped[0].rowcount

        return await self.database.run(work)

    # --- what only one may do ---------------------------------------------------------------------------------

    async def lease(self, name: str, owner: str, seconds: float, now: datetime, *, force: bool = False) -> bool:
        """Takes or renews it until `seconds` from now; False when another owner has it. force: that one is dead."""
        too_long = now + TOO_LONG * timedelta(seconds=seconds)
        until = now + timedelta(seconds=seconds)
        given = {"name": name, "owner": owner, "until": until}

        def work(connection: Connection) -> bool:
            insert = insert_into(connection, tables.lease)
            until_then = tables.lease.c.until
            free = or_(tables.lease.c.owner == owner, until_then <= now, until_then > too_long)
            taken = insert.values(given).on_conflict_do_update(
                index_elements=["name"], set_={"owner": owner, "until": until}, where=None if force else free
            )
            return connection.scalar(taken.returning(tables.lease.c.owner)) is not None

        return await self.database.run(work)

    async def give_up_lease(self, name: str, owner: str) -> None:
        query = delete(tables.lease).where(tables.lease.c.name == name, tables.lease.c.owner == owner)
        await self.database.run(lambda connection: connection.execute(query))

    # --- subscriptions ----------------------------------------------------------------------------------------

    async def subscriptions(self, mailbox: str | None = None) -> list[Subscription]:
        query = select(tables.subscription).order_by(tables.subscription.c.mailbox, tables.subscription.c.folder)
        if mailbox is not None:
            query = query.where(tables.subscription.c.mailbox == mailbox)
        return await self.database.read(lambda connection: [_subscription(row) for row in connection.execute(query)])

    async def subscription_by_id(self, id: str) -> Subscription | None:  # noqa: A002  Graph's word for it
        query = select(tables.subscription).where(tables.subscription.c.id == id).limit(1)
        row = await self.database.read(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else _subscription(row)

    async def put_subscription(self, subscription: Subscription) -> None:
        """Stores it in place of the one of its folder. What notices said since it was read is kept."""
        values = {**asdict(replace(subscription, problem=None)), "problem": reason_json(subscription.problem)}
        await self.database.run(lambda connection: ledger_rows.put_subscription(connection, values))

    async def drop_subscription(self, mailbox: str, folder: str) -> None:
        query = delete(tables.subscription).where(here(tables.subscription, mailbox, folder))
        await self.database.run(lambda connection: connection.execute(query))

    async def noticed(
        self,
        subscription_ids: Collection[str],
        rows: Mapping[str, Sequence[Announced]],
        events: Mapping[str, str],
        now: datetime,
    ) -> None:
        """All that one POST of notices says: which subscriptions spoke, the messages by mailbox, the lifecycle events
        by subscription. Of two events the one that asks for more is kept."""

        def work(connection: Connection) -> None:
            for mailbox in sorted(rows):
                ledger_rows.announce(connection, _rows(mailbox, rows[mailbox]))
            ledger_rows.note_notices(connection, subscription_ids, now)
            for id_, event in sorted(events.items()):
                lesser = EVENTS[: EVENTS.index(event)] if event in EVENTS else ("",)
                ledger_rows.note_event(connection, id_, event, lesser)

        await self.database.run(work)

    # --- messages of ours at the server -----------------------------------------------------------------------

    async def draft(self, mailbox: str, message_id: str) -> KeptDraft | None:
        one = tables.draft.c
        query = select(*(one[name] for name in KeptDraft.__dataclass_fields__)).where(
            one.mailbox == mailbox, one.message_id == message_id
        )
        return await self.database.read(lambda connection: _one(KeptDraft, connection.execute(query).one_or_none()))

    async def keep_draft(self, mailbox: str, draft: KeptDraft) -> None:
        """Stores it in place of the one with its Message-ID."""
        values = {"mailbox": mailbox, **asdict(draft)}
        await self.database.run(
            lambda connection: connection.execute(
                insert_into(connection, tables.draft)
                .values(values)
                .on_conflict_do_update(index_elements=["mailbox", "message_id"], set_=asdict(draft))
            )
        )

    async def forget_draft(self, mailbox: str, message_id: str) -> None:
        query = delete(tables.draft).where(tables.draft.c.mailbox == mailbox, tables.draft.c.message_id == message_id)
        await self.database.run(lambda connection: connection.execute(query))

    async def our_refs(self, mailbox: str, refs: Collection[str]) -> set[str]:
        """Which of these immutable ids are messages of ours."""
        one = tables.draft.c

        def work(connection: Connection) -> set[str]:
            found: set[str] = set()
            for chunk in ledger_rows.chunks(refs):
                found.update(connection.scalars(select(one.ref).where(one.mailbox == mailbox, one.ref.in_(chunk))))
            return found

        return await self.database.read(work)


def _rows(mailbox: str, found: Iterable[Announced]) -> list[dict[str, Any]]:
    return [
        {
            "mailbox": mailbox,
            "folder": one.folder,
            "ref": one.ref,
            "found": None if one.found is None else dict(one.found),
            "at": one.at,
        }
        for one in found
    ]


def _cursor(mailbox: str, folder: str) -> Any:
    one = tables.cursor.c
    return select(one.link, one.since, one.at, one.account).where(here(tables.cursor, mailbox, folder))


def _one(kind: Any, row: Row[Any] | None) -> Any:
    return None if row is None else kind(*row)


def _subscription(row: Row[Any]) -> Subscription:
    return Subscription(**{**row._asdict(), "problem": reason_from(row.problem)})
