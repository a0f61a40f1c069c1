"""Sending and drafts at Graph: whatever is cut off where, the answer leaves once, as it was composed."""

from email import message_from_bytes

import pytest
from tests.support.graph.box import Box, Item
from tests.support.graph.server import GraphServer
from tests.support.graph_parts import Parts, Started, mail

from repondeur.errors import LoginRefused, MailboxUnavailable, SubmissionRefused, SubmissionUnknown
from repondeur.mail.message import MessageRef
from repondeur.mailboxes.base import Evidence, Submission

AUTHOR = "alice@outside.example"


@pytest.fixture
def question(box: Box) -> MessageRef:
    raw = mail("A question", author=AUTHOR, to=box.address, message_id="<question@outside.example>")
    return MessageRef("inbox", box.deliver(raw))


def answer(box: Box, *answers: MessageRef, text: str = "Yes.\n", **changes: str) -> Submission:
    fields = {
        "author": box.address,
        "to": f"Alice <{AUTHOR}>",
        "message_id": f"<answer@{box.address.partition('@')[0]}.example>",
        "In_Reply_To": "<question@outside.example>",
        "References": "<before@outside.example> <question@outside.example>",
        "Auto_Submitted": "auto-replied",
    }
    raw = mail("Re: A question", text=text, **(fields | changes))
    return Submission(fields["message_id"].strip("<>"), raw, "", AUTHOR, answers)


class Died(Exception):
    """The process, here."""


class Committed:
    """Counts, and can be where the process dies."""

    def __init__(self, *, dies: bool = False) -> None:
        self.times = 0
        self._dies = dies

    async def __call__(self) -> None:
        self.times += 1
        if self._dies:
            raise Died


async def cut_off_before_committing(running: Parts, given: Submission) -> None:
    with pytest.raises(Died):
        await running.outgoing.submit(given, Committed(dies=True))


def edited(box: Box, draft: Item, old: bytes, new: bytes) -> None:
    """By a person, in Outlook."""
    assert old in draft.raw
    draft.rewrite(draft.raw.replace(old, new))
    box.touched(draft, {"body"})


