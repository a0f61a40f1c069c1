"""The life of a subscription, on the stand-in for Graph: one that lives, whatever happens."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.certificates import Authority
from tests.support.eventually import eventually
from tests.support.graph.hook import Hook
from tests.support.graph.server import GraphServer
from tests.support.graph_parts import QUICK, graph_settings

from repondeur.errors import StoreUnavailable
from repondeur.mailboxes.graph.client import Client, Timeouts
from repondeur.mailboxes.graph.hook import HookAddress
from repondeur.mailboxes.graph.keys import KeyRing
from repondeur.mailboxes.graph.sign_in import SignIn
from repondeur.mailboxes.graph.subscription import Keeper
from repondeur.store.database import Database
from repondeur.store.ledger import Announced, Ledger, Subscription
from repondeur.store.upgrade import upgrade

US = "support@boutique.example"
SECRET = "a secret of the hook"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def graph(tmp_path: Path, authority: Authority) -> Iterator[GraphServer]:
    with GraphServer(tmp_path, authority=authority) as server:
        server.latency = 0
        server.mailbox(US)
        yield server


@pytest.fixture
def hook(graph: GraphServer) -> Iterator[Hook]:
    with Hook(graph) as listening:
        yield listening


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    database = Database(f"sqlite:///{tmp_path / 'repondeur.db'}")
    upgrade(database)
    yield Ledger(database)
    await database.close()


@dataclass
class House:
    """Makes keepers as processes would have them."""

    graph: GraphServer
    hook: Hook
    ledger: Ledger
    folder: Path
    resyncs: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def keeper(
        self,
        owner: str = "one",
        *,
        url: str = "",
        secret: str = SECRET,
        ledger: Ledger | None = None,
        timeouts: Timeouts = QUICK,
        alone: bool = False,
        user: str = US,
        clock: Callable[[], datetime] | None = None,
        **changes: Any,
    ) -> AsyncIterator[Keeper]:
        """clock: of this process; nobody sets the one that it waits by, which is the server's."""
        settings = graph_settings(self.graph, user, name="support", **changes)
        sign_in = SignIn(settings)
        client = Client(settings, sign_in, timeouts)
        ring = KeyRing(self.folder / "graph-keys", self.graph.now)
        address = HookAddress(url or self.hook.url, secret)
        try:
            yield Keeper(
                settings, client, ledger or self.ledger, address, owner, clock or self.graph.now,
                lambda: self.resyncs.append(owner), ring, alone=alone, ticks=lambda: self.graph.now().timestamp(),
            )  # fmt: skip
        finally:
            await client.close()
            await sign_in.close()

    async def row(self, folder: str = "inbox") -> Subscription:
        return next(row for row in await self.ledger.subscriptions("support") if row.folder == folder)

    async def event(self, kind: str) -> None:
        """A lifecycle event, as the hook stores it."""
        await self.ledger.noticed([], {}, {(await self.row()).id: kind}, self.graph.now())

    def asked(self) -> list[str]:
        return [f"{one.method} {one.path.rpartition('/')[2]}" for one in self.graph.asked(path="^/subscriptions")]


@pytest.fixture
def house(graph: GraphServer, hook: Hook, ledger: Ledger, tmp_path: Path) -> House:
    return House(graph, hook, ledger, tmp_path)


async def test_the_first_look_makes_one_and_it_is_noted_as_graph_has_it(house: House) -> None:
    async with house.keeper() as keeper:
        assert await keeper.step() == pytest.approx(300, abs=5)
    [live] = house.graph.subscriptions
    row = await house.row()
    assert (row.id, row.expires, row.problem) == (live.id, live.expires, None)
    assert live.expires - house.graph.now() == pytest.approx(timedelta(minutes=10_065), abs=timedelta(minutes=1))
    assert (live.url, live.lifecycle_url, live.immutable) == (house.hook.url, house.hook.url, True)
    assert (live.client_state, row.secret_digest) == (SECRET, hashlib.sha256(SECRET.encode()).hexdigest())
    assert live.change_types == ("created",)
    assert len(house.hook.handshakes) == 2
    assert house.resyncs == ["one"]


async def test_nothing_is_asked_while_nothing_is_due(house: House) -> None:
    async with house.keeper() as keeper:
        await keeper.step()
        asked = house.asked()
        house.graph.advance(minutes=4)
        assert 0 < await keeper.step() < 61
        assert house.asked() == asked


