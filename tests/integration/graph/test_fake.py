"""The stand-in for Graph and Entra ID does what the documentation says, and refuses what it says is refused."""

import asyncio
import base64
import json
import re
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import jwt
import msal
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, hmac, padding, serialization
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from tests.support.certificates import Authority
from tests.support.eventually import eventually
from tests.support.graph.hook import Hook
from tests.support.graph.server import GraphServer

SUPPORT = "support@boutique.example"
IMMUTABLE = {"Prefer": 'IdType="ImmutableId"'}
SCOPE = ["https://graph.microsoft.com/.default"]


def mail(number: int = 1, subject: str = "Où est mon colis ?", **fields: str) -> bytes:
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return (
        f"From: Claire <claire@client.example>\r\nTo: {SUPPORT}\r\nSubject: {subject}\r\n"
        f"Message-ID: <{number}@client.example>\r\n{more}\r\nBonjour {number}\r\n"
    ).encode()


ANSWER = (
    f"From: La Boutique <{SUPPORT}>\r\nTo: claire@client.example\r\nBcc: archive@boutique.example\r\n"
    "Subject: Re: colis\r\nMessage-ID: <answer@boutique.example>\r\nIn-Reply-To: <1@client.example>\r\n"
    "Auto-Submitted: auto-replied\r\n\r\nIl arrive.\r\n"
).encode()


def sign_in(graph: GraphServer, credential: Any = None, **other: str) -> msal.ConfidentialClientApplication:
    trusting = requests.Session()
    trusting.trust_env = False
    trusting.verify = str(graph.ca_file)
    return msal.ConfidentialClientApplication(
        other.get("client_id", graph.client_id),
        client_credential=credential or graph.client_secret,
        authority=f"{graph.authority}/{other.get('tenant', graph.tenant)}",
        instance_discovery=False,
        http_client=trusting,
    )


class Client:
    """Requests below the mailbox, with immutable ids unless headers say otherwise. A path with / is of Graph itself."""

    def __init__(self, graph: GraphServer) -> None:
        self.graph = graph
        self.trust = ssl.create_default_context(cafile=str(graph.ca_file))
        self.http = httpx2.Client(verify=self.trust, trust_env=False)
        self.authorize()

    def authorize(self) -> None:
        form = {"grant_type": "client_credentials", "client_id": self.graph.client_id, "scope": SCOPE[0]}
        form["client_secret"] = self.graph.client_secret
        answer = self.http.post(f"{self.graph.authority}/{self.graph.tenant}/oauth2/v2.0/token", data=form).json()
        self.headers = {"Authorization": f"Bearer {answer['access_token']}"}

    def ask(self, method: str, path: str, *, headers: dict[str, str] | None = None, **given: Any) -> httpx2.Response:
        base = "" if path.startswith("https:") else self.graph.base_url
        base += f"/users/{SUPPORT}/" if base and not path.startswith("/") else ""
        return self.http.request(method, base + path, headers={**self.headers, **IMMUTABLE, **(headers or {})}, **given)

    def get(self, path: str, **given: Any) -> httpx2.Response:
        return self.ask("GET", path, **given)

    def post_mime(self, path: str, raw: bytes = ANSWER) -> httpx2.Response:
        return self.ask("POST", path, content=base64.b64encode(raw), headers={"Content-Type": "text/plain"})

    def subscribe(self, hook: Hook, headers: dict[str, str] | None = None, **changed: Any) -> httpx2.Response:
        wanted = {
            "changeType": "created",
            "notificationUrl": hook.url,
            "lifecycleNotificationUrl": f"{hook.url}?kind=life",
            "resource": f"/users/{SUPPORT}/mailFolders('inbox')/messages",
            "expirationDateTime": (datetime.now(UTC) + timedelta(minutes=10_065)).isoformat(),
            "clientState": "secret",
        }
        given = {name: value for name, value in (wanted | changed).items() if value is not None}
        return self.ask("POST", "/subscriptions", json=given, headers=headers)


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    """Status and code, of a body that is as Graph's."""
    error = answer.json()["error"]
    assert error["message"]
    assert error["innerError"]["request-id"] == answer.headers["request-id"]
    return answer.status_code, error["code"]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("graph") / "ca")


@pytest.fixture
def graph(tmp_path: Path, authority: Authority) -> Iterator[GraphServer]:
    with GraphServer(tmp_path, authority=authority) as server:
        server.mailbox(SUPPORT)
        yield server


@pytest.fixture
def client(graph: GraphServer) -> Iterator[Client]:
    client = Client(graph)
    yield client
    client.http.close()


@pytest.fixture
def hook(graph: GraphServer) -> Iterator[Hook]:
    with Hook(graph) as hook:
        yield hook


# Sign-in


def key_and_certificate(size: int = 2048) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=size)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1)
    )
    return key, builder.sign(key, hashes.SHA256())


