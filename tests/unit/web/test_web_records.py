"""The pages' view of the store, over a real one."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from tests.support.console import MESSAGE, NOW, WHY

from repondeur.mailboxes.base import MessageRef
from repondeur.store.database import Database
from repondeur.store.records import NewMail, Stage, State
from repondeur.store.store import Store
from repondeur.store.upgrade import HEAD
from repondeur.texts import Reason
from repondeur.web.records import StoreConsole

NEW = NewMail("support", "identity", "thread", MESSAGE, MessageRef("INBOX", "1/1"), NOW)


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database)


@pytest.fixture
def console(store: Store) -> StoreConsole:
    return StoreConsole(store, "en", lambda: (), ("127.0.0.0/8", "::1"))


async def test_an_empty_store(console: StoreConsole) -> None:
    assert list(await console.last_mails(50)) == []
    assert await console.mail(1) is None
    assert list(await console.ready()) == []


async def test_mails_are_listed_newest_first_and_page_by_page(store: Store, console: StoreConsole) -> None:
    await store.arrive(
        [
            replace(
                NEW, identity=f"{n}", ref=MessageRef("INBOX", f"1/{n}"), message=replace(MESSAGE, subject=f"Mail {n}")
            )
            for n in range(1, 6)
        ]
    )
    first = await console.last_mails(2)
    second = await console.last_mails(2, first[-1].id)
    assert [row.subject for row in first] == ["Mail 5", "Mail 4"]
    assert [row.subject for row in second] == ["Mail 3", "Mail 2"]


async def test_a_mail_on_its_way_and_one_that_has_ended(store: Store, console: StoreConsole) -> None:
    arrived = await store.arrive([NEW])
    mail_id = arrived.waiting[0].id
    (row,) = await console.last_mails(50)
    assert (row.state, row.reason) == ("understand", None)

    mail = await store.claim(mail_id, "worker")
    assert mail is not None
    await store.end(mail, State.HELD, WHY, Stage.DONE, NOW)
    detail = await console.mail(mail_id)
    assert detail is not None
    assert (detail.row.state, detail.row.reason) == ("held", WHY)
    assert detail.message == MESSAGE
    assert [(step.step, step.summary) for step in detail.steps] == [("end", WHY)]
    assert detail.reply is None


async def test_unfinished_mails_are_counted_when_the_metrics_are_read(store: Store, console: StoreConsole) -> None:
    await store.arrive([NEW])
    assert 'repondeur_unfinished_mails{mailbox="support",step="understand"} 1.0' in await console.metrics()


async def test_it_is_not_ready_while_mails_wait_for_a_server(store: Store, console: StoreConsole) -> None:
    away = Reason("smtp.port_refused", {"server": "mail.example", "port": 587})
    later = Reason("smtp.later", {"server": "mail.example", "reply": "greylisted"})
    waiting = []
    for number, reason in enumerate([away, away, later]):
        new = replace(NEW, identity=f"{number}", ref=MessageRef("INBOX", f"1/{number}"))
        mail = await store.claim((await store.arrive([new])).waiting[0].id, None)
        assert mail is not None
        await store.later(mail, NOW, reason)
        waiting.append(mail)
    assert await console.ready() == [away], "each server once, and not what only one recipient waits for"
    for mail in waiting:
        await store.end(mail, State.HELD, WHY, Stage.DONE, NOW)
    assert await console.ready() == []


async def test_it_is_not_ready_on_tables_of_another_version(store: Store, console: StoreConsole) -> None:
    await store.database.run(
        lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = 'x'"))
    )
    assert await console.ready() == [Reason("store.other_revision", {"revision": "x", "head": HEAD})]


@pytest.mark.parametrize(("ip", "allowed"), [("127.0.0.1", True), ("::1", True), ("10.0.0.1", False)])
def test_who_may_read_the_metrics(console: StoreConsole, ip: str, allowed: bool) -> None:
    assert console.metrics_allowed(ip) is allowed
