"""The statements of the ledger that take more than a line, on rows as they are."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, case, delete, func, null, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from repondeur.store.tables import action, alarm, announced, cursor, draft, pause, subscription

Insert = sqlite.Insert | postgresql.Insert

MANY = 500  # values in one IN (…)

# Built once, as are the cached ones: building one takes SQLAlchemy longer than SQLite takes to run it.
_SPOKE = update(subscription).where(subscription.c.id == bindparam("of_id")).values(last_notice=bindparam("now"))
_DOUBT = (
    update(announced)
    .where(
        announced.c.mailbox == bindparam("of_mailbox"),
        announced.c.folder == bindparam("of_folder"),
        announced.c.ref == bindparam("of_ref"),
    )
    .values(found=null(), at=bindparam("of_at"))
)


def announce(connection: Connection, given: Sequence[Mapping[str, Any]]) -> None:
    """Adds announced messages; of those that are there, brings up to date what is known."""
    merged: dict[tuple[str, str, str], Mapping[str, Any]] = {}
    for row in given:
        place = (row["mailbox"], row["folder"], row["ref"])
        if place not in merged or row["found"] is not None:
            merged[place] = row
    # In one order, whoever writes: two transactions that wait for each other's rows would both fail (PostgreSQL).
    if rows := [merged[place] for place in sorted(merged)]:
        connection.execute(_announce(connection.dialect.name), rows)


@cache
def _announce(dialect: str) -> Insert:
    insert = _insert(dialect, announced)
    known = func.coalesce(insert.excluded.found, announced.c.found)
    return insert.on_conflict_do_update(index_elements=["mailbox", "folder", "ref"], set_={"found": known})


def withdraw(connection: Connection, mailbox: str, places: Collection[tuple[str, str]]) -> None:
    """Removes announced messages, each named by folder and ref."""
    for folder in sorted({folder for folder, _ in places}):
        for chunk in chunks(ref for of, ref in places if of == folder):
            these = and_(here(announced, mailbox, folder), announced.c.ref.in_(chunk))
            connection.execute(delete(announced).where(these))


def doubt(connection: Connection, given: Sequence[Mapping[str, Any]]) -> None:
    """Of these messages, as far as they are announced, nothing is known any more since `at`."""
    if given:
        connection.execute(
            _DOUBT, [{f"of_{name}": row[name] for name in ("mailbox", "folder", "ref", "at")} for row in given]
        )


def forget_drafts(connection: Connection, mail_ids: Any) -> None:
    """Those with which these mails were answered. mail_ids: a query."""
    theirs = select(action.c.mailbox, action.c.message_id).where(action.c.mail_id.in_(mail_ids))
    connection.execute(delete(draft).where(tuple_(draft.c.mailbox, draft.c.message_id).in_(theirs)))


def put_subscription(connection: Connection, row: Mapping[str, Any]) -> None:
    """Replaces the one of its folder, but for what notices have said since this one was read."""
    connection.execute(_put_subscription(connection.dialect.name), row)


@cache
def _put_subscription(dialect: str) -> Insert:
    names = [column.name for column in subscription.c]
    insert = _insert(dialect, subscription).values({name: bindparam(name) for name in names})
    old, new = subscription.c, insert.excluded
    same = old.id == new.id
    changed: dict[str, Any] = {name: new[name] for name in names}
    changed["last_notice"] = case((same, func.coalesce(old.last_notice, new.last_notice)), else_=new.last_notice)
    changed["event"] = case((and_(same, old.events != new.events), old.event), else_=new.event)
    changed["events"] = case((same, old.events), else_=new.events)
    return insert.on_conflict_do_update(index_elements=["mailbox", "folder"], set_=changed)


def note_notices(connection: Connection, ids: Collection[str], now: datetime) -> None:
    """Notices of these subscriptions have come in."""
    if ids:
        connection.execute(_SPOKE, [{"of_id": id_, "now": now} for id_ in sorted(ids)])


def note_event(connection: Connection, of_id: str, event: str, lesser: Sequence[str]) -> None:
    """An event of a subscription's life, which takes the place of lesser ones."""
    kept = case((subscription.c.event.in_(lesser), event), else_=subscription.c.event)
    heard = update(subscription).where(subscription.c.id == of_id)
    connection.execute(heard.values(event=kept, events=subscription.c.events + 1))


def rename_mailbox(connection: Connection, old: str, new: str) -> None:
    """Gives what is kept for one mailbox to another name; what the new name has already stays as it is."""
    for table in (announced, cursor, subscription, draft, pause, alarm):
        theirs = table.alias()
        keys = [column.name for column in table.primary_key if column.name != "mailbox"]
        same = and_(theirs.c.mailbox == new, *(theirs.c[key] == table.c[key] for key in keys))
        moved = update(table).where(table.c.mailbox == old, ~select(theirs.c.mailbox).where(same).exists())
        connection.execute(moved.values(mailbox=new))


def insert_into(connection: Connection, table: Table) -> Insert:
    """An INSERT that can say what to do about a row that is there already: each database has its own."""
    return _insert(connection.dialect.name, table)


def _insert(dialect: str, table: Table) -> Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def here(table: Table, mailbox: str, folder: str) -> Any:
    """The rows of one folder of a mailbox."""
    return and_(table.c.mailbox == mailbox, table.c.folder == folder)


def chunks(ids: Iterable[str]) -> Iterable[list[str]]:
    whole = sorted(set(ids))
    return (whole[start : start + MANY] for start in range(0, len(whole), MANY))