def test_a_secret_gives_a_token_with_the_roles(graph: GraphServer, client: Client) -> None:
    graph.entra.sign_ins.clear()
    answer = sign_in(graph).acquire_token_for_client(SCOPE)
    claims = jwt.decode(answer["access_token"], options={"verify_signature": False})
    assert claims["roles"] == ["Mail.ReadWrite", "Mail.Send"]
    assert (claims["tid"], claims["appid"], claims["aud"]) == (graph.tenant, graph.client_id, SCOPE[0][:-9])
    assert graph.entra.sign_ins == [""]
    client.headers = {"Authorization": f"Bearer {answer['access_token']}"}
    assert client.get("messages").status_code == 200


@pytest.mark.parametrize(
    ("knob", "error", "code"),
    [
        ("wrong_secret", "invalid_client", 7000215),
        ("expired_secret", "invalid_client", 7000222),
        ("unknown_application", "unauthorized_client", 700016),
        ("no_consent", "invalid_grant", 65001),
    ],
)
def test_sign_in_is_refused_with_the_code_of_entra(graph: GraphServer, knob: str, error: str, code: int) -> None:
    application = sign_in(graph)
    getattr(graph.trouble, knob)()
    answer = application.acquire_token_for_client(SCOPE)
    assert (answer["error"], answer["error_codes"]) == (error, [code])
    assert f"AADSTS{code}: " in answer["error_description"]
    graph.trouble.sign_in_works()
    assert "access_token" in sign_in(graph).acquire_token_for_client(SCOPE)


def test_sign_in_may_be_down(graph: GraphServer) -> None:
    application = sign_in(graph)
    graph.trouble.sign_in_down()
    with pytest.raises(msal.exceptions.MsalServiceError, match="503"):
        application.acquire_token_for_client(SCOPE)


def test_sign_in_looks_at_what_is_given(graph: GraphServer) -> None:
    assert sign_in(graph, "guess").acquire_token_for_client(SCOPE)["error_codes"] == [7000215]
    assert sign_in(graph, client_id="other").acquire_token_for_client(SCOPE)["error_codes"] == [700016]
    wrong_scope = ["https://graph.microsoft.com/Mail.Read"]
    assert sign_in(graph).acquire_token_for_client(wrong_scope)["error_codes"] == [1002012]
    with pytest.raises(ValueError, match="authority"):
        sign_in(graph, tenant="nobody")


@pytest.mark.parametrize("thumbprint", [True, False])
def test_a_certificate_signs_in_when_it_is_registered(graph: GraphServer, thumbprint: bool) -> None:
    key, certificate = key_and_certificate()
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    credential = {"private_key": key.private_bytes(*plain).decode(), "public_certificate": pem.decode()}
    if thumbprint:
        credential["thumbprint"] = certificate.fingerprint(hashes.SHA1()).hex()
    assert sign_in(graph, credential).acquire_token_for_client(SCOPE)["error_codes"] == [700027]
    graph.add_certificate(pem)
    assert "access_token" in sign_in(graph, credential).acquire_token_for_client(SCOPE)


def test_tokens_end(graph: GraphServer, client: Client) -> None:
    assert client.get("messages").status_code == 200
    graph.trouble.revoke_tokens()
    assert refusal(client.get("messages")) == (401, "InvalidAuthenticationToken")
    client.authorize()
    assert client.get("messages").status_code == 200
    graph.advance(hours=2)
    answer = client.get("messages")
    assert refusal(answer) == (401, "InvalidAuthenticationToken")
    assert "invalid_token" in answer.headers["www-authenticate"]
    assert refusal(client.get("messages", headers={"Authorization": "Bearer x"})) == (401, "InvalidAuthenticationToken")


def test_roles_and_scope_decide_who_may(graph: GraphServer, client: Client) -> None:
    other = f"/users/{graph.mailbox('boss@boutique.example').user_id}/messages"
    assert client.get(other).status_code == 200
    assert refusal(client.get("/users/nobody@boutique.example/messages")) == (404, "ErrorInvalidUser")
    graph.allowed_mailboxes = {SUPPORT}
    assert refusal(client.get(other)) == (403, "ErrorAccessDenied")
    graph.roles = ()
    client.authorize()
    assert refusal(client.get("messages")) == (403, "ErrorAccessDenied")
    graph.scoped_roles = {"Mail.Read": {SUPPORT}}
    assert client.get("messages").status_code == 200
    assert refusal(client.post_mime("sendMail")) == (403, "ErrorAccessDenied")
    assert refusal(client.get(f"/users/{SUPPORT}")) == (403, "Authorization_RequestDenied")
    assert refusal(client.get("/me/messages")) == (400, "BadRequest")


# Reading


