"""Marks, moves, drafts and Sent, on a real Dovecot."""

from collections.abc import Iterator

import pytest
from tests.support.mailserver import MailServer, mail, running

from repondeur.errors import MessageGone
from repondeur.mailboxes.base import Evidence, MessageRef, Outcome
from repondeur.mailboxes.imap import filing
from repondeur.mailboxes.imap.mailbox import ImapMailbox

pytestmark = pytest.mark.servers

SEEN, ANSWERED, KEYWORD = b"\\Seen", b"\\Answered", b"$Repondeur"


async def settled(
    mailbox: ImapMailbox, message_id: str | None = "m@x", folder: str | None = None, outcome: Outcome = "filed"
) -> None:
    (arrival, *_) = await mailbox.unread()
    await mailbox.settle(arrival.ref, message_id, outcome=outcome, folder=folder)


def flags_of(server: MailServer, address: str, folder: str = "INBOX") -> dict[str, set[bytes]]:
    return {subject: set(flags) - {b"\\Recent"} for subject, flags in server.messages(address, folder)}


class TestSettling:
    async def test_in_place(self, mail_server: MailServer, opened):
        address = mail_server.account()
        mail_server.deliver(address, mail("one", message_id="<m@x>"))
        mailbox = opened(mail_server, address)
        await settled(mailbox, outcome="answered")
        assert flags_of(mail_server, address) == {"one": {SEEN, ANSWERED, KEYWORD}}
        assert await mailbox.unread() == ()

    async def test_into_a_folder_that_is_made_and_subscribed(self, mail_server: MailServer, opened):
        address = mail_server.account()
        for subject in ("one", "two"):
            mail_server.deliver(address, mail(subject))
        mailbox = opened(mail_server, address)
        await settled(mailbox, folder="Traité & classé")
        assert flags_of(mail_server, address, "Traité & classé") == {"one": {SEEN, KEYWORD}}
        assert flags_of(mail_server, address) == {"two": set()}
        with mail_server.imap(address) as person:
            assert "Traité & classé" in [name for *_, name in person.list_sub_folders()]

    async def test_a_second_time_changes_nothing(self, mail_server: MailServer, opened):
        address = mail_server.account()
        mail_server.deliver(address, mail("one", message_id="<m@x>"))
        mailbox = opened(mail_server, address)
        (arrival,) = await mailbox.unread()
        for _ in range(2):
            await mailbox.settle(arrival.ref, "m@x", outcome="filed", folder="Done")
        assert mail_server.subjects(address, "Done") == ["one"]
        assert mail_server.subjects(address) == []

    @pytest.mark.parametrize("folder", [None, "Done"])
    async def test_another_mail_with_the_same_message_id_is_never_touched(
        self, mail_server: MailServer, opened, folder
    ):
        address = mail_server.account()
        mail_server.deliver(address, mail("deleted by a person", message_id="<form@x>"))
        mailbox = opened(mail_server, address)
        (arrival,) = await mailbox.unread()
        with mail_server.imap(address) as person:
            person.delete_messages([1])
            person.expunge()
        mail_server.deliver(address, mail("not received yet", message_id="<form@x>"))
        with pytest.raises(MessageGone):
            await mailbox.settle(arrival.ref, "form@x", outcome="answered", folder=folder)
        assert flags_of(mail_server, address) == {"not received yet": set()}
        assert len(await mailbox.unread()) == 1

    async def test_a_second_time_leaves_a_new_mail_with_the_same_message_id_alone(self, mail_server, opened):
        address = mail_server.account()
        mail_server.deliver(address, mail("one", message_id="<form@x>"))
        mailbox = opened(mail_server, address)
        (arrival,) = await mailbox.unread()
        await mailbox.settle(arrival.ref, "form@x", outcome="filed", folder="Done")
        mail_server.deliver(address, mail("two", message_id="<form@x>"))
        await mailbox.settle(arrival.ref, "form@x", outcome="answered", folder="Done")
        assert flags_of(mail_server, address) == {"two": set()}
        assert flags_of(mail_server, address, "Done") == {"one": {SEEN, KEYWORD}}

    @pytest.mark.parametrize("folder", [None, "Done"])
    async def test_a_ref_of_an_old_uidvalidity_is_gone_whatever_lies_there_now(
        self, mail_server: MailServer, opened, folder
    ):
        address = mail_server.account()
        mail_server.deliver(address, mail("one", message_id="<m@x>"))
        with mail_server.imap(address) as person:
            person.create_folder("Done")
            person.append("Done", mail("other", message_id="<m@x>"))
        mailbox = opened(mail_server, address)
        with pytest.raises(MessageGone):
            await mailbox.settle(MessageRef("INBOX", "1/1"), "m@x", outcome="filed", folder=folder)
        assert flags_of(mail_server, address) == {"one": set()}
        assert flags_of(mail_server, address, "Done") == {"other": set()}

    async def test_a_message_that_is_nowhere(self, mail_server: MailServer, opened):
        mailbox = opened(mail_server, mail_server.account())
        for message_id in ("m@x", None):
            with pytest.raises(MessageGone):
                await mailbox.settle(MessageRef("INBOX", "1/99"), message_id, outcome="filed", folder="Done")

    async def test_a_message_without_message_id(self, mail_server: MailServer, opened):
        address = mail_server.account()
        mail_server.deliver(address, mail("one", message_id=None))
        await settled(opened(mail_server, address), None, folder="Done")
        assert mail_server.subjects(address, "Done") == ["one"]


