"""Requests to Graph: four at once, pauses kept, repeated where that is safe, the token to nobody else."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ssl import SSLContext
from typing import Any
from uuid import uuid4

import pytest
from structlog.testing import capture_logs
from tests.support.certificates import Authority
from tests.support.eventually import eventually
from tests.support.graph.box import Box
from tests.support.graph.server import GraphServer
from tests.support.graph.wire import Handler, LineDropped, Request, Response
from tests.support.graph_parts import graph_settings, mail
from tests.support.odd_server import serving
from tests.support.scripted import free_port, server_context

from repondeur.errors import LoginRefused, MailboxUnavailable, RepondeurError, SubmissionUnknown
from repondeur.mailboxes.graph.batches import Call
from repondeur.mailboxes.graph.client import Client, Timeouts, quoted, segment
from repondeur.mailboxes.graph.exchange import Answer
from repondeur.mailboxes.graph.failures import Refused
from repondeur.mailboxes.graph.sign_in import SignIn
from repondeur.mailboxes.graph.subscribing import Subscribing

INBOX = "/mailFolders/inbox"
IMMUTABLE = 'IdType="ImmutableId"'


@dataclass
class Desk:
    """One mailbox of the server, and our client of it."""

    server: GraphServer
    box: Box
    sign_in: SignIn
    client: Client

    def mails(self, count: int) -> list[str]:
        return [
            self.box.deliver(
                mail(f"Mail {n}", author="a@client.example", to=self.box.address, message_id=f"<{n}@client.example>")
            )
            for n in range(count)
        ]

    def draft(self) -> str:
        raw = mail("Hello", author=self.box.address, to="a@client.example", message_id=f"<{uuid4()}@boutique.example>")
        return self.box.create(raw).id


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphServer]:
    with GraphServer(tmp_path_factory.mktemp("graph")) as running:
        yield running


@pytest.fixture(scope="module")
def certified(house: GraphServer) -> SSLContext:
    """Of another server on this host, which is trusted as Graph is."""
    return server_context(*house.hook_certificate())


@pytest.fixture
def server(house: GraphServer) -> GraphServer:
    house.trouble.clear()
    house.trouble.links_to = ""
    house.requests.clear()
    house.entra.sign_ins.clear()
    return house


@asynccontextmanager
async def at_desk(server: GraphServer, timeouts: Timeouts | None = None, **changes: Any) -> AsyncIterator[Desk]:
    box = server.mailbox(f"{uuid4().hex}@boutique.example")
    settings = graph_settings(server, box.address, **changes)
    sign_in = SignIn(settings)
    client = Client(settings, sign_in, timeouts or Timeouts())
    try:
        yield Desk(server, box, sign_in, client)
    finally:
        await client.close()
        await sign_in.close()


@asynccontextmanager
async def at_odd_server(
    server: GraphServer, certified: SSLContext, answer: Handler, timeouts: Timeouts | None = None
) -> AsyncIterator[Client]:
    """A client that signs in as always, and whose Graph is this one."""
    with serving(answer, certified) as url:
        async with at_desk(server, timeouts, graph_base_url=f"{url}/v1.0") as desk:
            yield desk.client


@pytest.fixture
async def desk(server: GraphServer) -> AsyncIterator[Desk]:
    async with at_desk(server) as found:
        yield found


def top(server: GraphServer) -> int:
    """HTTP requests: without what is inside a batch."""
    return sum(1 for one in server.requests if not one.in_batch)


# -- how many, when


async def test_a_hundred_at_once_never_are_more_than_four(desk):
    desk.server.latency, before = 0.005, desk.server.latency
    try:
        await asyncio.gather(*(desk.client.get(INBOX) for _ in range(100)))
    finally:
        desk.server.latency = before
    assert desk.server.most_at_once[desk.box.address] == 4
    assert desk.server.count(path="inbox") == 100


async def test_fewer_where_the_settings_say_so(server):
    async with at_desk(server, graph_connections=1) as desk:
        await asyncio.gather(*(desk.client.get(INBOX) for _ in range(10)))
        assert server.most_at_once[desk.box.address] == 1


async def test_batches_and_others_share_the_four(desk):
    ids = desk.mails(30)
    small = [desk.client.together([Call("GET", f"/messages/{segment(i)}", {"$select": "id"})]) for i in ids]
    await asyncio.gather(*small, *(desk.client.get(INBOX) for _ in range(20)))
    assert desk.server.most_at_once[desk.box.address] == 4
    assert {one.status for one in desk.server.requests} == {200}


async def test_those_who_give_up_leave_their_place(server, certified):
    asked = []

    async def answer(request: Request) -> Response:
        asked.append(request)
        if request.path.endswith("inbox"):
            await asyncio.Event().wait()
        return Response(200, b'{"id": "x"}')

    async with at_odd_server(server, certified, answer) as client:
        asking = [asyncio.create_task(client.get(INBOX)) for _ in range(6)]
        await eventually(lambda: len(asked) == 4)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        assert await client.get("/mailFolders/drafts") == {"id": "x"}


async def test_a_pause_is_for_all_requests_of_the_mailbox(desk):
    await desk.sign_in.token()
    desk.server.trouble.throttle(1, 429, retry_after=1, times=1)
    first = asyncio.create_task(desk.client.get(INBOX))
    await eventually(lambda: desk.client.pausing)
    others = [asyncio.create_task(desk.client.get(INBOX)) for _ in range(8)]
    await asyncio.sleep(0.05)
    assert desk.server.count() == 1
    await asyncio.gather(first, *others)
    assert desk.server.count() == 10


async def test_a_pause_given_as_a_date(server, certified):
    asked = []

    async def answer(request: Request) -> Response:
        asked.append(request)
        if len(asked) > 1:
            return Response(200, b'{"id": "x"}')
        # The clock of that server is a day ahead.
        now = datetime.now(UTC) + timedelta(days=1)
        dates = {"Date": format_datetime(now, usegmt=True), "Retry-After": format_datetime(now, usegmt=True)}
        return Response(503, b"", dates)

    async with at_odd_server(server, certified, answer) as client:
        assert await client.get(INBOX) == {"id": "x"}


async def test_a_long_pause_is_not_waited_for(desk):
    desk.server.trouble.throttle(1, 429, retry_after=600, times=1)
    for _ in range(2):
        with pytest.raises(MailboxUnavailable) as told:
            await desk.client.get(INBOX)
        assert told.value.reason.code == "graph.throttled"
        assert 500 < told.value.reason.params["seconds"] <= 600
    assert desk.server.count() == 1


@pytest.mark.parametrize("status", [429, 503])
async def test_nobody_stops_us_for_a_day(desk, status):
    desk.server.trouble.throttle(1, status, retry_after=86_400, times=1)
    with capture_logs() as logged:
        for _ in range(2):
            with pytest.raises(MailboxUnavailable) as told:
                await desk.client.get(INBOX)
    assert 800 < told.value.reason.params["seconds"] <= 900
    (paused,) = (row for row in logged if row["event"] == "graph.throttled")
    assert (paused["seconds"], paused["asked_for"]) == (900, 86_400)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_trouble_that_passes(desk, status):
    desk.server.trouble.throttle(1, status, retry_after=None if status == 502 else 0.01, times=1)
    assert (await desk.client.get(INBOX))["displayName"] == "Inbox"
    assert desk.server.count() == 2


async def test_trouble_that_does_not_pass(server):
    async with at_desk(server, Timeouts(patience=0.2)) as desk:
        server.trouble.throttle(1, 503, retry_after=None)
        with pytest.raises(MailboxUnavailable) as told:
            await desk.client.get(INBOX)
        assert (told.value.reason.code, told.value.reason.params["status"]) == ("graph.server_busy", 503)


async def test_a_fifth_of_all_answers_is_trouble(desk):
    desk.server.trouble.throttle(0.1, 429, retry_after=0.01)
    desk.server.trouble.throttle(0.1, 503, retry_after=0.01)
    assert len(await asyncio.gather(*(desk.client.get(INBOX) for _ in range(100)))) == 100


# -- lines


async def test_a_line_that_drops_while_reading_is_made_again(desk):
    desk.server.trouble.drop_line(before="inbox")
    assert (await desk.client.get(INBOX))["displayName"] == "Inbox"
    assert desk.server.count(path="inbox") == 2


async def test_a_line_that_drops_after_sending_leaves_a_doubt(desk):
    draft = desk.draft()
    desk.server.trouble.fail_after_send()
    with pytest.raises(SubmissionUnknown) as told:
        await desk.client.send("POST", f"/messages/{segment(draft)}/send", once=True)
    assert told.value.reason.code == "graph.lost_after_send"
    assert desk.server.count("POST", "send$") == 1
    assert len(desk.box.sent) == 1


@pytest.mark.parametrize("status", [500, 503, 504])
async def test_a_busy_server_leaves_a_doubt_about_what_was_sent(desk, status):
    draft = desk.draft()
    desk.server.trouble.throttle(1, status, retry_after=0.01)
    with pytest.raises(SubmissionUnknown):
        await desk.client.send("POST", f"/messages/{segment(draft)}/send", once=True)
    assert desk.server.count("POST", "send$") == 1


async def test_what_was_surely_not_sent_is_sent_again(desk):
    draft = desk.draft()
    desk.server.trouble.throttle(1, 429, retry_after=0.01, times=2)
    assert (await desk.client.send("POST", f"/messages/{segment(draft)}/send", once=True)).status == 202
    assert desk.server.count("POST", "send$") == 3
    assert len(desk.box.sent) == 1


async def test_nothing_was_sent_where_nobody_listens(server):
    async with at_desk(server, Timeouts(patience=0.1), graph_base_url=f"https://localhost:{free_port()}/v1.0") as desk:
        with pytest.raises(MailboxUnavailable) as told:
            await desk.client.send("POST", "/messages/x/send", once=True)
        assert told.value.reason.code == "graph.port_refused"


async def test_a_page_for_people_is_no_receipt(server, certified):
    async def answer(_: Request) -> Response:
        return Response(200, b"<h1>Please log in to the hotel</h1>")

    async with at_odd_server(server, certified, answer) as client:
        with pytest.raises(SubmissionUnknown):
            await client.send("POST", "/messages/x/send", once=True)


async def test_mime_is_posted_once_when_its_answer_is_lost(desk):
    raw = mail("Hello", author=desk.box.address, to="a@client.example", message_id="<m@boutique.example>")
    desk.server.trouble.drop_line(after="messages")
    with pytest.raises(MailboxUnavailable) as told:
        await desk.client.post_mime("/messages", raw)
    assert told.value.reason.code == "graph.connection_lost"
    assert desk.server.count("POST", "messages$") == 1
    desk.server.trouble.throttle(1, 503, retry_after=0.01, times=1)
    with pytest.raises(MailboxUnavailable) as told:  # what stands before Graph may say so after it has done it
        await desk.client.post_mime("/messages", raw)
    assert told.value.reason.code == "graph.server_busy"
    desk.server.trouble.throttle(1, 429, retry_after=0.01, times=1)
    assert (await desk.client.post_mime("/messages", raw))["isDraft"] is True
    assert len(desk.box.drafts) == 2


async def test_a_silent_server(server, certified):
    async def answer(_: Request) -> Response:
        await asyncio.sleep(30)
        raise LineDropped

    async with at_odd_server(server, certified, answer, Timeouts(read=0.1, patience=0.1)) as client:
        with pytest.raises(MailboxUnavailable) as told:
            await client.get(INBOX)
        assert told.value.reason.code == "graph.timed_out"
        with pytest.raises(SubmissionUnknown):
            await client.send("POST", "/messages/x/send", once=True)


async def test_an_unknown_authority_is_refused_at_once(server, tmp_path):
    asked = []

    async def answer(request: Request) -> Response:
        asked.append(request)
        return Response(200, b"{}")

    with serving(answer, Authority(tmp_path / "stranger").context("localhost")) as url:
        async with at_desk(server, graph_base_url=f"{url}/v1.0") as desk:
            with pytest.raises(MailboxUnavailable) as told:
                await desk.client.get(INBOX)
    assert told.value.reason.code == "graph.certificate_untrusted"
    assert "MAIL_CA_FILE" in told.value.hint()
    assert asked == []


# -- the token


async def test_a_token_revoked_under_twenty_requests_is_renewed_once(desk):
    await desk.client.get(INBOX)
    desk.server.trouble.revoke_tokens()
    await asyncio.gather(*(desk.client.get(INBOX) for _ in range(20)))
    assert desk.server.entra.sign_ins == ["", ""]


async def test_a_fresh_token_that_is_refused_too(server):
    async with at_desk(server) as desk:
        server.trouble.token_lifetime = 0
        try:
            with pytest.raises(LoginRefused) as told:
                await desk.client.get(INBOX)
        finally:
            server.trouble.token_lifetime = 3599
        assert told.value.reason.code == "graph.token_refused"
        assert [one.status for one in server.requests] == [401, 401]


async def test_a_mailbox_that_is_not_allowed(server):
    async with at_desk(server) as desk:
        server.allowed_mailboxes = set()
        try:
            with pytest.raises(LoginRefused) as told, capture_logs() as logged:
                await desk.client.get(INBOX)
            with pytest.raises(Refused) as asked:
                await desk.client.root("GET", f"/users/{desk.box.address}/mailFolders/inbox")
        finally:
            server.allowed_mailboxes = None
    assert (told.value.reason.code, told.value.reason.params["code"]) == ("graph.access_denied", "ErrorAccessDenied")
    assert (asked.value.status, asked.value.graph_code, asked.value.gone) == (403, "ErrorAccessDenied", False)
    assert logged[-1]["request_id"] == server.requests[0].request_id


async def test_a_mailbox_that_does_not_exist(server):
    async with at_desk(server, mailbox_user_id="nobody@boutique.example", from_email="nobody@boutique.example") as desk:
        with pytest.raises(LoginRefused) as told:
            await desk.client.get(INBOX)
    assert told.value.reason.code == "graph.mailbox_missing"


async def test_a_message_that_does_not_exist(desk):
    gone = desk.mails(1)[0]
    desk.box.delete(gone)
    with pytest.raises(Refused) as told:
        await desk.client.get(f"/messages/{segment(gone)}")
    assert told.value.gone
    assert desk.server.count() == 1


@pytest.mark.parametrize(
    "link", ["http://{host}/v1.0/x", "//nobody.invalid/x", "messages?$skiptoken=1", "javascript:1"]
)
async def test_what_is_no_link_is_not_made_part_of_a_path(desk, link):
    before = desk.server.count()
    with pytest.raises(MailboxUnavailable) as told:
        await desk.client.page(link.format(host=desk.server.authority.removeprefix("https://")))
    assert told.value.reason.code == "graph.foreign_link"
    assert desk.server.count() == before


async def test_a_refusal_that_names_no_code_is_not_of_graph(server, certified):
    async def answer(_: Request) -> Response:
        return Response(403, b"<html>Blocked by policy</html>")

    async with at_odd_server(server, certified, answer) as client:
        with pytest.raises(MailboxUnavailable) as told:
            await client.get(INBOX)
    assert told.value.reason.code == "graph.strange_answer"


@pytest.mark.parametrize("where", ["nobody.invalid", "user:password@{host}", "{host}@nobody.invalid", "localhost:1"])
async def test_a_link_elsewhere_is_not_followed(desk, where):
    host = desk.server.authority.removeprefix("https://")
    before = desk.server.count()
    with pytest.raises(MailboxUnavailable) as told:
        await desk.client.page(f"https://{where.format(host=host)}/v1.0/users/x/messages?$skiptoken=1")
    assert told.value.reason.code == "graph.foreign_link"
    assert desk.server.count() == before


async def test_the_token_does_not_follow_a_link_of_graph_elsewhere(server, certified):
    asked = []

    async def answer(request: Request) -> Response:
        asked.append(request)
        return Response(200, b'{"value": []}')

    with serving(answer, certified) as url:
        async with at_desk(server) as desk:
            desk.mails(12)
            server.trouble.links_to = f"{url}/v1.0"
            page = await desk.client.page(f"{INBOX}/messages", {"$select": "id"})
            assert page.next.startswith(url)
            with pytest.raises(MailboxUnavailable):
                await desk.client.page(page.next)
    assert asked == []


async def test_a_redirect_is_not_followed(server, certified):
    asked = []

    async def answer(request: Request) -> Response:
        asked.append(request.path)
        return Response(302, b"", {"Location": "/elsewhere"})

    async with at_odd_server(server, certified, answer) as client:
        with pytest.raises(MailboxUnavailable) as told:
            await client.get("/mailFolders/inbox")
    assert told.value.reason.code == "graph.strange_answer"
    assert len(asked) == 1


# -- what is asked and read


async def test_ids_are_immutable_and_we_say_who_we_are(desk):
    ids = desk.mails(2)
    await desk.client.get(INBOX, headers={"Prefer": 'outlook.body-content-type="text"'})
    await desk.client.page(f"{INBOX}/messages/delta", {"$select": "id"}, page_size=1)
    await asyncio.gather(*(desk.client.together([Call("GET", f"/messages/{segment(i)}")]) for i in ids))
    assert all(IMMUTABLE in one.headers["prefer"] for one in desk.server.requests)
    plain, page = desk.server.requests[:2]
    assert 'outlook.body-content-type="text"' in plain.headers["prefer"]
    assert "odata.maxpagesize=1" in page.headers["prefer"]
    assert plain.headers["user-agent"].startswith("repondeur/")
    assert len({one.headers["client-request-id"] for one in desk.server.requests if not one.in_batch}) == 3


async def test_pages_are_followed_to_the_end(desk):
    desk.mails(25)
    page = await desk.client.page(f"{INBOX}/messages/delta", {"$select": "id,subject"}, page_size=10)
    seen = list(page.items)
    while page.next:
        page = await desk.client.page(page.next, page_size=10)
        seen += page.items
    assert len({item["id"] for item in seen}) == 25
    assert page.delta


async def test_pages_that_lead_in_a_circle_are_left(server, certified):
    asked = []

    async def answer(request: Request) -> Response:
        asked.append(request.query)
        here = f"https://{request.headers['host']}{request.path}?$skip={1 - len(asked) % 2}"
        return Response(200, json.dumps({"value": [], "@odata.nextLink": here}).encode())

    async with at_odd_server(server, certified, answer) as client:
        with pytest.raises(MailboxUnavailable) as told:
            async for _ in client.pages("/messages"):
                pass
    assert told.value.reason.code == "graph.strange_answer"
    assert len(asked) == 3


async def test_pages_without_an_end_are_left(server, certified):
    asked = []

    async def answer(request: Request) -> Response:
        asked.append(request.query)
        here = f"https://{request.headers['host']}{request.path}?$skip={len(asked)}"
        return Response(200, json.dumps({"value": [], "@odata.nextLink": here}).encode())

    async with at_odd_server(server, certified, answer) as client:
        with pytest.raises(MailboxUnavailable):
            async for _ in client.pages("/messages"):
                pass
        assert len(asked) == 200
        subscribing = Subscribing("shop", client, lambda: datetime.now(UTC), None)
        with pytest.raises(MailboxUnavailable):
            async for _ in subscribing.listed():
                pass


@pytest.mark.parametrize("text", ["", ".", "..", "\ud800"])
def test_what_leads_out_of_its_place_in_a_path(text):
    with pytest.raises(Refused):
        segment(text)


def test_what_goes_into_a_path_and_a_filter():
    assert segment("...") == "..."
    assert segment("a/b?c=d@é") == "a%2Fb%3Fc%3Dd%40%C3%A9"
    assert quoted("l'été") == "'l''été'"


async def test_options_are_written_as_graph_reads_them(desk):
    desk.mails(1)
    named = {"$filter": f"internetMessageId eq {quoted('<0@client.example>')}", "$select": "id"}
    assert len((await desk.client.page("/messages", named)).items) == 1


@pytest.mark.parametrize(
    "body", [b"[]", b"nonsense", b'"text"', b"\xff", b"[" * 100_000, b'{"x": "' + b"y" * 17_000_000 + b'"}']
)
async def test_answers_that_make_no_sense(server, certified, body):
    async def answer(_: Request) -> Response:
        return Response(200, body)

    async with at_odd_server(server, certified, answer) as client:
        with pytest.raises(MailboxUnavailable) as told:
            await client.get(INBOX)
        assert told.value.reason.code == "graph.strange_answer"


async def test_an_answer_that_is_badly_compressed(server, certified):
    async def answer(request: Request) -> Response:
        assert request.headers["accept-encoding"] == "identity"
        return Response(200, b"nonsense", {"Content-Encoding": "gzip"})

    async with at_odd_server(server, certified, answer) as client:
        with pytest.raises(MailboxUnavailable) as told:
            await client.get(INBOX)
        assert told.value.reason.code == "graph.strange_answer"


@pytest.mark.parametrize("body", [{}, {"value": {}}, {"value": ["text"]}])
async def test_pages_that_make_no_sense(server, certified, body):
    async def answer(_: Request) -> Response:
        return Response(200, json.dumps(body).encode())

    async with at_odd_server(server, certified, answer) as client:
        with pytest.raises(MailboxUnavailable) as told:
            await client.page(f"{INBOX}/messages")
        assert told.value.reason.code == "graph.strange_answer"


# -- streams


async def test_a_message_as_it_came(desk):
    raw = mail("Whole", author="a@client.example", to=desk.box.address, message_id="<w@client.example>")
    streamed = await desk.client.stream(f"/messages/{segment(desk.box.deliver(raw))}/$value", 10_000)
    assert (streamed.octets, streamed.complete, streamed.size) == (raw, True, len(raw))


async def test_of_a_message_that_is_too_long_only_the_beginning_is_read(desk):
    huge = desk.mails(1)[0]
    desk.server.trouble.huge(huge, 100_000_000)
    streamed = await desk.client.stream(f"/messages/{segment(huge)}/$value", 1_000_000)
    assert not streamed.complete
    assert streamed.size > 1_000_000
    assert streamed.octets.startswith(b"From: a@client.example")
    assert len(streamed.octets) < 300_000
    assert await desk.client.get(INBOX)


async def test_a_length_that_is_announced_is_not_read_through(server, certified):
    async def answer(_: Request) -> Response:
        return Response(200, b"Subject: long\r\n\r\n" + b"x" * 5_000_000)

    async with at_odd_server(server, certified, answer) as client:
        streamed = await client.stream("/messages/x/$value", 1_000_000)
    assert (streamed.complete, streamed.size) == (False, 5_000_017)
    assert len(streamed.octets) < 200_000
    assert streamed.octets.startswith(b"Subject: long\r\n\r\n")


async def test_a_stream_that_breaks_begins_again(server, certified):
    asked = []

    def broken() -> Iterator[bytes]:
        yield b"Subject: half"
        raise LineDropped

    async def answer(request: Request) -> Response:
        asked.append(request)
        return Response(200, broken() if len(asked) == 1 else b"Subject: whole\r\n\r\n")

    async with at_odd_server(server, certified, answer) as client:
        assert (await client.stream("/messages/x/$value", 1000)).octets == b"Subject: whole\r\n\r\n"
    assert len(asked) == 2


async def test_a_stream_that_drips(server, certified):
    asked = []

    def dripping() -> Iterator[bytes]:
        for _ in range(40):
            time.sleep(0.05)
            yield b"x"

    async def answer(request: Request) -> Response:
        asked.append(request)
        return Response(200, dripping())

    async with at_odd_server(server, certified, answer, Timeouts(stream=0.5)) as client:
        with pytest.raises(MailboxUnavailable) as told:
            await client.stream("/messages/x/$value", 1000)
    assert told.value.reason.code == "graph.timed_out"
    assert len(asked) == 1


# -- many small ones


def read(message_id: str) -> Call:
    return Call("PATCH", f"/messages/{segment(message_id)}", body={"isRead": True})


def moved(message_id: str, after: int | None = 0) -> Call:
    return Call("POST", f"/messages/{segment(message_id)}/move", body={"destinationId": "archive"}, after=after)


async def test_a_hundred_small_requests_are_few(desk):
    ids = desk.mails(100)
    await desk.sign_in.token()
    answers = await asyncio.gather(*(desk.client.together([read(i)]) for i in ids))
    assert [group[0].body["id"] for group in answers] == ids
    assert all(desk.box.message(i).is_read for i in ids)
    assert top(desk.server) <= 8
    assert desk.server.most_at_once[desk.box.address] == 4


async def test_what_comes_after_something_is_done_after_it(desk):
    ids = desk.mails(30)
    groups = await asyncio.gather(*(desk.client.together([read(i), moved(i)]) for i in ids))
    assert {tuple(answer.status for answer in group) for group in groups} == {(200, 201)}
    assert {desk.box.where(i) for i in ids} == {"archive"}
    for message_id in ids:
        order = [one.method for one in desk.server.requests if one.in_batch and message_id in one.path]
        assert order == ["PATCH", "POST"]
    assert top(desk.server) <= 6
    assert not any(b"dependsOn" in one.body for one in desk.server.requests), "a batch is all parallel, or one chain"


async def test_a_chain_that_is_alone_is_one_request(desk):
    (one,) = desk.mails(1)
    answers = await desk.client.together([read(one), moved(one)])
    assert [answer.status for answer in answers] == [200, 201]
    assert top(desk.server) == 1


async def test_a_request_that_is_alone_goes_plain(desk):
    (one,) = desk.mails(1)
    (answer,) = await desk.client.together([read(one)])
    assert isinstance(answer, Answer)
    assert [one.in_batch for one in desk.server.requests] == [False]
    assert desk.server.count("PATCH") == 1


async def test_several_may_come_after_the_same(desk):
    a, b, c = desk.mails(3)
    answers = await desk.client.together([read(a), moved(b, 0), moved(c, 0)])
    assert [answer.status for answer in answers] == [200, 201, 201]
    with pytest.raises(ValueError, match="earlier"):
        await desk.client.together([moved(b, 1), read(a)])


@pytest.mark.parametrize("beside", [0, 3])
async def test_what_comes_after_a_refusal_is_not_done(desk, beside):
    gone, kept, *others = desk.mails(2 + beside)
    desk.box.delete(gone)
    calls = desk.client.together([read(gone), moved(kept)])
    (first, second), *rest = await asyncio.gather(calls, *(desk.client.together([read(i)]) for i in others))
    assert isinstance(first, Refused)
    assert first.gone
    assert isinstance(second, Refused)
    assert second.status == 424
    assert desk.box.where(kept) == "inbox"
    assert all(isinstance(answer, Answer) for group in rest for answer in group)


async def test_throttled_parts_are_asked_again_alone(desk):
    ids = desk.mails(20)
    desk.server.trouble.throttle(1, 429, retry_after=0.05, path="PATCH", times=5)
    groups = await asyncio.gather(*(desk.client.together([read(i)]) for i in ids))
    assert all(isinstance(answer, Answer) for group in groups for answer in group)
    assert desk.server.count("PATCH") == 25


@pytest.mark.parametrize(("where", "reads", "moves"), [("move", 1, 2), ("PATCH", 2, 1)])
async def test_a_chain_goes_on_where_it_was_throttled(desk, where, reads, moves):
    (one,) = desk.mails(1)
    desk.server.trouble.throttle(1, 503, retry_after=0.01, path=where, times=1)
    answers = await desk.client.together([read(one), moved(one)])
    assert [answer.status for answer in answers] == [200, 201]
    assert desk.server.count("PATCH") == reads
    assert desk.server.count("POST", "move$") == moves


async def test_parts_that_stay_throttled_are_given_up(server):
    async with at_desk(server, Timeouts(patience=0.3)) as desk:
        ids = desk.mails(2)
        server.trouble.throttle(1, 503, retry_after=None, path=f"PATCH .*{ids[1]}")
        calls = [desk.client.together([read(i)]) for i in ids]
        fine, busy = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(fine[0], Answer)
    assert isinstance(busy, MailboxUnavailable)
    assert busy.reason.code == "graph.server_busy"


async def test_a_part_without_a_right_is_an_error_of_the_sign_in(server):
    async with at_desk(server) as desk:
        ids = desk.mails(3)
        server.allowed_mailboxes = set()
        try:
            found = await asyncio.gather(*(desk.client.together([read(i)]) for i in ids), return_exceptions=True)
        finally:
            server.allowed_mailboxes = None
    assert {type(one) for one in found} == {LoginRefused}


async def test_a_token_revoked_under_batches_is_renewed_once(desk):
    ids = desk.mails(40)
    await desk.sign_in.token()
    desk.server.trouble.revoke_tokens()
    groups = await asyncio.gather(*(desk.client.together([read(i)]) for i in ids))
    assert all(isinstance(answer, Answer) for group in groups for answer in group)
    assert desk.server.entra.sign_ins == ["", ""]


async def test_a_part_whose_token_is_refused(server, certified):
    """401 for one part of a batch: another token, once."""
    asked: list[list[str]] = []

    async def answer(request: Request) -> Response:
        if not request.path.endswith("/$batch"):
            asked.append([request.path])
            return Response(200, b"{}")
        parts = json.loads(request.body)["requests"]
        asked.append([part["id"] for part in parts])
        rows = [{"id": part["id"], "status": 401 if part["url"].endswith("/1") else 200} for part in parts]
        return Response(200, json.dumps({"responses": rows}).encode())

    async with at_odd_server(server, certified, answer) as client:
        calls = [client.together([Call("GET", f"/messages/{n}")]) for n in range(3)]
        assert all(isinstance(group[0], Answer) for group in await asyncio.gather(*calls))
    assert [len(ids) for ids in asked] == [3, 1]
    assert server.entra.sign_ins == ["", ""]


@pytest.mark.parametrize("status", [404, 413, 501])
async def test_where_no_batch_gets_through_each_goes_alone(server, certified, status):
    asked: list[str] = []

    async def answer(request: Request) -> Response:
        asked.append(f"{request.method} {request.path.rpartition('/')[2]}")
        return Response(status) if request.path.endswith("/$batch") else Response(200, b"{}")

    async with at_odd_server(server, certified, answer) as client:
        groups = [client.together([read(name), moved(name)]) for name in "abc"]
        found = [one for group in await asyncio.gather(*groups) for one in group]
        assert await client.together([read("d"), moved("d")])
    assert [one.status for one in found] == [200] * 6
    assert asked[0] == "POST $batch"
    assert sorted(asked[1:]) == sorted(["PATCH a", "PATCH b", "PATCH c", "PATCH d", *["POST move"] * 4])
    assert asked[-2:] == ["PATCH d", "POST move"]


async def test_batches_are_tried_again_after_a_while(server, certified):
    asked: list[str] = []

    async def answer(request: Request) -> Response:
        last = request.path.rpartition("/")[2]
        asked.append(last)
        return Response(413) if last == "$batch" else Response(200, b"{}")

    async with at_odd_server(server, certified, answer, Timeouts(singly=0.5)) as client:

        async def tried_again() -> bool:
            await client.together([read("a"), read("b")])
            return asked.count("$batch") > 1

        assert not await tried_again()
        await eventually(tried_again)
    assert asked.count("a") > 2, "and meanwhile each went alone"


async def test_a_chain_that_gets_not_through_goes_one_after_the_other(server, certified):
    asked: list[str] = []

    async def answer(request: Request) -> Response:
        asked.append(request.method)
        return Response(404) if request.path.endswith("/$batch") else Response(200, b"{}")

    async with at_odd_server(server, certified, answer) as client:
        found = await client.together([read("a"), moved("a")])
    assert [one.status for one in found] == [200, 200]
    assert asked == ["POST", "PATCH", "POST"]


async def test_answers_of_a_batch_that_are_missing_are_asked_for_again(server, certified):
    asked = []

    async def answer(request: Request) -> Response:
        asked.append(request.path)
        return Response(200, b'{"responses": [{"id": "0", "status": 200, "body": {"id": "a"}}, 7, {"status": "x"}]}')

    async with at_odd_server(server, certified, answer) as client:
        calls = [client.together([Call("GET", f"/messages/{n}")]) for n in range(2)]
        first, second = await asyncio.gather(*calls)
    assert first[0].body == {"id": "a"}
    assert second[0].status == 200
    assert len(asked) == 2


async def test_a_closed_client_says_so(server):
    async with at_desk(server) as desk:
        server.trouble.slow(30, "inbox")
        asking = [asyncio.create_task(desk.client.get(INBOX)) for _ in range(6)]
        await eventually(lambda: server.count() == 4)
    asking += [asyncio.create_task(desk.client.get(INBOX)), asyncio.create_task(desk.sign_in.token(renew=True))]
    found = await asyncio.gather(*asking, return_exceptions=True)
    assert {error.reason.code for error in found} == {"graph.closed"}


async def test_nobody_is_left_waiting_when_the_client_closes(server):
    async with at_desk(server) as desk:
        server.trouble.slow(30, "PATCH")
        waiting = [asyncio.create_task(desk.client.together([read(i)])) for i in desk.mails(3)]
        await eventually(lambda: server.count() > 0)
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(one, asyncio.CancelledError | RepondeurError) for one in found)