def test_a_message_is_told_as_json_and_given_as_mime(graph: GraphServer, client: Client) -> None:
    raw = mail(subject="=?utf-8?q?O=C3=B9_est_mon_colis_=3F?=", X_Spam="no")
    message_id = graph.mailbox(SUPPORT).deliver(raw, received=datetime(2026, 11, 20, 10, tzinfo=UTC))
    assert client.get(f"messages/{message_id}/$value").content == raw
    row = client.get(f"messages/{message_id}").json()
    assert (row["id"], row["subject"], row["isRead"]) == (message_id, "Où est mon colis ?", False)
    assert row["from"] == {"emailAddress": {"name": "Claire", "address": "claire@client.example"}}
    assert row["receivedDateTime"] == "2026-11-20T10:00:00Z"
    assert row["internetMessageId"] == "<1@client.example>"
    assert "internetMessageHeaders" not in row
    chosen = client.get(f"messages/{message_id}?$select=internetMessageHeaders").json()
    assert chosen.keys() == {"@odata.etag", "id", "internetMessageHeaders"}
    assert {"name": "X-Spam", "value": "no"} in chosen["internetMessageHeaders"]


def test_lists_are_paged_newest_first(graph: GraphServer, client: Client) -> None:
    box = graph.mailbox(SUPPORT)
    start = datetime(2026, 11, 20, 10, tzinfo=UTC)
    ids = [box.deliver(mail(n), received=start + timedelta(minutes=n)) for n in range(23)]
    found, link, pages = [], "mailFolders/inbox/messages?$select=subject", 0
    while link:
        page = client.get(link).json()
        found += [row["id"] for row in page["value"]]
        link, pages = page.get("@odata.nextLink"), pages + 1
    assert (found, pages) == (ids[::-1], 3)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("$filter=isRead eq false", [2, 0]),
        ("$filter=receivedDateTime ge 2026-11-20T10:01:00Z and isRead eq true", [1]),
        ("$filter=internetMessageId eq '<0@client.example>'", [0]),
        ("$filter=from/emailAddress/address eq 'claire@client.example'&$top=2", [2, 1]),
        ("$filter=receivedDateTime gt 2026-11-20T10:00:00Z&$orderby=receivedDateTime", [1, 2]),
        ("$orderby=receivedDateTime asc", [0, 1, 2]),
        ("$filter=isRead eq false&$orderby=receivedDateTime", (400, "InefficientFilter")),
        (
            "$filter=isRead eq false and receivedDateTime ge 2026-01-01T00:00:00Z&$orderby=receivedDateTime",
            (400, "InefficientFilter"),
        ),
        ("$filter=IsRead eq false", (400, "RequestBroker--ParseUri")),
        ("$filter=receivedDateTime ge '2026-11-20'", (400, "RequestBroker--ParseUri")),
        ("$filter=isRead eq 'false'", (400, "RequestBroker--ParseUri")),
        ("$filter=contains(subject,'x')", (501, "NotPlayed")),
        ("$select=subjekt", (400, "RequestBroker--ParseUri")),
        ("$select=Subject", (400, "RequestBroker--ParseUri")),
        ("$sort=subject", (400, "RequestBroker--ParseUri")),
        ("$top=1001", (400, "ErrorInvalidUrlQuery")),
    ],
)
def test_query_options(graph: GraphServer, client: Client, options: str, expected: Any) -> None:
    box = graph.mailbox(SUPPORT)
    start = datetime(2026, 11, 20, 10, tzinfo=UTC)
    ids = [box.deliver(mail(n), received=start + timedelta(minutes=n), read=n == 1) for n in range(3)]
    answer = client.get(f"messages?{options}")
    if isinstance(expected, tuple):
        assert refusal(answer) == expected
    else:
        assert [ids.index(row["id"]) for row in answer.json()["value"]] == expected


def test_ids_that_change_and_ids_that_stay_are_not_mixed(graph: GraphServer, client: Client) -> None:
    box = graph.mailbox(SUPPORT)
    stays = box.deliver(mail())
    plain = {"Prefer": "return=representation"}
    changes = client.get("messages", headers=plain).json()["value"][0]["id"]
    assert changes != stays
    assert client.get(f"messages/{changes}", headers=plain).status_code == 200
    assert refusal(client.get(f"messages/{stays}", headers=plain)) == (400, "ErrorInvalidIdMalformed")
    assert refusal(client.get(f"messages/{changes}")) == (404, "ErrorItemNotFound")
    assert refusal(client.get("messages/17")) == (400, "ErrorInvalidIdMalformed")
    moved = client.ask("POST", f"messages/{stays}/move", json={"destinationId": "archive"})
    assert (moved.status_code, moved.json()["id"], box.where(stays)) == (201, stays, "archive")
    assert refusal(client.get(f"messages/{changes}", headers=plain)) == (404, "ErrorItemNotFound")


def test_conversations_follow_references_and_answers_by_people(graph: GraphServer, client: Client) -> None:
    box = graph.mailbox(SUPPORT)
    first, other = box.deliver(mail(1)), box.deliver(mail(2))
    reply = box.person_replies(first, "Il arrive demain.")
    sent = box.message(reply)
    again = box.deliver(mail(3, "Re: autre", References=f"<x@y> {sent.facts['internetMessageId']}"))
    conversation = box.message(first).conversation_id
    assert [box.message(one).conversation_id == conversation for one in (reply, again, other)] == [True, True, False]
    rows = client.get(f"mailFolders/sentitems/messages?$filter=conversationId eq '{conversation}'").json()["value"]
    assert [row["id"] for row in rows] == [reply]
    assert [out.recipients for out in box.outbound] == [("claire@client.example",)]


