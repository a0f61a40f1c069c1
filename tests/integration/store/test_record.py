"""The record of decisions, on both databases: it grows by one chain whoever writes, and no change goes unseen."""

import asyncio
import json
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text, update
from sqlalchemy.exc import DBAPIError
from tests.support.eventually import eventually
from tests.support.mails import a_mail, taken

from repondeur.errors import StoreUnavailable
from repondeur.mail.message import Address, Message, MessageRef
from repondeur.store import record
from repondeur.store.backup import BackupRefused, backup, restore
from repondeur.store.chain import Link, Place, linked, sha256
from repondeur.store.database import Database
from repondeur.store.forgetting import Forgetting, Retention
from repondeur.store.keys import note_key
from repondeur.store.pauses import Pauses
from repondeur.store.records import ActionState, Mail, NewMail, Stage, State, StoredAction
from repondeur.store.sealing import Sealer, new_key
from repondeur.store.store import Store
from repondeur.store.tables import action, mail
from repondeur.store.tables import record as record_table
from repondeur.store.upgrade import upgrade
from repondeur.store.verifying import Broken, verify
from repondeur.texts import Reason

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
AUTHOR = Address("Claire", "claire@client.example")
DIGEST = "ab" * 32


async def added(database: Database, count: int = 1, **details: object) -> list[Link]:
    def work(connection: Connection) -> list[Link]:
        given = {"reason": "é\u2028\ud800\x00", **details}
        return [record.append(connection, NOW + timedelta(seconds=n), "decided", n, given) for n in range(count)]

    return await database.run(work)


async def execute(database: Database, *statements: str, **values: object) -> None:
    """What an administrator of the database can do, who takes the guards away first."""

    def work(connection: Connection) -> None:
        if connection.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER IF EXISTS record_not_deleted"))
            connection.execute(text("DROP TRIGGER IF EXISTS record_not_changed"))
        else:
            connection.execute(text("ALTER TABLE record DISABLE TRIGGER ALL"))
        for statement in statements:
            connection.execute(text(statement), values)

    await database.run(work)


async def an_answered_mail(store: Store, number: int = 1, raw: bytes = b"To: c\r\n\r\nBonjour") -> Mail:
    message = Message(f"m{number}@client.example", (AUTHOR,), "Une question", "Ma commande ?", f"hash-{number}", 500)
    new = NewMail("support", f"i{number}", f"t{number}", message, MessageRef("INBOX", f"7/{number}"), NOW)
    (waiting,) = (await store.arrive([new])).waiting
    taken = await store.claim(waiting.id, None)
    assert taken is not None
    reply = StoredAction(
        taken.id, "reply", ActionState.PLANNED, f"re{number}@us.example", AUTHOR.address, "Bonjour", raw, NOW
    )
    taken = await store.plan(
        taken, [], [reply], Stage.ACT, NOW, told={"rules": DIGEST, "text_sha256": sha256("Bonjour")}
    )
    for state in (ActionState.SENDING, ActionState.COMMITTING, ActionState.SENT):
        taken = await store.move_action(taken, "reply", state, NOW)
    taken = await store.end(taken, State.ANSWERED, Reason("way.approved"), Stage.FILE, NOW)
    return await store.finish(taken, "reply", NOW)


async def test_an_empty_record_holds(database: Database) -> None:
    found = verify(database)
    assert (found.rows, found.head, found.broken, found.messages) == (0, "", None, 0)


async def test_rows_follow_one_another(database: Database) -> None:
    rows = await added(database, 520)
    found = verify(database, rows[510].hash)
    assert (found.rows, found.head, found.broken) == (520, rows[-1].hash, None)
    assert (found.wanted, found.at) == (511, rows[-1].at)
    assert record.details_of(rows[0]) == {"reason": "é\u2028\ud800\x00"}
    assert len({row.details for row in rows}) == 520, "the same decision never looks the same: its digest tells nothing"


async def test_what_left_is_recorded_in_the_transaction_that_stores_it(database: Database) -> None:
    store = Store(database)
    answered = await an_answered_mail(store)
    rows = await database.read(lambda connection: record.of_mail(connection, answered.id))
    assert [row.event for row in rows] == ["decided", "sent"]
    decided, sent = map(record.details_of, rows)
    assert decided["rules"] == DIGEST
    assert sent["to"] == AUTHOR.address
    assert sent["sha256"] == decided["actions"][0]["sha256"]
    assert verify(database).messages == 1
    assert all(AUTHOR.address not in f"{replace(row, details=None)}" for row in rows)


