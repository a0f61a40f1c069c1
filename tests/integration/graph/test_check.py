"""`check` of a Microsoft 365 mailbox: what is found where it is set up well, and where it is not."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.support.agent import Agent
from tests.support.certificates import Authority
from tests.support.graph.box import Box
from tests.support.graph.hook import Hook
from tests.support.graph.server import GraphServer
from tests.support.mailserver import mail

from repondeur.mailboxes.base import Finding
from repondeur.mailboxes.graph.check import CheckOptions, findings
from repondeur.mailboxes.graph.client import Client
from repondeur.mailboxes.graph.exchange import DEFAULT_TIMEOUTS, Timeouts
from repondeur.mailboxes.graph.folders import Folders
from repondeur.mailboxes.graph.hook import HookAddress
from repondeur.mailboxes.graph.sign_in import SignIn
from repondeur.settings.schema import GraphSettings
from repondeur.store.database import Database
from repondeur.store.ledger import Ledger, Subscription
from repondeur.store.upgrade import upgrade
from repondeur.texts import LANGUAGES, Reason, hint, render

SECRET = "a secret of the hook"
PLAIN = CheckOptions()


@dataclass
class Desk:
    """One mailbox of the server, and what our side of it is made of."""

    server: GraphServer
    ledger: Ledger
    stack: AsyncExitStack
    timeouts: Timeouts = DEFAULT_TIMEOUTS
    box: Box = field(init=False)

    def __post_init__(self) -> None:
        self.box = self.server.mailbox(f"{uuid4().hex}@boutique.example")

    def settings(self, **more: object) -> GraphSettings:
        given = {
            "mailbox_user_id": self.box.address,
            "azure_client_id": self.server.client_id,
            "azure_tenant_id": self.server.tenant,
            "azure_client_secret": self.server.client_secret,
            "azure_authority": self.server.authority,
            "azure_instance_discovery": False,
            "graph_base_url": self.server.base_url,
            "mail_ca_file": self.server.ca_file,
        }
        return GraphSettings.model_validate(given | more)

    def let_in(self, *boxes: str) -> None:
        """By RBAC for Applications: nothing in the token."""
        self.server.roles = ()
        self.server.scoped_roles = {role: set(boxes) for role in ("Mail.ReadWrite", "Mail.Send")}

    async def check(
        self, hook: str = "", options: CheckOptions = PLAIN, secret: str = SECRET, **more: object
    ) -> list[Finding]:
        settings = self.settings(**more)
        sign_in = SignIn(settings)
        client = Client(settings, sign_in, self.timeouts)
        self.stack.push_async_callback(sign_in.close)
        self.stack.push_async_callback(client.close)
        address = HookAddress(hook, secret) if hook else None
        told = findings(settings, client, sign_in, self.ledger, Folders(client, settings), address, options)
        found = [finding async for finding in told]
        for finding in found:
            for language in LANGUAGES:
                assert render(finding.reason, language)
                assert finding.status == "ok" or hint(finding.reason, language), "a failure says what to do"
                assert render(Reason(finding.what), language)
        return found

    async def keep(self, hook: str, **more: object) -> Subscription:
        """The subscription as whoever keeps it has made it and noted it."""
        now = datetime.now(UTC)
        kept = Subscription(
            self.box.address, "inbox", uuid4().hex, "state", hook, False, now + timedelta(days=5), now, now,
        )  # fmt: skip
        kept = replace(kept, **more)
        await self.ledger.put_subscription(kept)
        return kept

    def asked(self, method: str, path: str = "") -> int:
        return self.server.count(method, path)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphServer]:
    with GraphServer(tmp_path_factory.mktemp("graph")) as running:
        running.latency = 0
        yield running


@pytest.fixture
def hook(server: GraphServer) -> Iterator[Hook]:
    with Hook(server) as running:
        yield running


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    database = Database(f"sqlite:///{tmp_path / 'repondeur.db'}")
    upgrade(database)
    yield Ledger(database)
    await database.close()


@pytest.fixture
async def desk(server: GraphServer, ledger: Ledger) -> AsyncIterator[Desk]:
    server.trouble.clear()
    server.trouble.sign_in_works()
    server.allowed_mailboxes = None
    server.requests.clear()
    async with AsyncExitStack() as stack:
        desk = Desk(server, ledger, stack)
        desk.let_in(desk.box.address)
        yield desk


def statuses(found: list[Finding]) -> list[tuple[str, str]]:
    """Of what is not well: what, and the code of why."""
    return [(one.what.removeprefix("check."), one.reason.code) for one in found if one.status != "ok"]


def of(what: str, found: list[Finding]) -> Finding:
    (one,) = [one for one in found if one.what == f"check.{what}"]
    return one


# A mailbox that is set up well


async def test_it_goes_through_the_list_of_a_careful_administrator(desk: Desk, hook: Hook) -> None:
    unread = desk.box.deliver(mail("A question"))
    desk.box.deliver(mail("An old one"), read=True)
    found = await desk.check(hook.url, processed_folder="Done")
    assert statuses(found) == []
    assert [one.what.removeprefix("check.") for one in found] == [
        "graph_sign_in", "graph_roles", "graph_folder", "graph_processed", "graph_draft", "graph_hook",
        "graph_subscription",
    ]  # fmt: skip
    signed_in = of("graph_sign_in", found).reason.params
    assert (signed_in["application"], signed_in["tenant"]) == (desk.server.client_id, desk.server.tenant)
    assert of("graph_folder", found).reason.params == {"folder": "Inbox", "count": 2, "unread": 1}
    assert of("graph_processed", found).reason.code == "check.special_folder_made_later"
    assert of("graph_roles", found).reason.code == "check.graph_roles_of_exchange"
    assert desk.box.messages("inbox")[0].id == unread
    assert desk.box.drafts == []
    assert desk.asked("DELETE", "/messages/") == desk.asked("DELETE", "/subscriptions/") == 1
    assert desk.box.outbound == []


async def test_a_short_secret_might_be_guessed(desk: Desk, hook: Hook) -> None:
    found = await desk.check(hook.url, secret="short")
    short, answers = (one for one in found if one.what == "check.graph_hook")
    assert (short.status, short.reason.code) == ("warning", "check.graph_hook_secret_short")
    assert answers.status == "ok"


async def test_a_subscription_is_tried_and_not_left_behind(desk: Desk, hook: Hook) -> None:
    found = await desk.check(hook.url)
    assert of("graph_subscription", found).reason.code == "check.graph_subscription_made"
    assert len(hook.handshakes) == 3, "once by us, twice by Graph"
    assert desk.server.subscriptions == []
    (asked,) = desk.server.asked("POST", "^/subscriptions$")
    body = json.loads(asked.body)
    assert SECRET not in body["clientState"], "its notices are nobody's"


async def test_every_watched_folder_is_read(desk: Desk) -> None:
    desk.box.make_folder("Orders", "inbox")
    found = await desk.check(graph_folders=("inbox", "Inbox/Orders", "Inbox/Nowhere"))
    folders = [one for one in found if one.what == "check.graph_folder"]
    assert [one.status for one in folders] == ["ok", "ok", "failed"]
    assert folders[2].reason.code == "graph.folder_missing"


async def test_a_folder_for_done_mail_that_may_not_be_made(desk: Desk) -> None:
    found = await desk.check(processed_folder="Done", graph_create_folders=False)
    assert statuses(found) == [("graph_processed", "graph.folder_missing")]
    desk.box.make_folder("Done")
    assert statuses(await desk.check(processed_folder="Done", graph_create_folders=False)) == []


async def test_no_hook_is_no_fault(desk: Desk) -> None:
    found = await desk.check(poll_interval=90)
    assert statuses(found) == []
    assert of("graph_hook", found).reason.params == {"seconds": 90}
    assert not desk.asked("", "/subscriptions")


# The sign-in and its rights


async def test_a_sign_in_that_is_refused_ends_what_needs_it(desk: Desk, hook: Hook) -> None:
    desk.server.trouble.wrong_secret()
    found = await desk.check(hook.url, CheckOptions(other_mailbox="boss@boutique.example"))
    assert statuses(found) == [("graph_sign_in", "graph.wrong_secret")]
    assert [one.what for one in found] == ["check.graph_sign_in", "check.graph_hook"]
    assert desk.server.requests == []


async def test_a_grant_for_the_whole_tenant_is_a_warning(desk: Desk) -> None:
    desk.server.roles = ("Mail.ReadWrite", "Mail.Send", "Files.Read.All", "Directory.Read.All")
    found = await desk.check()
    roles = [one for one in found if one.what == "check.graph_roles"]
    assert [(one.status, one.reason.params["roles"]) for one in roles] == [
        ("warning", "Mail.ReadWrite, Mail.Send"),
        ("warning", "Directory.Read.All, Files.Read.All"),
    ]


async def test_an_application_that_is_not_let_in_here(desk: Desk, hook: Hook) -> None:
    desk.let_in("somebody@boutique.example")
    found = await desk.check(hook.url, processed_folder="Done")
    assert statuses(found)[0] == ("graph_folder", "graph.access_denied")
    assert not {"check.graph_draft", "check.graph_processed"} & {one.what for one in found}, "it is said once"


async def test_a_right_to_read_alone_is_not_enough(desk: Desk) -> None:
    desk.server.scoped_roles = {"Mail.Read": {desk.box.address}}
    assert statuses(await desk.check()) == [("graph_draft", "graph.access_denied")]


async def test_a_draft_that_cannot_be_deleted_is_told(desk: Desk) -> None:
    desk.timeouts = Timeouts(patience=0.01)
    desk.server.trouble.throttle(1, 503, None, path="^DELETE")
    found = await desk.check()
    assert statuses(found) == [("graph_draft", "check.graph_draft_left")]
    assert desk.box.drafts[0].subject == of("graph_draft", found).reason.params["subject"]


@pytest.mark.parametrize(("days", "status"), [(90, "ok"), (31, "ok"), (29, "warning")])
async def test_a_certificate_that_is_about_to_end(desk: Desk, tmp_path: Path, days: int, status: str) -> None:
    pem, certificate = a_certificate(days)
    (tmp_path / "app.pem").write_bytes(pem)
    desk.server.add_certificate(certificate)
    found = await desk.check(azure_client_secret=None, azure_client_certificate=str(tmp_path / "app.pem"))
    assert of("graph_sign_in", found).status == "ok"
    assert of("graph_certificate", found).status == status


def a_certificate(days: int) -> tuple[bytes, bytes]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "app")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days, hours=1))
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()) + certificate, certificate


# A mailbox that is not ours


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("closed@boutique.example", "ok", "other_refused"),
        ("open@boutique.example", "warning", "other_read"),
        ("nobody@boutique.example", "warning", "other_unknown"),
        ("ours", "warning", "other_is_ours"),
    ],
)
async def test_another_mailbox_must_be_out_of_reach(desk: Desk, address: str, status: str, code: str) -> None:
    for other in ("closed", "open"):
        desk.server.mailbox(f"{other}@boutique.example").deliver(mail("Secret"))
    desk.let_in(desk.box.address, "open@boutique.example")
    given = desk.box.address.upper() if address == "ours" else address
    found = of("other_mailbox", await desk.check(options=CheckOptions(other_mailbox=given)))
    assert (found.status, found.reason.code) == (status, f"check.{code}")
    assert not [one for one in desk.server.asked("", address) if "messages" in one.path], "no mail of others is read"


# The hook


@pytest.mark.parametrize(
    "answer",
    [(200, "text/plain", b"hello"), (404, "text/plain", b"no"), (302, "text/plain", b""), (200, "text/html", None)],
)
async def test_a_hook_that_answers_something_else(
    desk: Desk, hook: Hook, answer: tuple[int, str, bytes | None]
) -> None:
    status, kind, body = answer
    hook.shake = lambda token: (status, kind, token.encode() if body is None else body)
    found = await desk.check(hook.url)
    assert statuses(found) == [
        ("graph_hook", "check.graph_hook_other_answer"),
        ("graph_subscription", "check.graph_subscription_untried"),
    ]
    assert of("graph_hook", found).status == "failed"
    assert not desk.asked("POST", "/subscriptions")


async def test_a_hook_that_leads_elsewhere(desk: Desk, hook: Hook) -> None:
    def shake(token: str) -> tuple[int, str, bytes]:
        there = f"text/plain\r\nLocation: {hook.url}?validationToken={quote(token)}"
        return (307, there, b"") if len(hook.handshakes) == 1 else (200, "text/plain", token.encode())

    hook.shake = shake
    told = of("graph_hook", await desk.check(hook.url))
    assert (told.reason.code, told.reason.params["status"]) == ("check.graph_hook_other_answer", 307)


async def test_a_hook_that_cannot_be_reached(desk: Desk) -> None:
    silent = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    options = CheckOptions(hook_timeout=0.2)
    told = of("graph_hook", await desk.check(f"https://127.0.0.1:{port}/hook", options))
    assert told.reason.code == "check.graph_hook_silent"
    silent.close()
    told = of("graph_hook", await desk.check(f"https://127.0.0.1:{port}/hook?key=canary", options))
    assert (told.status, told.reason.code) == ("failed", "check.graph_hook_unreachable")
    assert "canary" not in render(told.reason), "a secret in the address is not shown"


async def test_a_hook_with_a_certificate_of_nobody(desk: Desk, tmp_path: Path) -> None:
    with Hook(Stranger(tmp_path)) as stranger:  # type: ignore[arg-type]
        told = of("graph_hook", await desk.check(stranger.url))
    assert (told.status, told.reason.code) == ("failed", "check.graph_hook_certificate")


@dataclass
class Stranger:
    home: Path

    def hook_certificate(self) -> tuple[Path, Path]:
        Authority(self.home / "stranger").context("hook")
        return self.home / "stranger" / "hook.pem", self.home / "stranger" / "hook.key"


async def test_a_hook_out_of_sight_is_a_warning_while_a_subscription_lives(desk: Desk) -> None:
    await desk.keep("https://hook.invalid/hook")
    told = of("graph_hook", await desk.check("https://127.0.0.1:1/hook"))
    assert (told.status, told.reason.code) == ("warning", "check.graph_hook_unreachable")


# The subscription


async def test_the_live_subscription_is_looked_at_and_left_alone(desk: Desk, hook: Hook) -> None:
    kept = await desk.keep(hook.url, id=(await made(desk, hook)), last_notice=datetime.now(UTC))
    desk.server.requests.clear()
    found = await desk.check(hook.url)
    assert statuses(found) == []
    assert of("graph_subscription", found).reason.code == "check.graph_subscription_lives"
    assert [one.method for one in desk.server.asked("", "^/subscriptions")] == ["GET"]
    assert [one.id for one in desk.server.subscriptions if one.box is desk.box] == [kept.id]


async def made(desk: Desk, hook: Hook) -> str:
    settings = desk.settings()
    sign_in = SignIn(settings)
    client = Client(settings, sign_in)
    answer = await client.root(
        "POST",
        "/subscriptions",
        {
            "changeType": "created",
            "notificationUrl": hook.url,
            "resource": f"/users/{desk.box.address}/mailFolders('inbox')/messages",
            "expirationDateTime": f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%dT%H:%M:%SZ}",
        },
    )
    await client.close()
    await sign_in.close()
    return str(answer.body["id"])


async def test_a_subscription_that_graph_does_not_know(desk: Desk, hook: Hook) -> None:
    await desk.keep(hook.url)
    assert statuses(await desk.check(hook.url)) == [("graph_subscription", "check.graph_subscription_gone")]


async def test_a_problem_that_is_noted_may_be_over(desk: Desk, hook: Hook) -> None:
    await desk.keep(hook.url, id="", problem=Reason("graph.access_denied", {"mailbox": "x", "code": "403"}))
    found = await desk.check(hook.url)
    assert statuses(found) == []
    assert found[-1].reason.code == "check.graph_subscription_made"


async def test_a_problem_of_one_that_lives_is_told(desk: Desk, hook: Hook) -> None:
    await desk.keep(hook.url, problem=Reason("graph.access_denied", {"mailbox": "x", "code": "403"}))
    assert statuses(await desk.check(hook.url)) == [("graph_subscription", "graph.access_denied")]


async def test_a_subscription_that_nobody_wants_any_more(desk: Desk) -> None:
    await desk.keep("https://hook.invalid/hook")
    assert statuses(await desk.check()) == [("graph_subscription", "check.graph_subscription_unwanted")]


async def test_a_hook_that_graph_cannot_validate(desk: Desk, hook: Hook) -> None:
    ours: list[str] = []
    hook.shake = lambda token: (200 if not ours else 403, "text/plain", ours.append(token) or token.encode())
    found = await desk.check(hook.url)
    assert statuses(found) == [("graph_subscription", "check.graph_subscription_not_validated")]
    assert found[-1].status == "failed"


async def test_a_right_that_does_not_count_for_subscriptions(desk: Desk, hook: Hook) -> None:
    desk.server.trouble.throttle(1, 403, None, path="^POST /subscriptions")
    found = await desk.check(hook.url)
    assert statuses(found) == [("graph_subscription", "check.graph_subscription_forbidden")]


# The command


async def test_the_command_with_all_its_options(desk: Desk, tmp_path: Path) -> None:
    settings = desk.settings()
    desk.server.mailbox("boss@boutique.example")
    names = (
        "mailbox_user_id", "azure_tenant_id", "azure_client_id", "azure_authority", "graph_base_url", "mail_ca_file",
    )  # fmt: skip
    environ = {name.upper(): str(getattr(settings, name)) for name in names} | {
        "AZURE_CLIENT_SECRET": desk.server.client_secret,
        "AZURE_INSTANCE_DISCOVERY": "false",
        "REPONDEUR_DATA_DIR": str(tmp_path / "data"),
        "MODEL": "builtin",
        "LANG": "C.UTF-8",
    }
    ended = await Agent(environ, tmp_path).run(
        "repondeur", "check", "--json", "--send-test", "--other-mailbox", "boss@boutique.example"
    )
    found = {one["code"]: one for one in map(json.loads, ended.out.splitlines())}
    assert ended.code == 0, ended.out + ended.err
    assert {"check.other_refused", "check.test_sent", "check.test_arrived", "check.graph_draft_written"} <= set(found)
    assert all(one["mailbox"] == desk.box.address for code, one in found.items() if "graph" in code)
    (sent,) = desk.box.outbound
    assert sent.recipients == (desk.box.address,)
    (arrived,) = desk.box.messages("inbox")
    assert not arrived.is_read
    assert b"Auto-Submitted:" in arrived.raw
