"""What Outlook shows of mail that was dealt with, and whether a person has answered it."""

import asyncio
from datetime import timedelta

import pytest
from tests.support.graph.box import Box
from tests.support.graph.server import GraphServer
from tests.support.graph_parts import Parts, Started, mail

from repondeur.errors import FolderMissing, MailboxUnavailable, MessageGone
from repondeur.mail.message import MessageRef
from repondeur.mailboxes.base import Outcome, Submission

AUTHOR = "alice@outside.example"


def delivered(server: GraphServer, box: Box, name: str = "question", folder: str = "inbox") -> MessageRef:
    raw = mail(name, author=AUTHOR, to=box.address, message_id=f"<{name}@outside.example>")
    return MessageRef(folder, box.deliver(raw, folder=folder, received=server.now() - timedelta(minutes=1)))


@pytest.fixture
def question(server: GraphServer, box: Box) -> MessageRef:
    return delivered(server, box)


async def taken_up(running: Parts, server: GraphServer) -> list[MessageRef]:
    """What is unread is found; the requests of that are not counted."""
    arrivals = await running.inbox.unread()
    await running.inbox.taken(arrivals)
    server.requests.clear()
    return [arrival.ref for arrival in arrivals]


async def settled(running: Parts, ref: MessageRef, outcome: Outcome = "answered", folder: str | None = None) -> None:
    await running.filing.settle(ref, "question@outside.example", outcome=outcome, folder=folder)


def shown(box: Box, ref: MessageRef) -> tuple[str | None, bool, tuple[str, ...], str]:
    """Where it lies, whether it is read, its categories, its flag."""
    item = box.message(ref.id)
    return box.where(ref.id), item.is_read, item.categories, item.flag["flagStatus"]