async def test_who_has_paused_and_resumed_is_recorded(database: Database) -> None:
    pauses = Pauses(database)
    assert await pauses.pause("support", NOW, who={"user": "agathe"})
    assert not await pauses.pause("support", NOW, who={"user": "claude"}), "paused already: nothing to record"
    await pauses.resume("support", NOW, who={"user": "claude"})
    rows = await database.read(lambda connection: list(connection.execute(select(record_table))))
    told = [(row.event, row.mail_id, json.loads(row.details)) for row in rows]
    assert [(event, mail_id, one["by"]) for event, mail_id, one in told] == [
        ("paused", None, {"user": "agathe", "kind": "person"}),
        ("resumed", None, {"user": "claude"}),
    ]
    assert verify(database).rows == 2


CHANGES = {
    "at": ("hash", "2026-11-20 09:59:59.000000"),
    "mail_id": ("hash", "77"),
    "event": ("hash", "'sent'"),
    "details_digest": ("details", f"'{DIGEST}'"),
    "previous": ("previous", f"'{DIGEST}'"),
    "hash": ("hash", f"'{DIGEST}'"),
    "details": ("details", """'{"reason":"another"}'"""),
    "id": ("number", "4000"),
}


@pytest.mark.parametrize("column", CHANGES)
async def test_a_change_of_any_column_is_found(database: Database, column: str) -> None:
    await added(database, 5)
    what, value = CHANGES[column]
    value = f"'{value}'" if column == "at" else value
    await execute(database, f"UPDATE record SET {column} = {value} WHERE id = 3")
    broken = verify(database).broken
    assert broken is not None
    # Of a row that was moved away, the next one is the first that stands wrongly.
    assert (broken.what, broken.row) == (what, 4 if column == "id" else 3)
    assert broken.mail_id == {"mail_id": 77, "id": 3}.get(column, 2)


async def test_a_row_that_was_forged_whole_is_found_by_the_next_one(database: Database) -> None:
    rows = await added(database, 5)
    forged = linked(Place(2, rows[1].hash), rows[2].at, "decided", 2, '{"reason":"another"}')
    values = {"details": forged.details, "digest": forged.details_digest, "hash": forged.hash}
    forging = "UPDATE record SET details = :details, details_digest = :digest, hash = :hash WHERE id = 3"
    await execute(database, forging, **values)
    assert verify(database).broken == Broken("previous", 4, 3)


async def test_a_row_that_was_taken_away_is_found(database: Database) -> None:
    await added(database, 5)
    await execute(database, "DELETE FROM record WHERE id = 2")
    assert verify(database).broken == Broken("number", 3, 2)


async def test_values_that_are_none_are_found(tmp_path: Path) -> None:
    """SQLite takes anything anywhere; PostgreSQL has types."""
    database = Database(f"sqlite:///{tmp_path / 'repondeur.db'}")
    upgrade(database)
    await added(database, 3)
    for column, value in (("at", "'yesterday'"), ("event", "x'00'"), ("mail_id", "'two'"), ("hash", "7")):
        await execute(database, f"UPDATE record SET {column} = {value} WHERE id = 3")
        broken = verify(database).broken
        assert broken is not None
        assert (broken.what, broken.row) == ("hash", 3)
    await database.close()


async def test_a_hash_that_was_noted_tells_what_was_cut_off_or_written_anew(database: Database) -> None:
    rows = await added(database, 5)
    await execute(database, "DELETE FROM record WHERE id > 3")
    cut = verify(database, rows[4].hash)
    assert (cut.broken, cut.wanted, cut.rows) == (None, None, 3)
    await execute(database, "DELETE FROM record")
    await added(database, 5)
    anew = verify(database, rows[4].hash)
    assert (anew.broken, anew.wanted, anew.rows) == (None, None, 5)


