"""Servers that break off, stall, refuse and lie, on scripted servers over real sockets."""

import asyncio
import contextlib
import socket
import threading
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.certificates import Authority
from tests.support.eventually import eventually
from tests.support.scripted import (
    HangUp,
    Line,
    Server,
    be_silent,
    free_port,
    hang_up,
    imap_server,
    listening_without_a_word,
    smtp_server,
)

from repondeur.errors import LoginRefused, MailboxUnavailable, RepondeurError, SubmissionRefused, SubmissionUnknown
from repondeur.mailboxes.base import Arrival, MessageRef, Submission
from repondeur.mailboxes.imap.connection import Timeouts
from repondeur.mailboxes.imap.mailbox import ImapMailbox
from repondeur.settings.schema import ImapSettings

OURS, AUTHOR = "bot@example.test", "alice@outside.test"
Open = Callable[..., ImapMailbox]


@pytest.fixture
async def mailbox_at() -> AsyncIterator[Open]:
    """Opens mailboxes on ports of this machine, without encryption unless told otherwise."""
    mailboxes: list[ImapMailbox] = []

    def open_one(*, imap: int = 1, smtp: int = 1, timeouts: Timeouts | None = None, **changes: Any) -> ImapMailbox:
        given: dict[str, Any] = {
            "imap_server": "localhost", "imap_port": imap, "imap_security": "none", "imap_user": OURS,
            "imap_pass": "secret", "smtp_port": smtp, "smtp_security": "none", "from_email": OURS,
        }  # fmt: skip
        mailboxes.append(
            ImapMailbox(
                ImapSettings(**given | changes), timeouts or Timeouts(connect=1.5, command=1.5, whole=8, data=1.5)
            )
        )
        return mailboxes[-1]

    yield open_one
    for mailbox in mailboxes:
        await mailbox.close()


async def never_ours(_message_id: str) -> bool:
    return False


async def failure(awaitable) -> RepondeurError:
    with pytest.raises(RepondeurError) as raised:
        await awaitable
    assert str(raised.value)
    assert raised.value.hint("fr")
    return raised.value


class TestConnecting:
    """Each cause that a person can do something about has a code of its own."""

    async def submit(self, mailbox: ImapMailbox) -> None:
        await mailbox.submit(SUBMISSION, committed)

    async def test_an_unknown_host(self, mailbox_at: Open):
        mailbox = mailbox_at(imap_server="mail.does-not-exist.invalid")
        assert (await failure(mailbox.unread())).reason.code == "imap.host_unknown"
        assert (await failure(self.submit(mailbox))).reason.code == "smtp.host_unknown"

    async def test_a_refused_port(self, mailbox_at: Open):
        mailbox = mailbox_at(imap=free_port(), smtp=free_port())
        assert (await failure(mailbox.unread())).reason.code == "imap.port_refused"
        assert (await failure(self.submit(mailbox))).reason.code == "smtp.port_refused"

    async def test_a_server_that_says_nothing(self, mailbox_at: Open):
        with listening_without_a_word() as port:
            mailbox = mailbox_at(imap=port, smtp=port)
            assert (await failure(mailbox.unread())).reason.code == "imap.no_answer"
            assert (await failure(self.submit(mailbox))).reason.code == "smtp.no_answer"

    async def test_plain_text_where_tls_was_expected(self, mailbox_at: Open):
        with imap_server() as imap, smtp_server() as smtp:
            mailbox = mailbox_at(imap=imap.port, smtp=smtp.port, imap_security="tls", smtp_security="tls")
            assert (await failure(mailbox.unread())).reason.code == "imap.tls_failed"
            assert (await failure(self.submit(mailbox))).reason.code == "smtp.tls_failed"

    async def test_starttls_that_is_not_offered_sends_no_password(self, mailbox_at: Open):
        with imap_server() as imap, smtp_server() as smtp:
            mailbox = mailbox_at(imap=imap.port, smtp=smtp.port, imap_security="starttls", smtp_security="starttls")
            assert (await failure(mailbox.unread())).reason.code == "imap.starttls_missing"
            assert (await failure(self.submit(mailbox))).reason.code == "smtp.starttls_missing"
            assert not [said for said in imap.said + smtp.said if "AUTH" in said.upper() or "LOGIN" in said.upper()]

    @pytest.mark.parametrize(
        ("certificate", "trusted", "code"),
        [
            pytest.param({"expired": True}, True, "certificate_expired", id="expired"),
            pytest.param({"names": "DNS:other.example.test"}, True, "certificate_name", id="another name"),
            pytest.param({}, False, "certificate_untrusted", id="an authority nobody knows"),
            pytest.param({}, True, None, id="a good one"),
        ],
    )
    async def test_certificates(self, mailbox_at: Open, tmp_path: Path, certificate, trusted, code):
        authority = Authority(tmp_path / "ca")
        context = authority.context("server", **certificate)
        with imap_server(tls=context) as imap, smtp_server(tls=context) as smtp:
            mailbox = mailbox_at(
                imap=imap.port, smtp=smtp.port, imap_security="tls", smtp_security="tls",
                mail_ca_file=authority.certificate if trusted else None,
            )  # fmt: skip
            if code is None:
                await mailbox.unread()
                await self.submit(mailbox)
                return
            assert (await failure(mailbox.unread())).reason.code == f"imap.{code}"
            assert (await failure(self.submit(mailbox))).reason.code == f"smtp.{code}"
            assert not imap.said + smtp.said

    async def test_a_ca_file_that_is_none(self, mailbox_at: Open, tmp_path: Path):
        mailbox = mailbox_at(mail_ca_file=tmp_path / "none.pem")
        assert (await failure(mailbox.unread())).reason.code == "imap.ca_file_unreadable"

    async def test_a_server_that_wants_encryption_before_the_password(self, mailbox_at: Open):
        with imap_server(capability="IMAP4rev1 STARTTLS LOGINDISABLED") as imap:
            error = await failure(mailbox_at(imap=imap.port).unread())
        assert error.reason.code == "imap.login_disabled"

    async def test_a_server_that_hangs_up_during_the_sign_in_did_not_refuse_it(self, mailbox_at: Open):
        def script(line: Line, tag: str, command: str) -> bool:
            if command.startswith("AUTHENTICATE"):
                raise HangUp
            return False

        with imap_server(script) as imap:
            error = await failure(mailbox_at(imap=imap.port).unread())
        assert isinstance(error, MailboxUnavailable)

    async def test_login_where_authenticate_is_not_offered(self, mailbox_at: Open):
        with imap_server(capability="IMAP4rev1") as imap:
            await mailbox_at(imap=imap.port, imap_user="a user").unread()
        assert 'LOGIN "a user" "secret"' in imap.said


