"""Notices with data: whose they are, and what they say."""

import asyncio
import base64
import hashlib
import hmac
import json
import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from tests.support.graph.server import GraphServer
from tests.support.graph_parts import graph_settings

from repondeur.errors import MailboxUnavailable
from repondeur.mailboxes.graph.authority import Authority
from repondeur.mailboxes.graph.keys import KeyRing, PublicPart
from repondeur.mailboxes.graph.rich import PUBLISHER, RichNotices

US = "support@boutique.example"
SAID = {"id": "AAMk", "subject": "Où est ma commande ?", "isRead": False}


class Clock:
    now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphServer]:
    """One for all: its clock goes on, its keys change."""
    with GraphServer(tmp_path_factory.mktemp("graph")) as server:
        yield server


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> KeyRing:
    return KeyRing(tmp_path_factory.mktemp("data") / "graph-keys", clock)


@pytest.fixture(scope="module")
def opener(ring: KeyRing, clock: Clock) -> RichNotices:
    return RichNotices(ring, [], clock)


@pytest.fixture
async def rich(graph: GraphServer, ring: KeyRing) -> AsyncIterator[RichNotices]:
    notices = RichNotices(ring, [graph_settings(graph, US)], graph.now)
    yield notices
    await notices.close()


def sealed(public: PublicPart, said: object = SAID, **changed: Any) -> dict[str, Any]:
    """As Graph does it. said: bytes as they are, anything else as JSON. key: of AES; iv: other than its beginning."""
    key = changed.pop("key", None) or os.urandom(32)
    iv = changed.pop("iv", key[:16])
    plain = said if isinstance(said, bytes) else json.dumps(said).encode()
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(key[:32]), modes.CBC(iv)).encryptor()
    data = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    certificate = x509.load_der_x509_certificate(base64.b64decode(public.certificate))
    to = certificate.public_key()
    assert isinstance(to, rsa.RSAPublicKey)
    content = {
        "data": base64.b64encode(data).decode(),
        "dataSignature": base64.b64encode(hmac.digest(key, data, hashlib.sha256)).decode(),
        "dataKey": base64.b64encode(to.encrypt(key, OAEP(MGF1(hashes.SHA1()), hashes.SHA1(), None))).decode(),
        "encryptionCertificateId": public.id,
        "encryptionCertificateThumbprint": "0" * 40,
    }
    return content | changed


# What they say


def test_what_graph_encrypted_is_read(opener: RichNotices, ring: KeyRing) -> None:
    assert opener.opened(sealed(ring.current())) == SAID