class TestSending:
    async def test_what_leaves_is_what_was_composed(self, box: Box, one: Parts, question: MessageRef) -> None:
        given = answer(box, question)
        await one.outgoing.submit(given, Committed())
        (left,) = box.outbound
        assert left.recipients == (AUTHOR,)
        seen = message_from_bytes(left.raw)
        assert {name: seen.get_all(name) for name in ("Auto-Submitted", "In-Reply-To", "References", "Message-ID")} == {
            "Auto-Submitted": ["auto-replied"],
            "In-Reply-To": ["<question@outside.example>"],
            "References": ["<before@outside.example> <question@outside.example>"],
            "Message-ID": [f"<{given.message_id}>"],
        }
        assert left.raw.endswith(given.raw)

    async def test_it_takes_two_requests_and_stands_in_the_thread(
        self, server: GraphServer, box: Box, one: Parts, question: MessageRef
    ) -> None:
        await one.outgoing.submit(answer(box, question), Committed())
        assert [f"{row.method} {row.path.rpartition('/')[2]}" for row in server.requests] == [
            "POST createReply",
            "POST send",
        ]
        assert box.sent[0].conversation_id == box.message(question.id).conversation_id
        assert box.drafts == []

    async def test_graph_files_what_it_sends(self, server: GraphServer, one: Parts) -> None:
        assert await one.outgoing.file_sent("a@b", b"", False)
        assert server.requests == []

    async def test_a_mail_that_is_gone_is_answered_in_its_other_place_or_by_itself(
        self, server: GraphServer, box: Box, one: Parts, question: MessageRef
    ) -> None:
        gone = box.deliver(mail("x", author=AUTHOR, to=box.address, message_id="<x@y>"))
        box.delete(gone)
        await one.outgoing.submit(answer(box, MessageRef("inbox", gone), question), Committed())
        assert box.sent[0].conversation_id == box.message(question.id).conversation_id
        box.delete(question.id)
        again = answer(box, MessageRef("inbox", gone), question, message_id="<second@x.example>")
        await one.outgoing.submit(Submission("<second@x.example>", again.raw, "", AUTHOR, again.answers), Committed())
        assert [row.status for row in server.asked("POST", "createReply$")] == [404, 201, 404, 404]
        assert [left.recipients for left in box.outbound] == [(AUTHOR,), (AUTHOR,)]

    async def test_recipients_and_subject_that_graph_makes_otherwise_are_put_right(
        self, server: GraphServer, box: Box, one: Parts, question: MessageRef
    ) -> None:
        """The stand-in takes them from the MIME, so here the MIME itself names others."""
        given = answer(box, question, to="Mallory <mallory@evil.example>, x@evil.example", Cc="y@evil.example")
        await one.outgoing.submit(given, Committed())
        assert [left.recipients for left in box.outbound] == [(AUTHOR,)]
        assert server.count("PATCH") == 1

    async def test_they_are_put_right_before_it_is_sent_after_a_crash_too(
        self, server: GraphServer, box: Box, started: Started, question: MessageRef
    ) -> None:
        given = answer(box, question, Cc="y@evil.example")
        server.trouble.throttle(1, 429, 600, path="^PATCH")
        async with started() as running:
            with pytest.raises(MailboxUnavailable):
                await running.outgoing.submit(given, Committed())
        server.trouble.clear()
        async with started() as running:
            await running.outgoing.submit(given, Committed())
        assert [left.recipients for left in box.outbound] == [(AUTHOR,)]

    async def test_when_committing_fails_nothing_is_sent(
        self, server: GraphServer, box: Box, one: Parts, question: MessageRef
    ) -> None:
        await cut_off_before_committing(one, answer(box, question))
        assert server.count("POST", "/send$") == 0
        assert await one.outgoing.evidence(answer(box).message_id) is Evidence.WAITS

    async def test_an_address_that_we_may_not_send_as(self, box: Box, one: Parts, question: MessageRef) -> None:
        committed = Committed()
        with pytest.raises(SubmissionRefused) as raised:
            await one.outgoing.submit(answer(box, question, author="ceo@boutique.example"), committed)
        assert raised.value.reason.params == {"status": 403, "code": "ErrorSendAsDenied"}
        assert committed.times == 1
        assert box.outbound == []

    async def test_without_the_right_to_send(
        self, server: GraphServer, box: Box, one: Parts, question: MessageRef
    ) -> None:
        """That may be given, and then the same draft leaves."""
        given, server.roles = answer(box, question), ("Mail.ReadWrite",)
        try:
            with pytest.raises(LoginRefused) as raised:
                await one.outgoing.submit(given, Committed())
        finally:
            server.roles = ("Mail.ReadWrite", "Mail.Send")
        assert raised.value.reason.code == "graph.access_denied"
        assert await one.outgoing.evidence(given.message_id) is Evidence.WAITS
        assert box.outbound == []

    async def test_a_message_that_graph_does_not_take(
        self, server: GraphServer, box: Box, one: Parts, question: MessageRef
    ) -> None:
        """Its limit for one request is 4 MB; nothing is committed by then."""
        committed = Committed()
        with pytest.raises(SubmissionRefused) as raised:
            await one.outgoing.submit(answer(box, question, text="x\n" * 2_200_000), committed)
        assert raised.value.reason.params["status"] == 413
        assert committed.times == 0

    async def test_throttled_after_committing_nothing_has_left(
        self, server: GraphServer, box: Box, started: Started, question: MessageRef
    ) -> None:
        given = answer(box, question)
        server.trouble.throttle(1, 429, 600, path="/send$")
        async with started() as running:
            with pytest.raises(MailboxUnavailable):
                await running.outgoing.submit(given, Committed())
        server.trouble.clear()
        async with started() as running:
            await running.outgoing.submit(given, Committed())
        assert len(box.outbound) == 1
        assert server.count("POST", "createReply$") == 1