class TestBusyServers:
    @pytest.mark.parametrize(
        ("greeting", "code"),
        [
            ("* BYE Too many connections from this account", "imap.too_many_connections"),
            ("* BYE Server shutting down", "imap.server_busy"),
        ],
    )
    async def test_a_server_that_says_goodbye_at_once(self, mailbox_at: Open, greeting, code):
        with imap_server(greeting=greeting) as imap:
            error = await failure(mailbox_at(imap=imap.port, imap_connections=1).unread())
        assert error.reason.code == code

    async def test_the_pause_that_exchange_asks_for(self, mailbox_at: Open):
        def script(line: Line, tag: str, command: str) -> bool:
            if command.startswith("UID SEARCH"):
                line.reply(f"{tag} BAD Request is throttled. Suggested Backoff Time: 299523 milliseconds")
                return True
            return False

        with imap_server(script) as imap:
            mailbox = mailbox_at(imap=imap.port)
            for _ in range(3):
                error = await failure(mailbox.unread())
                assert (error.reason.code, error.reason.params["seconds"]) == ("imap.throttled", 300)
            await mailbox.wait(0.5)
            assert imap.connections == 1

    async def test_a_server_that_hangs_up_time_and_again_is_not_hammered(self, mailbox_at: Open):
        def script(line: Line, tag: str, command: str) -> bool:
            if command == "IDLE":
                raise HangUp
            return False

        with imap_server(script) as imap:
            mailbox = mailbox_at(imap=imap.port)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(3):
                    while True:
                        await mailbox.wait(3)
            assert 2 <= imap.connections <= 6

    async def test_an_answer_octet_by_octet_ends_some_day(self, mailbox_at: Open):
        def script(line: Line, tag: str, command: str) -> bool:
            if command.startswith("UID SEARCH"):
                while not server.stopping.wait(0.1):
                    line.send("*")
            return False

        with imap_server(script) as server:
            timeouts = Timeouts(connect=1.5, command=1.5, whole=1, data=1)
            error = await failure(mailbox_at(imap=server.port, timeouts=timeouts).unread())
            assert error.reason.code == "imap.too_slow"
            assert server.connections == 1