@pytest.fixture(scope="module")
def without_move(tmp_path_factory) -> Iterator[MailServer]:
    capability = "IMAP4rev1 LITERAL+ UIDPLUS IDLE AUTH=PLAIN"
    with running(tmp_path_factory.mktemp("mail"), "--capability", capability, accounts=9) as server:
        yield server


@pytest.fixture(scope="module")
def poor(tmp_path_factory) -> Iterator[MailServer]:
    options = ("--capability", "IMAP4rev1 AUTH=PLAIN", "--no-special-use", "--separator", ".")
    with running(tmp_path_factory.mktemp("mail"), *options, accounts=9) as server:
        yield server


class TestMovingWithoutMove:
    async def test_by_copy_and_removal_of_this_one_only(self, without_move: MailServer, opened):
        address = without_move.account()
        for subject in ("one", "two", "deleted by a person"):
            without_move.deliver(address, mail(subject))
        with without_move.imap(address) as person:
            person.delete_messages([3])
        await settled(opened(without_move, address), folder="Done")
        assert without_move.subjects(address, "Done") == ["one"]
        assert without_move.subjects(address) == ["two", "deleted by a person"]
        assert "MOVE" not in without_move.log("imap")

    async def test_a_move_that_was_cut_off_after_the_copy_is_finished(self, without_move: MailServer, opened):
        address = without_move.account()
        without_move.deliver(address, mail("one", message_id="<m@x>"))
        mailbox = opened(without_move, address)
        (arrival,) = await mailbox.unread()
        with without_move.imap(address) as person:
            person.create_folder("Done")
            person.copy([1], "Done")
        await mailbox.settle(arrival.ref, "m@x", outcome="filed", folder="Done")
        assert without_move.subjects(address, "Done") == ["one"]
        assert without_move.subjects(address) == []

    async def test_another_mail_with_the_same_message_id_is_not_taken_for_the_copy(
        self, without_move: MailServer, opened
    ):
        address = without_move.account()
        without_move.deliver(address, mail("first", message_id="<m@x>"))
        mailbox = opened(without_move, address)
        await settled(mailbox, folder="Done")
        without_move.deliver(address, mail("other", message_id="<m@x>"))
        await settled(mailbox, folder="Done")
        assert without_move.subjects(address, "Done") == ["first", "other"]

    async def test_without_uidplus_the_original_stays_and_nothing_is_removed(self, poor: MailServer, opened):
        address = poor.account()
        for subject in ("one", "deleted by a person"):
            poor.deliver(address, mail(subject, message_id=f"<{subject[0]}@x>"))
        with poor.imap(address) as person:
            person.delete_messages([2])
        mailbox = opened(poor, address)
        (arrival,) = await mailbox.unread()
        for _ in range(2):
            await mailbox.settle(arrival.ref, "o@x", outcome="filed", folder="Done")
        assert poor.subjects(address, "Done") == ["one"]
        assert flags_of(poor, address)["one"] == {SEEN, KEYWORD}
        assert "deleted by a person" in poor.subjects(address)
        assert await mailbox.unread() == ()

    async def test_a_slash_in_the_settings_is_the_servers_separator(self, poor: MailServer, opened):
        address = poor.account()
        poor.deliver(address, mail("one"))
        await settled(opened(poor, address), folder="Work/Done")
        assert poor.subjects(address, "Work.Done") == ["one"]


