"""What the hook believes, stores and wakes, over a real ledger."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from repondeur.errors import StoreUnavailable
from repondeur.mailboxes.graph.hook import Hook, HookAddress
from repondeur.mailboxes.graph.notices import MOST
from repondeur.settings.schema import GraphSettings
from repondeur.store.database import Database
from repondeur.store.ledger import Ledger, Subscription
from repondeur.store.upgrade import upgrade
from repondeur.telemetry.metrics import REGISTRY

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
TENANT, OTHER_TENANT = "11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555"
APP = "aaaaaaaa-2222-3333-4444-555555555555"
ADDRESS = HookAddress("https://hook.example/graph/notifications", "correct horse battery staple é")
GOOD, TAMPERED, FOREIGN_KEY = {"data": "good"}, {"data": "tampered"}, {"data": "unknown key"}


def settings(name: str, **changed: Any) -> GraphSettings:
    given = {
        "mailbox_user_id": f"{name}@shop.example",
        "azure_client_id": APP,
        "azure_tenant_id": TENANT,
        "azure_client_secret": "x",
        "graph_rich": True,
    }
    return GraphSettings.model_validate({"name": name, **given, **changed})


def subscription(id_: str, mailbox: str = "support", folder: str = "inbox") -> Subscription:
    moments = {"expires": NOW + timedelta(days=7), "made": NOW, "renewed": NOW}
    return Subscription(mailbox, folder, id_, ADDRESS.secret, ADDRESS.url, rich=True, **moments)


def notice(ref: Any = "AAMk1", of: Any = "s1", **changed: Any) -> dict[str, Any]:
    given = {
        "subscriptionId": of,
        "subscriptionExpirationDateTime": "2026-11-27T10:00:00Z",
        "clientState": ADDRESS.secret,
        "changeType": "created",
        "resource": "Users/somebody-else/Messages/their-mail",
        "resourceData": {"@odata.type": "#Microsoft.Graph.Message", "id": ref},
        "tenantId": TENANT,
    } | changed
    return {name: value for name, value in given.items() if value is not ...}


def life(event_name: Any, of: str = "s1") -> dict[str, Any]:
    return notice(of=of, lifecycleEvent=event_name, changeType=..., resource=..., resourceData=...)


def post(*notices: Any, **more: Any) -> bytes:
    return json.dumps({"value": notices, **more}).encode()


@dataclass
class Rich:
    """Opens what it knows; genuine: what it says of tokens."""

    genuine: bool = True
    said: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[Any, Collection[str], Collection[str]]] = field(default_factory=list)

    async def verified(self, tokens: object, tenants: Collection[str], apps: Collection[str]) -> bool:
        self.asked.append((tokens, tenants, apps))
        return self.genuine

    def opened(self, content: object) -> dict[str, Any] | None:
        return self.said if content == GOOD else None

    def knows(self, content: object) -> bool:
        return content != FOREIGN_KEY


@dataclass
class House:
    """A hook for three mailboxes; the third is of a tenant that is named by its domain."""

    ledger: Ledger
    rich: Rich | None = None
    now: datetime = NOW
    woken: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        boxes = (
            settings("support"),
            settings("billing", graph_rich=False),
            settings("third", azure_tenant_id="a.example"),
        )
        self.hook = Hook(
            {box.name: box for box in boxes},
            ADDRESS.secret,
            self.ledger,
            lambda: self.now,
            self.woken.append,
            self.rich,  # type: ignore[arg-type]
        )
        self.counted = counts()

    async def announced(self, mailbox: str = "support") -> list[str]:
        return [one.ref for one in await self.ledger.announced(mailbox)]

    def counts(self) -> dict[tuple[str, str], int]:
        """Since the beginning."""
        return {
            key: count - self.counted.get(key, 0) for key, count in counts().items() if count > self.counted.get(key, 0)
        }


def counts() -> dict[tuple[str, str], int]:
    return {
        (sample.labels["mailbox"], sample.labels["outcome"]): int(sample.value)
        for metric in REGISTRY.collect()
        if metric.name == "repondeur_graph_notices"
        for sample in metric.samples
        if sample.name.endswith("_total")
    }


@pytest.fixture
async def house(database_url: str) -> AsyncIterator[House]:
    database = Database(database_url)
    upgrade(database)
    ledger = Ledger(database)
    for one in (
        subscription("s1"),
        subscription("s1-projects", folder="projects"),
        subscription("s2", "billing"),
    ):
        await ledger.put_subscription(one)
    yield House(ledger)
    await database.close()


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[House]:
    """The same on SQLite alone."""
    database = Database(f"sqlite:///{tmp_path / 'repondeur.db'}", busy_seconds=0.2)
    upgrade(database)
    ledger = Ledger(database)
    for one in (
        subscription("s1"),
        subscription("s2", "billing"),
        subscription("s3", "third"),
        subscription("gone", "no longer configured"),
    ):
        await ledger.put_subscription(one)
    yield House(ledger)
    await database.close()


async def test_a_message_is_stored_and_its_mailbox_woken(house: House) -> None:
    assert await house.hook.take(post(notice()))
    (announced,) = await house.ledger.announced("support")
    assert (announced.folder, announced.ref, announced.found, announced.at) == ("inbox", "AAMk1", None, NOW)
    assert house.woken == ["support"]
    assert (await house.ledger.subscription_by_id("s1")).last_notice == NOW
    assert house.counts() == {("support", "taken"): 1}


async def test_several_mailboxes_and_duplicates_in_one_post(house: House) -> None:
    body = post(
        notice("a"), notice("b", "s2"), notice("a"), notice("a", changeType="updated"), notice("c", "s1-projects")
    )
    assert await house.hook.take(body)
    assert await house.hook.take(body)
    assert sorted((one.folder, one.ref) for one in await house.ledger.announced("support")) == [
        ("inbox", "a"),
        ("projects", "c"),
    ]
    assert await house.announced("billing") == ["b"]
    assert house.woken == ["billing", "support"] * 2


FORGED = {
    "a wrong clientState": ({"clientState": "x" * 64}, "", "forged"),
    "a part of the secret": ({"clientState": ADDRESS.secret[:-1]}, "", "forged"),
    "letters outside ASCII": ({"clientState": "é"}, "", "forged"),
    "half a surrogate": ({"clientState": "\ud800"}, "", "forged"),
    "no clientState": ({"clientState": ...}, "", "forged"),
    "null": ({"clientState": None}, "", "forged"),
    "a list": ({"clientState": [ADDRESS.secret]}, "", "forged"),
    "a number": ({"clientState": 7}, "", "forged"),
    "another subscription": ({"subscriptionId": "s9"}, "", "unknown"),
    "a subscription of a mailbox that we have no more": ({"subscriptionId": "gone"}, "", "unknown"),
    "no subscription": ({"subscriptionId": ...}, "", "unknown"),
    "a list of subscriptions": ({"subscriptionId": ["s1"]}, "", "unknown"),
    "an empty subscription": ({"subscriptionId": ""}, "", "unknown"),
    "another tenant": ({"tenantId": OTHER_TENANT}, "support", "forged"),
    "a list of tenants": ({"tenantId": [TENANT]}, "support", "forged"),
    "another change": ({"changeType": "deleted"}, "support", "malformed"),
    "a list of changes": ({"changeType": ["created"]}, "support", "malformed"),
    "no change": ({"changeType": ...}, "support", "malformed"),
    "no resourceData": ({"resourceData": ...}, "support", "malformed"),
    "a list as resourceData": ({"resourceData": ["AAMk1"]}, "support", "malformed"),
    "no id": ({"resourceData": {}}, "support", "malformed"),
    "a list as id": ({"resourceData": {"id": ["AAMk1"]}}, "support", "malformed"),
    "an empty id": ({"resourceData": {"id": ""}}, "support", "malformed"),
    "an id that leads elsewhere": ({"resourceData": {"id": ".."}}, "support", "malformed"),
    "an endless id": ({"resourceData": {"id": "A" * 513}}, "support", "malformed"),
    "an id with NUL": ({"resourceData": {"id": "AAMk\0"}}, "support", "malformed"),
    "an id of two lines": ({"resourceData": {"id": "AAMk\n"}}, "support", "malformed"),
    "an id with letters outside ASCII": ({"resourceData": {"id": "AAMké"}}, "support", "malformed"),
}


@pytest.mark.parametrize(("changed", "mailbox", "outcome"), FORGED.values(), ids=FORGED.keys())
async def test_what_is_forged_or_malformed_is_dropped_alone(
    small: House, changed: dict[str, Any], mailbox: str, outcome: str
) -> None:
    assert await small.hook.take(post(notice(**changed))), "whoever tries it learns nothing"
    assert await small.announced() == []
    assert small.woken == []
    assert (await small.ledger.subscription_by_id("s1")).last_notice is None
    assert small.counts() == {(mailbox, outcome): 1}
    assert await small.hook.take(post(notice("real"), notice("b", **changed)))
    assert await small.announced() == ["real"]


@pytest.mark.parametrize("odd", [None, [], "text", 7, [notice()]])
async def test_what_is_no_object_is_dropped(small: House, odd: Any) -> None:
    assert await small.hook.take(post(odd, notice()))
    assert await small.announced() == ["AAMk1"]
    assert small.counts() == {("", "malformed"): 1, ("support", "taken"): 1}


async def test_a_tenant_that_is_set_by_its_domain_is_not_compared(small: House) -> None:
    assert await small.hook.take(post(notice(of="s3", tenantId=OTHER_TENANT)))
    assert await small.announced("third") == ["AAMk1"]


async def test_guids_are_the_same_in_any_case(small: House) -> None:
    assert await small.hook.take(post(notice(tenantId=TENANT.upper())))
    assert await small.announced() == ["AAMk1"]


@pytest.mark.parametrize(
    ("heard", "kept"),
    [
        (["reauthorizationRequired"], "reauthorizationRequired"),
        (["subscriptionRemoved"], "subscriptionRemoved"),
        (["missed"], "missed"),
        (["missed", "subscriptionRemoved", "missed"], "subscriptionRemoved"),
        (["something new"], "missed"),
        ([None], "missed"),
        ([["missed"]], "missed"),
    ],
)
async def test_events_of_a_subscription_are_stored_for_its_keeper(small: House, heard: list[Any], kept: str) -> None:
    assert await small.hook.take(post(*map(life, heard)))
    found = await small.ledger.subscription_by_id("s1")
    assert (found.event, found.last_notice) == (kept, NOW)
    assert (await small.ledger.subscription_by_id("s2")).event == ""
    assert small.woken == ["support"]
    assert small.counts() == {("support", "lifecycle"): len(heard)}


async def test_an_event_is_believed_without_a_tenant_but_not_without_clientstate(small: House) -> None:
    assert await small.hook.take(post(life("subscriptionRemoved") | {"clientState": None}))
    assert (await small.ledger.subscription_by_id("s1")).event == ""
    without_tenant = {name: value for name, value in life("missed").items() if name != "tenantId"}
    assert await small.hook.take(post(without_tenant))
    assert (await small.ledger.subscription_by_id("s1")).event == "missed"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"value=1", id="a form"),
        pytest.param(b'{"value": [', id="cut off"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"{}", id="no value"),
        pytest.param(b'{"value": {}}', id="an object as value"),
        pytest.param(b'{"value": null}', id="null as value"),
        pytest.param(b'{"value": ["\xff"]}', id="no UTF-8"),
        pytest.param('{"value": []}'.encode("utf-16"), id="UTF-16"),
        pytest.param(b'{"value": [' + b"1" * 5000 + b"]}", id="a number of thousands of digits"),
        pytest.param(post(*[notice()] * (MOST + 1)), id="too many"),
        pytest.param(b"[" * 4_000_000, id="deep"),
        pytest.param(b'{"value": ' * 100_000, id="deep objects"),
        pytest.param(b'{"value": ' + b"[" * 16 + b"]" * 16 + b"}", id="a little too deep"),
        pytest.param(b'{"value": [], "more": [' + b"[]," * 32_000 + b"[]]}", id="many lists beside it"),
        pytest.param(b'{"value": [' + b"[]," * 1_000_000 + b"[]]}", id="a million lists"),
        pytest.param(b'"' + b'\\"' * 2_000_000, id="a string without end"),
        pytest.param(b'"\\' + b'"' * 2_000_001, id="a million strings"),
    ],
)
async def test_what_is_no_notices_at_all_is_refused(small: House, body: bytes) -> None:
    assert not await asyncio.wait_for(small.hook.take(body), 60)
    assert small.woken == []
    assert small.counts() == {("", "malformed"): 1}


async def test_brackets_in_a_string_are_not_deep(small: House) -> None:
    assert await small.hook.take(post(notice(note='"\\[[[[' * 1000)))
    assert await small.announced() == ["AAMk1"]


async def test_a_thousand_in_one_post(house: House) -> None:
    assert await house.hook.take(post(*(notice(f"{n:04}") for n in range(MOST))))
    assert len(await house.announced()) == MOST


class TestSubscriptions:
    async def test_ours_is_asked_for_once_and_a_stranger_once_a_post(self, small: House) -> None:
        asked: list[str] = []
        event.listen(small.ledger.database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
        for _ in range(5):
            await small.hook.take(post(*[notice(clientState="forged")] * 20, *[notice(of="s9")] * 20, notice()))
        assert len([one for one in asked if one.startswith("SELECT")]) == 1 + 5, "s1, and s9 for each"

    async def test_one_that_was_strange_a_moment_ago_is_known_once_it_is_stored(self, small: House) -> None:
        """Its first notice may come before its row is written."""
        await small.hook.take(post(notice("a", "s4")))
        await small.ledger.put_subscription(subscription("s4", folder="projects"))
        await small.hook.take(post(notice("b", "s4")))
        assert await small.announced() == ["b"]


class TestTheStore:
    async def test_nothing_is_taken_that_cannot_be_stored(self, small: House, tmp_path: Path) -> None:
        await small.hook.take(post(notice("before")))
        other = Database(f"sqlite:///{tmp_path / 'repondeur.db'}")
        with other.engine.begin() as holding:
            holding.execute(text("SELECT 1"))
            with pytest.raises(StoreUnavailable):
                await small.hook.take(post(notice("a")))
        assert await small.announced() == ["before"]
        assert small.woken == ["support"]
        assert await small.hook.take(post(notice("a"))), "it is delivered again"
        assert sorted(await small.announced()) == ["a", "before"]
        other.engine.dispose()

    async def test_a_store_that_is_away(self, tmp_path: Path) -> None:
        away = House(Ledger(Database(f"sqlite:///{tmp_path}/no/folder.db")))
        with pytest.raises(StoreUnavailable):
            await away.hook.take(post(notice()))
        assert away.woken == []


class TestNoticesWithData:
    @pytest.fixture
    def rich(self, small: House) -> House:
        said = {"id": "AAMk1", "conversationId": "c", "isRead": False, "subject": "secret", "categories": 7}
        return House(small.ledger, Rich(said=said))

    async def test_what_is_known_is_stored_and_nothing_else(self, rich: House) -> None:
        assert await rich.hook.take(post(notice(encryptedContent=GOOD), validationTokens=["t"]))
        (announced,) = await rich.ledger.announced("support")
        assert announced.found == {"id": "AAMk1", "conversationId": "c", "isRead": False}
        assert rich.rich.asked == [(["t"], {TENANT}, {APP})]

    async def test_the_id_may_be_in_what_is_sealed_alone(self, rich: House) -> None:
        assert await rich.hook.take(post(notice(encryptedContent=GOOD, resourceData=...)))
        assert await rich.announced() == ["AAMk1"]

    async def test_a_post_with_bad_tokens_is_dropped_whole(self, rich: House) -> None:
        rich.rich.genuine = False
        assert await rich.hook.take(post(notice("plain"), notice(encryptedContent=GOOD), notice("b", "s2")))
        assert await rich.announced() == await rich.announced("billing") == []
        assert rich.woken == []
        assert rich.counts() == {("support", "forged"): 2, ("billing", "forged"): 1}

    @pytest.mark.parametrize(
        ("given", "announced"),
        [
            pytest.param(notice(encryptedContent=TAMPERED), [], id="tampered with"),
            pytest.param(notice("AAMk2", encryptedContent=GOOD), [], id="speaks of another message"),
            pytest.param(notice(encryptedContent=FOREIGN_KEY), ["AAMk1"], id="a key we do not have: its id counts"),
            pytest.param(notice(encryptedContent=FOREIGN_KEY, resourceData=...), [], id="and without one nothing"),
            pytest.param(notice(encryptedContent=["good"]), [], id="no object"),
            pytest.param(notice(), ["AAMk1"], id="nothing sealed"),
        ],
    )
    async def test_what_cannot_be_opened(self, rich: House, given: dict[str, Any], announced: list[str]) -> None:
        assert await rich.hook.take(post(given, validationTokens=["t"]))
        assert await rich.announced() == announced
        assert [one.found for one in await rich.ledger.announced("support")] == [None] * len(announced)

    @pytest.mark.parametrize("said", [{}, {"id": None}, {"id": ["AAMk1"]}, {"id": "AAMk1\0"}])
    async def test_data_without_a_usable_id(self, rich: House, said: dict[str, Any]) -> None:
        rich.rich.said = said
        assert await rich.hook.take(post(notice(encryptedContent=GOOD)))
        assert await rich.announced() == []

    async def test_forged_ones_are_not_even_opened(self, rich: House) -> None:
        assert await rich.hook.take(post(notice(encryptedContent=GOOD, clientState="forged")))
        assert rich.rich.asked == []

    async def test_where_none_is_wanted_it_is_a_plain_notice(self, rich: House, small: House) -> None:
        assert await rich.hook.take(post(notice("b", "s2", encryptedContent=TAMPERED)))
        assert await small.hook.take(post(notice("a", encryptedContent=TAMPERED)))
        assert await small.announced("billing") == ["b"]
        assert await small.announced() == ["a"]
        assert rich.rich.asked == []
