"""Signing in to Entra ID: by secret, certificate and federated token; renewed in time; each refusal told apart."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from structlog.testing import capture_logs
from tests.support.graph.server import GraphServer
from tests.support.graph.wire import Request, Response
from tests.support.graph_parts import graph_settings
from tests.support.odd_server import serving
from tests.support.scripted import free_port, server_context

from repondeur.errors import LoginRefused, MailboxUnavailable, RepondeurError, SettingsError
from repondeur.mailboxes.graph.sign_in import SignIn, scope

DESK = "desk@boutique.example"


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphServer]:
    with GraphServer(tmp_path_factory.mktemp("graph")) as running:
        yield running


@pytest.fixture
def server(house: GraphServer) -> GraphServer:
    house.trouble.sign_in_works()
    house.trouble.token_lifetime = 3599
    house.entra.sign_ins.clear()
    return house


@asynccontextmanager
async def signing_in(server: GraphServer, clock: Clock | None = None, **changes: Any) -> AsyncIterator[SignIn]:
    sign_in = SignIn(graph_settings(server, DESK, **changes), clock=clock or Clock())
    try:
        yield sign_in
    finally:
        await sign_in.close()


async def test_certificates_as_other_programs_are_told_them(server, monkeypatch):
    """REQUESTS_CA_BUNDLE, of which MSAL alone would know."""
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    assert (await refused(server, mail_ca_file=None)).reason.code == "graph.certificate_untrusted"
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(server.ca_file))
    async with signing_in(server, mail_ca_file=None) as sign_in:
        assert await sign_in.token()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    with pytest.raises(SettingsError) as told:
        SignIn(graph_settings(server, DESK, mail_ca_file=None))
    assert told.value.reason.params == {"file": "/nowhere/ca.pem"}


async def refused(server: GraphServer, **changes: Any) -> RepondeurError:
    async with signing_in(server, **changes) as sign_in:
        with pytest.raises(RepondeurError) as told:
            await sign_in.token()
    return told.value


def key_pair(name: str) -> str:
    """A private key and its self-signed certificate, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30)).sign(key, hashes.SHA256())
    )  # fmt: skip
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return (private + certificate.public_bytes(serialization.Encoding.PEM)).decode()


# -- by what


async def test_by_secret(server):
    async with signing_in(server) as sign_in:
        token = await sign_in.token()
        claims = await sign_in.claims()
    assert server.entra.check(f"Bearer {token}")["aud"] == "https://graph.microsoft.com"
    assert (claims["tid"], claims["appid"], claims["roles"]) == (
        server.tenant,
        server.client_id,
        ["Mail.ReadWrite", "Mail.Send"],
    )


async def test_a_token_without_roles_is_no_error(server):
    """RBAC for Applications grants without roles in the token."""
    server.roles, before = (), server.roles
    try:
        async with signing_in(server) as sign_in:
            assert "roles" not in await sign_in.claims()
    finally:
        server.roles = before


async def test_by_certificate_as_text(server):
    pem = key_pair("agent")
    server.add_certificate(pem[pem.index("-----BEGIN CERTIFICATE") :].encode())
    async with signing_in(server, azure_client_secret=None, azure_client_certificate=pem) as sign_in:
        assert server.entra.check(f"Bearer {await sign_in.token()}")


async def test_a_certificate_that_was_replaced_is_taken_after_a_refusal(server, tmp_path):
    file, clock = tmp_path / "agent.pem", Clock()
    file.write_text(key_pair("unregistered"))
    async with signing_in(server, clock, azure_client_secret=None, azure_client_certificate=str(file)) as sign_in:
        with pytest.raises(LoginRefused) as told:
            await sign_in.token()
        assert told.value.reason.code == "graph.assertion_refused"
        assert told.value.reason.params["error"] == "AADSTS700027"
        registered = key_pair("registered")
        server.add_certificate(registered[registered.index("-----BEGIN CERTIFICATE") :].encode())
        file.write_text(registered)
        clock.now += 400
        assert await sign_in.token()


async def test_a_certificate_file_that_is_gone_says_so(server, tmp_path):
    missing = str(tmp_path / "gone.pem")
    error = await refused(server, azure_client_secret=None, azure_client_certificate=missing)
    assert isinstance(error, LoginRefused)
    assert "AZURE_CLIENT_CERTIFICATE" in str(error)