# Delta


def test_delta_tells_what_changed(graph: GraphServer, client: Client) -> None:
    box = graph.mailbox(SUPPORT)
    ids = [box.deliver(mail(n)) for n in range(5)]
    first = client.get(
        "mailFolders/inbox/messages/delta?$select=subject",
        headers={"Prefer": 'IdType="ImmutableId", odata.maxpagesize=3'},
    ).json()
    assert (len(first["value"]), "@odata.deltaLink" in first) == (3, False)
    second = client.get(first["@odata.nextLink"]).json()
    assert {row["id"] for row in first["value"] + second["value"]} == set(ids)
    link = second["@odata.deltaLink"]
    assert client.get(link).json()["value"] == []
    box.mark_read(ids[0])
    box.delete(ids[1])
    box.move(ids[2], "archive")
    fresh = box.deliver(mail(9))
    changed = {row["id"]: row for row in client.get(link).json()["value"]}
    assert changed[ids[0]].keys() == {"@odata.type", "@odata.etag", "id", "isRead"}
    assert changed[ids[1]] == {"@removed": {"reason": "deleted"}, "id": ids[1]}
    assert changed[ids[2]]["@removed"]
    assert changed[fresh]["subject"] == "Où est mon colis ?"
    assert len(changed) == 4


def test_delta_options_are_for_the_first_call(graph: GraphServer, client: Client) -> None:
    box = graph.mailbox(SUPPORT)
    old = box.deliver(mail(1), received=datetime(2026, 1, 1, tzinfo=UTC))
    new = box.deliver(mail(2), received=datetime(2026, 11, 20, tzinfo=UTC))
    path = "mailFolders/inbox/messages/delta"
    answer = client.get(f"{path}?changeType=created&$filter=receivedDateTime ge 2026-11-01T00:00:00Z").json()
    assert [row["id"] for row in answer["value"]] == [new]
    box.mark_read(new)
    box.delete(old)
    assert client.get(answer["@odata.deltaLink"]).json()["value"] == []
    assert refusal(client.get(answer["@odata.deltaLink"] + "&$select=subject"))[0] == 400
    assert refusal(client.get(f"{path}?$filter=isRead eq false")) == (400, "ErrorInvalidUrlQueryFilter")
    assert refusal(client.get(f"{path}?$deltatoken=guess"))[0] == 400


def test_delta_may_start_over_repeat_and_have_empty_pages(graph: GraphServer, client: Client) -> None:
    box = graph.mailbox(SUPPORT)
    ids = [box.deliver(mail(n)) for n in range(2)]
    graph.trouble.delta_empty_pages()
    graph.trouble.delta_repeats()
    graph.trouble.delta_partial()
    empty = client.get("mailFolders/inbox/messages/delta?$select=subject").json()
    assert empty["value"] == []
    page = client.get(empty["@odata.nextLink"]).json()
    assert sorted(row["id"] for row in page["value"]) == sorted([*ids, page["value"][0]["id"]])
    assert ["subject" in row for row in page["value"]] == [False, True, True]
    graph.trouble.delta_reset(410)
    gone = client.get(page["@odata.deltaLink"])
    assert refusal(gone) == (410, "syncStateNotFound")
    assert len(client.get(gone.headers["location"]).json()["value"]) == 2
    graph.trouble.delta_reset(404)
    assert refusal(client.get(page["@odata.deltaLink"])) == (404, "syncStateNotFound")
    graph.trouble.links_to = "https://elsewhere.example/v1.0"
    assert client.get(page["@odata.deltaLink"]).json()["@odata.deltaLink"].startswith("https://elsewhere.example/")


# Answering and filing


def test_an_answer_in_mime_is_drafted_and_sent_once(graph: GraphServer, client: Client) -> None:
    box = graph.mailbox(SUPPORT)
    asked = box.deliver(mail())
    made = client.post_mime(f"messages/{asked}/createReply")
    draft = made.json()
    assert (made.status_code, draft["isDraft"], box.where(draft["id"])) == (201, True, "drafts")
    assert draft["conversationId"] == box.message(asked).conversation_id
    assert draft["toRecipients"][0]["emailAddress"]["address"] == "claire@client.example"
    assert box.outbound == []
    sent = client.ask("POST", f"messages/{draft['id']}/send")
    assert (sent.status_code, sent.content) == (202, b"")
    assert [item.id for item in box.sent] == [draft["id"]]
    (out,) = box.outbound
    assert out.recipients == ("claire@client.example", "archive@boutique.example")
    assert b"Auto-Submitted: auto-replied\r\n" in out.raw
    assert b"Bcc" not in out.raw
    assert refusal(client.ask("POST", f"messages/{draft['id']}/send")) == (400, "ErrorInvalidRequest")
    assert len(box.outbound) == 1


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param(re.sub(rb"(To|Bcc): ", rb"X-\1: ", ANSWER), (400, "ErrorInvalidRecipients"), id="to nobody"),
        pytest.param(ANSWER.replace(b"<support@", b"<boss@"), (403, "ErrorSendAsDenied"), id="from another"),
    ],
)  # fmt: skip
def test_what_cannot_be_sent(graph: GraphServer, client: Client, raw: bytes, expected: tuple[int, str]) -> None:
    assert refusal(client.post_mime("sendMail", raw)) == expected
    draft = client.post_mime("messages", raw).json()["id"]
    assert refusal(client.ask("POST", f"messages/{draft}/send")) == expected
    assert [item.id for item in graph.mailbox(SUPPORT).messages()] == [draft]