def other(text: str) -> str:
    """The same octets but for one bit."""
    octets = bytearray(base64.b64decode(text))
    octets[len(octets) // 2] ^= 1
    return base64.b64encode(octets).decode()


@pytest.mark.parametrize("part", ["data", "dataSignature", "dataKey"])
@pytest.mark.parametrize(
    "how", ["bit", "empty", "none", "number", "list", "no base64", "not ascii", "missing", "short"]
)
def test_what_was_tampered_with_says_nothing(opener: RichNotices, ring: KeyRing, part: str, how: str) -> None:
    content = sealed(ring.current())
    value: Any = {
        "bit": other(content[part]), "empty": "", "null": None, "number": 7, "list": [content[part]],
        "line": content[part][:-1] + "\n", "not ascii": "é" + content[part][1:], "short": content[part][4:],
    }.get(how)  # fmt: skip
    if how == "missing":
        del content[part]
    else:
        content[part] = value
    assert opener.opened(content) is None


@pytest.mark.parametrize("content", [None, 7, "x", [], {}, {"encryptionCertificateId": ["x"]}])
def test_what_is_no_encrypted_content_says_nothing(opener: RichNotices, content: object) -> None:
    assert opener.opened(content) is None


@pytest.mark.parametrize(
    "said", [b"", b"no json", b"[1]", b'"text"', b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000], ids=range(7)
)
def test_what_is_no_json_object_says_nothing(opener: RichNotices, ring: KeyRing, said: bytes) -> None:
    assert opener.opened(sealed(ring.current(), said)) is None


def test_a_key_that_is_not_for_aes_256_says_nothing(opener: RichNotices, ring: KeyRing) -> None:
    assert opener.opened(sealed(ring.current(), key=os.urandom(16))) is None
    assert opener.opened(sealed(ring.current(), key=os.urandom(33))) is None


def test_data_that_is_signed_but_not_padded_says_nothing(opener: RichNotices, ring: KeyRing) -> None:
    key = os.urandom(32)
    content = sealed(ring.current(), key=key)
    data = os.urandom(15)
    content["data"] = base64.b64encode(data).decode()
    content["dataSignature"] = base64.b64encode(hmac.digest(key, data, hashlib.sha256)).decode()
    assert opener.opened(content) is None


def test_what_is_encrypted_to_another_key_says_nothing(
    opener: RichNotices, ring: KeyRing, clock: Clock, tmp_path: Path
) -> None:
    strangers = KeyRing(tmp_path / "others", clock).current()
    assert opener.opened(sealed(strangers)) is None
    assert opener.opened(sealed(strangers, encryptionCertificateId=ring.current().id)) is None
    assert not opener.knows(sealed(strangers))


def test_a_key_of_before_still_opens(opener: RichNotices, ring: KeyRing, clock: Clock) -> None:
    content = sealed(ring.current())
    clock.now += timedelta(days=91)
    assert ring.current().id != content["encryptionCertificateId"]
    assert opener.opened(content) == SAID


# Whose they are


async def believed(rich: RichNotices, graph: GraphServer, *tokens: object, tenant: str = "", app: str = "") -> bool:
    return await rich.verified(list(tokens), {tenant or graph.tenant}, {app or graph.client_id})


async def test_graph_is_believed(rich: RichNotices, graph: GraphServer) -> None:
    token = graph.entra.notice_token()
    assert await believed(rich, graph, token)
    assert await believed(rich, graph, token, token)
    second = {"ver": "2.0", "azp": PUBLISHER, "appid": None, "iss": f"{graph.authority}/{graph.tenant}/v2.0"}
    assert await believed(rich, graph, graph.entra.notice_token(**second))
    assert await believed(rich, graph, token, tenant=graph.tenant.upper(), app=graph.client_id.upper())


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "another-application"},
        {"aud": ["c0ffee00-aaaa-4bbb-8ccc-123456789abc"]},
        {"iss": "https://sts.windows.net/00000000-0000-0000-0000-000000000000/"},
        {"iss": "https://sts.windows.net.evil.example/7d3f5c0e-1b2a-4f4e-9a8b-0c1d2e3f4a5b/"},
        {"iss": ""},
        {"appid": "00000000-0000-0000-0000-000000000000"},
        {"appid": None, "azp": PUBLISHER},
        {"ver": "2.0"},
        {"ver": "2.0", "appid": None, "azp": PUBLISHER},
        {"exp": -301},
        {"exp": None},
        {"exp": "tomorrow"},
        {"nbf": 310},
        {"nbf": "today"},
    ],
    ids=str,
)
async def test_a_token_that_is_wrong_in_one_thing_is_not(
    rich: RichNotices, graph: GraphServer, wrong: dict[str, Any]
) -> None:
    now = int(graph.now().timestamp())
    wrong = {name: now + value if isinstance(value, int) else value for name, value in wrong.items()}
    good, bad = graph.entra.notice_token(), graph.entra.notice_token(**wrong)
    assert not await believed(rich, graph, bad)
    assert not await believed(rich, graph, good, bad)


async def test_an_old_token_is_not(rich: RichNotices, graph: GraphServer) -> None:
    token = graph.entra.notice_token()
    graph.advance(seconds=3600 + 200)
    assert await believed(rich, graph, token)
    graph.advance(seconds=101)
    assert not await believed(rich, graph, token)


@pytest.mark.parametrize(
    "tokens", [None, "x", {}, [], [None], [7], ["x"], ["a.b.c"], ["é.é.é"], ["x" * 9000], ["x"] * 100], ids=range(11)
)
async def test_what_is_no_list_of_tokens_is_not(rich: RichNotices, graph: GraphServer, tokens: object) -> None:
    assert not await rich.verified(tokens, {graph.tenant}, {graph.client_id})


async def test_every_application_and_tenant_needs_its_token(rich: RichNotices, graph: GraphServer) -> None:
    token = graph.entra.notice_token()
    assert not await rich.verified([token], {graph.tenant, "another.example"}, {graph.client_id})
    assert not await rich.verified([token], {graph.tenant}, {graph.client_id, "another"})


def forged(graph: GraphServer, key: Any, algorithm: str, **header: Any) -> str:
    """The claims of a good token, signed by somebody else."""
    good = graph.entra.notice_token()
    claims = jwt.decode(good, options={"verify_signature": False})
    headers = {"kid": jwt.get_unverified_header(good)["kid"]} | header
    return jwt.encode(claims, key, algorithm=algorithm, headers=headers)


async def test_who_signs_with_another_key_is_not(rich: RichNotices, graph: GraphServer) -> None:
    stranger = rsa.generate_private_key(65537, 2048)
    assert not await believed(rich, graph, forged(graph, stranger, "RS256"))
    graph.advance(seconds=61)
    assert not await believed(rich, graph, forged(graph, stranger, "RS256", kid="his-own"))
    graph.advance(seconds=61)
    assert not await believed(rich, graph, forged(graph, stranger, "RS256", kid=""))
    assert not await believed(rich, graph, forged(graph, stranger, "PS256"))
    own = {"jwk": jwt.algorithms.RSAAlgorithm.to_jwk(stranger.public_key(), as_dict=True)}
    assert not await believed(rich, graph, forged(graph, stranger, "RS256", **own))


