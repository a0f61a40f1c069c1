"""What is forgotten, what stays, and that nothing of it is left in the files."""

import asyncio
import signal
import sqlite3
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from tests.support.mails import CANARY, CLAIRE, NOW, a_mail, ended, loaded, planned, taken, without_body
from tests.support.stored import files_of, rows_of

from repondeur.mail.message import Address
from repondeur.pipeline.upkeep import LEASE, purge_if_due, retention
from repondeur.settings.schema import Settings
from repondeur.store import review
from repondeur.store.database import Database
from repondeur.store.export import export
from repondeur.store.forgetting import Forgetting, Purged, Retention
from repondeur.store.freed import clear_freed
from repondeur.store.gaps import Gaps
from repondeur.store.ledger import Ledger
from repondeur.store.records import ActionState, Stage, State
from repondeur.store.review import ReviewRefused
from repondeur.store.store import Store
from repondeur.store.tables import mail as mail_table
from repondeur.store.tables import metadata
from repondeur.store.upgrade import upgrade
from repondeur.texts import Reason

DAY = timedelta(days=1)
OTHER = Address("Zoé", "zoe@client.example")


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database)


@pytest.fixture
def forgetting(database: Database) -> Forgetting:
    return Forgetting(database)


async def test_each_kind_of_data_is_kept_for_its_own_time(store: Store, forgetting: Forgetting) -> None:
    mail = await ended(store, a_mail())
    kept = Retention(bodies=90 * DAY, records=365 * DAY, gaps=30 * DAY, held=None)
    assert await forgetting.purge(kept, NOW + 30 * DAY) == Purged()
    assert await forgetting.purge(kept, NOW + 31 * DAY) == Purged(gaps=1)
    assert not without_body(await loaded(store, mail.id))
    assert await forgetting.purge(kept, NOW + 91 * DAY) == Purged(bodies=1)
    half = await loaded(store, mail.id)
    assert without_body(half)
    assert (half.subject, half.author, half.reason) == (mail.subject, CLAIRE.address, mail.reason)
    assert await forgetting.purge(kept, NOW + 366 * DAY) == Purged(records=1)
    row = await loaded(store, mail.id)
    assert (row.subject, row.author, row.reason, row.state) == ("", "", Reason("privacy.forgotten"), State.ANSWERED)
    assert not any(said in rows_of(store.database) for said in (CANARY, CLAIRE.address))
    assert await forgetting.purge(kept, NOW + 999 * DAY) == Purged()
    assert [known.identity for known, _ in (await store.arrive([a_mail()])).known] == [mail.identity]


QUOTES = [Reason("decide.legal_matter", {"phrase": CANARY}), Reason("guard.foreign_phone", {"said": CANARY})]


@pytest.mark.parametrize("reason", QUOTES)
async def test_words_of_a_mail_or_an_answer_that_a_reason_quotes_go_with_the_bodies(
    store: Store, forgetting: Forgetting, reason: Reason
) -> None:
    mail = await planned(store, a_mail())
    mail = await store.end(mail, State.IGNORED, reason, Stage.DONE, NOW)
    await forgetting.purge(Retention(bodies=DAY), NOW + 2 * DAY)
    found = await loaded(store, mail.id)
    assert found.reason is not None
    assert (found.reason.code, set(found.reason.params.values())) == (reason.code, {"…"}), "why stays, without a word"
    assert found.steps["end"]["state"] == State.IGNORED
    assert CANARY not in rows_of(store.database).replace(mail.subject, "")


async def test_who_a_reason_names_is_known_as_long_as_the_author(store: Store, forgetting: Forgetting) -> None:
    reason = Reason("decide.claims_internal", {"author": CLAIRE.address})
    mail = await store.end(await planned(store, a_mail()), State.IGNORED, reason, Stage.DONE, NOW)
    await forgetting.purge(Retention(bodies=DAY), NOW + 2 * DAY)
    assert (await loaded(store, mail.id)).reason == reason
    await forgetting.purge(Retention(records=DAY), NOW + 2 * DAY)
    assert (await loaded(store, mail.id)).reason == Reason("privacy.forgotten")