async def test_it_is_checked_every_five_minutes(house: House) -> None:
    async with house.keeper() as keeper:
        await keeper.step()
        before = (await house.row()).last_check
        house.graph.advance(minutes=5)
        await keeper.step()
        row = await house.row()
    assert before is not None
    assert row.last_check is not None
    assert row.last_check - before >= timedelta(minutes=5)
    assert house.asked()[-1] == f"GET {row.id}"
    assert house.graph.subscribing.made == 1


async def test_a_process_that_starts_checks_it_whoever_checked_before(house: House) -> None:
    async with house.keeper() as keeper:
        await keeper.step()
        await keeper.close()
    row = await house.row()
    async with house.keeper("two") as keeper:
        await keeper.step()
        assert house.asked()[-1] == f"GET {row.id}"
        asked = house.asked()
        await keeper.step()
        assert house.asked() == asked


async def test_it_is_renewed_at_two_thirds_of_its_life(house: House) -> None:
    async with house.keeper() as keeper:
        await keeper.step()
        first = await house.row()
        house.graph.advance(minutes=10_065 * 2 / 3 - 1)
        await keeper.step()
        assert (await house.row()).expires == first.expires
        house.graph.advance(minutes=2)
        await keeper.step()
    row = await house.row()
    assert row.id == first.id
    assert row.expires - house.graph.now() == pytest.approx(timedelta(minutes=10_065), abs=timedelta(minutes=1))
    assert house.resyncs == ["one"]


async def test_one_that_is_gone_is_made_anew_and_all_changes_are_read(house: House) -> None:
    async with house.keeper() as keeper:
        await keeper.step()
        gone = await house.row()
        house.graph.subscribing.remove(gone.id)
        house.graph.advance(minutes=5)
        await keeper.step()
    [live] = house.graph.subscriptions
    assert live.id == (await house.row()).id != gone.id
    assert house.resyncs == ["one", "one"]


async def test_one_that_is_gone_when_it_is_renewed(house: House) -> None:
    async with house.keeper() as keeper:
        await keeper.step()
        house.graph.subscribing.remove((await house.row()).id)
        house.graph.advance(minutes=8_000)
        await keeper.step()
    assert [one.id for one in house.graph.subscriptions] == [(await house.row()).id]
    assert house.graph.asked("PATCH", "^/subscriptions/")[-1].status == 404


async def test_after_a_long_time_off_it_has_expired_and_is_made_anew(house: House) -> None:
    async with house.keeper() as keeper:
        await keeper.step()
    house.graph.advance(days=30)
    async with house.keeper() as keeper:
        await keeper.step()
    [live] = house.graph.subscriptions
    assert live.id == (await house.row()).id
    assert house.resyncs == ["one", "one"]


async def test_rights_taken_away_call_a_person_and_come_back(house: House) -> None:
    async with house.keeper() as keeper:
        await keeper.step()
        house.graph.roles = ("Mail.Send",)
        house.graph.entra.revoke()
        house.graph.advance(minutes=8_000)
        assert await keeper.step() == 30
        problem = (await house.row()).problem
        assert problem is not None
        assert problem.code == "graph.subscription_forbidden"
        asked = len(house.asked())
        assert await keeper.step() > 0
        assert len(house.asked()) == asked  # not before it is due
        house.graph.roles = ("Mail.ReadWrite", "Mail.Send")
        house.graph.entra.revoke()
        house.graph.advance(seconds=31)
        await keeper.step()
    assert (await house.row()).problem is None
    assert house.graph.most_live == 1


async def test_a_sign_in_that_is_refused_is_the_problem(house: House) -> None:
    house.graph.trouble.wrong_secret()
    async with house.keeper() as keeper:
        await keeper.step()
        problem = (await house.row()).problem
        assert problem is not None
        assert problem.code == "graph.wrong_secret"
        assert (await house.row()).id == ""
    house.graph.trouble.sign_in_works()
    async with house.keeper() as keeper:  # a sign-in that was refused is not tried again for a while
        await keeper.step()
    assert (await house.row()).problem is None