class TestDrafts:
    async def test_a_draft_is_kept_once(self, mail_server: MailServer, opened):
        address = mail_server.account()
        mailbox = opened(mail_server, address)
        raw = mail("draft", message_id="<d@x>").replace(b"\r\n", b"\n")
        for _ in range(2):
            await mailbox.save_draft("d@x", raw)
        await mailbox.save_draft("<d2@x>", mail("second", message_id="<d2@x>"))
        assert flags_of(mail_server, address, "Drafts") == {
            "draft": {b"\\Draft", SEEN},
            "second": {b"\\Draft", SEEN},
        }
        assert mail_server.subjects(address, "Drafts") == ["draft", "second"]

    async def test_a_longer_message_id_is_another_one(self, mail_server: MailServer, opened):
        address = mail_server.account()
        mailbox = opened(mail_server, address)
        await mailbox.save_draft("and-d@x.test", mail("longer", message_id="<and-d@x.test>"))
        await mailbox.save_draft("d@x", mail("shorter", message_id="<d@x>"))
        assert mail_server.subjects(address, "Drafts") == ["longer", "shorter"]

    async def test_a_draft_that_a_person_has_edited_is_theirs(self, mail_server: MailServer, opened):
        address = mail_server.account()
        mailbox = opened(mail_server, address)
        raw = mail("draft", message_id="<d@x>")
        assert not await mailbox.draft_unchanged("d@x", raw)
        await mailbox.save_draft("d@x", raw.replace(b"\r\n", b"\n"))
        assert await mailbox.draft_unchanged("d@x", raw)
        with mail_server.imap(address) as person:  # as programs do: the new one appended, the old one marked
            person.append("Drafts", raw + b"And one more thing.\r\n", [b"\\Draft"])
            person.select_folder("Drafts")
            person.add_flags([1], [b"\\Deleted"])
        assert not await mailbox.draft_unchanged("d@x", raw)
        assert await mailbox.file_sent("d@x", raw, True, drafted=True)
        assert mail_server.subjects(address, "Drafts") == ["draft", "draft"]
        assert mail_server.subjects(address, "Sent") == ["draft"]

    async def test_a_draft_that_is_not_wanted_goes_to_trash_unless_a_person_has_edited_it(self, tmp_path, opened):
        ours, theirs = mail("ours", message_id="<o@x>"), mail("theirs", message_id="<t@x>")
        with running(tmp_path / "mail", "--lang", "fr") as server:
            address = server.account()
            mailbox = opened(server, address)
            await mailbox.save_draft("o@x", ours)
            await mailbox.save_draft("t@x", theirs + b"And one more thing.\r\n")
            assert [await mailbox.withdraw("o@x", ours) for _ in range(2)] == [True, True]
            assert not await mailbox.withdraw("t@x", theirs)
            assert server.subjects(address, "Brouillons") == ["theirs"]
            assert server.subjects(address, "Corbeille") == ["ours"]

    async def test_a_draft_that_was_deleted_is_not_there(self, mail_server: MailServer, opened):
        address = mail_server.account()
        mailbox = opened(mail_server, address)
        raw = mail("draft", message_id="<d@x>")
        await mailbox.save_draft("d@x", raw)
        with mail_server.imap(address) as person:
            person.select_folder("Drafts")
            person.add_flags([1], [b"\\Deleted"])
        assert not await mailbox.draft_unchanged("d@x", raw)

    @pytest.mark.parametrize(("special_use", "lang"), [(True, "fr"), (False, "fr"), (False, "de")])
    async def test_folders_in_the_language_of_the_user(self, tmp_path, opened, special_use, lang):
        options = ["--lang", lang, *([] if special_use else ["--no-special-use"])]
        with running(tmp_path / "mail", *options) as server:
            address = server.account()
            mailbox = opened(server, address)
            await mailbox.save_draft("d@x", mail("draft", message_id="<d@x>"))
            await mailbox.file_sent("s@x", mail("sent", message_id="<s@x>"), True)
            names = server.state["folders"]
            assert server.subjects(address, names["Drafts"]) == ["draft"]
            assert server.subjects(address, names["Sent"]) == ["sent"]

    async def test_missing_folders_are_made(self, poor: MailServer, opened):
        address = poor.account()
        with poor.imap(address) as person:
            person.delete_folder("Drafts")
            person.delete_folder("Sent")
        mailbox = opened(poor, address)
        await mailbox.save_draft("d@x", mail("draft", message_id="<d@x>"))
        await mailbox.file_sent("s@x", mail("sent", message_id="<s@x>"), True)
        assert poor.subjects(address, "Drafts") == ["draft"]
        assert poor.subjects(address, "Sent") == ["sent"]