def test_mime_that_is_no_base64(graph: GraphServer, client: Client) -> None:
    asked = graph.mailbox(SUPPORT).deliver(mail())
    answer = client.ask("POST", f"messages/{asked}/createReply", content=ANSWER, headers={"Content-Type": "text/plain"})
    assert refusal(answer) == (400, "ErrorMimeContentInvalidBase64String")


def test_json_headers_must_be_extensions(graph: GraphServer, client: Client) -> None:
    to = [{"emailAddress": {"address": "claire@client.example"}}]
    header = {"name": "Auto-Submitted", "value": "auto-replied"}
    message = {"subject": "Bonjour", "toRecipients": to, "internetMessageHeaders": [header]}
    answer = client.ask("POST", "sendMail", json={"message": message})
    assert refusal(answer) == (400, "InvalidInternetMessageHeader")
    header["name"] = "X-Answered"
    assert client.ask("POST", "sendMail", json={"message": message}).status_code == 202
    assert b"X-Answered: auto-replied" in graph.mailbox(SUPPORT).outbound[0].raw
    unknown = client.ask("POST", "sendMail", json={"message": message | {"Subject": "x"}})
    assert refusal(unknown) == (400, "RequestBodyRead")


def test_a_reply_in_json_gets_its_fields_from_the_original(graph: GraphServer, client: Client) -> None:
    box = graph.mailbox(SUPPORT)
    asked = box.deliver(mail(Reply_To="service@client.example"))
    draft = client.ask("POST", f"messages/{asked}/createReply", json={"comment": "Demain."}).json()
    assert draft["toRecipients"][0]["emailAddress"]["address"] == "service@client.example"
    assert draft["subject"] == "Re: Où est mon colis ?"
    changed = client.ask("PATCH", f"messages/{draft['id']}", json={"subject": "Autre"})
    assert changed.json()["subject"] == "Autre"
    assert b"In-Reply-To: <1@client.example>" in box.message(draft["id"]).raw


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"isRead": True}, 200),
        ({"categories": ["Répondeur: traité"], "flag": {"flagStatus": "flagged"}}, 200),
        ({"IsRead": True}, (400, "RequestBodyRead")),
        ({"isRead": "yes"}, (400, "RequestBodyRead")),
        ({"flag": {"flagStatus": "Flagged"}}, (400, "RequestBodyRead")),
        ({"receivedDateTime": "2026-01-01T00:00:00Z"}, (400, "ErrorInvalidPropertySet")),
        ({"subject": "x"}, (403, "ErrorAccessDenied")),
        ({}, (400, "BadRequest")),
    ],
)
def test_changing_a_message(graph: GraphServer, client: Client, given: Any, expected: Any) -> None:
    box = graph.mailbox(SUPPORT)
    message_id = box.deliver(mail())
    before = box.message(message_id).etag
    answer = client.ask("PATCH", f"messages/{message_id}", json=given)
    if expected == 200:
        assert {name: answer.json()[name] for name in given} == given
        stale = client.ask("PATCH", f"messages/{message_id}", json=given, headers={"If-Match": before})
        assert refusal(stale) == (412, "ErrorIrresolvableConflict")
    else:
        assert refusal(answer) == expected
        assert box.message(message_id).etag == before


def test_deleting_goes_by_way_of_deleted_items(graph: GraphServer, client: Client) -> None:
    box = graph.mailbox(SUPPORT)
    message_id = box.deliver(mail())
    assert client.ask("DELETE", f"messages/{message_id}").status_code == 204
    assert box.where(message_id) == "deleteditems"
    assert client.ask("DELETE", f"messages/{message_id}").status_code == 204
    assert refusal(client.get(f"messages/{message_id}")) == (404, "ErrorItemNotFound")