async def test_a_hook_that_graph_cannot_reach_is_said_and_tried_again(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    house.hook.shake = lambda _: (404, "text/plain", b"not here")
    waits = []
    async with house.keeper() as keeper:
        for _ in range(6):
            waits.append(await keeper.step())
            house.graph.advance(seconds=waits[-1] + 1)
        problem = (await house.row()).problem
        assert problem is not None
        assert problem.code == "graph.hook_unreachable"
        assert waits == [30, 60, 120, 240, 480, 600]
        assert "needs_you" not in capsys.readouterr().out
        house.graph.advance(hours=1)
        await keeper.step()
        assert capsys.readouterr().out.count("graph.subscription_needs_you") == 1
        house.graph.advance(hours=1)
        await keeper.step()
        assert "needs_you" not in capsys.readouterr().out
        house.hook.shake = lambda token: (200, "text/plain", token.encode())
        house.graph.advance(hours=1)
        await keeper.step()
    row = await house.row()
    assert (row.problem, [row.id]) == (None, [one.id for one in house.graph.subscriptions])


@pytest.mark.parametrize("change", ["url", "secret", "rich"])
async def test_other_settings_make_it_anew(house: House, change: str) -> None:
    async with house.keeper() as keeper:
        await keeper.step()
    first = await house.row()
    other: dict[str, Any] = {
        "url": {"url": house.hook.url + "/elsewhere"},
        "secret": {"secret": "a new one"},
        "rich": {"graph_rich": True},
    }[change]
    async with house.keeper(**other) as keeper:
        await keeper.step()
    [live] = house.graph.subscriptions
    row = await house.row()
    assert live.id == row.id != first.id
    assert live.client_state is not None
    digest = hashlib.sha256(live.client_state.encode()).hexdigest()
    told = (live.url, digest, live.encryption is not None)
    assert told == (row.notification_url, row.secret_digest, row.rich)
    assert house.graph.most_live == 1


@pytest.mark.parametrize("refused", [False, True])
async def test_another_mailbox_of_the_same_name_has_its_own(house: House, refused: bool) -> None:
    """refused: our rights do not reach the old one any more. It then ends by itself."""
    new = "shop@boutique.example"
    house.graph.mailbox(new)
    async with house.keeper() as keeper:
        await keeper.step()
        await keeper.close()
    first = await house.row()
    if refused:
        house.graph.trouble.throttle(1.0, 403, None, path=f"subscriptions/{first.id}")
    async with house.keeper("two", user=new) as keeper:
        await keeper.step()
        await keeper.step()
    row = await house.row()
    live = {one.id: one.resource for one in house.graph.subscriptions}
    assert row.problem is None
    assert new in live[row.id]
    assert live.keys() == ({row.id, first.id} if refused else {row.id})
    assert house.graph.most_live == 1, "for each mailbox"


class Clock:
    """Of one process: may be wrong, and be set."""

    def __init__(self, graph: GraphServer, **ahead: float) -> None:
        self.graph, self.ahead = graph, timedelta(**ahead)

    def __call__(self) -> datetime:
        return self.graph.now() + self.ahead


async def test_a_clock_that_is_set_back_delays_no_new_try(house: House) -> None:
    clock = Clock(house.graph)
    house.hook.shake = lambda _: (503, "text/plain", b"")
    async with house.keeper(clock=clock) as keeper:
        assert await keeper.step() == 30
        clock.ahead = -timedelta(hours=10)
        assert await keeper.step() <= 30
        house.hook.shake = lambda token: (200, "text/plain", token.encode())
        house.graph.advance(seconds=31)
        await keeper.step()
    assert (await house.row()).problem is None
    assert len(house.graph.subscriptions) == 1


async def test_a_clock_that_was_ahead_delays_neither_check_nor_renewal(house: House) -> None:
    clock = Clock(house.graph, days=5)
    async with house.keeper(clock=clock) as keeper:
        await keeper.step()
        clock.ahead = timedelta()
        asked = len(house.asked())
        assert await keeper.step() <= 300
        assert house.asked()[asked:] == [f"GET {(await house.row()).id}"]
        row = await house.row()
        assert row.last_check is not None
        assert max(row.renewed, row.last_check) <= house.graph.now()
        asked = len(house.asked())
        left = row.expires - house.graph.now()
        house.graph.advance(seconds=left.total_seconds() * 2 / 3 + 1)
        await keeper.step()
        assert house.asked()[asked].startswith("PATCH")
    assert house.graph.subscribing.made == 1


async def test_rich_ones_live_a_day_and_are_made_anew_with_a_new_key(house: House) -> None:
    async with house.keeper(graph_rich=True) as keeper:
        await keeper.step()
        [first] = house.graph.subscriptions
        assert first.expires - house.graph.now() == pytest.approx(timedelta(minutes=1_435), abs=timedelta(minutes=1))
        house.graph.advance(minutes=5)
        await keeper.step()
        assert [one.id for one in house.graph.subscriptions] == [first.id]
    for _ in range(91 * 2):
        house.graph.advance(hours=12)
        first.expires = house.graph.now() + timedelta(minutes=1_435)  # as if it had been renewed
    await house.ledger.put_subscription(replace(await house.row(), expires=first.expires, renewed=house.graph.now()))
    async with house.keeper(graph_rich=True) as keeper:
        await keeper.step()
    [second] = house.graph.subscriptions
    assert second.encryption is not None
    assert first.encryption is not None
    assert second.encryption.name != first.encryption.name


async def test_lifecycle_missed_reads_all_changes(house: House) -> None:
    async with house.keeper() as keeper:
        await keeper.step()
        asked = house.asked()
        await house.event("missed")
        await keeper.step()
    assert house.resyncs == ["one", "one"]
    assert (await house.row()).event == ""
    assert house.asked() == asked


async def test_lifecycle_removed_makes_a_new_one(house: House) -> None:
    async with house.keeper() as keeper:
        await keeper.step()
        first = await house.row()
        house.graph.subscribing.remove(first.id)
        await house.event("subscriptionRemoved")
        await keeper.step()
    row = await house.row()
    assert [one.id for one in house.graph.subscriptions] == [row.id]
    assert (row.id != first.id, row.event, house.resyncs) == (True, "", ["one", "one"])


@pytest.mark.parametrize(
    ("after", "answer"),
    [(5, "PATCH"), (60, "POST"), (10_065 / 3 - 0.5, "POST"), (10_065 / 2, "PATCH")],
    ids=["new", "young", "a third nearly over", "half over"],
)
async def test_lifecycle_reauthorization(house: House, after: float, answer: str) -> None:
    async with house.keeper() as keeper:
        await keeper.step()
        [live] = house.graph.subscriptions
        live.paused = True
        house.graph.advance(minutes=after)
        await keeper.step()
        asked = len(house.asked())
        await house.event("reauthorizationRequired")
        await keeper.step()
        assert [line.split()[0] for line in house.asked()[asked:]] == [answer]
        assert not live.paused
        assert (await house.row()).event == ""
        # Again a moment later: the same may be done twice, but not both.
        house.graph.advance(minutes=1)
        await house.event("reauthorizationRequired")
        await keeper.step()
        assert (await house.row()).problem is None
        assert (await house.row()).event == ""
    assert house.resyncs == ["one", "one", "one"]


async def test_an_event_that_could_not_be_acted_on_waits(house: House) -> None:
    async with house.keeper() as keeper:
        await keeper.step()
        house.graph.advance(hours=1)
        await keeper.step()
        await house.event("reauthorizationRequired")
        house.graph.roles = ("Mail.Send",)
        house.graph.entra.revoke()
        await keeper.step()
        assert (await house.row()).event == "reauthorizationRequired"
        house.graph.roles = ("Mail.ReadWrite", "Mail.Send")
        house.graph.entra.revoke()
        house.graph.advance(minutes=1)
        await keeper.step()
    assert (await house.row()).event == ""


class Crashing(Ledger):
    """The process ends before the row is stored."""

    async def put_subscription(self, subscription: Subscription) -> None:
        if subscription.id:
            raise StoreUnavailable("store.unavailable")
        await super().put_subscription(subscription)


async def test_a_crash_between_making_and_storing_leaves_one(house: House) -> None:
    async with house.keeper(ledger=Crashing(house.ledger.database)) as keeper:
        with pytest.raises(StoreUnavailable):
            await keeper.step()
        await keeper.close()
    [left] = house.graph.subscriptions
    async with house.keeper("two") as keeper:
        await keeper.step()
    [live] = house.graph.subscriptions
    assert live.id == (await house.row()).id != left.id


@pytest.mark.parametrize("patient", [True, False])
async def test_a_lost_answer_leaves_one(house: House, patient: bool) -> None:
    """Graph made one, and nobody was told. The request is repeated at once, or later."""
    house.graph.trouble.drop_line(after="POST subscriptions")
    async with house.keeper(timeouts=replace(QUICK, patience=10 if patient else 0)) as keeper:
        await keeper.step()
        assert len(house.graph.subscriptions) == 1
        house.graph.advance(minutes=2)
        await keeper.step()
    [live] = house.graph.subscriptions
    assert live.id == (await house.row()).id
    assert house.graph.subscribing.made == 2


async def test_the_subscription_of_another_installation_is_left_alone(house: House, graph: GraphServer) -> None:
    with Hook(graph) as elsewhere:
        async with house.keeper(url=elsewhere.url) as theirs:
            await theirs.step()
            await theirs.close()
        await house.ledger.drop_subscription("support", "inbox")  # a store of its own
        async with house.keeper("two") as keeper:
            await keeper.step()
            assert {one.url for one in graph.subscriptions} == {elsewhere.url, house.hook.url}
            assert await keeper.remove() == 1
        assert {one.url for one in graph.subscriptions} == {elsewhere.url}


async def test_of_two_processes_one_keeps_it_and_the_other_takes_over(house: House) -> None:
    async with house.keeper("one") as one, house.keeper("two") as two:
        await asyncio.gather(one.step(), two.step())
        await asyncio.gather(one.step(), two.step())
        assert len(house.graph.subscriptions) == 1
        owner, other = (one, two) if await one.owns() else (two, one)
        assert not await other.owns()
        await owner.close()
        assert await other.owns()
        await other.step()
        assert not await owner.owns()
    assert house.graph.most_live == 1
    assert house.graph.subscribing.made == 1


async def test_who_works_the_store_alone_need_not_wait_for_the_lease_of_a_dead_one(house: House) -> None:
    async with house.keeper("dead") as dead, house.keeper("two") as two, house.keeper("alone", alone=True) as alone:
        await dead.step()
        assert not await two.owns()
        assert await alone.owns()
        assert await alone.step() > 0
    assert house.graph.subscribing.made == 1


async def test_an_owner_that_was_held_up_does_no_harm(house: House) -> None:
    """It stands still while Graph makes its subscription; meanwhile its lease runs out and another one makes one."""
    held, go_on = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def shake(token: str) -> tuple[int, str, bytes]:
        if not held.is_set():
            loop.call_soon_threadsafe(held.set)
            asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(60)
        return 200, "text/plain", token.encode()

    house.hook.shake = shake
    async with house.keeper("one") as one, house.keeper("two") as two:
        slow = asyncio.create_task(one.step())
        await held.wait()
        house.graph.advance(seconds=31)
        await two.step()
        theirs = await house.row()
        go_on.set()
        await slow
    [live] = house.graph.subscriptions
    assert await house.row() == theirs
    assert live.id == theirs.id


async def test_folders_of_all_kinds_and_one_that_is_no_longer_watched(house: House) -> None:
    box = house.graph.mailbox(US)
    box.make_folder("Clients")
    async with house.keeper(graph_folders=("Inbox", "Clients")) as keeper:
        await keeper.step()
        assert sorted(one.folder.name for one in house.graph.subscriptions if one.folder) == ["Clients", "Inbox"]
    await house.ledger.announce(
        "support", [Announced(name, "ref", None, house.graph.now()) for name in ("Inbox", "inbox")]
    )
    async with house.keeper(graph_folders=("inbox",)) as keeper:
        await keeper.step()
    [row] = await house.ledger.subscriptions("support")
    assert [one.id for one in house.graph.subscriptions] == [row.id]
    assert [one.folder for one in await house.ledger.announced("support")] == ["inbox"]


async def test_a_folder_that_is_missing_is_the_problem_of_that_folder(house: House) -> None:
    async with house.keeper(graph_folders=("inbox", "Nowhere"), graph_create_folders=False) as keeper:
        await keeper.step()
    problem = (await house.row("Nowhere")).problem
    assert problem is not None
    assert problem.code == "graph.folder_missing"
    assert (await house.row("inbox")).problem is None


async def test_remove_deletes_all_of_ours(house: House) -> None:
    async with house.keeper() as keeper:
        await keeper.step()
        house.graph.subscribing.remove((await house.row()).id)
        assert await keeper.remove() == 0
        await keeper.step()
        assert await keeper.remove() == 1
    assert house.graph.subscriptions == []
    assert await house.ledger.subscriptions("support") == []


async def test_the_task_keeps_it_whatever_happens_and_leaves_it_at_the_end(house: House) -> None:
    house.hook.shake = lambda _: (503, "text/plain", b"")
    async with house.keeper() as keeper, house.keeper("two") as next_one:
        task = asyncio.create_task(keeper.keep())
        await eventually(lambda: house.ledger.subscriptions("support"))
        assert not task.done()
        house.hook.shake = lambda token: (200, "text/plain", token.encode())
        house.graph.advance(minutes=1)
        keeper.wake()
        await eventually(lambda: house.graph.subscriptions)
        await eventually(lambda: house.resyncs)
        assert not await next_one.owns()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert len(house.graph.subscriptions) == 1
        assert await next_one.owns()