async def test_by_federated_token_read_anew_each_time(server, tmp_path):
    file, clock = tmp_path / "token", Clock()
    file.write_text("first.federated.token\n")
    server.entra.federated.add("first.federated.token")
    async with signing_in(server, clock, azure_client_secret=None, azure_federated_token_file=file) as sign_in:
        first = await sign_in.token()
        server.entra.federated.clear()
        server.entra.federated.add("second.federated.token")
        file.write_text("second.federated.token\n")
        assert await sign_in.another(first) != first
        file.unlink()
        clock.now += 4000
        with pytest.raises(MailboxUnavailable) as told:
            await sign_in.token()
    assert told.value.reason.code == "graph.assertion_unreadable"


@pytest.mark.parametrize(
    ("base", "wanted"),
    [
        ("https://graph.microsoft.com/v1.0", "https://graph.microsoft.com/.default"),
        ("https://graph.microsoft.us/v1.0", "https://graph.microsoft.us/.default"),
        ("https://dod-graph.microsoft.us/v1.0", "https://dod-graph.microsoft.us/.default"),
        ("https://microsoftgraph.chinacloudapi.cn/v1.0", "https://microsoftgraph.chinacloudapi.cn/.default"),
        ("https://gateway.example:8443/graph/v1.0", "https://graph.microsoft.com/.default"),
    ],
)
def test_the_scope_is_that_of_the_cloud(server, base, wanted):
    assert scope(graph_settings(server, DESK, graph_base_url=base)) == wanted


# -- how long


async def test_a_token_is_kept_and_renewed_five_minutes_before_its_end(server):
    clock = Clock()
    async with signing_in(server, clock) as sign_in:
        first = await sign_in.token()
        clock.now += 3599 - 310
        assert await sign_in.token() == first
        assert server.entra.sign_ins == [""]
        clock.now += 20
        assert await sign_in.token() != first
        assert server.entra.sign_ins == ["", ""]


async def test_many_who_come_at_once_sign_in_once(server):
    async with signing_in(server) as sign_in:
        assert len(set(await asyncio.gather(*(sign_in.token() for _ in range(30))))) == 1
    assert server.entra.sign_ins == [""]


async def test_the_old_token_is_used_while_it_lives_and_entra_is_away(server):
    clock = Clock()
    async with signing_in(server, clock) as sign_in:
        first = await sign_in.token()
        server.trouble.sign_in_down()
        clock.now += 3400
        with capture_logs() as logged:
            assert await sign_in.token() == first
        assert "graph.token_not_renewed" in [row["event"] for row in logged]
        clock.now += 300
        with pytest.raises(MailboxUnavailable):
            await sign_in.token()


async def test_a_refused_token_is_renewed_once_for_all_who_had_it(server):
    async with signing_in(server) as sign_in:
        first = await sign_in.token()
        renewed = set(await asyncio.gather(*(sign_in.another(first) for _ in range(20))))
        assert len(renewed) == 1
        assert renewed != {first}
        assert await sign_in.another(first) in renewed  # who was late
        assert server.entra.sign_ins == ["", ""]


async def test_whoever_gives_up_waiting_takes_nothing_from_the_others(server):
    async with signing_in(server) as sign_in:
        impatient, patient = asyncio.create_task(sign_in.token()), asyncio.create_task(sign_in.token())
        await asyncio.sleep(0)
        impatient.cancel()
        assert await patient
    assert server.entra.sign_ins == [""]


# -- refusals


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("7000215", "graph.wrong_secret"),
        ("7000222", "graph.secret_expired"),
        ("700016", "graph.unknown_application"),
        ("7000229", "graph.unknown_application"),
        ("700027", "graph.assertion_refused"),
        ("700213", "graph.assertion_refused"),
        ("65001", "graph.no_consent"),
        ("53003", "graph.conditional_access"),
        ("500011", "graph.wrong_cloud"),
        ("7000216", "graph.sign_in_refused"),
    ],
)
async def test_each_refusal_has_its_own_message(server, number, code):
    server.trouble.refuse_sign_in(number)
    error = await refused(server)
    assert isinstance(error, LoginRefused)
    assert error.reason.code == code
    assert f"AADSTS{number}" in str(error)
    assert error.hint("en")
    assert error.hint("fr")
    assert error.hint("en") != error.hint("fr")