class TestCutOff:
    """Then started anew, with what the ledger knows."""

    async def again(self, started: Started, given: Submission) -> None:
        async with started() as running:
            await running.outgoing.submit(given, Committed())

    async def test_before_the_draft_was_made(
        self, server: GraphServer, box: Box, started: Started, question: MessageRef
    ) -> None:
        given = answer(box, question)
        server.trouble.drop_line(before="createReply")
        async with started() as running:
            with pytest.raises(MailboxUnavailable):
                await running.outgoing.submit(given, Committed())
        await self.again(started, given)
        assert len(box.outbound) == 1
        assert box.drafts == []

    async def test_when_the_draft_was_made_and_nobody_heard_of_it(
        self, server: GraphServer, box: Box, started: Started, question: MessageRef
    ) -> None:
        given = answer(box, question)
        server.trouble.drop_line(after="createReply")
        async with started() as running:
            with pytest.raises(MailboxUnavailable):
                await running.outgoing.submit(given, Committed())
        (orphan,) = box.drafts
        await self.again(started, given)
        assert len(box.outbound) == 1
        assert [item.id for item in box.sent] == [orphan.id]
        assert box.drafts == []

    async def test_after_that_one_was_found_and_sent(
        self, server: GraphServer, box: Box, started: Started, question: MessageRef
    ) -> None:
        given = answer(box, question)
        server.trouble.new_message_ids = True
        server.trouble.drop_line(after="createReply")
        server.trouble.fail_after_send()
        async with started() as running:
            with pytest.raises(MailboxUnavailable):
                await running.outgoing.submit(given, Committed())
            with pytest.raises(SubmissionUnknown):
                await running.outgoing.submit(given, Committed())
            assert await running.outgoing.evidence(given.message_id) is Evidence.SENT
        assert len(box.outbound) == 1

    async def test_when_the_draft_was_kept(
        self, server: GraphServer, box: Box, started: Started, question: MessageRef
    ) -> None:
        given = answer(box, question)
        async with started() as running:
            await cut_off_before_committing(running, given)
        await self.again(started, given)
        assert len(box.outbound) == 1
        assert server.count("POST", "createReply$") == 1
        assert box.drafts == []

    async def test_before_sending_was_asked(self, server: GraphServer, box: Box, started: Started, question) -> None:
        given = answer(box, question)
        server.trouble.drop_line(before="send")
        async with started() as running:
            with pytest.raises(SubmissionUnknown):
                await running.outgoing.submit(given, Committed())
        async with started() as running:
            assert await running.outgoing.evidence(given.message_id) is Evidence.WAITS
        await self.again(started, given)
        assert len(box.outbound) == 1

    @pytest.mark.parametrize("new_message_ids", [False, True])
    async def test_after_it_was_sent(
        self, server: GraphServer, box: Box, started: Started, question: MessageRef, new_message_ids: bool
    ) -> None:
        given, committed = answer(box, question), Committed()
        server.trouble.new_message_ids = new_message_ids
        server.trouble.fail_after_send()
        async with started() as running:
            with pytest.raises(SubmissionUnknown):
                await running.outgoing.submit(given, Committed())
        async with started() as running:
            assert await running.outgoing.evidence(f"<{given.message_id}>") is Evidence.SENT
            await running.outgoing.submit(given, committed)  # had somebody asked for it all the same
        assert committed.times == 1
        assert len(box.outbound) == 1

    async def test_accepted_and_lying_in_drafts_for_a_while(
        self, server: GraphServer, box: Box, started: Started, question: MessageRef
    ) -> None:
        given = answer(box, question)
        server.trouble.hold_sends()
        server.trouble.fail_after_send()
        async with started() as running:
            with pytest.raises(SubmissionUnknown):
                await running.outgoing.submit(given, Committed())
        async with started() as running:
            assert await running.outgoing.evidence(given.message_id) is Evidence.WAITS
            with pytest.raises(SubmissionUnknown) as raised:
                await running.outgoing.submit(given, Committed())
            assert raised.value.reason.code == "graph.refused_after_send"
            # It is not tried again and again; either it leaves, or a person looks.
            assert await running.outgoing.evidence(given.message_id) is Evidence.NOT_FOUND
            server.trouble.release_sends()
            assert await running.outgoing.evidence(given.message_id) is Evidence.SENT
        assert len(box.outbound) == 1

    async def test_a_ledger_that_was_lost(self, box: Box, started: Started, question: MessageRef) -> None:
        given = answer(box, question)
        async with started() as running:
            assert await running.outgoing.evidence(given.message_id) is Evidence.NOT_FOUND
            await cut_off_before_committing(running, given)
            await running.ledger.forget_draft(running.settings.name, given.message_id)
            assert await running.outgoing.evidence(given.message_id) is Evidence.WAITS
            await running.outgoing.submit(given, Committed())
            await running.ledger.forget_draft(running.settings.name, given.message_id)
            assert await running.outgoing.evidence(given.message_id) is Evidence.SENT
        assert len(box.outbound) == 1
        assert box.drafts == []

    async def test_evidence_with_nobody_to_ask(self, server: GraphServer, one: Parts) -> None:
        server.trouble.offline()
        assert await one.outgoing.evidence("a@b.example") is Evidence.UNREACHABLE

    async def test_mail_that_bears_our_message_id_is_no_evidence(self, box: Box, one: Parts) -> None:
        given = answer(box)
        box.deliver(mail("forged", author=AUTHOR, to=box.address, message_id=f"<{given.message_id}>"))
        assert await one.outgoing.evidence(given.message_id) is Evidence.NOT_FOUND