def test_folders_are_found_and_made(graph: GraphServer, client: Client) -> None:
    made = client.ask("POST", "mailFolders", json={"displayName": "Traités"})
    inner = client.ask("POST", f"mailFolders/{made.json()['id']}/childFolders", json={"displayName": "2026"})
    assert (made.status_code, inner.status_code) == (201, 201)
    assert refusal(client.ask("POST", "mailFolders", json={"displayName": "TRAITÉS"})) == (409, "ErrorFolderExists")
    found = client.get("mailFolders?$filter=displayName eq 'Traités'").json()["value"]
    assert [row["childFolderCount"] for row in found] == [1]
    assert client.get("mailFolders('Inbox')").json()["displayName"] == "Inbox"
    assert refusal(client.get("mailFolders/Traités")) == (400, "ErrorInvalidIdMalformed")
    asked = graph.mailbox(SUPPORT).deliver(mail())
    client.ask("POST", f"messages/{asked}/move", json={"destinationId": inner.json()["id"]})
    assert graph.mailbox(SUPPORT).where(asked) == "2026"
    assert refusal(client.ask("POST", f"messages/{asked}/move", json={"DestinationId": "inbox"}))[0] == 400


# Batches, and how much at once


def patch(number: int, message_id: str, **more: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "method": "PATCH",
        "url": f"/users/{SUPPORT}/messages/{message_id}",
        "headers": {"Content-Type": "application/json", **IMMUTABLE},
        "body": {"isRead": True},
        **more,
    }


def test_a_batch_answers_each_in_any_order(graph: GraphServer, client: Client) -> None:
    box = graph.mailbox(SUPPORT)
    ids = [box.deliver(mail(n)) for n in range(8)]
    rows = [patch(n, message_id) for n, message_id in enumerate(ids)]
    rows += [patch(8, "AAkAgone"), patch(9, ids[0], dependsOn=["8"])]
    answers = client.ask("POST", "/$batch", json={"requests": rows}).json()["responses"]
    assert {row["id"]: row["status"] for row in answers} == {**{str(n): 200 for n in range(8)}, "8": 404, "9": 424}
    assert [row["id"] for row in answers] != [str(n) for n in range(10)]
    assert all(item.is_read for item in box.messages("inbox"))
    assert graph.most_at_once == {SUPPORT: 4}
    assert [one.in_batch for one in graph.asked("PATCH")] == [True] * 9


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([patch(n, "x") for n in range(21)], id="more than 20"),
        pytest.param([patch(1, "x"), patch(1, "x")], id="an id twice"),
        pytest.param([patch(1, "x", url="https://graph.microsoft.com/v1.0/me")], id="an absolute address"),
        pytest.param([patch(1, "x", headers={})], id="a body without a type"),
        pytest.param([patch(1, "x", dependsOn=["2"]), patch(2, "x")], id="depends on what comes later"),
        pytest.param([], id="nothing"),
    ],
)
def test_batches_that_are_refused_as_a_whole(client: Client, rows: list[Any]) -> None:
    assert refusal(client.ask("POST", "/$batch", json={"requests": rows})) == (400, "BadRequest")


async def test_the_fifth_at_once_is_throttled(graph: GraphServer, client: Client) -> None:
    graph.trouble.slow(0.3, "GET .*/messages")
    async with httpx2.AsyncClient(verify=client.trust, trust_env=False, headers=client.headers) as many:
        address = f"{graph.base_url}/users/{SUPPORT}/messages"
        answers = await asyncio.gather(*(many.get(address) for _ in range(6)))
    throttled = [answer for answer in answers if answer.status_code == 429]
    assert len(throttled) == 2
    assert all(refusal(one) == (429, "ApplicationThrottled") and one.headers["retry-after"] for one in throttled)
    assert graph.most_at_once[SUPPORT] > 4
    assert client.get("messages").status_code == 200


# Trouble


def test_a_share_of_requests_is_throttled(graph: GraphServer, client: Client) -> None:
    graph.trouble.throttle(0.5, 503, retry_after=7, path="/messages")
    answers = [client.get("messages?$top=1") for _ in range(40)]
    refused = [answer for answer in answers if answer.status_code == 503]
    assert 10 < len(refused) < 30
    assert {answer.headers["retry-after"] for answer in refused} == {"7"}
    assert len(graph.impatient) == len(refused) - (answers[-1].status_code == 503)
    assert client.get("mailFolders").status_code == 200


def test_lines_drop_before_and_after_the_deed(graph: GraphServer, client: Client) -> None:
    box = graph.mailbox(SUPPORT)
    draft = client.post_mime("messages").json()["id"]
    graph.trouble.drop_line(before="send")
    with pytest.raises(httpx2.TransportError):
        client.ask("POST", f"messages/{draft}/send")
    assert (box.where(draft), box.outbound) == ("drafts", [])
    graph.trouble.fail_after_send()
    with pytest.raises(httpx2.TransportError):
        client.ask("POST", f"messages/{draft}/send")
    assert (box.where(draft), len(box.outbound)) == ("sentitems", 1)
    graph.trouble.offline()
    with pytest.raises(httpx2.TransportError):
        client.get("messages")
    graph.trouble.online()
    assert client.get("messages").status_code == 200
    assert graph.in_flight[SUPPORT] == 0