async def test_none_keeps_for_good(store: Store, forgetting: Forgetting) -> None:
    for number, state in enumerate((State.ANSWERED, State.HELD)):
        await ended(store, a_mail(number), state)
    assert await forgetting.purge(Retention(), NOW + 9999 * DAY) == Purged()


@pytest.mark.parametrize("state", [State.HELD, State.DRAFTED, State.FAILED])
async def test_what_nobody_decides_about_waits_as_long_as_settings_say(
    store: Store, forgetting: Forgetting, state: State
) -> None:
    mail = await ended(store, a_mail(), state, ActionState.PROPOSED)
    kept = Retention(bodies=DAY, records=DAY, gaps=None, held=365 * DAY)
    assert await forgetting.purge(kept, NOW + 365 * DAY) == Purged()
    assert await loaded(store, mail.id) == await loaded(store, mail.id)
    assert (await forgetting.purge(replace(kept, records=None), NOW + 366 * DAY)).held == 1
    gone = await loaded(store, mail.id)
    assert without_body(gone)
    assert (gone.state, gone.reason) == (State.IGNORED, Reason("privacy.waited_too_long"))
    with pytest.raises(ReviewRefused):
        await review.approve(store, mail.id, NOW)


async def test_nothing_of_a_mail_at_work_is_forgotten(store: Store, forgetting: Forgetting) -> None:
    mail = await planned(store, a_mail())
    await forgetting.purge(Retention(DAY, DAY, None, DAY), NOW + 999 * DAY)
    assert await loaded(store, mail.id) == mail


def at(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path / 'repondeur.db'}")


async def test_nothing_of_it_is_left_in_the_files(tmp_path: Path) -> None:
    """Neither in the database nor in its log, while the program has them open."""
    database = at(tmp_path)
    upgrade(database)
    store = Store(database)
    for number in range(30):
        long = replace(a_mail(number).message, text=CANARY * 1000)  # on pages of its own
        await ended(store, replace(a_mail(number), message=long))
        plain = replace(a_mail(1000 + number, OTHER).message, text="Merci.", subject="Merci", attachments=())
        await taken(store, replace(a_mail(1000 + number, OTHER), message=plain))  # it keeps the pages in use
    assert CANARY.encode() in files_of(database)
    await Forgetting(database).purge(Retention(records=DAY), NOW + 2 * DAY)
    assert await clear_freed(database)
    assert await database.read(lambda connection: connection.exec_driver_sql("PRAGMA freelist_count").scalar_one()) == 0
    assert CANARY.encode() not in files_of(database)
    assert CLAIRE.address.encode() not in files_of(database)
    await database.close()


async def test_a_file_of_an_older_version_is_written_anew(tmp_path: Path) -> None:
    """It did not overwrite what it deleted, and kept the room."""
    old = sqlite3.connect(tmp_path / "repondeur.db")
    old.execute("PRAGMA secure_delete=OFF")
    old.execute("CREATE TABLE mail_of_old (said TEXT)")
    old.executemany("INSERT INTO mail_of_old VALUES (?)", [(CANARY * 400,)] * 300)
    old.execute("DELETE FROM mail_of_old")
    old.commit()
    old.close()
    database = at(tmp_path)
    upgrade(database)
    assert CANARY.encode() in files_of(database)
    before = len(files_of(database))
    assert await clear_freed(database)
    assert CANARY.encode() not in files_of(database)
    assert len(files_of(database)) < before / 2
    await database.close()


async def test_a_reader_keeps_the_log_and_it_is_said(tmp_path: Path) -> None:
    database = at(tmp_path)
    upgrade(database)
    await ended(Store(database), a_mail())
    with database.snapshot() as reading:
        assert reading.scalar(select(mail_table.c.id)) == 1
        await Forgetting(database).purge(Retention(records=DAY), NOW + 2 * DAY)
        assert not await clear_freed(database)
    await database.close()