class TestReading:
    async def test_no_search_for_keywords_where_none_are_kept(self, mailbox_at: Open):
        with imap_server(kept="\\Seen \\Answered") as imap:
            await mailbox_at(imap=imap.port).unread()
        assert [said for said in imap.said if "SEARCH" in said] == ["UID SEARCH UNSEEN UNDELETED"]

    async def test_yahoos_trailing_blank_and_flags_out_of_order(self, mailbox_at: Open):
        def script(line: Line, tag: str, command: str) -> bool:
            if command.startswith("UID SEARCH"):
                line.reply("* SEARCH 5 3 ")
            elif command.startswith("UID FETCH"):
                line.send("* 2 FETCH (FLAGS () UID 5 RFC822.SIZE 9)\r\n* 1 FETCH (UID 3 RFC822.SIZE 7 FLAGS (x))\r\n")
            else:
                return False
            line.reply(f"{tag} OK done")
            return True

        with imap_server(script, exists=2) as imap:
            arrivals = await mailbox_at(imap=imap.port).unread()
        assert [(arrival.ref.id, arrival.size) for arrival in arrivals] == [("7/3", 7), ("7/5", 9)]

    async def test_huge_folders_are_searched_part_by_part(self, mailbox_at: Open):
        with imap_server(exists=120_000) as imap:
            await mailbox_at(imap=imap.port).unread()
        windows = [said.split(" ")[2] for said in imap.said if "SEARCH" in said]
        assert windows == ["1:50000", "50001:100000", "100001:120000"]

    async def test_an_identifier_that_is_part_of_every_other_is_not_looked_for_in_all(self, mailbox_at: Open):
        """A stranger chooses the Message-ID of a mail. Whether it was answered is asked of Sent, by In-Reply-To."""

        def script(line: Line, tag: str, command: str) -> bool:
            if command.startswith("UID SEARCH"):
                first, _, last = command.split(" ")[2].partition(":")
                line.reply("* SEARCH " + " ".join(map(str, range(int(first), int(last) + 1))))
                line.reply(f"{tag} OK done")
                return True
            return False

        with imap_server(script, exists=120_000) as imap:
            ref = MessageRef("INBOX", "7/3")
            assert not await mailbox_at(imap=imap.port).answered_by_person(ref, "<é@é>", never_ours)
        searched = [said for said in imap.said if "SEARCH" in said]
        fetched = [said.split(" ")[2] for said in imap.said if "HEADER.FIELDS" in said.upper()]
        assert searched == ['UID SEARCH 100001:120000 HEADER In-Reply-To "@"']
        assert (fetched[0].split(",")[0], sum(len(uids.split(",")) for uids in fetched)) == ("119001", 1000)

    @pytest.mark.parametrize("message_id", ["<>", "", "<\r\n>", '<"">', "<éà>", '<\\\\">', "\x00", "<\ud800>"])
    async def test_what_cannot_stand_in_a_search_is_not_searched_for(self, mailbox_at: Open, message_id: str):
        with imap_server() as imap:
            ref = MessageRef("INBOX", "7/3")
            assert not await mailbox_at(imap=imap.port).answered_by_person(ref, message_id, never_ours)
        assert [said for said in imap.said if "SEARCH" in said] == []

    async def test_a_line_that_breaks_under_a_command_is_made_anew_once(self, mailbox_at: Open):
        def script(line: Line, tag: str, command: str) -> bool:
            if command.startswith("UID SEARCH") and line.number == 1:
                raise HangUp
            return False

        with imap_server(script) as imap:
            assert await mailbox_at(imap=imap.port).unread() == ()
            assert imap.connections == 2

    async def test_a_line_that_breaks_again_is_reported(self, mailbox_at: Open):
        def script(line: Line, tag: str, command: str) -> bool:
            if command.startswith("UID SEARCH"):
                line.reply("* BYE out of order")
                raise HangUp
            return False

        with imap_server(script) as imap:
            assert (await failure(mailbox_at(imap=imap.port).unread())).reason.code == "imap.connection_lost"
            assert imap.connections == 2

    async def test_an_append_whose_answer_was_lost_is_not_repeated(self, mailbox_at: Open):
        kept: list[bytes] = []

        def script(line: Line, tag: str, command: str) -> bool:
            if command.startswith("APPEND"):
                line.reply("+ go on")
                kept.append(line.read_octets(int(command.rpartition("{")[2].rstrip("}"))))
                raise HangUp
            if command.startswith("UID SEARCH HEADER") and kept:
                line.reply("* SEARCH 1")
            elif command.startswith("UID FETCH") and kept:
                line.reply("* 1 FETCH (UID 1 BODY[HEADER.FIELDS (MESSAGE-ID)] {21}\r\nMessage-ID: <d@x>\r\n\r\n)")
            else:
                return False
            line.reply(f"{tag} OK done")
            return True

        with imap_server(script, exists=1) as imap:
            await mailbox_at(imap=imap.port).save_draft("d@x", b"Message-ID: <d@x>\r\n\r\nx\r\n")
        assert len(kept) == 1