async def test_no_signature_and_signatures_by_secret_are_not(rich: RichNotices, graph: GraphServer) -> None:
    published = graph.entra.keys()["keys"][0]
    assert not await believed(rich, graph, forged(graph, None, "none"))
    assert not await believed(rich, graph, forged(graph, published["n"].encode(), "HS256"))
    head, body, _ = graph.entra.notice_token().split(".")
    assert not await believed(rich, graph, f"{head}.{body}.")


# Keys of the authority


async def test_new_keys_are_read_when_they_are_needed_but_once_a_minute(rich: RichNotices, graph: GraphServer) -> None:
    old = graph.entra.notice_token()
    assert await believed(rich, graph, old)
    graph.entra.rotate_keys(keep=True)
    new = graph.entra.notice_token()
    with pytest.raises(MailboxUnavailable):  # Graph delivers it again
        await believed(rich, graph, new)
    graph.advance(seconds=61)
    assert await believed(rich, graph, new)
    assert await believed(rich, graph, old)


async def test_a_key_that_was_withdrawn_is_believed_for_a_day_at_most(rich: RichNotices, graph: GraphServer) -> None:
    assert await believed(rich, graph, graph.entra.notice_token())
    lasting = graph.entra.notice_token(exp=int(graph.now().timestamp()) + 10 * 86400)
    graph.entra.rotate_keys()
    assert await believed(rich, graph, lasting)
    graph.advance(days=1)
    assert not await believed(rich, graph, lasting)


async def test_without_the_keys_nothing_is_decided(rich: RichNotices, graph: GraphServer) -> None:
    token = graph.entra.notice_token()
    graph.trouble.offline()
    for _ in range(2):
        with pytest.raises(MailboxUnavailable) as raised:
            await believed(rich, graph, token)
        assert raised.value.reason.code == "graph.keys_not_published"
    graph.trouble.online()
    graph.advance(seconds=61)
    assert await believed(rich, graph, token)


async def test_keys_in_hand_last_while_the_authority_is_away(rich: RichNotices, graph: GraphServer) -> None:
    token = graph.entra.notice_token(exp=int(graph.now().timestamp()) + 10 * 86400)
    assert await believed(rich, graph, token)
    graph.trouble.offline()
    graph.advance(days=2)
    try:
        assert await believed(rich, graph, token)
    finally:
        graph.trouble.online()


async def test_a_tenant_may_be_given_as_a_domain(graph: GraphServer, ring: KeyRing) -> None:
    domain = "boutique.onmicrosoft.example"
    rich = RichNotices(ring, [graph_settings(graph, US, azure_tenant_id=domain)], graph.now)
    assert await believed(rich, graph, graph.entra.notice_token(), tenant=domain)
    strange = graph.entra.notice_token(iss="https://sts.windows.net/boutique.onmicrosoft.example/")
    assert not await believed(rich, graph, strange, tenant=domain)
    await rich.close()


async def test_a_domain_that_nobody_knows_is_not_decided(graph: GraphServer, ring: KeyRing) -> None:
    rich = RichNotices(ring, [graph_settings(graph, US, azure_tenant_id="elsewhere.example")], graph.now)
    with pytest.raises(MailboxUnavailable):
        await believed(rich, graph, graph.entra.notice_token(), tenant="elsewhere.example")
    await rich.close()


async def test_an_authority_that_does_not_answer_is_not_waited_for(graph: GraphServer, ring: KeyRing) -> None:
    silent = await asyncio.start_server(lambda *_: asyncio.sleep(0), "127.0.0.1", 0)
    url = f"https://localhost:{silent.sockets[0].getsockname()[1]}"
    rich = RichNotices(ring, [graph_settings(graph, US, azure_authority=url)], graph.now, seconds=0.2)
    with pytest.raises(MailboxUnavailable):
        await believed(rich, graph, graph.entra.notice_token())
    await rich.close()
    silent.close()


def test_who_issues_in_the_clouds(graph: GraphServer) -> None:
    issuers = {
        authority: Authority(graph_settings(graph, US, azure_authority=authority), graph.now).issuer("t")
        for authority in (
            "https://login.microsoftonline.com",
            "https://login.microsoftonline.us",
            "https://login.partner.microsoftonline.cn",
        )
    }
    assert list(issuers.values()) == [
        "https://sts.windows.net/t/",
        "https://sts.windows.net/t/",
        "https://sts.chinacloudapi.cn/t/",
    ]
