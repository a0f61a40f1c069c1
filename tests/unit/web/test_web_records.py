"""The pages' view of the store, over a real one."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, text
from tests.support.console import MESSAGE, NOW, WHY

from repondeur.mailboxes.base import MessageRef
from repondeur.store import record, review
from repondeur.store.database import Database
from repondeur.store.ledger import Announced, Ledger, Subscription
from repondeur.store.records import NewMail, Stage, State
from repondeur.store.store import Store
from repondeur.store.upgrade import HEAD
from repondeur.texts import Reason
from repondeur.web.console import Subscribed
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


def subscription(folder: str = "inbox", **changed: object) -> Subscription:
    moments = {"expires": NOW + timedelta(days=7), "made": NOW, "renewed": NOW, "last_notice": NOW}
    return replace(Subscription("support", folder, "s1", "state", "https://x", rich=False, **moments), **changed)


def values(exposition: str) -> dict[str, float]:
    """Of the metrics of Graph, by name and labels."""
    prefix = "repondeur_graph_"
    lines = [line.removeprefix(prefix) for line in exposition.splitlines() if line.startswith(prefix)]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


async def test_subscriptions_are_shown_and_measured(store: Store) -> None:
    console = StoreConsole(store, "en", lambda: (), mailboxes=frozenset({"support"}), clock=lambda: NOW)
    ledger = Ledger(store.database)
    await ledger.put_subscription(subscription())
    await ledger.put_subscription(subscription("broken", problem=WHY, last_check=NOW, last_notice=None))
    await ledger.put_subscription(subscription("ended", expires=NOW))
    await ledger.put_subscription(subscription("none yet", id=""))
    await ledger.put_subscription(subscription(id="s2", mailbox="worked no more"))
    await ledger.announce("support", [Announced("inbox", ref, None, NOW) for ref in "abc"])
    shown = {one.folder: one for one in await console.subscriptions()}
    end = NOW + timedelta(days=7)
    assert shown["inbox"] == Subscribed("support", "inbox", "s1", end, NOW, None, None)
    assert (shown["broken"].problem, shown["broken"].last_notice, shown["broken"].last_check) == (WHY, None, NOW)
    assert await console.ready() == [], "mail is found without them, only later"
    measured = values(await console.metrics())
    place = 'folder="{}",mailbox="support"'.format
    ups = {folder: measured[f"subscription_up{{{place(folder)}}}"] for folder in shown}
    assert ups == {"inbox": 1, "broken": 0, "ended": 0, "none yet": 0}
    assert measured[f"subscription_expires_seconds{{{place('inbox')}}}"] == end.timestamp()
    assert measured[f"last_notice_seconds{{{place('inbox')}}}"] == NOW.timestamp()
    assert f"last_notice_seconds{{{place('broken')}}}" not in measured
    assert measured[f"last_check_seconds{{{place('broken')}}}"] == NOW.timestamp()
    infos = {name for name in measured if name.startswith("subscription_info")}
    assert 'subscription_info{folder="inbox",id="s1",mailbox="support"}' in infos
    assert not any('folder="none yet"' in name for name in infos)
    assert measured['announced{mailbox="support"}'] == 3
    await ledger.drop_subscription("support", "inbox")
    await ledger.withdraw("support", [("inbox", ref) for ref in "abc"])
    measured = values(await console.metrics())
    assert f"subscription_up{{{place('inbox')}}}" not in measured
    assert 'announced{mailbox="support"}' not in measured


async def test_tables_of_another_version_may_know_of_no_subscriptions(store: Store, console: StoreConsole) -> None:
    def older(connection: Connection) -> None:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        connection.execute(text("DROP TABLE subscription"))

    await store.database.run(older)
    assert await console.subscriptions() == []
    assert "repondeur_unfinished_mails" in await console.metrics()


@pytest.mark.parametrize(("code", "ready"), [("graph.throttled", False), ("graph.refused", True), ("way.defect", True)])
async def test_which_reasons_of_waiting_mails_speak_of_a_server(
    store: Store, console: StoreConsole, code: str, ready: bool
) -> None:
    (waiting,) = (await store.arrive([NEW])).waiting
    mail = await store.claim(waiting.id, None)
    assert mail is not None
    await store.later(mail, NOW, Reason(code))
    assert (await console.ready() == []) is ready


async def test_what_the_record_has_on_a_mail(store: Store, console: StoreConsole) -> None:
    (waiting,) = (await store.arrive([NEW])).waiting
    mail = await store.claim(waiting.id, "worker")
    assert mail is not None
    await store.end(mail, State.HELD, WHY, Stage.DONE, NOW)
    await review.retry(store, mail.id, NOW, by={"user": "repondeur", "sudo_user": "agathe"})
    detail = await console.mail(mail.id)
    assert detail is not None
    assert [(row.row, row.event, row.by) for row in detail.record] == [(1, "retried", "agathe / repondeur")]
    await store.database.run(lambda connection: record.forget(connection, [mail.id]))
    detail = await console.mail(mail.id)
    assert detail is not None
    assert [(row.event, row.by) for row in detail.record] == [("retried", "")]