class TestSent:
    async def test_appended_once_and_read(self, mail_server: MailServer, opened):
        address = mail_server.account()
        mailbox = opened(mail_server, address)
        assert await mailbox.evidence("s@x") is Evidence.NOT_FOUND
        for _ in range(2):
            assert await mailbox.file_sent("s@x", mail("sent", message_id="<s@x>"), False)
        assert flags_of(mail_server, address, "Sent") == {"sent": {SEEN}}
        assert mail_server.subjects(address, "Sent") == ["sent"]
        assert await mailbox.evidence("s@x") is Evidence.SENT

    @pytest.mark.parametrize("where", ["INBOX", "Junk", "Done"])
    async def test_a_self_copy_is_evidence_and_becomes_the_copy_in_sent(self, mail_server: MailServer, opened, where):
        address = mail_server.account()
        raw = mail("sent", message_id="<s@x>")
        with mail_server.imap(address) as person:
            person.create_folder("Done")
            person.append(where, raw)
        mailbox = opened(mail_server, address, sent_copy="auto", processed_folder="Done")
        assert await mailbox.evidence("s@x") is Evidence.SENT
        assert await mailbox.file_sent("s@x", raw, False)
        assert mail_server.subjects(address, where) == []
        assert flags_of(mail_server, address, "Sent") == {"sent": {SEEN}}

    async def test_a_draft_that_was_sent_becomes_the_copy_in_sent(self, mail_server: MailServer, opened):
        address = mail_server.account()
        mailbox = opened(mail_server, address, sent_copy="self")
        raw = mail("approved", message_id="<s@x>")
        await mailbox.save_draft("s@x", raw)
        assert await mailbox.file_sent("s@x", raw, False, drafted=True)
        assert mail_server.subjects(address, "Drafts") == []
        assert flags_of(mail_server, address, "Sent") == {"approved": {SEEN}}
        assert await mailbox.file_sent("s@x", raw, False, drafted=True)
        assert mail_server.subjects(address, "Sent") == ["approved"]

    async def test_a_self_copy_that_may_still_come_is_waited_for_until_the_end(self, mail_server: MailServer, opened):
        address = mail_server.account()
        mailbox = opened(mail_server, address, sent_copy="self")
        raw = mail("sent", message_id="<s@x>")
        assert not await mailbox.file_sent("s@x", raw, False)
        assert mail_server.subjects(address, "Sent") == []
        assert await mailbox.file_sent("s@x", raw, True)
        assert mail_server.subjects(address, "Sent") == ["sent"]

    async def test_where_the_server_files_we_never_do(self, mail_server: MailServer, opened):
        address = mail_server.account()
        mailbox = opened(mail_server, address, sent_copy="server")
        raw = mail("sent", message_id="<s@x>")
        assert not await mailbox.file_sent("s@x", raw, False)
        assert await mailbox.file_sent("s@x", raw, True)
        assert mail_server.subjects(address, "Sent") == []

    async def test_evidence_of_a_server_that_is_away(self, mail_server: MailServer, opened):
        mailbox = opened(mail_server, mail_server.account(), imap_port=1)
        assert await mailbox.evidence("s@x") is Evidence.UNREACHABLE