class TestWhatPeopleDoMeanwhile:
    @pytest.fixture
    async def given(self, box: Box, one: Parts, question: MessageRef) -> Submission:
        """Its draft was made, and the process died before sending."""
        await cut_off_before_committing(one, answer(box, question))
        return answer(box, question)

    async def test_they_edit_the_draft(self, box: Box, one: Parts, given: Submission) -> None:
        edited(box, box.drafts[0], b"Yes.", b"No!")
        committed = Committed()
        with pytest.raises(SubmissionRefused) as raised:
            await one.outgoing.submit(given, committed)
        assert raised.value.reason.code == "graph.draft_changed"
        assert committed.times == 0
        assert box.outbound == []
        assert b"No!" in box.drafts[0].raw

    async def test_they_change_its_recipients(self, box: Box, one: Parts, given: Submission) -> None:
        edited(box, box.drafts[0], b"alice@outside", b"mallory@evil")
        with pytest.raises(SubmissionRefused):
            await one.outgoing.submit(given, Committed())
        assert box.outbound == []

    async def test_outlook_makes_a_new_version_of_the_same(self, box: Box, one: Parts, given: Submission) -> None:
        box.touched(box.drafts[0], {"categories"})
        await one.outgoing.submit(given, Committed())
        assert len(box.outbound) == 1

    @pytest.mark.parametrize("to_trash", [False, True])
    async def test_they_delete_the_draft(self, box: Box, one: Parts, given: Submission, to_trash: bool) -> None:
        """Nobody can tell that from one that left and was deleted: a person is asked. What they approve is new."""
        box.delete(box.drafts[0].id, to_trash=to_trash)
        committed = Committed()
        with pytest.raises(SubmissionUnknown) as raised:
            await one.outgoing.submit(given, committed)
        assert raised.value.reason.code == "graph.draft_gone"
        assert committed.times == 1
        assert await one.outgoing.evidence(given.message_id) is Evidence.NOT_FOUND
        assert box.outbound == []
        await one.outgoing.submit(given, Committed())
        assert len(box.outbound) == 1

    async def test_they_send_it_themselves(self, box: Box, one: Parts, given: Submission) -> None:
        box.send_item(box.drafts[0])
        assert await one.outgoing.evidence(given.message_id) is Evidence.SENT
        await one.outgoing.submit(given, Committed())
        assert len(box.outbound) == 1

    async def test_they_send_it_in_the_very_moment(self, box: Box, one: Parts, given: Submission) -> None:
        async def committing() -> None:
            box.send_item(box.drafts[0])

        await one.outgoing.submit(given, committing)
        assert len(box.outbound) == 1

    async def test_they_have_the_mail_worked_anew(self, box: Box, one: Parts, given: Submission) -> None:
        """The same Message-ID, another text: what leaves is what was composed last."""
        anew = answer(box, *given.answers, text="No, sorry.\n")
        await one.outgoing.submit(anew, Committed())
        assert [left.raw.endswith(anew.raw) for left in box.outbound] == [True]
        assert [b"Yes." in draft.raw for draft in box.drafts] == [True]