async def test_a_copy_that_the_server_files_late_is_waited_for_before_ours_becomes_a_second(mailbox_at: Open):
    looks_into_sent = []

    def script(line: Line, tag: str, command: str) -> bool:
        if command.startswith("UID SEARCH HEADER"):
            folder = next(said for said in reversed(imap.said) if said.startswith("SELECT"))
            if "Sent" in folder:
                looks_into_sent.append(command)
            line.reply("* SEARCH 1" if "INBOX" in folder or len(looks_into_sent) > 2 else "* SEARCH")
        elif command.startswith("UID FETCH"):
            line.reply("* 1 FETCH (UID 1 BODY[HEADER.FIELDS (MESSAGE-ID)] {21}\r\nMessage-ID: <s@x>\r\n\r\n)")
        else:
            return False
        line.reply(f"{tag} OK done")
        return True

    with imap_server(script, exists=1) as imap:
        mailbox = mailbox_at(imap=imap.port)
        mailbox.sent_copies.submitted("s@x", with_self_copy=True)
        assert await mailbox.file_sent("s@x", RAW, final=False)
    assert len(looks_into_sent) == 3
    assert not [said for said in imap.said if "MOVE" in said or "APPEND" in said]
    assert mailbox.sent_copies.server_files is True


def giving(refused: Callable[[str, str], str | None]) -> Callable[[Line, str, str], bool]:
    """A folder with the messages 1, 2 and 3. refused(uids, items): the refusal of a FETCH, or None to give it."""

    def script(line: Line, tag: str, command: str) -> bool:
        if command.startswith("UID SEARCH UID"):
            line.reply(f"* SEARCH {command.rsplit(maxsplit=1)[-1]}")
        elif command.startswith("UID SEARCH"):
            line.reply("* SEARCH 1 2 3")
        elif command.startswith("UID FETCH"):
            _, _, uids, items = command.split(" ", 3)
            first, _, last = uids.partition(":")
            wanted = range(int(first), int(last) + 1) if last else [int(uid) for uid in uids.split(",")]
            if refusal := refused(",".join(map(str, wanted)), items):
                line.reply(f"* {wanted[0]} FETCH (UID {wanted[0]} BODY[]<0> {{5}}\r\nstale)")
                line.reply(f"{tag} {refusal}")
                return True
            for uid in wanted:
                if "SIZE" in items:
                    line.reply(f"* {uid} FETCH (UID {uid} RFC822.SIZE 100)")
                else:
                    body = "Subject: x\r\n\r\n" + ("" if "HEADER" in items else f"text {uid}")
                    name = "BODY[HEADER]<0>" if "HEADER" in items else "BODY[]<0>"
                    line.reply(f"* {uid} FETCH (UID {uid} {name} {{{len(body)}}}\r\n{body})")
        else:
            return False
        line.reply(f"{tag} OK done")
        return True

    return script