async def test_a_message_that_left_and_is_not_recorded_is_found(database: Database) -> None:
    store = Store(database)
    first, second = await an_answered_mail(store, 1), await an_answered_mail(store, 2)
    assert verify(database).messages == 2
    await execute(database, "DELETE FROM record WHERE id >= 3")
    assert verify(database).broken == Broken("unrecorded", None, second.id)
    assert first.id != second.id


async def test_octets_that_are_not_those_that_left_are_found(database: Database) -> None:
    answered = await an_answered_mail(Store(database))
    await execute(database, "UPDATE action SET raw = :raw", raw=b"To: c\r\n\r\nAu revoir")
    assert verify(database).broken == Broken("octets", None, answered.id)


async def test_a_text_that_is_not_the_one_decided_is_found(database: Database) -> None:
    answered = await an_answered_mail(Store(database))
    assert verify(database).broken is None
    values = {"text": "We pay you 1000 EUR"}
    await database.run(lambda connection: connection.execute(update(action).values(values)))
    assert verify(database).broken == Broken("text", None, answered.id)


async def test_a_record_that_was_emptied_is_found(database: Database) -> None:
    await added(database, 3)
    await execute(database, "DELETE FROM record")
    assert verify(database).broken == Broken("begun", None, None)
    await database.run(lambda connection: record.append(connection, NOW + timedelta(days=1), "decided", 1, {}))
    assert verify(database).broken == Broken("begun", None, None), "also once it goes on"


async def test_a_text_in_place_of_octets_is_found(tmp_path: Path) -> None:
    """SQLite takes it."""
    database = Database(f"sqlite:///{tmp_path / 'r.db'}")
    upgrade(database)
    answered = await an_answered_mail(Store(database))
    await execute(database, "UPDATE action SET raw = 'To: c'")
    assert verify(database).broken == Broken("octets", None, answered.id)
    await database.close()


async def test_details_that_only_the_record_has_forgotten_are_found(database: Database) -> None:
    """The rows are allowed to forget; the octets are then forgotten, too."""
    answered = await an_answered_mail(Store(database))
    await execute(database, "UPDATE record SET details = NULL", "UPDATE action SET raw = :raw", raw=b"Another")
    assert verify(database).broken == Broken("emptied", 1, answered.id)


@pytest.mark.parametrize("number", [1, 2])
async def test_a_row_that_was_emptied_without_a_purge_is_found(database: Database, number: int) -> None:
    """The grounds of a decision cannot be taken away unseen: an honest purge forgets the mail, too, and says so."""
    store = Store(database)
    first, second = await an_answered_mail(store, 1), await an_answered_mail(store, 2)
    await execute(database, f"UPDATE record SET details = NULL WHERE id = {number}")
    assert verify(database).broken == Broken("emptied", number, first.id)
    await Forgetting(database).purge(Retention(bodies=timedelta()), NOW + timedelta(days=1))
    assert verify(database).broken is None, "now it is an honest one"
    await execute(database, "UPDATE record SET details = NULL WHERE id = 5")
    assert verify(database).broken == Broken("emptied", 5, None), "that it was purged is never forgotten"
    assert second.id != first.id


async def test_a_row_that_was_emptied_of_a_mail_that_is_still_there_is_found(database: Database) -> None:
    """Although others were purged since."""
    store = Store(database)
    answered = await an_answered_mail(store)
    await execute(database, "UPDATE record SET details = NULL WHERE id = 2")
    await database.run(lambda connection: record.append(connection, NOW, "purged", None, {"mails": 1}))
    assert verify(database).broken == Broken("emptied", 2, answered.id)


async def test_bodies_that_are_not_kept_are_purged_in_the_record_too(database: Database) -> None:
    answered = await an_answered_mail(Store(database, keeps_bodies=False))
    found = verify(database)
    assert (found.broken, found.rows, found.messages) == (None, 3, 1)
    await execute(database, "UPDATE action SET text = 'We pay you 1000 EUR'")
    assert verify(database).broken == Broken("text", None, answered.id)


SHOWN = {
    "recipient": ("address", "recipient = 'eve@elsewhere.example'"),
    "message_id": ("address", "message_id = 'other@us.example'"),
    "no octets": ("octets", "raw = NULL"),
    "neither octets nor text": ("octets", "raw = NULL, text = NULL"),
    "state": ("missing", "state = 'unknown'"),
    "kind": ("unrecorded", "kind = 'draft'"),
    "kind of a call": ("unrecorded", "kind = 'call:x'"),
}