async def test_a_wrong_secret_is_told_without_the_secret(server, caplog):
    with caplog.at_level(logging.DEBUG), capture_logs() as logged:
        error = await refused(server, azure_client_secret="not~the.secret")
    assert error.reason.code == "graph.wrong_secret"
    assert error.reason.params["application"] == server.client_id
    assert "not~the.secret" not in f"{error} {error.hint()} {logged} {caplog.text}"


async def test_neither_token_nor_secret_is_logged(server, caplog):
    with caplog.at_level(logging.DEBUG), capture_logs() as logged:
        async with signing_in(server) as sign_in:
            token = await sign_in.token()
    assert "graph.signed_in" in [row["event"] for row in logged]
    text = f"{logged} {caplog.text} {vars(sign_in)}"
    assert token not in text
    assert server.client_secret not in text


async def test_an_unknown_tenant(server):
    error = await refused(server, azure_tenant_id="00000000-0000-4000-8000-000000000000")
    assert (error.reason.code, error.reason.params["error"]) == ("graph.unknown_tenant", "AADSTS90002")
    assert isinstance(error, LoginRefused)


async def test_a_failure_is_not_asked_for_again_at_once(server):
    clock = Clock()
    server.trouble.expired_secret()
    async with signing_in(server, clock) as sign_in:
        for _ in range(20):
            with pytest.raises(LoginRefused) as told:
                await sign_in.token()
            assert told.value.reason.code == "graph.secret_expired"
        assert server.entra.sign_ins == ["7000222"]
        server.trouble.sign_in_works()
        clock.now += 400
        assert await sign_in.token()


async def test_entra_that_is_busy_is_temporary(server):
    server.trouble.sign_in_down()
    error = await refused(server)
    assert isinstance(error, MailboxUnavailable)
    assert error.reason.code == "graph.server_busy"


async def test_entra_that_cannot_be_reached_is_temporary(server):
    error = await refused(server, azure_authority=f"https://localhost:{free_port()}")
    assert isinstance(error, MailboxUnavailable)
    assert error.reason.code == "graph.port_refused"


async def test_a_certificate_that_nobody_vouches_for(server):
    error = await refused(server, mail_ca_file=None)
    assert isinstance(error, MailboxUnavailable)
    assert error.reason.code == "graph.certificate_untrusted"
    assert "MAIL_CA_FILE" in error.hint()


# -- whose address it is


async def test_an_authority_that_microsoft_does_not_know(server):
    def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(400, json={"error": "invalid_instance", "error_description": "AADSTS50049: Unknown."})

    settings = graph_settings(server, DESK, azure_instance_discovery=True)
    sign_in = SignIn(settings, httpx2.Client(transport=httpx2.MockTransport(answer)))
    with pytest.raises(LoginRefused) as told:
        await sign_in.token()
    await sign_in.close()
    assert told.value.reason.code == "graph.unknown_authority"
    assert "AZURE_INSTANCE_DISCOVERY=false" in told.value.hint()


async def test_nobody_to_ask_about_the_authority(server):
    settings = graph_settings(server, DESK, azure_instance_discovery=True)
    sign_in = SignIn(settings, httpx2.Client(proxy=f"http://127.0.0.1:{free_port()}", trust_env=False))
    with pytest.raises(MailboxUnavailable) as told:
        await sign_in.token()
    await sign_in.close()
    assert told.value.reason.code == "graph.discovery_unreachable"
    assert "AZURE_INSTANCE_DISCOVERY=false" in told.value.hint()


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (404, b"<h1>Not here</h1>", "graph.authority_unusable"),
        (200, b"<h1>Please log in to the hotel</h1>", "graph.strange_answer"),
        (200, b"{}", "graph.authority_unusable"),
        (302, b"", "graph.strange_answer"),
        (503, b"", "graph.server_busy"),
        (429, b"", "graph.server_busy"),
    ],
)
async def test_an_address_that_is_no_entra(server, status, body, code):
    async def answer(_: Request) -> Response:
        return Response(status, body)

    with serving(answer, server_context(*server.hook_certificate())) as url:
        error = await refused(server, azure_authority=url)
    assert error.reason.code == code