class TestSettling:
    async def test_done_is_read_with_a_category(self, box: Box, one: Parts, question: MessageRef) -> None:
        await settled(one, question)
        assert shown(box, question) == ("inbox", True, ("Répondeur: answered",), "notFlagged")

    @pytest.mark.parametrize("outcome", ["held", "failed"])
    async def test_what_people_must_see_stays_unread_in_its_place(
        self, box: Box, one: Parts, question: MessageRef, outcome: Outcome
    ) -> None:
        await settled(one, question, outcome, "Done")
        category = {"held": "Répondeur: to review", "failed": "Répondeur: failed"}[outcome]
        assert shown(box, question) == ("inbox", False, (category,), "flagged")
        assert "Done" not in [folder.name for folder in box.children()]

    async def test_first_held_then_answered(
        self, server: GraphServer, box: Box, started: Started, question: MessageRef
    ) -> None:
        async with started() as running:
            await taken_up(running, server)
            await settled(running, question, "held")
            await settled(running, question, "answered")
        assert shown(box, question) == ("inbox", True, ("Répondeur: answered",), "complete")

    async def test_categories_of_people_are_kept(
        self, server: GraphServer, box: Box, one: Parts, question: MessageRef
    ) -> None:
        box.message(question.id).categories = ("Clients", "Répondeur: urgent")
        await taken_up(one, server)
        await settled(one, question, "held")
        box.message(question.id).categories += ("Red",)
        await settled(one, question, "filed")
        assert box.message(question.id).categories == ("Clients", "Répondeur: urgent", "Red", "Répondeur: filed")

    async def test_without_categories_and_flags_held_mail_costs_nothing(
        self, server: GraphServer, box: Box, started: Started, question: MessageRef
    ) -> None:
        async with started(graph_category="", graph_flag=False) as running:
            await settled(running, question, "held")
            assert server.requests == []
            await settled(running, question, "answered")
        assert shown(box, question) == ("inbox", True, (), "notFlagged")

    @pytest.mark.parametrize("found", [True, False])
    async def test_it_is_moved_into_a_folder_that_is_made(
        self, server: GraphServer, box: Box, one: Parts, question: MessageRef, found: bool
    ) -> None:
        if found:
            await taken_up(one, server)
        await settled(one, question, folder="Traités/2026")
        assert shown(box, question) == ("2026", True, ("Répondeur: answered",), "notFlagged")
        assert box.folder("2026").parent == box.folder("Traités").id

    async def test_a_folder_that_must_not_be_made(self, box: Box, started: Started, question: MessageRef) -> None:
        async with started(graph_create_folders=False) as running:
            with pytest.raises(FolderMissing):
                await settled(running, question, folder="Done")
        assert shown(box, question) == ("inbox", True, ("Répondeur: answered",), "notFlagged")

    async def test_a_folder_that_was_deleted_meanwhile(
        self, server: GraphServer, box: Box, one: Parts, question: MessageRef
    ) -> None:
        second = delivered(server, box, "second")
        await settled(one, question, folder="Done")
        del box.folders[box.folder("Done").id]
        await settled(one, second, folder="Done")
        assert shown(box, second)[:2] == ("Done", True)

    async def test_the_folder_is_the_one_it_lies_in(self, server: GraphServer, box: Box, one: Parts) -> None:
        ref = delivered(server, box)
        await settled(one, ref, folder="Inbox")
        assert shown(box, ref)[:2] == ("inbox", True)
        assert server.count("POST", "/move$") == 0

    async def test_once_more_after_a_crash(
        self, server: GraphServer, box: Box, started: Started, question: MessageRef
    ) -> None:
        server.trouble.drop_line(after="move")
        async with started() as running:
            await settled(running, question, folder="archive")
        before = shown(box, question)
        async with started() as running:
            await settled(running, question, folder="archive")
        assert shown(box, question) == before == ("archive", True, ("Répondeur: answered",), "notFlagged")

    @pytest.mark.parametrize("status", [409, 412])
    async def test_somebody_changes_it_at_the_same_moment(
        self, server: GraphServer, box: Box, one: Parts, question: MessageRef, status: int
    ) -> None:
        server.trouble.throttle(1, status, None, path="^PATCH", times=1)
        with pytest.raises(MailboxUnavailable):
            await settled(one, question, folder="archive")
        assert box.where(question.id) == "inbox"
        await settled(one, question, folder="archive")
        assert shown(box, question)[:2] == ("archive", True)

    @pytest.mark.parametrize("outcome", ["answered", "held"])
    async def test_moved_elsewhere_by_a_person(
        self, box: Box, one: Parts, question: MessageRef, outcome: Outcome
    ) -> None:
        box.make_folder("Alice’s")
        box.move(question.id, "Alice’s")
        with pytest.raises(MessageGone):
            await settled(one, question, outcome, "archive")
        assert shown(box, question) == ("Alice’s", False, (), "notFlagged")

    @pytest.mark.parametrize("found", [True, False])
    async def test_deleted_by_a_person(
        self, server: GraphServer, box: Box, one: Parts, question: MessageRef, found: bool
    ) -> None:
        if found:
            await taken_up(one, server)
        box.delete(question.id)
        with pytest.raises(MessageGone) as raised:
            await settled(one, question, folder="archive")
        assert raised.value.reason.params == {"folder": "inbox"}

    async def test_a_watched_folder_that_is_not_the_inbox(
        self, server: GraphServer, box: Box, started: Started
    ) -> None:
        box.make_folder("Support")
        ref = delivered(server, box, folder="Support")
        async with started(graph_folders=("Support",), graph_first_unread=24) as running:
            assert await taken_up(running, server) == [ref]
            await settled(running, ref, folder="Support/Done")
        assert shown(box, ref)[:2] == ("Done", True)

    async def test_a_watched_folder_that_is_gone_with_its_mail_elsewhere(
        self, server: GraphServer, box: Box, one: Parts, question: MessageRef
    ) -> None:
        with pytest.raises(MessageGone):
            await settled(one, MessageRef("Closed", question.id), folder="archive")
        assert shown(box, question) == ("inbox", False, (), "notFlagged")

    async def test_many_at_once_take_few_requests(self, server: GraphServer, box: Box, one: Parts) -> None:
        """Each its own two changes, in groups of at most 20 in one HTTP request."""
        for number in range(40):
            delivered(server, box, f"mail-{number}")
        refs = await taken_up(one, server)
        await one.folders.id_of("archive")
        server.requests.clear()
        await asyncio.gather(*(settled(one, ref, folder="archive") for ref in refs))
        assert {shown(box, ref) for ref in refs} == {("archive", True, ("Répondeur: answered",), "notFlagged")}
        assert len(refs) == 40
        assert server.count("POST", r"/\$batch$") == len([row for row in server.requests if not row.in_batch]) <= 6
        assert len([row for row in server.requests if row.in_batch]) == 80

    async def test_one_mail_takes_one_request(
        self, server: GraphServer, box: Box, one: Parts, question: MessageRef
    ) -> None:
        await taken_up(one, server)
        await one.folders.id_of("archive")
        server.requests.clear()
        await settled(one, question, folder="archive")
        assert len([row for row in server.requests if not row.in_batch]) == 1

    async def test_what_was_found_long_ago_is_looked_at_first(
        self, server: GraphServer, box: Box, started: Started, question: MessageRef
    ) -> None:
        async with started() as running:
            await taken_up(running, server)
            box.move(question.id, "junkemail")
            server.advance(minutes=11)
            with pytest.raises(MessageGone):
                await settled(running, question, folder="archive")
        assert box.where(question.id) == "junkemail"