class TestAMessageThatTheServerCannotGive:
    WHOLE, HEADER = b"Subject: x\r\n\r\ntext %d", b"Subject: x\r\n\r\n"

    async def fetched(self, mailbox: ImapMailbox, limit: int = 10_000) -> list[bytes | None]:
        return [raw async for _, raw in mailbox.fetch(await mailbox.unread(), limit)]

    @pytest.mark.parametrize("refusal", ["NO [SERVERBUG] Internal error", "BAD Invalid message"])
    async def test_the_others_come_and_of_it_the_header(self, mailbox_at: Open, refusal):
        script = giving(lambda uids, items: refusal if "2" in uids and "BODY.PEEK[]" in items else None)
        with imap_server(script, exists=3) as imap:
            assert await self.fetched(mailbox_at(imap=imap.port)) == [self.WHOLE % 1, self.HEADER, self.WHOLE % 3]

    async def test_or_nothing_when_not_even_the_header_can_be_had(self, mailbox_at: Open):
        script = giving(lambda uids, items: "NO cannot" if "2" in uids and "BODY" in items else None)
        with imap_server(script, exists=3) as imap:
            assert await self.fetched(mailbox_at(imap=imap.port)) == [self.WHOLE % 1, b"", self.WHOLE % 3]

    async def test_a_server_that_is_busy_is_asked_again_but_not_for_ever(self, mailbox_at: Open):
        script = giving(lambda uids, items: "NO [UNAVAILABLE] later" if "BODY" in items else None)
        with imap_server(script, exists=3) as imap:
            mailbox = mailbox_at(imap=imap.port)
            for _ in range(3):
                assert (await failure(self.fetched(mailbox))).reason.code == "imap.server_busy"
            assert await self.fetched(mailbox) == [b"", b"", b""]

    async def test_sizes_that_are_refused_do_not_hide_the_mail(self, mailbox_at: Open):
        with imap_server(giving(lambda uids, items: "NO cannot" if "SIZE" in items else None), exists=3) as imap:
            assert await self.fetched(mailbox_at(imap=imap.port)) == [self.WHOLE % uid for uid in (1, 2, 3)]


async def test_a_large_mail_over_a_slow_line_comes_part_by_part(mailbox_at: Open):
    """Each part takes most of the time that one job may take."""
    octets = bytes(range(65, 91)) * 100_000

    def script(line: Line, tag: str, command: str) -> bool:
        if not command.startswith("UID FETCH"):
            return False
        start, count = map(int, command.rpartition("<")[2].rstrip(">)").split("."))
        part = octets[start : start + count]
        server.stopping.wait(0.4)
        line.reply(f"* 1 FETCH (UID 1 BODY[]<{start}> {{{len(part)}}}")
        line.send(part)
        line.reply(f")\r\n{tag} OK done")
        return True

    with imap_server(script, exists=1) as server:
        mailbox = mailbox_at(imap=server.port, timeouts=Timeouts(connect=2, command=2, whole=1, data=1))
        arrival = Arrival(MessageRef("INBOX", "7/1"), len(octets))
        assert [raw async for _, raw in mailbox.fetch([arrival], 25_000_000)] == [octets]


HOSTILE = [
    pytest.param("* 1 FETCH (UID 1 BODY[] {" + "9" * 25 + "}", id="a literal without end"),
    pytest.param("* 1 FETCH (UID 1 BODY[] {" + "9" * 5000 + "}", id="a length that is no number any more"),
    pytest.param("* 1 FETCH (UID 1 BODY[] {2000000000}", id="a literal of two gigabytes"),
]


class TestHostileServers:
    @pytest.mark.parametrize("answer", [*HOSTILE, pytest.param("* 1 FETCH ((((", id="no end of parentheses")])
    async def test_an_answer_that_nobody_can_read(self, mailbox_at: Open, answer):
        def script(line: Line, tag: str, command: str) -> bool:
            if command.startswith("UID FETCH") and line.number <= 2:
                line.reply(answer)
                line.reply(f"{tag} OK done")
                return True
            return giving(lambda *_: None)(line, tag, command)

        with imap_server(script, exists=3) as imap:
            mailbox = mailbox_at(imap=imap.port)
            with contextlib.suppress(MailboxUnavailable):
                await mailbox.unread()
            assert len(await mailbox.unread()) == 3

    @pytest.mark.parametrize("answer", HOSTILE)
    async def test_the_watch_goes_on(self, mailbox_at: Open, answer):
        def script(line: Line, tag: str, command: str) -> bool:
            if command == "IDLE" and line.number == 1:
                line.reply("+ idling")
                line.reply(answer)
                server.stopping.wait(15)
            return False

        with imap_server(script) as server:
            mailbox = mailbox_at(imap=server.port)
            await mailbox.wait(60)
            await eventually(lambda: len([said for said in server.said if said == "IDLE"]) == 2)
            assert server.connections == 2