class TestDrafts:
    async def test_it_lies_in_the_thread_once_and_is_what_is_sent(
        self, server: GraphServer, box: Box, started: Started, question: MessageRef
    ) -> None:
        given = answer(box, question)
        async with started() as running:
            await running.outgoing.save_draft(given.message_id, given.raw, given.answers)
            assert len(server.requests) == 1
        async with started() as running:
            await running.outgoing.save_draft(f"<{given.message_id}>", given.raw, given.answers)
            (draft,) = box.drafts
            assert draft.conversation_id == box.message(question.id).conversation_id
            assert await running.outgoing.evidence(given.message_id) is Evidence.WAITS
            assert await running.outgoing.draft_unchanged(given.message_id, given.raw)
            await running.outgoing.submit(given, Committed())
            assert server.count("GET", r"\$value$") == 0  # its version tells enough
        assert [item.id for item in box.sent] == [draft.id]
        assert len(box.outbound) == 1
        assert box.drafts == []

    async def test_cut_off_when_it_was_made(
        self, server: GraphServer, box: Box, started: Started, question: MessageRef
    ) -> None:
        given = answer(box, question)
        server.trouble.drop_line(after="createReply")
        async with started() as running:
            with pytest.raises(MailboxUnavailable):
                await running.outgoing.save_draft(given.message_id, given.raw, given.answers)
        async with started() as running:
            await running.outgoing.save_draft(given.message_id, given.raw, given.answers)
            assert len(box.drafts) == 1
            assert await running.outgoing.draft_unchanged(given.message_id, given.raw)

    @pytest.fixture
    async def given(self, box: Box, one: Parts, question: MessageRef) -> Submission:
        given = answer(box, question)
        await one.outgoing.save_draft(given.message_id, given.raw, given.answers)
        return given

    async def test_another_version_of_the_same(self, server: GraphServer, box: Box, one: Parts, given) -> None:
        box.touched(box.drafts[0], {"categories"})
        assert await one.outgoing.draft_unchanged(given.message_id, given.raw)
        assert server.count("GET", r"\$value$") == 1

    async def test_edited_by_a_person(self, box: Box, one: Parts, given: Submission) -> None:
        edited(box, box.drafts[0], b"Yes.", b"No!")
        assert not await one.outgoing.draft_unchanged(given.message_id, given.raw)
        edited(box, box.drafts[0], b"alice@outside", b"bob@outside")
        await one.outgoing.save_draft(given.message_id, given.raw, given.answers)
        assert [b"No!" in draft.raw and b"bob@outside" in draft.raw for draft in box.drafts] == [True]

    async def test_compared_with_another_text(self, one: Parts, given: Submission) -> None:
        assert not await one.outgoing.draft_unchanged(given.message_id, given.raw + b"P.S.\r\n")

    async def test_sent_deleted_or_moved_by_a_person(self, box: Box, one: Parts, given: Submission) -> None:
        draft = box.drafts[0].id
        box.move(draft, "archive")
        assert not await one.outgoing.draft_unchanged(given.message_id, given.raw)
        box.move(draft, "drafts")
        box.send_item(box.message(draft))
        assert not await one.outgoing.draft_unchanged(given.message_id, given.raw)
        await one.outgoing.save_draft(given.message_id, given.raw, given.answers)
        assert box.drafts == []
        box.delete(draft)
        assert not await one.outgoing.draft_unchanged(given.message_id, given.raw)

    async def test_never_made(self, one: Parts, box: Box) -> None:
        assert not await one.outgoing.draft_unchanged(answer(box).message_id, answer(box).raw)


class TestKeptBack:
    """Sending was paused between the draft and the moment it was to be sent: what a person approves is another text."""

    @pytest.fixture
    async def given(self, box: Box, one: Parts, question: MessageRef) -> Submission:
        await cut_off_before_committing(one, answer(box, question))
        return answer(box, question)

    @pytest.fixture
    def approved(self, box: Box, question: MessageRef) -> Submission:
        return answer(box, question, text="Yes, of course.\n", Auto_Submitted="no")

    async def test_its_draft_goes_and_what_is_approved_leaves_alone(
        self, box: Box, started: Started, one: Parts, given: Submission, approved: Submission
    ) -> None:
        for _ in range(2):
            await one.outgoing.withdraw(f"<{given.message_id}>", given.raw)
            assert box.drafts == []
        assert [b"Yes." in item.raw for item in box.messages("deleteditems")] == [True]
        async with started() as running:
            await running.outgoing.submit(approved, Committed())
        assert [left.raw.endswith(approved.raw) for left in box.outbound] == [True]
        assert box.drafts == []

    async def test_a_draft_that_a_person_works_on_is_theirs(self, box: Box, one: Parts, given: Submission) -> None:
        edited(box, box.drafts[0], b"Yes.", b"No!")
        await one.outgoing.withdraw(given.message_id, given.raw)
        assert [b"No!" in draft.raw for draft in box.drafts] == [True]

    async def test_what_has_left_all_the_same_is_not_sent_beside_it(
        self, box: Box, one: Parts, given: Submission, approved: Submission
    ) -> None:
        draft = box.drafts[0]
        await one.outgoing.withdraw(given.message_id, given.raw)
        box.move(draft.id, "drafts")
        box.send_item(draft)
        await one.outgoing.submit(approved, Committed())
        assert len(box.outbound) == 1

    async def test_where_there_is_none_nothing_is_taken_away(self, server: GraphServer, box: Box, one: Parts) -> None:
        given = answer(box)
        box.deliver(given.raw)
        await one.outgoing.withdraw(given.message_id, given.raw)
        assert server.count("DELETE", "") == 0