@pytest.mark.parametrize("change", SHOWN)
async def test_what_is_shown_of_a_message_that_left_is_as_recorded(database: Database, change: str) -> None:
    answered = await an_answered_mail(Store(database))
    what, setting = SHOWN[change]
    await execute(database, f"UPDATE action SET {setting}")
    broken = verify(database).broken
    assert broken is not None
    assert (broken.what, broken.mail_id) == (what, answered.id)


async def test_a_message_that_left_and_is_shown_no_more_is_found(database: Database) -> None:
    store = Store(database)
    await an_answered_mail(store, 1)
    answered = await an_answered_mail(store, 2)
    await execute(database, f"DELETE FROM action WHERE mail_id = {answered.id}")
    assert verify(database).broken == Broken("missing", None, answered.id)


@pytest.mark.parametrize(("column", "what"), [("recipient", "address"), ("text", "text")])
async def test_what_waits_for_a_person_is_what_was_decided(database: Database, column: str, what: str) -> None:
    """They are to approve no other text, and to nobody else."""
    store = Store(database)
    mail = await taken(store, a_mail())
    reply = StoredAction(mail.id, "reply", ActionState.PROPOSED, "re@us.example", AUTHOR.address, "Bonjour", None, NOW)
    told = {"text_sha256": sha256("Bonjour")}
    mail = await store.plan(mail, [], [reply], Stage.ACT, NOW, told=told)
    await store.end(mail, State.HELD, Reason("way.approved"), Stage.DONE, NOW)
    assert verify(database).broken is None
    await execute(database, f"UPDATE action SET {column} = 'eve@elsewhere.example'")
    assert verify(database).broken == Broken(what, None, mail.id)
    await execute(database, f"UPDATE action SET {column} = NULL" if column == "text" else "DELETE FROM action")
    assert (verify(database).broken == Broken("text", None, mail.id)) is (column == "text")


async def test_without_its_table_nothing_is_called_unexpected(database: Database) -> None:
    await execute(database, "DROP TABLE record")
    with pytest.raises(StoreUnavailable) as refused:
        verify(database)
    assert refused.value.reason.code == "record.unreadable"


async def test_what_was_there_before_the_record_is_not_held_against_it(database: Database) -> None:
    await an_answered_mail(Store(database))
    await execute(database, "DELETE FROM record", "DELETE FROM upkeep")
    assert verify(database).broken is None
    before = update(mail).values(received=NOW - timedelta(days=1))
    await database.run(lambda connection: connection.execute(before))
    await added(database)
    found = verify(database)
    assert (found.broken, found.messages, found.earlier) == (None, 0, 1)


async def test_nor_after_a_person_has_decided_about_it(database: Database) -> None:
    """A draft of an earlier version that is approved today: the answer is in the record, the draft cannot be."""
    store, later = Store(database), NOW + timedelta(days=1)
    answered = await an_answered_mail(store)
    await execute(database, "DELETE FROM record", "DELETE FROM upkeep", "UPDATE action SET kind = 'draft'")
    mail = await store.get(answered.id)
    assert mail is not None
    draft = mail.action("draft")
    assert draft is not None
    reply = replace(draft, kind="reply", state=ActionState.PLANNED, changed=later)
    await store.reopen(mail, Stage.ACT, "approved", [reply], later, by={"user": "agathe"})
    taken = await store.claim(answered.id, None)
    assert taken is not None
    for state in (ActionState.SENDING, ActionState.COMMITTING, ActionState.SENT):
        taken = await store.move_action(taken, "reply", state, later)
    found = verify(database)
    assert (found.broken, found.messages, found.earlier) == (None, 1, 1)
    await execute(database, "DELETE FROM record WHERE event = 'sent'")
    assert verify(database).broken == Broken("unrecorded", None, answered.id), "what left today is known"


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM record WHERE id = 1",
        "UPDATE record SET event = 'sent' WHERE id = 1",
        "UPDATE record SET mail_id = NULL WHERE id = 1",
        "UPDATE record SET details = NULL, details_digest = 'x' WHERE id = 1",
        "UPDATE record SET details = '{}' WHERE id = 2",
    ],
)
async def test_the_database_refuses_to_change_it(database: Database, statement: str) -> None:
    await added(database, 2)
    await database.run(lambda connection: record.forget(connection, [1]))
    with pytest.raises(DBAPIError, match="rows of the record are kept as they are"):
        await database.run(lambda connection: connection.execute(text(statement)))


