"""What mails say, under a key."""

from collections.abc import Awaitable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select
from tests.support.mails import CANARY, CLAIRE, NOW, a_mail, ended, loaded, planned, taken
from tests.support.stored import files_of, rows_of

from repondeur.errors import SettingsError, StoreUnavailable
from repondeur.store.backup import backup, restore
from repondeur.store.database import Database, Work
from repondeur.store.freed import clear_freed
from repondeur.store.gaps import Gaps
from repondeur.store.keys import check_keys, note_key, seal_all, unseal_all
from repondeur.store.notices import Notices, Planned
from repondeur.store.overview import Overview
from repondeur.store.records import Stage, State
from repondeur.store.sealing import Sealer, new_key
from repondeur.store.store import Store
from repondeur.store.tables import action, step
from repondeur.store.upgrade import upgrade
from repondeur.store.verifying import verify
from repondeur.texts import Reason
from repondeur.web.records import StoreConsole

OLD, NEW = new_key(), new_key()
READABLE = f"Commande {CANARY}"  # a subject is not sealed


def opened(database: Database, *keys: str) -> Database:
    """As a process with these keys in its settings would open it."""
    database.seal_with(Sealer(keys))
    check_keys(database)
    note_key(database, NOW)
    return database


async def test_what_a_mail_says_is_stored_sealed_and_read_as_it_was(database: Database) -> None:
    store = Store(opened(database, NEW))
    mail = await planned(store, a_mail())
    assert await loaded(store, mail.id) == mail
    assert (await Gaps(database).all())[0].questions == (f"Où {CANARY} ?",)
    stored = rows_of(database)
    assert CLAIRE.address in stored, "who wrote it can be read without a key"
    assert CANARY not in stored.replace(READABLE, "")
    if database.is_sqlite:
        assert CANARY.encode() not in files_of(database).replace(READABLE.encode(), b"")


async def test_attachments_that_wait_are_sealed_too(database: Database) -> None:
    store = Store(opened(database, NEW))
    (waiting,) = (await store.arrive([replace(a_mail(), contents={0: CANARY.encode()})])).waiting
    mail = await loaded(store, waiting.id)
    assert await store.contents(mail) == {0: CANARY.encode()}
    assert CANARY not in rows_of(database).replace(READABLE, "")


async def test_why_a_mail_is_held_is_sealed_where_it_stands(database: Database) -> None:
    """A reason quotes the mail, and just its most sensitive words."""
    store = Store(opened(database, NEW))
    reason = Reason("decide.legal_matter", {"phrase": CANARY})
    mail = await store.end(await planned(store, a_mail()), State.HELD, reason, Stage.DONE, NOW)
    told = Planned("desk", "held 1", "held", "support", mail.id, reason)
    await Notices(database).plan([told], NOW)
    assert CANARY not in rows_of(database).replace(READABLE, "")
    assert (await loaded(store, mail.id)).reason == reason
    assert [one.reason for one in await Overview(database).latest(5)] == [reason]
    assert [one.planned.reason for one in await Notices(database).due(NOW, "desk", {"desk"})] == [reason]


async def test_what_was_stored_before_there_was_a_key_is_read_and_can_be_sealed(database: Database) -> None:
    store = Store(database)
    before = await ended(store, a_mail(1))
    opened(database, NEW)
    after = await ended(store, a_mail(2))
    assert [(await loaded(store, one.id)).message for one in (before, after)] == [a_mail(1).message, a_mail(2).message]
    assert CANARY in rows_of(database).replace(READABLE, "")
    assert await seal_all(database) > 0
    assert CANARY not in rows_of(database).replace(READABLE, "")
    assert (await loaded(store, before.id)).actions == before.actions
    assert await seal_all(database) == 0, "all of it is sealed"
    await clear_freed(database)
    if database.is_sqlite:
        assert CANARY.encode() not in files_of(database).replace(READABLE.encode(), b"")


class Interrupted(Database):
    """Its `left` transactions work, then no more."""

    left = 0

    async def run(self, work: Work) -> object:  # type: ignore[override, type-arg]
        self.left -= 1
        if self.left < 0:
            raise StoreUnavailable("store.full")
        return await super().run(work)


async def test_sealing_that_was_interrupted_goes_on(database: Database, database_url: str) -> None:
    store = Store(opened(database, OLD))
    mails = [await ended(store, a_mail(number)) for number in range(3)]
    breaking = opened(Interrupted(database_url), NEW, OLD)
    breaking.left = 2  # type: ignore[attr-defined]
    with pytest.raises(StoreUnavailable):
        await seal_all(breaking)
    await breaking.close()
    opened(database, NEW, OLD)
    assert [(await loaded(store, mail.id)).message for mail in mails] == [mail.message for mail in mails]
    assert await seal_all(database) > 0
    opened(database, NEW)
    assert [(await loaded(store, mail.id)).actions for mail in mails] == [mail.actions for mail in mails]


async def test_what_was_sealed_can_be_put_back_as_plain_text(database: Database, database_url: str) -> None:
    store = Store(opened(database, OLD))
    mails = [await ended(store, a_mail(number)) for number in range(3)]
    opened(database, NEW, OLD)
    mails += [await ended(store, a_mail(number)) for number in (3, 4)]
    whole = verify(database)
    breaking = opened(Interrupted(database_url), NEW, OLD)
    breaking.left = 2  # type: ignore[attr-defined]
    with pytest.raises(StoreUnavailable):
        await unseal_all(breaking)
    await breaking.close()
    with pytest.raises(SettingsError):
        opened(database)  # some of it is sealed yet
    assert await unseal_all(opened(database, NEW, OLD)) > 0
    assert "sealed:" not in rows_of(database)
    opened(database)
    for mail in mails:
        found = await loaded(store, mail.id)
        assert (found.message, found.actions) == (mail.message, mail.actions)
    assert len(await Gaps(database).all()) == len(mails)
    assert verify(database) == whole
    assert await unseal_all(database) == 0, "nothing is sealed"