class TestAnsweredByPerson:
    @pytest.fixture
    async def question(self, mail_server: MailServer, opened) -> tuple[str, ImapMailbox, MessageRef]:
        address = mail_server.account()
        mail_server.deliver(address, mail("question", message_id="<q@x>"))
        mailbox = opened(mail_server, address)
        (arrival,) = await mailbox.unread()
        return address, mailbox, arrival.ref

    async def ours(self, message_id: str) -> bool:
        return message_id == "ours@x"

    async def test_not_yet(self, question):
        _, mailbox, ref = question
        assert not await mailbox.answered_by_person(ref, "q@x", self.ours)
        assert not await mailbox.answered_by_person(ref, None, self.ours)

    async def test_marked(self, mail_server: MailServer, question):
        address, mailbox, ref = question
        with mail_server.imap(address) as person:
            person.add_flags(1, [ANSWERED])
        assert await mailbox.answered_by_person(ref, "q@x", self.ours)

    @pytest.mark.parametrize(
        ("message_id", "in_reply_to", "answered"),
        [
            pytest.param("<theirs@x>", "<q@x>", True, id="a reply of a person"),
            pytest.param(None, "<q@x>", True, id="a reply without Message-ID is not ours"),
            pytest.param("<ours@x>", "<q@x>", False, id="our own"),
            pytest.param("<theirs@x>", "<other-q@x.test>", False, id="a reply to something else"),
        ],
    )
    async def test_by_a_reply_in_sent(self, mail_server: MailServer, question, message_id, in_reply_to, answered):
        address, mailbox, ref = question
        with mail_server.imap(address) as person:
            person.append("Sent", mail("Re: question", message_id=message_id, In_Reply_To=in_reply_to))
        assert await mailbox.answered_by_person(ref, "q@x", self.ours) is answered

    @pytest.mark.parametrize(
        ("message_id", "findable"),
        [
            ("<>", False),
            ("<éàü>", False),
            ("<@>", True),
            ('<"o\\"brien"@c.example>', True),
            ("<a\\b\\@c.example>", True),
            ("<café@c.example>", True),
            ('<x"> NOT DELETED ALL {3}@c.example>', False),
            ("<(*)%{12+}]@c.example>", True),
            ("<" + "x" * 900 + "@c.example>", True),
        ],
    )
    async def test_a_strange_identifier_is_found_or_not_asked_for(
        self, mail_server: MailServer, question, message_id: str, findable: bool
    ):
        """The server is never given anything that it could read as something else; others' replies are not taken for
        this one's."""
        address, mailbox, ref = question
        with mail_server.imap(address) as person:
            person.append("Sent", mail("Re: another", message_id="<r@x>", in_reply_to="<q@x>"))
            person.append("Sent", mail("Re: nothing", message_id="<n@x>"))
        assert not await mailbox.answered_by_person(ref, message_id, self.ours)
        with mail_server.imap(address) as person:
            person.append("Sent", raw_reply(message_id))
        assert await mailbox.answered_by_person(ref, message_id, self.ours) is findable

    async def test_when_the_message_was_moved_away(self, mail_server: MailServer, question):
        address, mailbox, ref = question
        with mail_server.imap(address) as person:
            person.move([1], "Archive")
        assert not await mailbox.answered_by_person(ref, "q@x", self.ours)


def raw_reply(message_id: str) -> bytes:
    """As a program writes it that puts an identifier down as it came."""
    return f"Message-ID: <p@x>\r\nSubject: Re: it\r\nIn-Reply-To: {message_id}\r\n\r\nYes.\r\n".encode()


def test_no_command_removes_more_than_one_message():
    source = filing.__loader__.get_source(filing.__name__)
    assert ".expunge()" not in source
    assert "close_folder" not in source