class TestAnsweredByAPerson:
    """known: Message-IDs that the store has as ours."""

    async def asked(self, running: Parts, ref: MessageRef, *known: str) -> bool:
        async def ours(message_id: str) -> bool:
            assert message_id.strip("<>") == message_id != ""
            return message_id in known

        return await running.filing.answered_by_person(ref, "question@outside.example", ours)

    @pytest.mark.parametrize("found", [True, False])
    async def test_nobody_has(
        self, server: GraphServer, box: Box, one: Parts, question: MessageRef, found: bool
    ) -> None:
        box.person_replies(delivered(server, box, "another").id, "To another.")
        if found:
            await taken_up(one, server)
        assert not await self.asked(one, question)
        if found:
            assert len(server.requests) == 1

    async def test_in_outlook(self, box: Box, one: Parts, question: MessageRef) -> None:
        box.person_replies(question.id, "I did.")
        assert await self.asked(one, question)

    async def test_in_outlook_without_a_message_id(self, box: Box, one: Parts, question: MessageRef) -> None:
        sent = box.message(box.person_replies(question.id, "I did."))
        sent.facts["internetMessageId"] = ""
        assert await self.asked(one, question)

    async def test_we_have(self, box: Box, one: Parts, question: MessageRef) -> None:
        raw = mail("Re: question", author=box.address, to=AUTHOR, message_id="<ours@shop.example>")
        box.send_item(box.create(raw, box.message(question.id).conversation_id))
        assert not await self.asked(one, question, "ours@shop.example")
        assert await self.asked(one, question)

    async def test_we_have_under_another_message_id(
        self, server: GraphServer, box: Box, one: Parts, question: MessageRef
    ) -> None:
        """What the store does not know by its Message-ID, the ledger knows by its immutable id."""
        raw = mail("Re: question", author=box.address, to=AUTHOR, message_id="<ours@shop.example>")

        async def committing() -> None:
            pass

        server.trouble.new_message_ids = True
        await one.outgoing.submit(Submission("ours@shop.example", raw, "", AUTHOR, (question,)), committing)
        assert box.sent[0].facts["internetMessageId"] != "<ours@shop.example>"
        assert not await self.asked(one, question, "ours@shop.example")
        box.person_replies(question.id, "And I, too.")
        assert await self.asked(one, question, "ours@shop.example")

    async def test_what_was_sent_before_the_mail_came(self, server: GraphServer, box: Box, one: Parts) -> None:
        first = delivered(server, box)
        sent = box.message(box.person_replies(first.id, "Earlier."))
        sent.received = server.now() - timedelta(minutes=2)
        assert not await self.asked(one, first)

    async def test_a_long_thread(self, server: GraphServer, box: Box, one: Parts, question: MessageRef) -> None:
        """Ours fill the first page; the answer of a person is older, and on the second."""
        theirs = box.person_replies(question.id, "I did.")
        box.message(theirs).received = server.now() - timedelta(seconds=30)
        ours = [box.message(box.person_replies(question.id, f"Number {number}.")) for number in range(55)]
        known = [item.facts["internetMessageId"].strip("<>") for item in ours]
        assert await self.asked(one, question, *known)
        box.delete(theirs)
        assert not await self.asked(one, question, *known)

    async def test_pages_that_lead_in_a_circle(
        self, server: GraphServer, box: Box, one: Parts, question: MessageRef
    ) -> None:
        for number in range(51):
            box.person_replies(question.id, f"Number {number}.")
        server.trouble.circles = True
        with pytest.raises(MailboxUnavailable) as failed:
            await self.asked(one, question)
        assert failed.value.reason.code == "graph.strange_answer"

    async def test_the_mail_is_gone(self, box: Box, one: Parts, question: MessageRef) -> None:
        box.delete(question.id)
        assert not await self.asked(one, question)

    async def test_many_at_once_share_a_request(self, server: GraphServer, box: Box, one: Parts) -> None:
        for number in range(20):
            delivered(server, box, f"mail-{number}")
        refs = await taken_up(one, server)
        box.person_replies(refs[7].id, "I did.")
        answered = await asyncio.gather(*(self.asked(one, ref) for ref in refs))
        assert [number for number, found in enumerate(answered) if found] == [7]
        assert len([row for row in server.requests if not row.in_batch]) <= 2
