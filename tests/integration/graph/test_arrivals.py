"""What waits in the watched folders of a mailbox, told by changes and notices: each mail once, none lost."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import pytest
from structlog.testing import capture_logs
from tests.support.eventually import eventually
from tests.support.graph.box import Box
from tests.support.graph.server import GraphServer
from tests.support.graph_parts import QUICK, graph_settings, mail

from repondeur.errors import FolderMissing, LoginRefused, MailboxUnavailable
from repondeur.mailboxes.base import Arrival
from repondeur.mailboxes.graph.arrivals import Inbox
from repondeur.mailboxes.graph.client import Client, Page, Timeouts
from repondeur.mailboxes.graph.failures import Refused
from repondeur.mailboxes.graph.folders import Folders
from repondeur.mailboxes.graph.messages import Found, moment_text
from repondeur.mailboxes.graph.sign_in import SignIn
from repondeur.settings.schema import GraphSettings
from repondeur.store.database import Database
from repondeur.store.ledger import Announced, Ledger

LIMIT = 25 * 1024 * 1024
AUTHOR, TEXT = "Zoe Durand <zoe@client.example>", "When do you open?\n"


@dataclass
class Clock:
    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def advance(self, **by: float) -> None:
        self.ahead += timedelta(**by)


@dataclass
class Desk:
    """One mailbox of the server, and what our side of it is made of."""

    server: GraphServer
    ledger: Ledger
    stack: AsyncExitStack
    box: Box
    clock: Clock = field(default_factory=Clock)
    timeouts: Timeouts = QUICK

    def settings(self, **more: object) -> GraphSettings:
        return graph_settings(self.server, self.box.address, **more)

    def inbox(self, *, pushed: bool = False, **more: object) -> Inbox:
        """As after a start of the program."""
        settings = self.settings(**more)
        client = self.client(settings)
        return Inbox(settings, client, self.ledger, Folders(client, settings), self.clock, pushed=pushed)

    def folders(self, **more: object) -> Folders:
        settings = self.settings(**more)
        return Folders(self.client(settings), settings)

    def client(self, settings: GraphSettings) -> Client:
        sign_in = SignIn(settings)
        client = Client(settings, sign_in, self.timeouts)
        self.stack.push_async_callback(sign_in.close)
        self.stack.push_async_callback(client.close)
        return client

    def deliver(self, subject: str = "Question", *, minutes_ago: float = 0, folder: str = "inbox", **more: bool) -> str:
        received = self.clock() - timedelta(minutes=minutes_ago)
        message_id = f"<{uuid4().hex}@client.example>"
        raw = mail(subject, author=AUTHOR, to="support@boutique.example", message_id=message_id, text=TEXT)
        return self.box.deliver(raw, received=received, folder=folder, **more)

    async def notice(self, *refs: str, folder: str = "inbox") -> None:
        """As the hook stores it."""
        await self.ledger.announce(self.box.address, [Announced(folder, ref, None, self.clock()) for ref in refs])

    async def announced(self) -> set[str]:
        return {row.ref for row in await self.ledger.announced(self.box.address)}

    def asked(self, path: str = "") -> int:
        """Requests for this mailbox."""
        return sum(one.mailbox == self.box.address for one in self.server.asked(path=path))


@pytest.fixture
async def desk(server: GraphServer, database: Database, box: Box) -> AsyncIterator[Desk]:
    async with AsyncExitStack() as stack:
        yield Desk(server, Ledger(database), stack, box)


def refs(arrivals: Sequence[Arrival]) -> list[str]:
    return [arrival.ref.id for arrival in arrivals if arrival.refusal is None]


def reasons(arrivals: Sequence[Arrival]) -> dict[str, str]:
    return {arrival.ref.id: arrival.refusal.code for arrival in arrivals if arrival.refusal is not None}


async def fetched(inbox: Inbox, arrivals: Sequence[Arrival], limit: int = LIMIT) -> list[tuple[Arrival, bytes | None]]:
    return [given async for given in inbox.fetch(arrivals, limit)]


async def worked(inbox: Inbox) -> list[str]:
    """What one look of the pipeline takes up: the ids of what it could read."""
    arrivals = await inbox.unread()
    read = [arrival.ref.id for arrival, raw in await fetched(inbox, arrivals) if raw is not None]
    await inbox.taken(arrivals)
    return read


# -- each once


async def test_mail_comes_oldest_first_and_once(desk: Desk) -> None:
    second, first = desk.deliver("Second", minutes_ago=1), desk.deliver("First", minutes_ago=2)
    inbox = desk.inbox()
    arrivals = await inbox.unread()
    assert refs(arrivals) == [first, second]
    assert refs(await inbox.unread()) == [first, second], "until they are taken"
    raw = [octets for _, octets in await fetched(inbox, arrivals)]
    assert raw == [desk.box.message(ref).raw for ref in (first, second)]
    await inbox.taken(arrivals)
    assert await inbox.unread() == ()
    third = desk.deliver("Third")
    assert refs(await inbox.unread()) == [third]


async def test_told_by_push_delta_and_poll_it_comes_once(desk: Desk) -> None:
    inbox = desk.inbox(pushed=True)
    assert await inbox.unread() == ()
    ref = desk.deliver()
    await desk.notice(ref, ref)
    inbox.delta_due()
    arrivals = await inbox.unread()
    assert refs(arrivals) == [ref]
    await desk.notice(ref)
    assert refs(await inbox.unread()) == [ref]
    await inbox.taken(arrivals)
    await desk.notice(ref)
    asked = desk.asked()
    assert await inbox.unread() == ()
    assert desk.asked() == asked, "of what the pipeline has, Graph is not asked again"
    assert await desk.announced() == set()


async def test_a_notice_alone_is_enough_and_costs_one_request(desk: Desk) -> None:
    inbox = desk.inbox(pushed=True)
    await inbox.unread()
    ref = desk.deliver()
    await desk.notice(ref)
    asked, changes = desk.asked(), desk.asked("delta")
    assert refs(await inbox.unread()) == [ref]
    assert desk.asked() == asked + 1
    assert desk.asked("delta") == changes


async def test_a_notice_that_tells_of_the_message_costs_none(desk: Desk) -> None:
    inbox = desk.inbox(pushed=True)
    await inbox.unread()
    ref = desk.deliver()
    item = desk.box.message(ref)
    said = Found(ref, item.conversation_id, "<one@client.example>", False, False, item.folder.id, item.received, ())
    await desk.ledger.announce(desk.box.address, [Announced("inbox", ref, said.to_json(), desk.clock())])
    asked = desk.asked()
    assert refs(await inbox.unread()) == [ref]
    assert desk.asked() == asked


async def test_changes_are_read_when_notices_were_lost(desk: Desk) -> None:
    inbox = desk.inbox(pushed=True, poll_interval=60)
    await inbox.unread()
    lost = desk.deliver()
    assert await inbox.unread() == ()
    assert 50 < inbox.seconds_to_delta() <= 60
    desk.clock.advance(seconds=61)
    assert inbox.seconds_to_delta() == 0
    assert refs(await inbox.unread()) == [lost]


async def test_a_clock_that_was_set_back_hides_no_mail(desk: Desk) -> None:
    waiting = desk.deliver()
    inbox = desk.inbox(pushed=True)
    arrivals = await inbox.unread()
    desk.clock.advance(days=-1)
    assert inbox.seconds_to_delta() == 0
    desk.box.move(waiting, "archive")
    given = await fetched(inbox, arrivals)
    assert reasons([arrival for arrival, _ in given]) == {waiting: "graph.moved"}, "it is looked at again"
    await inbox.unread()
    assert inbox.seconds_to_delta() > 0


async def test_a_failed_look_stays_due(desk: Desk) -> None:
    inbox = desk.inbox(pushed=True)
    await inbox.unread()
    ref = desk.deliver()
    inbox.delta_due()
    desk.server.trouble.throttle(1.0, 403, None, path="delta", times=1)
    with pytest.raises(LoginRefused):
        await inbox.unread()
    assert refs(await inbox.unread()) == [ref]


async def test_two_mailboxes_keep_apart(desk: Desk) -> None:
    other = Desk(desk.server, desk.ledger, desk.stack, desk.server.mailbox(f"{uuid4().hex}@boutique.example"))
    ours, theirs = desk.deliver(), other.deliver()
    await desk.notice(theirs)
    inbox, their_inbox = desk.inbox(), other.inbox()
    arrivals = await inbox.unread()
    assert refs(arrivals) == [ours]
    assert reasons(arrivals) == {theirs: "graph.gone"}, "it is asked for in our own mailbox, and is not there"
    assert refs(await their_inbox.unread()) == [theirs]


async def test_no_message_bears_such_an_id(desk: Desk) -> None:
    inbox = desk.inbox(pushed=True)
    await inbox.unread()
    fine = desk.deliver()
    await desk.notice("..", ".", fine)
    asked = desk.asked()
    assert refs(await inbox.unread()) == [fine]
    assert desk.asked() == asked + 1
    assert await desk.announced() == {fine}


# -- the beginning


async def test_a_thousand_unread_mails_at_the_start(desk: Desk) -> None:
    everyone = {desk.deliver(f"Mail {number}", minutes_ago=number / 60, notify=False) for number in range(1000)}
    inbox = desk.inbox()
    arrivals = await inbox.unread()
    assert set(refs(arrivals)) == everyone
    read: set[str] = set()
    for start in range(0, 1000, 50):
        batch = arrivals[start : start + 50]
        read |= {arrival.ref.id for arrival, raw in await fetched(inbox, batch) if raw is not None}
        await inbox.taken(batch)
    assert read == everyone
    assert desk.asked() <= 1_100
    assert desk.server.most_at_once[desk.box.address] <= 4
    assert await inbox.unread() == ()


async def test_only_what_is_unread_since_the_boundary(desk: Desk) -> None:
    desk.deliver("Too old", minutes_ago=25 * 60)
    desk.deliver("Read", read=True)
    recent = desk.deliver("Yesterday", minutes_ago=23 * 60)
    assert refs(await desk.inbox().unread()) == [recent]


async def test_the_boundary_can_be_set_and_stays(desk: Desk) -> None:
    old = desk.deliver("Old", minutes_ago=30)
    assert await desk.inbox(graph_first_unread=0).unread() == ()
    new = desk.deliver("New")
    inbox = desk.inbox(graph_first_unread=24)
    assert refs(await inbox.unread()) == [new], "as it was at the very first start"
    desk.box.mark_read(old)
    desk.box.mark_read(old, read=False)
    await desk.notice(old)
    assert refs(await inbox.unread()) == [new], "mail from before is none of ours, whatever happens to it"


async def test_at_the_start_unread_mail_is_listed_whatever_delta_tells(desk: Desk) -> None:
    """Graph gives 5,000 messages at most to a delta query with a $filter."""
    everyone = {desk.deliver(f"Mail {number}") for number in range(3)}
    desk.deliver("Read", read=True)
    desk.server.trouble.throttle(1.0, 403, None, path="delta$", times=1)
    with pytest.raises(LoginRefused):
        await desk.inbox().unread()
    assert await desk.announced() == everyone


# -- changes as Graph may tell them


async def test_empty_pages_and_repeats(desk: Desk) -> None:
    desk.server.trouble.delta_empty_pages(2)
    desk.server.trouble.delta_repeats(2)
    everyone = {desk.deliver(f"Mail {number}") for number in range(3)}
    inbox = desk.inbox()
    arrivals = await inbox.unread()
    assert set(refs(arrivals)) == everyone
    assert len(arrivals) == 3
    await inbox.taken(arrivals)
    desk.server.trouble.delta_empty_pages(1)
    desk.server.trouble.delta_repeats(1)
    more = desk.deliver()
    assert refs(await inbox.unread()) == [more]


async def test_objects_that_tell_too_little_are_asked_for(desk: Desk) -> None:
    inbox = desk.inbox()
    await inbox.unread()
    desk.server.trouble.delta_partial(3)
    read = desk.deliver("Read meanwhile", read=True)
    everyone = {desk.deliver(f"Mail {number}") for number in range(2)}
    arrivals = await inbox.unread()
    assert set(refs(arrivals)) == everyone
    assert read not in await desk.announced()
    found = inbox.found(arrivals[0].ref)
    assert found is not None
    assert found.whole


async def test_marked_unread_again_after_a_person_had_read_it(desk: Desk) -> None:
    ref = desk.deliver()
    inbox = desk.inbox()
    await desk.notice(ref)
    desk.box.mark_read(ref)
    assert await inbox.unread() == ()
    desk.box.mark_read(ref, read=False)
    assert refs(await inbox.unread()) == [ref]


@pytest.mark.parametrize(
    ("status", "code"), [(410, "syncStateNotFound"), (400, "syncStateNotFound"), (404, "SyncStateInvalid")]
)
async def test_a_reset_handles_nothing_twice_and_loses_nothing(desk: Desk, status: int, code: str) -> None:
    handled = desk.deliver("Handled")
    inbox = desk.inbox()
    waiting = desk.deliver("Not taken yet")
    arrivals = await inbox.unread()
    await inbox.taken([arrival for arrival in arrivals if arrival.ref.id == handled])
    new = desk.deliver("New")
    desk.server.trouble.delta_reset(status, code)
    assert sorted(refs(await inbox.unread())) == sorted([waiting, new])


async def test_after_a_reset_we_look_a_day_behind_the_last_complete_round(desk: Desk) -> None:
    stuck = desk.deliver("Three days old", minutes_ago=3 * 24 * 60)
    inbox = desk.inbox(graph_first_unread=24 * 30)
    await inbox.unread()
    cursor = await desk.ledger.cursor(desk.box.address, "inbox")
    assert cursor is not None
    assert cursor.at is not None
    desk.server.trouble.delta_reset()
    assert refs(await desk.inbox().unread()) == [stuck], "what we were told of before is not forgotten"
    *_, first = (one.query for one in desk.server.asked(path="delta$") if "filter" in one.query)
    assert f"ge {moment_text(cursor.at - timedelta(days=1))}" in unquote(first)
    after = await desk.ledger.cursor(desk.box.address, "inbox")
    assert after is not None
    assert after.link != cursor.link


async def test_a_link_to_another_host_is_given_up(desk: Desk) -> None:
    inbox = desk.inbox()
    desk.server.trouble.links_to = "https://graph.evil.example"
    await inbox.unread()
    desk.server.trouble.links_to = ""
    ref = desk.deliver()
    with pytest.raises(MailboxUnavailable) as failed:
        await inbox.unread()
    assert failed.value.reason.code == "graph.foreign_link"
    assert refs(await inbox.unread()) == [ref], "the next look starts over"


class Circle:
    """A Graph whose pages lead from one to the other for ever."""

    asked = 0

    async def get(self, *_: object) -> dict[str, str]:
        return {"id": "AQMk"}

    async def page(self, path_or_link: str, *_: object, **__: object) -> Page:
        self.asked += 1
        if path_or_link.endswith("/messages"):
            return Page((), "", "")
        here = "https://graph.example/delta?$skiptoken="
        return Page((), here + ("b" if path_or_link == f"{here}a" else "a"), "")


async def test_pages_that_lead_in_a_circle_are_left(desk: Desk) -> None:
    circle: Any = Circle()
    settings = desk.settings()
    inbox = Inbox(settings, circle, desk.ledger, Folders(circle, settings), desk.clock)
    with pytest.raises(MailboxUnavailable) as failed:
        await inbox.unread()
    assert failed.value.reason.code == "graph.strange_delta"
    assert circle.asked <= 5
    cursor = await desk.ledger.cursor(desk.box.address, "inbox")
    assert cursor is not None
    assert cursor.link == "", "the next look starts over"


async def test_a_crash_between_pages_goes_on_where_it_was(desk: Desk) -> None:
    inbox = desk.inbox()
    await inbox.unread()
    everyone = {desk.deliver(f"Mail {number}") for number in range(250)}
    desk.server.trouble.slow(0.2, "delta$")
    task = asyncio.create_task(inbox.unread())
    await eventually(desk.announced)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    desk.server.trouble.clear()
    begun = desk.asked("delta$")
    assert 0 < len(await desk.announced()) < 250
    assert set(refs(await desk.inbox().unread())) == everyone
    assert desk.asked("delta$") - begun <= 2, "not from the beginning"


# -- before we came


async def test_deleted_before_we_fetch_it(desk: Desk) -> None:
    told, later = desk.deliver("Gone at once"), desk.deliver("Gone later")
    inbox = desk.inbox(pushed=True)
    await desk.notice(told)
    desk.box.delete(told)
    arrivals = await inbox.unread()
    assert reasons(arrivals) == {told: "graph.gone"}
    assert refs(arrivals) == [later]
    desk.box.delete(later)
    given = await fetched(inbox, arrivals)
    assert [raw for _, raw in given] == [None, None]
    assert reasons([arrival for arrival, _ in given]) == {told: "graph.gone", later: "graph.gone"}
    await inbox.taken(arrivals)
    assert await inbox.unread() == ()


async def test_moved_before_we_fetch_it_and_brought_back(desk: Desk) -> None:
    ref = desk.deliver()
    inbox = desk.inbox(pushed=True)
    await desk.notice(ref)
    desk.box.move(ref, "archive")
    arrivals = await inbox.unread()
    assert reasons(arrivals) == {ref: "graph.moved"}
    assert [raw for _, raw in await fetched(inbox, arrivals)] == [None]
    await inbox.taken(arrivals)
    desk.box.move(ref, "inbox")
    inbox.delta_due()
    assert await worked(inbox) == [ref]
    await desk.notice(ref)
    assert await inbox.unread() == (), "from now on it is as any other that was taken"


async def test_what_waited_long_is_looked_at_again_before_it_is_read(desk: Desk) -> None:
    here, moved, read = (desk.deliver(subject, minutes_ago=3 - number) for number, subject in enumerate("abc"))
    inbox = desk.inbox()
    arrivals = await inbox.unread()
    assert refs(arrivals) == [here, moved, read]
    desk.clock.advance(minutes=6)
    desk.box.move(moved, "archive")
    desk.box.mark_read(read)
    given = await fetched(inbox, arrivals)
    assert [(raw is not None, arrival.refusal and arrival.refusal.code) for arrival, raw in given] == [
        (True, None),
        (False, "graph.moved"),
        (False, None),
    ]


async def test_read_before_we_fetch_it(desk: Desk) -> None:
    ref = desk.deliver()
    await desk.notice(ref)
    desk.box.mark_read(ref)
    inbox = desk.inbox(pushed=True)
    assert await inbox.unread() == ()
    assert await desk.announced() == set()


# -- what Graph gives of a mail


@pytest.mark.parametrize("status", [400, 500])
async def test_a_mail_that_graph_cannot_give_as_mime(desk: Desk, status: int) -> None:
    refused, fine = desk.deliver("Refused", minutes_ago=1), desk.deliver("Fine")
    desk.server.trouble.no_mime(refused, status)
    inbox = desk.inbox()
    (arrival, header), (_, whole) = await fetched(inbox, await inbox.unread())
    assert arrival.ref.id == refused
    assert arrival.refusal is not None
    assert arrival.refusal.code == "graph.no_mime"
    assert header is not None
    assert b"\r\nSubject: Refused\r\n" in header
    assert b"\r\nFrom: Zoe Durand <zoe@client.example>\r\n" in b"\r\n" + header
    assert b"When do you open" not in header
    assert whole == desk.box.message(fine).raw


async def test_a_large_mail_comes_with_its_header(desk: Desk) -> None:
    large, small = desk.deliver("Large", minutes_ago=1), desk.deliver("Small")
    desk.server.trouble.huge(large, 30 * 1024 * 1024)
    inbox = desk.inbox()
    (arrival, header), (_, whole) = await fetched(inbox, await inbox.unread())
    assert arrival.ref.id == large
    assert arrival.size > LIMIT
    assert header is not None
    assert header.endswith(b"\r\n\r\n")
    assert b"Subject: Large" in header
    assert b"When do you open" not in header
    assert whole == desk.box.message(small).raw


async def test_a_mail_that_the_server_fails_at_does_not_keep_the_others_waiting(desk: Desk) -> None:
    bad, fine = desk.deliver("Bad", minutes_ago=1), desk.deliver("Fine")
    inbox = desk.inbox()
    arrivals = await inbox.unread()
    desk.server.trouble.throttle(1.0, 500, 0, path=rf"{bad}/\$value")
    (arrival, header), (_, whole) = await fetched(inbox, arrivals)
    assert arrival.refusal is not None
    assert (arrival.refusal.code, arrival.refusal.params) == ("graph.no_mime", {"code": "500"})
    assert header is not None
    assert whole == desk.box.message(fine).raw


async def test_a_busy_server_is_given_time(desk: Desk) -> None:
    desk.deliver("Patience")
    inbox = desk.inbox()
    arrivals = await inbox.unread()
    desk.server.trouble.throttle(1.0, 503, 0, path=r"\$value")
    for _ in range(4):
        assert await fetched(inbox, arrivals) == []
    desk.clock.advance(minutes=2)
    ((arrival, header),) = await fetched(inbox, arrivals)
    assert arrival.refusal is not None, "it answers everything else"
    assert header is not None


def refuses(status: int) -> Callable[[Desk, str], None]:
    """For one message, with a code that says nothing."""
    return lambda desk, path: desk.server.trouble.throttle(1.0, status, None, path=path)


def is_silent(desk: Desk, path: str) -> None:
    desk.server.trouble.slow(60, path)


def hangs_up(desk: Desk, path: str) -> None:
    desk.server.trouble.drop_line(before="$value", times=-1, path=path)


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (refuses(404), "UnknownError"),
        (refuses(403), "UnknownError"),
        (refuses(423), "UnknownError"),
        (refuses(503), "503"),
        (refuses(302), "302"),
        (is_silent, "timed_out"),
        (hangs_up, "connection_lost"),
    ],
)
async def test_one_mail_that_is_not_given(desk: Desk, trouble: Callable[[Desk, str], None], code: str) -> None:
    """The others are read, it is tried again, and in the end people see it."""
    desk.timeouts = Timeouts(connect=3, read=0.5, patience=0.1)
    bad, fine = desk.deliver("Bad", minutes_ago=1), desk.deliver("Fine")
    trouble(desk, rf"{bad}/\$value")
    inbox = desk.inbox()
    assert await worked(inbox) == [fine]
    desk.clock.advance(minutes=2)
    assert await worked(inbox) == []
    assert await desk.announced() == {bad}
    arrivals = await inbox.unread()
    ((arrival, header),) = await fetched(inbox, arrivals)
    assert arrival.refusal is not None
    assert (arrival.refusal.code, arrival.refusal.params) == ("graph.no_mime", {"code": code})
    assert header is not None
    assert b"Subject: Bad" in header
    await inbox.taken(arrivals)
    assert await desk.announced() == set()


async def test_a_mail_that_is_given_in_the_end(desk: Desk) -> None:
    ref = desk.deliver()
    inbox = desk.inbox()
    for _ in range(2):
        desk.server.trouble.throttle(1.0, 423, None, path=rf"{ref}/\$value", times=2)
        assert await worked(inbox) == []
        desk.clock.advance(minutes=2)
        assert await worked(inbox) == []
        (arrival,) = await inbox.unread()
        ((given, raw),) = await fetched(inbox, [arrival])
        assert given.refusal is None
        assert raw == desk.box.message(ref).raw
    await inbox.taken([arrival])
    assert await desk.announced() == set()


@pytest.mark.parametrize("status", [404, 403, 423, 500, 302])
async def test_one_mail_of_which_graph_does_not_tell(desk: Desk, status: int) -> None:
    inbox = desk.inbox()
    await inbox.unread()
    bad, fine = desk.deliver("Bad"), desk.deliver("Fine")
    desk.server.trouble.delta_partial(2)
    desk.server.trouble.throttle(1.0, status, None, path=f"/messages/{bad}$")
    for others in ([fine], []):
        assert await worked(inbox) == others
        assert await desk.announced() == {bad}
        desk.clock.advance(minutes=1)
    arrivals = await inbox.unread()
    ((arrival, header),) = await fetched(inbox, arrivals)
    assert (arrival.ref.id, arrival.refusal and arrival.refusal.code, header) == (bad, "graph.no_mime", b"")
    await inbox.taken(arrivals)
    assert await desk.announced() == set()


async def test_a_mail_of_which_graph_does_not_tell_when_it_is_looked_at_again(desk: Desk) -> None:
    ref = desk.deliver()
    inbox = desk.inbox()
    arrivals = await inbox.unread()
    desk.clock.advance(minutes=6)
    desk.server.trouble.throttle(1.0, 423, None, path=f"/messages/{ref}$", times=1)
    assert await fetched(inbox, arrivals) == []
    await inbox.taken(arrivals)
    assert await worked(inbox) == [ref]


@pytest.mark.parametrize("where", ["", r"/\$value"])
async def test_what_was_put_off_is_looked_at_soon(desk: Desk, where: str) -> None:
    """However rarely changes are read."""
    inbox = desk.inbox(pushed=True, poll_interval=3600)
    assert await worked(inbox) == []
    assert inbox.seconds_to_delta() > 3500
    ref = desk.deliver()
    await desk.notice(ref)
    desk.server.trouble.throttle(1.0, 423, None, path=f"/messages/{ref}{where}$", times=1)
    assert await worked(inbox) == []
    assert inbox.seconds_to_delta() <= 60
    assert await worked(inbox) == [ref]
    assert inbox.seconds_to_delta() > 3500


async def test_a_right_that_was_withdrawn_is_no_trouble_of_a_mail(desk: Desk) -> None:
    everyone = {desk.deliver(f"Mail {number}") for number in range(5)}
    inbox = desk.inbox(pushed=True)
    arrivals = await inbox.unread()
    told = desk.deliver("Told")
    await desk.notice(told)
    desk.server.allowed_mailboxes = set()
    try:
        for _ in range(4):
            with pytest.raises(LoginRefused):
                await fetched(inbox, arrivals)
            with pytest.raises(LoginRefused):
                await inbox.unread()
    finally:
        desk.server.allowed_mailboxes = None
    assert set(await worked(inbox)) == everyone | {told}


async def test_a_server_that_fails_at_all_messages_is_no_trouble_of_a_mail(desk: Desk) -> None:
    inbox = desk.inbox(pushed=True)
    await inbox.unread()
    everyone = {desk.deliver(f"Mail {number}") for number in range(2)}
    await desk.notice(*everyone)
    desk.server.trouble.throttle(1.0, 503, 0, path="/messages")
    for _ in range(4):
        with pytest.raises(MailboxUnavailable):
            await inbox.unread()
    desk.server.trouble.clear()
    assert set(await worked(inbox)) == everyone


async def test_a_server_that_is_busy_with_everything_is_asked_later(desk: Desk) -> None:
    desk.deliver()
    inbox = desk.inbox()
    arrivals = await inbox.unread()
    desk.server.trouble.throttle(1.0, 500, 0)
    for _ in range(4):
        with pytest.raises(MailboxUnavailable):
            await fetched(inbox, arrivals)
    desk.server.trouble.clear()
    assert [raw is not None for _, raw in await fetched(inbox, arrivals)] == [True]


# -- folders


async def test_folders_other_than_the_inbox(desk: Desk) -> None:
    desk.box.make_folder("Clients")
    desk.box.make_folder("VIP", parent="Clients")
    ref, other = desk.deliver(folder="VIP"), desk.deliver()
    inbox = desk.inbox(graph_folders=("clients/vip",))
    arrivals = await inbox.unread()
    assert refs(arrivals) == [ref]
    assert arrivals[0].ref.folder == "clients/vip"
    await desk.notice(other, folder="inbox")
    assert refs(await inbox.unread()) == [ref], "no longer watched"


async def test_from_one_watched_folder_to_the_other(desk: Desk) -> None:
    desk.box.make_folder("VIP")
    ref = desk.deliver()
    await desk.notice(ref)
    desk.box.move(ref, "VIP")
    arrivals = await desk.inbox(graph_folders=("inbox", "VIP")).unread()
    assert [(arrival.ref.folder, arrival.refusal) for arrival in arrivals] == [("VIP", None)]


async def test_a_folder_that_is_not_there(desk: Desk) -> None:
    with pytest.raises(FolderMissing) as failed:
        await desk.inbox(graph_folders=("Clients/VIP",)).unread()
    assert failed.value.reason.params == {"folder": "Clients/VIP"}


async def test_what_is_not_everywhere_yet_is_asked_for_again(desk: Desk) -> None:
    inbox = desk.inbox(pushed=True)
    await inbox.unread()
    ref = desk.deliver()
    await desk.notice(ref)
    for path in (f"GET .*{re.escape(ref)}$", f"GET .*{re.escape(ref)}/.value"):
        desk.server.trouble.throttle(1, 404, None, path=path, times=1, code="ErrorItemNotFound")
    assert await worked(inbox) == []
    assert await desk.announced() == {ref}, "Graph tells of it and does not give it: not now"
    assert await worked(inbox) == [ref]


@pytest.mark.parametrize("status", [403, 503])
async def test_what_a_notice_told_is_given_while_changes_cannot_be_read(desk: Desk, status: int) -> None:
    inbox = desk.inbox(pushed=True, poll_interval=60)
    await inbox.unread()
    desk.server.trouble.throttle(1, status, 0.01, path="delta")
    told, not_told = desk.deliver("Told"), desk.deliver("Not told")
    await desk.notice(told)
    desk.clock.advance(seconds=61)
    assert await worked(inbox) == [told]
    desk.clock.advance(seconds=61)
    with pytest.raises(LoginRefused if status == 403 else MailboxUnavailable):
        await inbox.unread()
    desk.server.trouble.clear()
    assert await worked(inbox) == [not_told]


@pytest.mark.parametrize("folders", [("VIP", "inbox"), ("inbox", "VIP")])
async def test_a_folder_that_is_not_there_keeps_no_other_waiting(desk: Desk, folders: tuple[str, ...]) -> None:
    ref, theirs, moved = (desk.deliver(subject) for subject in ("Ours", "Theirs", "Moved"))
    await desk.notice(theirs, folder="VIP")
    await desk.notice(moved)
    desk.box.move(moved, "archive")
    inbox = desk.inbox(pushed=True, graph_folders=folders, poll_interval=3600)
    with capture_logs() as logged:
        assert set(await worked(inbox)) == {ref, theirs}
    assert [row["folder"] for row in logged if row["event"] == "graph.folder_not_read"] == ["VIP"]
    for _ in range(3):
        desk.clock.advance(seconds=40)
        with pytest.raises(FolderMissing) as failed:
            await inbox.unread()
        assert failed.value.reason.params == {"folder": "VIP"}
    assert await desk.announced() == {theirs}, "what is announced of that folder waits for it"
    desk.box.make_folder("VIP")
    desk.clock.advance(seconds=61)
    assert await inbox.unread() == (), "it lies in the inbox, where it was given"
    assert await desk.announced() == set()


async def test_a_folder_that_goes_away(desk: Desk) -> None:
    """Somebody renames it, and back."""
    folder = desk.box.make_folder("VIP")
    inbox = desk.inbox(graph_folders=("VIP", "inbox"))
    ref, other = desk.deliver(folder="VIP"), desk.deliver()
    assert set(refs(await inbox.unread())) == {ref, other}
    inbox = desk.inbox(graph_folders=("VIP", "inbox"))
    folder.name = "Very important"
    assert await worked(inbox) == [other]
    assert await desk.announced() == {ref}
    folder.name = "VIP"
    assert await worked(inbox) == [ref]


async def test_a_folder_that_is_deleted(desk: Desk) -> None:
    folder = desk.box.make_folder("VIP")
    inbox = desk.inbox(graph_folders=("VIP", "inbox"))
    ref = desk.deliver(folder="VIP")
    assert refs(await inbox.unread()) == [ref]
    del desk.box.folders[folder.id]
    other = desk.deliver()
    assert await worked(inbox) == [other]
    with pytest.raises(FolderMissing):
        await inbox.unread()
    assert await desk.announced() == {ref}


async def test_a_folder_whose_changes_are_refused(desk: Desk) -> None:
    """For a while; what notices tell of it is read."""
    folder = desk.box.make_folder("VIP")
    inbox = desk.inbox(pushed=True, graph_folders=("VIP", "inbox"))
    await inbox.unread()
    desk.server.trouble.throttle(1.0, 400, None, path=f"{folder.id}/messages/delta")
    ref, other = desk.deliver(folder="VIP"), desk.deliver()
    await desk.notice(ref, folder="VIP")
    inbox.delta_due()
    assert set(await worked(inbox)) == {ref, other}
    with pytest.raises(Refused):
        await inbox.unread()


async def test_folders_whose_pages_lead_in_a_circle(desk: Desk) -> None:
    for number in range(101):
        desk.box.make_folder(f"Folder {number:03}")
    folders = desk.folders()
    assert await folders.id_of("Folder 100")
    desk.server.trouble.circles = True
    with pytest.raises(MailboxUnavailable) as failed:
        await folders.id_of("Nowhere")
    assert failed.value.reason.code == "graph.strange_answer"


async def test_a_folder_that_is_made_once_for_many(desk: Desk) -> None:
    folders = desk.folders()
    made = await asyncio.gather(*(folders.made("Done/2026") for _ in range(5)))
    assert len(set(made)) == 1
    assert len([one for one in desk.server.asked("POST", "Folders$") if one.mailbox == desk.box.address]) == 2
    assert [folder.name for folder in desk.box.children(desk.box.folder("Done").id)] == ["2026"]
    refused = desk.folders(graph_create_folders=False)
    with pytest.raises(FolderMissing):
        await refused.made("Elsewhere")
    assert await refused.made("done/2026") == made[0]
    assert await folders.id_of("INBOX") == desk.box.folder("inbox").id
    assert await folders.id_of(made[0]) == made[0]


async def test_a_folder_that_somebody_else_makes_at_the_same_time(desk: Desk) -> None:
    folders = desk.folders()
    desk.server.trouble.slow(0.2, "POST .*mailFolders$")
    making = asyncio.create_task(folders.made("Done"))
    await eventually(lambda: desk.server.asked("POST", f"{desk.box.address}/mailFolders$"))
    theirs = desk.box.make_folder("DONE")
    assert await making == theirs.id