async def test_a_key_is_changed_by_putting_the_new_one_first(database: Database) -> None:
    store = Store(opened(database, OLD))
    mail = await ended(store, a_mail())
    opened(database, NEW, OLD)
    assert (await loaded(store, mail.id)).message == a_mail().message
    with pytest.raises(SettingsError):
        opened(database, NEW)  # the old one is still needed
    opened(database, NEW, OLD)
    await seal_all(database)
    opened(database, NEW)
    assert (await loaded(store, mail.id)).message == a_mail().message


async def is_refused(asked: Awaitable[object]) -> bool:
    with pytest.raises(StoreUnavailable) as refused:
        await asked
    return refused.value.reason.code == "store.keys_changed"


@pytest.mark.parametrize("before", [(), (OLD,)], ids=["plain text", "another key"])
async def test_a_process_that_began_without_the_key_stores_nothing_more(
    database: Database, database_url: str, before: tuple[str]
) -> None:
    """It would store in plain text what everybody takes for sealed."""
    running = opened(Database(database_url), *before)
    store = Store(running)
    mail = await taken(store, a_mail(1))
    console = StoreConsole(store, "en", list)
    assert await console.ready() == []
    await seal_all(opened(database, NEW, *before))
    assert await is_refused(store.arrive([a_mail(2)]))
    assert await is_refused(store.claim(mail.id, None))
    assert await is_refused(console.ready()), "whoever watches it is told"
    await running.close()
    assert len(await Overview(database).latest(5)) == 1


async def test_nor_does_one_that_seals_what_has_been_unsealed(database: Database, database_url: str) -> None:
    running = opened(Database(database_url), NEW)
    await unseal_all(opened(database, NEW))
    assert await is_refused(Store(running).arrive([a_mail()]))
    await running.close()
    opened(database)


@pytest.mark.parametrize("keys", [(), (NEW,)], ids=["no key", "another key"])
async def test_without_its_key_the_database_says_so_and_loses_nothing(database: Database, keys: tuple[str]) -> None:
    store = Store(opened(database, OLD))
    mail = await ended(store, a_mail())
    with pytest.raises(SettingsError) as refused:
        opened(database, *keys)
    assert refused.value.reason.code == "store.sealed"
    assert OLD not in str(refused.value)
    with pytest.raises(StoreUnavailable):  # it may come back, so no mail ends for it
        await store.get(mail.id)
    opened(database, OLD)
    assert (await loaded(store, mail.id)).message == a_mail().message


async def test_two_databases_in_one_process_have_each_its_key(tmp_path: Path) -> None:
    both = [Database(f"sqlite:///{tmp_path / name}.db") for name in ("one", "two")]
    for database, key in zip(both, (OLD, NEW), strict=True):
        upgrade(database)
        opened(database, key)
        mail = await ended(Store(database), a_mail())
        assert await loaded(Store(database), mail.id)
    for database, other in zip(both, (NEW, OLD), strict=True):
        database.seal_with(Sealer([other]))
        with pytest.raises(StoreUnavailable):
            await Store(database).get(1)
        await database.close()


MARKS = ["\x1fsealed:0:0", "\x1fplain:\x1fsealed:", "\x1fplain:a", "sealed:", ""]


@pytest.mark.parametrize("keys", [(), (NEW,)], ids=["plain", "sealed"])
async def test_whatever_is_said_comes_back(database: Database, keys: tuple[str]) -> None:
    """Also what looks as if it were sealed: nobody makes a mail unreadable by what they write."""
    mail = await ended(Store(opened(database, *keys)), a_mail())

    def work(connection: Connection, said: str) -> tuple[object, ...]:
        values = {"text": said, "raw": said.encode(), "kind": said, "state": "", "mailbox": "", "message_id": ""}
        connection.execute(insert(action).values(mail_id=mail.id, recipient="", changed=NOW, **values))
        connection.execute(insert(step).values(mail_id=mail.id, name=said, at=NOW, found=said))
        stored = connection.execute(select(action.c.text, action.c.raw).where(action.c.kind == said)).one()
        return (*stored, connection.scalar(select(step.c.found).where(step.c.name == said)))

    for said in MARKS:
        assert await database.run(partial(work, said=said)) == (said, said.encode(), said)


async def test_a_backup_stays_sealed_and_wants_its_key(database: Database, tmp_path: Path) -> None:
    mail = await ended(Store(opened(database, OLD)), a_mail())
    file = tmp_path / "backup.db"
    assert backup(database, file) == 1
    assert CANARY.encode() not in file.read_bytes().replace(READABLE.encode(), b"")
    fresh = Database(f"sqlite:///{tmp_path / 'fresh.db'}")
    upgrade(fresh)
    with pytest.raises(SettingsError):
        restore(fresh, file)
    opened(fresh, NEW, OLD)
    assert restore(fresh, file) == 1
    assert (await loaded(Store(fresh), mail.id)).actions == mail.actions
    await fresh.close()
