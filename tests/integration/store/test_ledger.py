"""The ledger, on both databases it knows."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from tests.support.postgresql import Cluster

from repondeur.errors import StoreUnavailable
from repondeur.store.backup import backup, restore
from repondeur.store.database import Database
from repondeur.store.ledger import Announced, Cursor, KeptDraft, Ledger, Subscription
from repondeur.store.mailboxes import rename
from repondeur.store.upgrade import upgrade
from repondeur.texts import Reason

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
BOX = "support"
US, OTHERS = "tenant/support@shop.example", "tenant/test@shop.example"
READ = {"id": "a", "isRead": True, "subject": "Où en est ma commande ?"}
PUSHED = Subscription(
    mailbox=BOX,
    folder="inbox",
    id="s1",
    secret_digest="digest",
    notification_url="https://hook.example/graph/notifications",
    rich=False,
    expires=NOW + timedelta(days=7),
    made=NOW,
    renewed=NOW,
)
DRAFT = KeptDraft("ours@shop.example", "AAMk1", "CQAA", "conversation", "graph@outlook.example")


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database)


def told(ref: str, *, found: dict[str, object] | None = None, at: datetime = NOW, folder: str = "inbox") -> Announced:
    return Announced(folder, ref, found, at)


async def refs(ledger: Ledger, mailbox: str = BOX) -> list[str]:
    return [one.ref for one in await ledger.announced(mailbox)]


class TestAnnounced:
    async def test_they_come_back_oldest_first_and_as_they_were(self, ledger: Ledger) -> None:
        young, old = told("y", at=LATER), told("o", found=READ, folder="Été")
        await ledger.announce(BOX, [young, old])
        await ledger.announce("other", [told("x")])
        assert await ledger.announced(BOX) == [old, young]
        assert await ledger.announced(BOX, 1) == [old]
        assert await ledger.announced_counts() == {BOX: 2, "other": 1}

    async def test_one_is_there_once_whoever_tells_of_it(self, ledger: Ledger) -> None:
        await asyncio.gather(*(ledger.announce(BOX, [told("a"), told("b"), told("a")]) for _ in range(10)))
        assert await refs(ledger) == ["a", "b"]

    @pytest.mark.parametrize(
        ("first", "second", "known"),
        [
            pytest.param(None, READ, READ, id="what is known is added"),
            pytest.param(READ, None, READ, id="and not forgotten"),
            pytest.param({"id": "a", "isRead": False}, READ, READ, id="and brought up to date"),
        ],
    )
    @pytest.mark.parametrize("together", [True, False])
    async def test_what_is_known(
        self,
        ledger: Ledger,
        first: dict[str, object] | None,
        second: dict[str, object] | None,
        known: dict[str, object],
        together: bool,
    ) -> None:
        both = told("a", found=first), told("a", found=second, at=NOW if together else LATER)
        for some in [both] if together else [both[:1], both[1:]]:
            await ledger.announce(BOX, some)
        assert await ledger.announced(BOX) == [told("a", found=known)]

    async def test_a_thousand_at_once(self, ledger: Ledger) -> None:
        many = [told(f"{number:04}") for number in range(1200)]
        await ledger.announce(BOX, many)
        assert await ledger.announced(BOX) == many[:1000]
        await ledger.withdraw(BOX, {("inbox", one.ref) for one in many[:1199]})
        assert await ledger.announced(BOX) == many[1199:]

    async def test_only_what_is_named_is_withdrawn(self, ledger: Ledger) -> None:
        await ledger.announce(BOX, [told("a"), told("b"), told("a", folder="billing")])
        await ledger.announce("other", [told("a")])
        await ledger.withdraw(BOX, [("inbox", "a"), ("inbox", "never announced")])
        assert [(one.folder, one.ref) for one in await ledger.announced(BOX)] == [("billing", "a"), ("inbox", "b")]
        assert await refs(ledger, "other") == ["a"]
        await ledger.withdraw(BOX, [])
        await ledger.announce(BOX, [])


class TestCursor:
    async def test_the_first_start_is_kept(self, ledger: Ledger) -> None:
        assert await ledger.cursor(BOX, "inbox") is None
        assert await ledger.start(BOX, "inbox", NOW, US) == Cursor("", NOW, None, US)
        assert await ledger.start(BOX, "inbox", LATER, US) == Cursor("", NOW, None, US)
        assert await ledger.cursor(BOX, "inbox") == Cursor("", NOW, None, US)

    async def test_a_page_and_where_it_goes_on_are_stored_together(self, ledger: Ledger) -> None:
        await ledger.start(BOX, "inbox", NOW, US)
        await ledger.announce(BOX, [told("deleted"), told("deleted", folder="billing")])
        await ledger.advance(BOX, "inbox", [told("a", found=READ)], ["deleted"], "https://next", None)
        assert await ledger.cursor(BOX, "inbox") == Cursor("https://next", NOW, None, US)
        await ledger.advance(BOX, "inbox", [told("b")], [], "https://delta", LATER)
        await ledger.advance(BOX, "inbox", [], [], "https://next2", None)
        assert await ledger.cursor(BOX, "inbox") == Cursor("https://next2", NOW, LATER, US)
        assert sorted(await refs(ledger)) == ["a", "b", "deleted"]

    async def test_a_page_of_a_folder_that_was_not_started_stores_nothing(self, ledger: Ledger) -> None:
        with pytest.raises(LookupError):
            await ledger.advance(BOX, "inbox", [told("a")], [], "https://next", None)
        assert await refs(ledger) == []

    async def test_it_starts_over(self, ledger: Ledger) -> None:
        await ledger.start(BOX, "inbox", NOW, US)
        await ledger.advance(BOX, "inbox", [], [], "https://delta", NOW)
        await ledger.start_over(BOX, "inbox", LATER, NOW)
        assert await ledger.cursor(BOX, "inbox") == Cursor("", LATER, NOW, US)

    async def test_for_another_mailbox_of_the_same_name_it_begins_anew(self, ledger: Ledger) -> None:
        await ledger.start(BOX, "inbox", NOW, OTHERS)
        await ledger.advance(BOX, "inbox", [told("theirs")], [], "https://theirs", NOW)
        await ledger.announce("other", [told("x")])
        assert await ledger.start(BOX, "inbox", LATER, US) == Cursor("", LATER, None, US)
        assert await ledger.cursor(BOX, "inbox") == Cursor("", LATER, None, US)
        assert (await refs(ledger), await refs(ledger, "other")) == ([], ["x"])

    async def test_what_is_gone_stays_announced_and_is_to_be_asked_for(self, ledger: Ledger) -> None:
        await ledger.start(BOX, "inbox", NOW, US)
        await ledger.announce(BOX, [told("a", found=READ), told("b", found=READ), told("a", found=READ, folder="x")])
        gone = [told("a", at=LATER), told("never announced", at=LATER)]
        await ledger.advance(BOX, "inbox", [], [], "https://delta", LATER, gone)
        assert await ledger.announced(BOX) == [
            told("b", found=READ), told("a", found=READ, folder="x"), told("a", at=LATER),
        ]  # fmt: skip

    async def test_folders_that_are_no_longer_watched_are_forgotten(self, ledger: Ledger) -> None:
        for folder in ("inbox", "billing"):
            await ledger.start(BOX, folder, NOW, US)
            await ledger.announce(BOX, [told("a", folder=folder)])
        await ledger.announce("other", [told("a", folder="billing")])
        assert await ledger.keep_folders(BOX, ("inbox",)) == 1
        assert [one.folder for one in await ledger.announced(BOX)] == ["inbox"]
        assert await ledger.cursor(BOX, "inbox") == Cursor("", NOW, None, US)
        assert await ledger.cursor(BOX, "billing") is None
        assert await refs(ledger, "other") == ["a"]


class TestLease:
    async def test_one_owner_until_it_ends(self, ledger: Ledger) -> None:
        assert await ledger.lease("graph", "one", 60, NOW)
        assert not await ledger.lease("graph", "two", 60, NOW + timedelta(seconds=59))
        assert await ledger.lease("other", "two", 60, NOW)
        assert await ledger.lease("graph", "one", 60, NOW + timedelta(seconds=59))
        assert not await ledger.lease("graph", "two", 60, NOW + timedelta(seconds=118))
        assert await ledger.lease("graph", "two", 60, NOW + timedelta(seconds=119))
        assert not await ledger.lease("graph", "one", 60, NOW + timedelta(seconds=120))

    async def test_it_is_not_held_for_ever_by_one_whose_clock_was_wrong(self, ledger: Ledger) -> None:
        assert await ledger.lease("graph", "ahead", 60, NOW + timedelta(days=365))
        assert await ledger.lease("graph", "two", 60, NOW)
        assert not await ledger.lease("graph", "three", 60, NOW + timedelta(seconds=59))

    async def test_clocks_that_differ_by_minutes_do_no_harm(self, ledger: Ledger) -> None:
        assert await ledger.lease("graph", "ahead", 60, NOW + timedelta(minutes=5))
        assert not await ledger.lease("graph", "two", 60, NOW)

    async def test_of_many_that_want_it_one_gets_it(self, ledger: Ledger) -> None:
        for start in (NOW, NOW + timedelta(hours=1)):
            won = await asyncio.gather(*(ledger.lease("graph", f"{n}", 60, start) for n in range(20)))
            assert won.count(True) == 1

    async def test_it_is_given_up_by_its_owner_alone(self, ledger: Ledger) -> None:
        await ledger.lease("graph", "one", 60, NOW)
        await ledger.give_up_lease("graph", "two")
        assert not await ledger.lease("graph", "two", 60, NOW)
        await ledger.give_up_lease("graph", "one")
        assert await ledger.lease("graph", "two", 60, NOW)

    async def test_it_is_taken_from_the_dead(self, ledger: Ledger) -> None:
        await ledger.lease("graph", "dead", 60, NOW)
        assert await ledger.lease("graph", "one", 60, NOW, force=True)
        assert not await ledger.lease("graph", "dead", 60, NOW)


class TestSubscription:
    async def test_one_a_folder_and_it_comes_back_as_it_was(self, ledger: Ledger) -> None:
        broken = replace(PUSHED, problem=Reason("graph.refused", {"status": 403}), last_check=NOW, rich=True)
        await ledger.put_subscription(PUSHED)
        await ledger.put_subscription(broken)
        await ledger.put_subscription(other := replace(PUSHED, mailbox="other", id="s2"))
        assert await ledger.subscriptions() == [other, broken]
        assert await ledger.subscriptions(BOX) == [broken]
        assert await ledger.subscription_by_id("s1") == broken
        assert await ledger.subscription_by_id("forged") is None
        await ledger.drop_subscription(BOX, "inbox")
        assert await ledger.subscriptions() == [other]

    async def test_one_post_is_stored_as_a_whole(self, ledger: Ledger) -> None:
        await ledger.put_subscription(PUSHED)
        await ledger.put_subscription(replace(PUSHED, mailbox="other", id="s2"))
        await ledger.put_subscription(replace(PUSHED, mailbox="third", id="s3"))
        rows = {BOX: [told("a"), told("a")], "other": [told("b", found=READ)]}
        await ledger.noticed({"s1", "s2"}, rows, {"s1": "missed"}, LATER)
        assert await refs(ledger) == ["a"]
        assert await refs(ledger, "other") == ["b"]
        assert [(one.id, one.last_notice, one.event) for one in await ledger.subscriptions()] == [
            ("s2", LATER, ""),
            ("s1", LATER, "missed"),
            ("s3", None, ""),
        ]

    @pytest.mark.parametrize(
        ("heard", "kept"),
        [
            (["missed", "subscriptionRemoved", "missed"], "subscriptionRemoved"),
            (["subscriptionRemoved", "reauthorizationRequired"], "subscriptionRemoved"),
            (["reauthorizationRequired", "missed", "never heard of"], "reauthorizationRequired"),
            (["missed", "reauthorizationRequired"], "reauthorizationRequired"),
        ],
    )
    async def test_the_event_that_asks_for_more_is_kept(self, ledger: Ledger, heard: list[str], kept: str) -> None:
        await ledger.put_subscription(PUSHED)
        for event in heard:
            await ledger.noticed({"s1"}, {}, {"s1": event}, NOW)
        (found,) = await ledger.subscriptions()
        assert (found.event, found.events) == (kept, len(heard))

    async def test_what_comes_in_while_the_keeper_works_is_not_lost(self, ledger: Ledger) -> None:
        await ledger.put_subscription(PUSHED)
        await ledger.noticed({"s1"}, {}, {"s1": "missed"}, NOW)
        (in_hand,) = await ledger.subscriptions()
        await ledger.noticed({"s1"}, {}, {"s1": "missed"}, LATER)
        await ledger.put_subscription(replace(in_hand, event="", last_check=LATER))
        (found,) = await ledger.subscriptions()
        assert (found.event, found.events, found.last_notice, found.last_check) == ("missed", 2, LATER, LATER)
        await ledger.put_subscription(replace(found, event=""))
        (found,) = await ledger.subscriptions()
        assert found.event == "", "acted on"

    async def test_a_new_one_begins_without_the_events_of_the_old(self, ledger: Ledger) -> None:
        await ledger.put_subscription(PUSHED)
        await ledger.noticed({"s1"}, {}, {"s1": "subscriptionRemoved"}, NOW)
        await ledger.put_subscription(new := replace(PUSHED, id="s9"))
        assert await ledger.subscriptions() == [new]


async def test_drafts_of_ours(ledger: Ledger) -> None:
    assert await ledger.draft(BOX, DRAFT.message_id) is None
    await ledger.keep_draft(BOX, DRAFT)
    await ledger.keep_draft(BOX, changed := replace(DRAFT, change_key="CQAB"))
    await ledger.keep_draft("other", replace(DRAFT, ref="AAMk2"))
    assert await ledger.draft(BOX, DRAFT.message_id) == changed
    assert await ledger.our_refs(BOX, ["AAMk1", "AAMk2", *map(str, range(1000))]) == {"AAMk1"}
    await ledger.forget_draft(BOX, DRAFT.message_id)
    assert await ledger.draft(BOX, DRAFT.message_id) is None
    assert await ledger.our_refs("other", {"AAMk2"}) == {"AAMk2"}


async def filled(database: Database) -> Ledger:
    ledger = Ledger(database)
    await ledger.start(BOX, "inbox", NOW, US)
    await ledger.advance(BOX, "inbox", [told("a", found=READ)], [], "https://delta", LATER)
    await ledger.put_subscription(replace(PUSHED, problem=Reason("graph.refused", {"status": 403})))
    await ledger.lease("graph", "one", 60, NOW)
    await ledger.keep_draft(BOX, DRAFT)
    return ledger


async def everything(ledger: Ledger, mailbox: str = BOX) -> list[object]:
    return [
        await ledger.announced(mailbox),
        await ledger.cursor(mailbox, "inbox"),
        [replace(one, mailbox="") for one in await ledger.subscriptions(mailbox)],
        await ledger.draft(mailbox, DRAFT.message_id),
    ]


async def test_a_mailbox_is_renamed_with_all_that_is_known_of_it(database: Database) -> None:
    ledger = await filled(database)
    before = await everything(ledger)
    assert await rename(database, BOX, "new") == 0
    assert await everything(ledger, "new") == before
    assert await everything(ledger) == [[], None, [], None]


async def test_a_name_keeps_what_it_has_already(database: Database) -> None:
    ledger = await filled(database)
    await ledger.start("new", "inbox", LATER, US)
    await ledger.announce("new", [told("a"), told("b")])
    await rename(database, BOX, "new")
    assert await ledger.cursor("new", "inbox") == Cursor("", LATER, None, US)
    assert await ledger.announced("new") == [told("a"), told("b")]
    assert await ledger.draft("new", DRAFT.message_id) == DRAFT


@pytest.mark.servers
async def test_a_backup_holds_it_and_moves_it(database: Database, postgresql: Cluster, tmp_path: Path) -> None:
    before = await everything(await filled(database))
    backup(database, tmp_path / "backup.db")
    other = Database(postgresql.url(f"moved_{uuid4().hex}"))
    upgrade(other)
    restore(other, tmp_path / "backup.db")
    assert await everything(Ledger(other)) == before
    assert not await Ledger(other).lease("graph", "two", 60, NOW)
    await other.close()


async def test_a_database_that_is_away(tmp_path: Path) -> None:
    away = Ledger(Database(f"sqlite:///{tmp_path}/no/such/folder.db"))
    for call in (away.announce(BOX, [told("a")]), away.subscriptions(), away.lease("graph", "one", 60, NOW)):
        with pytest.raises(StoreUnavailable):
            await call
    await away.database.close()


async def test_moments_are_compared_as_moments(database: Database) -> None:
    """What was stored under another zone than ours is the same moment."""
    ledger = Ledger(database)
    paris = NOW.astimezone(datetime.strptime("+0100", "%z").tzinfo)
    await ledger.lease("graph", "one", 60, paris)
    assert not await ledger.lease("graph", "two", 60, NOW + timedelta(seconds=59))
    assert await ledger.lease("graph", "two", 60, NOW + timedelta(seconds=60))
    stored = await database.read(lambda connection: connection.scalar(text("SELECT count(*) FROM lease")))
    assert stored == 1