class TestIdle:
    """What comes over the line during IDLE, and that wait() returns for it: it would else take ten minutes."""

    @pytest.mark.parametrize(
        "segments",
        [
            pytest.param(["* 1 EXISTS\r\n"], id="one line"),
            pytest.param(["* 1 EX", "ISTS\r\n"], id="a line in two segments"),
            pytest.param(["*", " ", "1", " ", "R", "ECENT\r", "\n"], id="a line in many"),
            pytest.param(["* OK Still here\r\n* 1 EXISTS\r\n"], id="two lines in one segment"),
            pytest.param(["* 1 FETCH (BODY[] {12}\r\n* 9 EXISTS\r\n)\r\n", "* 1 EXISTS\r\n"], id="after a literal"),
        ],
    )
    async def test_news(self, mailbox_at: Open, segments):
        told = asyncio.Event()
        loop = asyncio.get_running_loop()

        def script(line: Line, tag: str, command: str) -> bool:
            if command != "IDLE":
                return False
            line.reply("+ idling")
            go_on.wait(60)
            for segment in segments:
                line.send(segment)
                server.stopping.wait(0.05)  # so that segments are segments
            loop.call_soon_threadsafe(told.set)
            line.read()
            line.reply(f"{tag} OK done")
            return True

        go_on = threading.Event()
        with imap_server(script) as server:
            mailbox = mailbox_at(imap=server.port)
            await mailbox.wait(60)  # the watch has begun
            await mailbox.unread()
            waiting = asyncio.create_task(mailbox.wait(600))
            go_on.set()
            await asyncio.wait_for(waiting, 60)
            await asyncio.wait_for(told.wait(), 60)

    async def test_news_in_the_segment_of_the_go_ahead(self, mailbox_at: Open):
        def script(line: Line, tag: str, command: str) -> bool:
            if command != "IDLE":
                return False
            line.send("+ idling\r\n* 1 EXISTS\r\n* 2 EXISTS\r\n")
            line.read()
            return True

        with imap_server(script) as server:
            mailbox = mailbox_at(imap=server.port)
            await asyncio.wait_for(mailbox.wait(600), 60)

    @pytest.mark.parametrize(
        ("last_words", "hangs_up"),
        [
            pytest.param("", True, id="nothing"),
            pytest.param("* 1 EXI", True, id="half a line"),
            pytest.param("* BYE autologout\r\n", False, id="BYE, the line still stands"),
        ],
    )
    async def test_a_line_that_ends_is_made_anew_and_the_caller_looks_again(
        self, mailbox_at: Open, last_words, hangs_up
    ):
        go_on = threading.Event()

        def script(line: Line, tag: str, command: str) -> bool:
            if command == "IDLE" and line.number == 1:
                line.reply("+ idling")
                go_on.wait(60)
                line.send(last_words)
                if not hangs_up:
                    server.stopping.wait(15)
                raise HangUp
            return False

        with imap_server(script) as server:
            mailbox = mailbox_at(imap=server.port)
            await mailbox.wait(60)
            waiting = asyncio.create_task(mailbox.wait(600))
            go_on.set()
            await asyncio.wait_for(waiting, 60)  # so that the caller finds out what is wrong
            await asyncio.wait_for(mailbox.wait(600), 60)  # the watch goes on, something may have been missed
            assert server.connections == 2

    async def test_a_server_that_announces_idle_and_refuses_it(self, mailbox_at: Open):
        def script(line: Line, tag: str, command: str) -> bool:
            if command != "IDLE":
                return False
            line.reply(f"{tag} BAD what?")
            return True

        with imap_server(script) as server:
            mailbox = mailbox_at(imap=server.port)
            await mailbox.wait(0.2)
            await eventually(lambda: mailbox._watcher.polling)
            assert server.connections == 1


RAW = b"From: bot@example.test\r\nTo: alice@outside.test\r\nMessage-ID: <s@x>\r\n\r\nBonjour\r\n.\r\n"
SUBMISSION = Submission("s@x", RAW, "", AUTHOR)


async def committed() -> None:
    pass


def commands(server: Server) -> list[str]:
    return [said for said in server.said if said.startswith(("MAIL", "RCPT", "DATA", "RSET"))]