# --- one person -------------------------------------------------------------------------------------------------------


async def test_a_person_is_forgotten_whole_but_not_that_they_were_answered(
    store: Store, forgetting: Forgetting
) -> None:
    loud = Address("Claire", "CLAIRE@Client.example")
    done, held = await ended(store, a_mail(1)), await ended(store, a_mail(2, loud), State.HELD, ActionState.PROPOSED)
    other = await ended(store, a_mail(3, OTHER))
    found = await forgetting.erase("Claire@client.Example", NOW + DAY)
    assert (found.ended, found.waiting, found.at_work) == ((done.id, held.id), 1, 0)
    told = rows_of(store.database).lower()
    assert CLAIRE.address not in told
    assert not any(name in told for name in ("m1@client.example", "m2@client.example", "thread-1"))
    for mail, state in ((done, State.ANSWERED), (held, State.IGNORED)):
        erased = await loaded(store, mail.id)
        assert (without_body(erased), erased.subject, erased.state) == (True, "", state)
        assert erased.identity == mail.identity
    assert len((await store.arrive([a_mail(1), a_mail(2, loud)])).known) == 2
    assert await loaded(store, other.id) == replace(other, steps=(await loaded(store, other.id)).steps)
    assert (await forgetting.person(CLAIRE.address)).ended == ()
    assert [gap.mail_id for gap in await Gaps(store.database).all()] == [other.id]


def test_every_table_that_speaks_of_mails_is_thought_of() -> None:
    """Here, and in what is forgotten and exported: whoever adds one says there what becomes of it."""
    speaking = {table.name for table in metadata.tables.values() if "mail_id" in table.columns}
    assert speaking == {"action", "enclosure", "gap", "location", "notice", "record", "sending", "step"}


async def test_mail_at_work_is_left_and_said(store: Store, forgetting: Forgetting) -> None:
    mail = await planned(store, a_mail())
    found = await forgetting.erase(CLAIRE.address, NOW)
    assert (found.ended, found.at_work) == ((), 1)
    assert await loaded(store, mail.id) == mail


async def test_all_that_is_stored_of_a_person_can_be_read(store: Store) -> None:
    mail = await ended(store, a_mail())
    await ended(store, a_mail(2, OTHER))
    (found,) = [one async for one in export(store.database, "Claire@CLIENT.example", "en")]
    assert (found["id"], found["author"], found["state"]) == (mail.id, CLAIRE.address, "answered")
    assert found["message"]["text"] == f"Où est ma commande {CANARY} ?"
    assert found["message"]["attachments"][0]["text"] == f"joint {CANARY}"
    assert found["actions"][0]["text"] == f"Demain {CANARY}"
    assert found["actions"][0]["raw"] == f"raw {CANARY}"
    assert found["models"] == ["m1"]
    assert [step["name"] for step in found["steps"]] == ["understand", "decide", "end"]
    assert found["questions_without_answer"][0]["questions"] == [f"Où {CANARY} ?"]
    assert [row["event"] for row in found["record"]] == ["decided"]


# --- not stored at all ------------------------------------------------------------------------------------------------


async def test_bodies_that_are_not_stored_go_with_the_transaction_that_ends_a_mail(database: Database) -> None:
    store = Store(database, keeps_bodies=False)
    mail = await planned(store, a_mail())
    assert (await loaded(store, mail.id)).message == mail.message, "a crash must not lose what is at work"
    mail = await store.end(mail, State.ANSWERED, Reason("way.approved"), Stage.FILE, NOW)
    assert not without_body(await loaded(store, mail.id)), "its copy is still to come"
    await store.finish(mail, "reply", NOW)
    gone = await loaded(store, mail.id)
    assert (without_body(gone), gone.author, gone.state) == (True, CLAIRE.address, State.ANSWERED)
    assert CANARY not in rows_of(database).replace(mail.subject, "")