def test_what_is_accepted_may_leave_later(graph: GraphServer, client: Client) -> None:
    box = graph.mailbox(SUPPORT)
    graph.trouble.hold_sends()
    draft = client.post_mime("messages").json()["id"]
    assert client.ask("POST", f"messages/{draft}/send").status_code == 202
    assert (box.where(draft), box.outbound) == ("drafts", [])
    assert refusal(client.ask("POST", f"messages/{draft}/send")) == (400, "ErrorInvalidRequest")
    graph.trouble.release_sends()
    assert (box.where(draft), len(box.outbound)) == ("sentitems", 1)


def test_mime_that_is_huge_or_cannot_be_given(graph: GraphServer, client: Client) -> None:
    message_id = graph.mailbox(SUPPORT).deliver(mail())
    graph.trouble.huge(message_id, 3_000_000)
    assert len(client.get(f"messages/{message_id}/$value").content) == 3_000_000
    graph.trouble.no_mime(message_id)
    assert refusal(client.get(f"messages/{message_id}/$value")) == (500, "ErrorMimeContentConversionFailed")


# Subscriptions and notices


async def test_a_subscriber_is_asked_and_told(graph: GraphServer, client: Client, hook: Hook) -> None:
    made = client.subscribe(hook, clientState="s" * 128, changeType="created,deleted")
    assert made.status_code == 201
    assert len(hook.handshakes) == 2
    assert all("<é&+%2B>" in token for token in hook.handshakes)
    box = graph.mailbox(SUPPORT)
    ids = [box.deliver(mail(n)) for n in range(3)]
    box.deliver(mail(8), notify=False)
    box.mark_read(ids[0])
    box.move(ids[1], "archive")
    await eventually(lambda: len(hook.notices) == 4)
    told = [(notice["changeType"], notice["resourceData"]["id"]) for notice in hook.notices]
    assert sorted(told) == sorted([*(("created", one) for one in ids), ("deleted", ids[1])])
    notice = hook.notices[0]
    assert notice["resource"] == f"Users/{box.user_id}/Messages/{notice['resourceData']['id']}"
    assert (notice["clientState"], notice["tenantId"]) == ("s" * 128, graph.tenant)
    assert notice["subscriptionId"] == made.json()["id"] == graph.subscriptions[0].id
    assert len(hook.bodies) < len(hook.notices)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"state": "x"}, "BadRequest"),
        ({"changeType": None}, "InvalidRequest"),
        ({"changeType": "Created"}, "InvalidRequest"),
        ({"clientState": "s" * 129}, "InvalidRequest"),
        ({"notificationUrl": "http://hook.example/graph"}, "InvalidRequest"),
        ({"expirationDateTime": (datetime.now(UTC) + timedelta(days=30)).isoformat()}, "ExtensionError"),
        ({"expirationDateTime": "2026-01-01T00:00:00Z"}, "InvalidRequest"),
        ({"resource": "me/messages"}, "ExtensionError"),
        ({"resource": "users/nobody@boutique.example/messages"}, "ExtensionError"),
        ({"includeResourceData": True}, "InvalidRequest"),
    ],
)
def test_subscriptions_that_are_refused(client: Client, hook: Hook, changed: dict[str, Any], code: str) -> None:
    status, given = refusal(client.subscribe(hook, **changed))
    assert (status, given) == (404 if "nobody" in str(changed) else 400, code)
    assert hook.handshakes == []


@pytest.mark.parametrize(
    ("status", "kind", "wrap"),
    [
        (202, "text/plain", "{}"),
        (200, "application/json", "{}"),
        (200, "text/plain", '"{}"'),
        (200, "text/plain", "{}\n"),
    ],
)
def test_a_hook_that_does_not_shake_hands(
    graph: GraphServer, client: Client, hook: Hook, status: int, kind: str, wrap: str
) -> None:
    hook.shake = lambda token: (status, kind, wrap.format(token).encode())
    assert refusal(client.subscribe(hook)) == (400, "ValidationError")
    assert graph.subscriptions == []


def test_the_life_of_a_subscription(graph: GraphServer, client: Client, hook: Hook) -> None:
    short = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    made = client.subscribe(hook, expirationDateTime=short).json()
    assert made["expirationDateTime"] > (datetime.now(UTC) + timedelta(minutes=44)).isoformat()
    path = f"/subscriptions/{made['id']}"
    later = {"expirationDateTime": (datetime.now(UTC) + timedelta(days=6)).isoformat()}
    assert client.ask("POST", f"{path}/reauthorize").status_code == 202
    assert refusal(client.ask("PATCH", path, json=later)) == (400, "ExtensionError")
    graph.advance(minutes=11)
    assert client.ask("PATCH", path, json=later).json()["expirationDateTime"][:10] == later["expirationDateTime"][:10]
    unchangeable = {"lifecycleNotificationUrl": hook.url}
    assert refusal(client.ask("PATCH", path, json=unchangeable)) == (400, "InvalidRequest")
    assert client.subscribe(hook).status_code == 201
    assert (len(client.get("/subscriptions").json()["value"]), graph.most_live) == (2, 2)
    assert client.ask("DELETE", path).status_code == 204
    assert refusal(client.get(path)) == (404, "ResourceNotFound")
    graph.expire(graph.subscriptions[0].id)
    assert client.get("/subscriptions").json()["value"] == []