async def test_forgotten_details_leave_the_chain_whole(database: Database) -> None:
    store = Store(database)
    answered = await an_answered_mail(store)
    await Forgetting(database).erase(AUTHOR.address, NOW)
    rows = await database.read(lambda connection: record.of_mail(connection, answered.id))
    assert [(row.event, row.details) for row in rows] == [("decided", None), ("sent", None)]
    found = verify(database)
    assert (found.broken, found.rows) == (None, 3)
    dump = await database.read(lambda connection: str(connection.execute(text("SELECT * FROM record")).all()))
    assert AUTHOR.address not in dump


async def test_details_are_sealed_and_a_change_of_what_is_sealed_is_found(database_url: str) -> None:
    database = Database(database_url)
    upgrade(database)
    database.seal_with(Sealer([new_key()]))
    note_key(database, NOW)
    await an_answered_mail(Store(database))
    dump = await database.read(lambda connection: str(connection.execute(text("SELECT details FROM record")).all()))
    assert "rules" not in dump
    assert verify(database).broken is None
    await execute(database, "UPDATE record SET details = (SELECT details FROM record WHERE id = 1) WHERE id = 2")
    assert verify(database).broken == Broken("details", 2, 1)
    await execute(database, "UPDATE record SET details = substr(details, 1, 60) WHERE id = 1")
    assert verify(database).broken == Broken("details", 1, 1)
    await database.close()


async def test_a_backup_keeps_it(database: Database, tmp_path: Path) -> None:
    await an_answered_mail(Store(database))
    head = verify(database).head
    backup(database, tmp_path / "backup.db")
    other = Database(f"sqlite:///{tmp_path / 'other.db'}")
    upgrade(other)
    restore(other, tmp_path / "backup.db")
    assert verify(other, head).wanted == 2
    await added(other)
    assert (verify(other).rows, verify(other).broken) == (3, None)
    await other.close()


async def test_a_restore_overwrites_no_record(database: Database, tmp_path: Path) -> None:
    await an_answered_mail(Store(database))
    backup(database, tmp_path / "backup.db")
    other = Database(f"sqlite:///{tmp_path / 'other.db'}")
    upgrade(other)
    await added(other)
    with pytest.raises(BackupRefused, match="not empty"):
        restore(other, tmp_path / "backup.db")
    await other.close()


async def test_many_that_write_at_once_make_one_chain(database: Database, database_url: str) -> None:
    others = [Database(database_url) for _ in range(3)]
    await asyncio.gather(*(added(one, 1, by=f"{n}") for n in range(12) for one in (database, *others)))
    assert (verify(database).rows, verify(database).broken) == (48, None)
    for one in others:
        await one.close()


WRITER = """
import sys
from datetime import UTC, datetime
from repondeur.store import record
from repondeur.store.database import Database
database = Database(sys.argv[1])
while True:
    database.run_now(lambda c: record.append(c, datetime.now(UTC), "decided", 1, {"text": "x" * 2000}))
"""


async def test_whoever_is_killed_in_the_middle_leaves_a_whole_chain(database: Database, database_url: str) -> None:
    rows = 0
    for _ in range(2):
        start = partial(subprocess.Popen, [sys.executable, "-c", WRITER, database_url])
        writers = [await asyncio.to_thread(start) for _ in range(2)]
        try:
            await eventually(lambda before=rows: verify(database).rows > before + 20)
        finally:
            for writer in writers:
                writer.send_signal(signal.SIGKILL)
                writer.wait()
        found = verify(database)
        assert found.broken is None
        assert found.rows > rows
        rows = found.rows


async def test_nothing_is_recorded_of_what_was_not_stored(database: Database) -> None:
    def work(connection: Connection) -> None:
        record.append(connection, NOW, "decided", 1, {})
        raise StoreUnavailable("store.full")

    with pytest.raises(StoreUnavailable):
        await database.run(work)
    assert verify(database).rows == 0