async def test_but_what_waits_for_a_person_is_kept_until_they_decide(database: Database) -> None:
    store = Store(database, keeps_bodies=False)
    mail = await planned(store, a_mail(), ActionState.PROPOSED)
    reason = Reason("decide.legal_matter", {"phrase": CANARY})
    await store.end(mail, State.HELD, reason, Stage.DONE, NOW)
    held = await loaded(store, mail.id)
    assert (without_body(held), held.reason) == (False, reason)
    await review.reject(store, mail.id, NOW)
    again = await store.claim(mail.id, None)
    assert again is not None
    await store.end(again, State.IGNORED, Reason("way.rejected"), Stage.DONE, NOW)
    assert without_body(await loaded(store, mail.id))
    assert CANARY not in rows_of(database).replace(mail.subject, ""), "nor why it was held, where that quotes it"


def test_what_is_left_from_before_goes_in_the_next_night() -> None:
    kept = retention(Settings(store_bodies=False))
    assert (kept.bodies, kept.gaps, kept.records) == (timedelta(0), timedelta(0), 365 * DAY)


# --- crashes, several processes ---------------------------------------------------------------------------------------

KILLED = """
import asyncio, os, signal, sys
from datetime import timedelta
from tests.support.mails import NOW
from repondeur.store.database import Database
from repondeur.store.forgetting import Forgetting, Retention

class Dying(Database):
    left = 2
    async def run(self, work):
        self.left -= 1
        def dying(connection):
            result = work(connection)
            if not self.left:
                os.kill(os.getpid(), signal.SIGKILL)
            return result
        return await super().run(dying)

asyncio.run(Forgetting(Dying(sys.argv[1])).purge(Retention(records=timedelta(0)), NOW + timedelta(days=1)))
"""


async def test_a_purge_that_is_killed_leaves_each_mail_whole_or_forgotten(store: Store, database_url: str) -> None:
    first = await ended(store, a_mail(0))
    arrived = await store.arrive([a_mail(number) for number in range(1, 401)])
    done = {"stage": Stage.DONE, "state": State.IGNORED, "ended": NOW}
    await store.database.run(lambda connection: connection.execute(update(mail_table).values(done)))
    killed = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, database_url)
    assert await killed.wait() == -signal.SIGKILL
    mails = [await loaded(store, one) for one in (first.id, *(waiting.id for waiting in arrived.waiting))]
    forgotten = [mail for mail in mails if mail.author == ""]
    assert len(forgotten) == 200, "one batch, and nothing of the next"
    assert all(without_body(mail) and not mail.subject for mail in forgotten)
    assert all(mail.message is not None and mail.subject for mail in mails[200:])
    assert (await Forgetting(store.database).purge(Retention(records=timedelta(0)), NOW + DAY)).records == 201


async def test_of_several_processes_one_purges_and_only_once_a_night(database: Database, database_url: str) -> None:
    store, other = Store(database), Database(database_url)
    await ended(store, a_mail())
    settings = Settings(retention_bodies=1)
    later = NOW + 30 * DAY
    try:
        both = await asyncio.gather(*(purge_if_due(settings, one, lambda: later) for one in (database, other)))
        assert sorted(both) == [False, True]
        assert without_body(await loaded(store, 1))
        assert not await purge_if_due(settings, other, lambda: later + timedelta(minutes=20))
        assert await purge_if_due(settings, other, lambda: later + DAY)
    finally:
        await other.close()


async def test_whoever_died_over_it_is_followed_after_a_while(store: Store) -> None:
    await ended(store, a_mail())
    later = NOW + 99 * DAY
    await Ledger(store.database).lease("purge", "of a process that was killed", LEASE, later)
    assert not await purge_if_due(Settings(), store.database, lambda: later)
    assert await purge_if_due(Settings(), store.database, lambda: later + timedelta(seconds=LEASE))


async def test_a_mail_that_just_came_keeps_its_row(store: Store, forgetting: Forgetting) -> None:
    mail = await taken(store, a_mail())
    await forgetting.purge(Retention(DAY, DAY, DAY, DAY), NOW)
    assert await loaded(store, mail.id) == mail