class TestSubmitting:
    async def test_the_envelope_holds_the_author_and_ourselves(self, mailbox_at: Open):
        with smtp_server() as smtp:
            await mailbox_at(smtp=smtp.port).submit(SUBMISSION, committed)
        assert commands(smtp) == [
            f"MAIL FROM:<> SIZE={len(RAW)}",
            f"RCPT TO:<{AUTHOR}>",
            f"RCPT TO:<{OURS}>",
            "DATA",
        ]
        assert smtp.said[-1] == RAW.decode().replace("\r\n", "\n").replace("\n.\n", "\n..")

    @pytest.mark.parametrize(
        ("replies", "error", "code"),
        [
            pytest.param({"MAIL": "451 later"}, MailboxUnavailable, "smtp.later", id="sender, 4yz"),
            pytest.param({"MAIL": "550 no"}, SubmissionRefused, "smtp.sender_refused", id="sender, 5yz"),
            pytest.param({"MAIL": "530 sign in"}, SubmissionRefused, "smtp.sign_in_wanted", id="sign-in wanted"),
            pytest.param({f"RCPT TO:<{AUTHOR}": "450 greylisted"}, MailboxUnavailable, "smtp.later", id="author, 4yz"),
            pytest.param(
                {f"RCPT TO:<{AUTHOR}": "550 nobody"}, SubmissionRefused, "smtp.recipient_refused", id="author, 5yz"
            ),
            pytest.param({"RCPT": hang_up}, MailboxUnavailable, "smtp.connection_lost", id="lost before committing"),
            pytest.param(
                {"RCPT": be_silent}, MailboxUnavailable, "smtp.connection_lost", id="silent before committing"
            ),
            pytest.param({"DATA": "451 later"}, MailboxUnavailable, "smtp.later", id="DATA, 4yz"),
            pytest.param({"DATA": "554 no"}, SubmissionRefused, "smtp.message_refused", id="DATA, 5yz"),
            pytest.param({"DATA": "250 ok?"}, MailboxUnavailable, "smtp.connection_lost", id="DATA, 250 for 354"),
            pytest.param({"DATA": hang_up}, SubmissionUnknown, "smtp.outcome_unknown", id="lost at DATA"),
            pytest.param({".": "451 later"}, MailboxUnavailable, "smtp.later", id="after the dot, 4yz"),
            pytest.param({".": "421 closing"}, MailboxUnavailable, "smtp.later", id="after the dot, 421"),
            pytest.param({".": "554 spam"}, SubmissionRefused, "smtp.message_refused", id="after the dot, 5yz"),
            pytest.param({".": hang_up}, SubmissionUnknown, "smtp.outcome_unknown", id="lost after the dot"),
            pytest.param({".": be_silent}, SubmissionUnknown, "smtp.outcome_unknown", id="silent after the dot"),
            pytest.param({".": "what?"}, SubmissionUnknown, "smtp.outcome_unknown", id="gibberish after the dot"),
            pytest.param({"GREETING": "421 busy"}, MailboxUnavailable, "smtp.later", id="busy"),
            pytest.param({"AUTH": "535 no"}, LoginRefused, "smtp.login_refused", id="sign-in refused"),
            pytest.param({"AUTH": "454 later"}, MailboxUnavailable, "smtp.later", id="sign-in, 4yz"),
        ],
    )
    async def test_failures(self, mailbox_at: Open, replies, error, code):
        with smtp_server(replies) as smtp:
            raised = await failure(mailbox_at(smtp=smtp.port).submit(SUBMISSION, committed))
        assert (type(raised), raised.reason.code) == (error, code)
        assert len([said for said in smtp.said if said == "DATA"]) <= 1

    @pytest.mark.parametrize("code", [535, 454])
    async def test_a_server_that_repeats_the_password_is_not_quoted(self, mailbox_at: Open, code: int):
        sent = b64encode(f"\0{OURS}\0secret".encode()).decode()
        repeated = f"{code} 5.7.8 refused: AUTH PLAIN {sent}, secret, {b64encode(b'secret').decode()}"
        with smtp_server({"AUTH": repeated}) as smtp:
            raised = await failure(mailbox_at(smtp=smtp.port).submit(SUBMISSION, committed))
            assert f"AUTH PLAIN {sent}" in smtp.said
        assert raised.reason.params["reply"] == f"{code} 5.7.8 refused: AUTH PLAIN …, …, …"

    @pytest.mark.parametrize(
        ("replies", "said"),
        [
            pytest.param(
                {"MAIL FROM:<>": "550 5.1.7 no null sender"},
                ["MAIL FROM:<>", "RSET", f"MAIL FROM:<{OURS}>", f"RCPT TO:<{AUTHOR}>", f"RCPT TO:<{OURS}>", "DATA"],
                id="at MAIL",
            ),
            pytest.param(
                {".": "250 taken"},
                ["MAIL FROM:<>", f"RCPT TO:<{AUTHOR}>", f"RCPT TO:<{OURS}>", "DATA"],
                id="not at all",
            ),
        ],
    )
    async def test_the_null_return_path(self, mailbox_at: Open, replies, said):
        with smtp_server(replies) as smtp:
            mailbox = mailbox_at(smtp=smtp.port)
            await mailbox.submit(SUBMISSION, committed)
            assert [command.split(" SIZE")[0] for command in commands(smtp)] == said
            smtp.said.clear()
            await mailbox.submit(SUBMISSION, committed)  # remembered: RSET is the look at the kept connection
            again = [command.split(" SIZE")[0] for command in commands(smtp)]
            assert again == ["RSET", said[-4] if len(said) == 4 else f"MAIL FROM:<{OURS}>", *said[-3:]]

    async def test_the_null_return_path_refused_only_at_the_recipient(self, mailbox_at: Open):
        refusals = iter(["553 5.7.1 <>: Sender address rejected: not owned by user", "250 fine", "250 fine"])
        with smtp_server({"RCPT": lambda line: line.reply(next(refusals))}) as smtp:
            mailbox = mailbox_at(smtp=smtp.port)
            await mailbox.submit(SUBMISSION, committed)
        assert [command.split(" SIZE")[0] for command in commands(smtp)][-4:] == [
            f"MAIL FROM:<{OURS}>", f"RCPT TO:<{AUTHOR}>", f"RCPT TO:<{OURS}>", "DATA",
        ]  # fmt: skip
        assert not mailbox._submitter.takes_null_path

    async def test_the_null_return_path_refused_only_after_the_message(self, mailbox_at: Open):
        answers = iter(["550 5.7.60 Client does not have permissions to send as this sender", "250 taken"])
        times: list[str] = []

        async def committing() -> None:
            times.append("once")

        with smtp_server({".": lambda line: line.reply(next(answers))}) as smtp:
            await mailbox_at(smtp=smtp.port).submit(SUBMISSION, committing)
        assert [said.split(" SIZE")[0] for said in smtp.said if said.startswith("MAIL")] == [
            "MAIL FROM:<>",
            f"MAIL FROM:<{OURS}>",
        ]
        assert times == ["once"]

    @pytest.mark.parametrize(
        "reply", ["550 no such user", "452 full", "421 closing", hang_up, be_silent],
        ids=lambda reply: getattr(reply, "__name__", reply)
    )  # fmt: skip
    async def test_a_self_copy_that_fails_never_stops_the_answer(self, mailbox_at: Open, reply):
        with smtp_server({f"RCPT TO:<{OURS}": reply}) as smtp:
            await mailbox_at(smtp=smtp.port).submit(SUBMISSION, committed)
        assert len([said for said in smtp.said if said == "DATA"]) == 1

    async def test_a_line_that_is_lost_while_committing_was_not_used(self, mailbox_at: Open):
        lines: list[Line] = []

        def reply(line: Line) -> None:
            lines.append(line)
            line.reply("250 fine")

        with smtp_server({"RCPT": reply}) as smtp:
            mailbox = mailbox_at(smtp=smtp.port)

            async def committing() -> None:
                lines[-1].sock.shutdown(socket.SHUT_WR)
                await eventually(lines[-1].over.is_set)  # the client has closed its end

            error = await failure(mailbox.submit(SUBMISSION, committing))
        assert isinstance(error, MailboxUnavailable)

    async def test_smtputf8_that_is_not_offered(self, mailbox_at: Open):
        with smtp_server(extensions=("SIZE",)) as smtp:
            mailbox = mailbox_at(smtp=smtp.port)
            given = Submission("s@x", RAW, "", "jérôme@outside.test")
            assert (await failure(mailbox.submit(given, committed))).reason.code == "smtp.smtputf8_missing"
            assert commands(smtp) == []
            await mailbox.submit(SUBMISSION, committed)

    async def test_a_server_without_sign_in_gets_no_password(self, mailbox_at: Open):
        with smtp_server(extensions=("SIZE",)) as smtp:
            await mailbox_at(smtp=smtp.port).submit(SUBMISSION, committed)
        assert not [said for said in smtp.said if said.startswith("AUTH")]

    async def test_sign_in_by_login(self, mailbox_at: Open):
        with smtp_server(extensions=("AUTH LOGIN",)) as smtp:
            await mailbox_at(smtp=smtp.port).submit(SUBMISSION, committed)
        assert "AUTH LOGIN" in smtp.said

    async def test_a_server_that_is_away_is_not_hammered(self, mailbox_at: Open):
        with smtp_server({"GREETING": "421 busy"}) as smtp:
            mailbox = mailbox_at(smtp=smtp.port)
            for _ in range(5):
                assert isinstance(await failure(mailbox.submit(SUBMISSION, committed)), MailboxUnavailable)
            assert smtp.connections == 1