async def test_lifecycle_notices(graph: GraphServer, client: Client, hook: Hook) -> None:
    name = client.subscribe(hook).json()["id"]
    graph.lifecycle(name, "reauthorizationRequired")
    await eventually(lambda: hook.notices)
    assert (hook.notices[0]["lifecycleEvent"], hook.notices[0]["clientState"]) == ("reauthorizationRequired", "secret")
    graph.mailbox(SUPPORT).deliver(mail(1))
    client.ask("POST", f"/subscriptions/{name}/reauthorize")
    heard = graph.mailbox(SUPPORT).deliver(mail(2))
    await eventually(lambda: len(hook.notices) == 2)
    assert hook.notices[1]["resourceData"]["id"] == heard
    graph.remove_subscription(name)
    await eventually(lambda: hook.notices[-1].get("lifecycleEvent") == "subscriptionRemoved")
    assert refusal(client.get(f"/subscriptions/{name}")) == (404, "ResourceNotFound")


async def test_notices_are_repeated_doubled_and_lost(graph: GraphServer, client: Client, hook: Hook) -> None:
    client.subscribe(hook)
    box = graph.mailbox(SUPPORT)
    hook.statuses = [500, 503]
    box.deliver(mail(1))
    await eventually(lambda: hook.notices)
    assert graph.notices.posted[0].statuses == [500, 503, 202]
    graph.trouble.duplicate_notices(2)
    box.deliver(mail(2))
    await eventually(lambda: len(hook.notices) == 4)
    graph.trouble.duplicate_notices(0)
    graph.trouble.lose_notices(1.0)
    box.deliver(mail(3))
    graph.lifecycle(graph.subscriptions[0].id, "missed")
    graph.trouble.lose_notices(0.0)
    heard = box.deliver(mail(4))
    await eventually(lambda: len(hook.notices) == 6)
    assert {notice.get("lifecycleEvent") for notice in hook.notices} == {None, "missed"}
    assert heard in [notice["resourceData"]["id"] for notice in hook.notices if "resourceData" in notice]
    graph.trouble.reorder_notices()
    late = [box.deliver(mail(n)) for n in range(10, 18)]
    await eventually(lambda: len(hook.notices) == 14)
    told = [notice["resourceData"]["id"] for notice in hook.notices[6:]]
    assert (sorted(told), told == late) == (sorted(late), False)
    forged = asyncio.wrap_future(graph.post_notice({"value": [{"subscriptionId": "forged"}]}))
    assert await forged == 202
    assert hook.notices[-1] == {"subscriptionId": "forged"}


async def test_rich_notices_can_be_read_with_the_key_only(graph: GraphServer, client: Client, hook: Hook) -> None:
    key, certificate = key_and_certificate()
    rich = {
        "resource": f"users/{SUPPORT}/mailFolders/inbox/messages?$select=subject,internetMessageId",
        "includeResourceData": True,
        "encryptionCertificate": base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode(),
        "encryptionCertificateId": "key-1",
        "expirationDateTime": (datetime.now(UTC) + timedelta(minutes=1_430)).isoformat(),
    }
    too_long = (datetime.now(UTC) + timedelta(minutes=1_450)).isoformat()
    assert refusal(client.subscribe(hook, **rich | {"expirationDateTime": too_long})) == (400, "ExtensionError")
    assert client.subscribe(hook, **rich).status_code == 201
    message_id = graph.mailbox(SUPPORT).deliver(mail())
    await eventually(lambda: hook.notices)
    content = hook.notices[0]["encryptedContent"]
    octets = {name: base64.b64decode(content[name]) for name in ("data", "dataKey", "dataSignature")}
    secret = key.decrypt(octets["dataKey"], rsa_padding.OAEP(rsa_padding.MGF1(hashes.SHA1()), hashes.SHA1(), None))
    signed = hmac.HMAC(secret, hashes.SHA256())
    signed.update(octets["data"])
    signed.verify(octets["dataSignature"])
    decryptor = Cipher(algorithms.AES(secret), modes.CBC(secret[:16])).decryptor()
    padded, unpadder = decryptor.update(octets["data"]) + decryptor.finalize(), padding.PKCS7(128).unpadder()
    told = json.loads(unpadder.update(padded) + unpadder.finalize())
    assert (told["id"], told["internetMessageId"]) == (message_id, "<1@client.example>")
    keys = jwt.PyJWKSet.from_dict(client.http.get(f"{graph.authority}/common/discovery/v2.0/keys").json())
    token = hook.bodies[0]["validationTokens"][0]
    signer = next(one.key for one in keys.keys if one.key_id == jwt.get_unverified_header(token)["kid"])
    claims = jwt.decode(token, signer, algorithms=["RS256"], audience=graph.client_id)
    assert claims["appid"] == "0bf30f3b-4a52-48df-9a82-234910c4a086"
    assert claims["iss"] == f"https://sts.windows.net/{graph.tenant}/"
