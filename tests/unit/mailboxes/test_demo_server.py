"""The demo's mail server, seen by the clients that the program uses: IMAPClient and aiosmtplib."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import TypeVar

import aiosmtplib
import pytest
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

from repondeur.errors import SettingsError
from repondeur.mailboxes.demo.imap import Imap
from repondeur.mailboxes.demo.server import MAX_SIZE, DemoServer, arriving
from repondeur.mailboxes.demo.shop import Account

A_MAIL = b"Message-ID: <one@client.example>\r\nFrom: claire@client.example\r\nSubject: Bonjour\r\n\r\nUne question.\r\n"
OUTSIDER = "jean@ailleurs.example"
T = TypeVar("T")


@pytest.fixture
async def server() -> AsyncIterator[DemoServer]:
    async with DemoServer() as running:
        yield running


class Wire(asyncio.Transport):
    """A connection from this machine that keeps what is written, write by write."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.pieces: list[bytes] = []
        with socket.socket() as self._socket:
            pass  # only its family is looked at

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.pieces.append(bytes(data))

    def get_extra_info(self, name: str, default: object = None) -> object:
        if name == "socket":
            return self._socket
        return super().get_extra_info(name, default)

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        pass


async def by_imap(server: DemoServer, work: Callable[[IMAPClient], T], account: Account | None = None) -> T:
    who = account or server.agent

    def session() -> T:
        with IMAPClient(server.host, server.imap_port, ssl=False, timeout=60) as client:
            client.login(who.address, who.password)
            client.select_folder("INBOX")
            return work(client)

    return await asyncio.to_thread(session)


async def by_smtp(
    server: DemoServer, sender: str, recipients: list[str], raw: bytes = A_MAIL, account: Account | None = None
) -> None:
    async with aiosmtplib.SMTP(hostname=server.host, port=server.smtp_port, start_tls=False, timeout=60) as client:
        if account is not None:
            await client.login(account.address, account.password)
        await client.sendmail(sender, recipients, raw)


def everything(client: IMAPClient) -> list[Message]:
    fetched = client.fetch(client.search(), ["BODY.PEEK[]"])
    return [message_from_bytes(item[b"BODY[]"]) for _, item in sorted(fetched.items())]


def subjects(client: IMAPClient) -> list[str]:
    return [message["Subject"] for message in everything(client)]


class TestImap:
    async def test_a_wrong_password_is_refused_and_the_right_one_is_not(self, server: DemoServer) -> None:
        with pytest.raises(LoginError):
            await by_imap(server, subjects, Account(server.agent.address, "", "wrong"))
        assert await by_imap(server, subjects) == []

    async def test_passwords_are_new_each_time(self, server: DemoServer) -> None:
        assert DemoServer().agent.password != server.agent.password
        assert server.agent.password not in repr(server.agent)

    async def test_the_folders_of_an_account(self, server: DemoServer) -> None:
        names = await by_imap(server, lambda client: [name for _, _, name in client.list_folders()])
        assert names == ["INBOX", "Drafts", "Sent"]

    async def test_a_keyword_is_kept_and_found_by_a_later_session(self, server: DemoServer) -> None:
        await server.deliver(A_MAIL)
        await server.deliver(A_MAIL)

        def mark(client: IMAPClient) -> None:
            client.add_flags(client.search()[:1], ["$RepondeurDone"])

        def unmarked(client: IMAPClient) -> list[int]:
            return list(client.search(["UNSEEN", "UNKEYWORD", "$RepondeurDone"]))

        assert await by_imap(server, unmarked) == [101, 102]
        await by_imap(server, mark)
        assert await by_imap(server, unmarked) == [102]

    async def test_looking_does_not_mark_as_read_and_storing_does(self, server: DemoServer) -> None:
        await server.deliver(A_MAIL)

        def work(client: IMAPClient) -> tuple[list[int], list[int]]:
            client.fetch([101], ["BODY.PEEK[]", "BODY.PEEK[HEADER]", "RFC822.SIZE"])
            before = client.search(["UNSEEN"])
            client.add_flags([101], [rb"\Seen", rb"\Answered"])
            return before, client.search(["UNSEEN"])

        assert await by_imap(server, work) == ([101], [])

    async def test_a_message_in_pieces(self, server: DemoServer) -> None:
        raw = A_MAIL + b"0123456789\r\n" * 20_000
        await server.deliver(raw)

        def work(client: IMAPClient) -> bytes:
            pieces = (
                client.fetch([101], [f"BODY.PEEK[]<{start}.65536>"])[101][b"BODY[]<%d>" % start]
                for start in range(0, len(raw), 65536)
            )
            return b"".join(pieces)

        assert await by_imap(server, work) == raw

    async def test_append_tells_the_uid_and_a_search_by_message_id_finds_it(self, server: DemoServer) -> None:
        def work(client: IMAPClient) -> tuple[bytes, list[int], list[int]]:
            answer = client.append("Drafts", A_MAIL, [rb"\Draft", "$Ours"])
            client.select_folder("Drafts")
            return (
                answer,
                client.search(["HEADER", "Message-ID", "<one@client.example>"]),
                client.search(["HEADER", "Message-ID", "<two@client.example>"]),
            )

        answer, found, not_found = await by_imap(server, work)
        assert b"APPENDUID" in answer
        assert (found, not_found) == ([101], [])

    async def test_move_and_copy(self, server: DemoServer) -> None:
        for _ in range(3):
            await server.deliver(A_MAIL)

        def work(client: IMAPClient) -> tuple[list[int], int, set[bytes]]:
            client.create_folder("Traités")
            client.add_flags([101], ["$Done"])
            client.move([101], "Traités")
            client.copy([102], "Traités")
            rest = client.search()
            there = client.select_folder("Traités")[b"EXISTS"]
            return list(rest), there, set(client.get_flags([101])[101])

        rest, there, flags = await by_imap(server, work)
        assert (rest, there) == ([102, 103], 2)
        assert b"$Done" in flags

    async def test_moving_into_a_folder_that_does_not_exist_is_refused(self, server: DemoServer) -> None:
        await server.deliver(A_MAIL)
        with pytest.raises(IMAPClientError, match="TRYCREATE"):
            await by_imap(server, lambda client: client.move([101], "Nowhere"))

    async def test_every_response_is_written_in_one_piece(self) -> None:
        """imaplib takes half a line for a broken connection when it has to wait for the rest."""
        someone = Account("someone@x.example", "", "secret")
        imap = Imap([someone], MAX_SIZE)
        await imap.put(someone.address, A_MAIL)
        reader, wire = asyncio.StreamReader(), Wire()
        reader.feed_data(
            b'a LOGIN someone@x.example secret\r\nb LIST "" *\r\nc SELECT INBOX\r\n'
            b"d FETCH 1 (FLAGS ENVELOPE BODY[])\r\ne LOGOUT\r\n"
        )
        protocol = asyncio.StreamReaderProtocol(reader)
        await imap.answer(reader, asyncio.StreamWriter(wire, protocol, reader, asyncio.get_running_loop()))
        assert b"Une question." in b"".join(wire.pieces)
        assert [piece for piece in wire.pieces if not piece.endswith(b"\r\n")] == []

    async def test_idle_tells_of_a_new_message(self, server: DemoServer) -> None:
        loop = asyncio.get_running_loop()

        def work(client: IMAPClient) -> list[object]:
            client.idle()
            asyncio.run_coroutine_threadsafe(server.deliver(A_MAIL), loop).result(60)
            told = client.idle_check(timeout=60)
            client.idle_done()
            return [line[:2] for line in told]

        assert (1, b"EXISTS") in await by_imap(server, work)

    async def test_every_idle_session_hears_of_it(self, server: DemoServer) -> None:
        idling = threading.Barrier(3)

        def work(client: IMAPClient) -> list[object]:
            client.idle()
            idling.wait(60)
            told = client.idle_check(timeout=60)
            client.idle_done()
            return [line[:2] for line in told]

        listeners = [asyncio.create_task(by_imap(server, work)) for _ in range(2)]
        await asyncio.to_thread(idling.wait, 60)
        await by_smtp(server, OUTSIDER, [server.agent.address])
        first, second = await asyncio.gather(*listeners)
        assert (1, b"EXISTS") in first
        assert (1, b"EXISTS") in second

    async def test_a_message_over_the_limit_is_refused(self, server: DemoServer) -> None:
        with pytest.raises(IMAPClientError):
            await by_imap(server, lambda client: client.append("Drafts", b"x" * (MAX_SIZE + 1)))
        await server.deliver(A_MAIL)
        assert await by_imap(server, subjects) == ["Bonjour"]


class TestSmtp:
    async def test_a_stranger_writes_to_the_agent(self, server: DemoServer) -> None:
        await by_smtp(server, OUTSIDER, ["Support@Boutique.example"])
        (message,) = await by_imap(server, everything)
        assert message["Return-Path"] == f"<{OUTSIDER}>"
        assert message["Subject"] == "Bonjour"
        assert await server.sent_to(server.agent.address) == ()

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param(b"Bonjour,\nune question.\n", id="bare line feeds, as from a pipe"),
            pytest.param(b"x" * 30_000 + b"\r\n", id="one long line, as of HTML"),
            pytest.param(b".\r\n..a\r\n", id="dots at the start of lines"),
            pytest.param("é€\r\n".encode(), id="8 bit"),
        ],
    )
    async def test_what_people_write_arrives_whole(self, server: DemoServer, body: bytes) -> None:
        await by_smtp(server, OUTSIDER, [server.agent.address], b"Subject: Bonjour\n\n" + body)
        (message,) = await by_imap(server, everything)
        assert message.get_payload(decode=True) == body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")

    async def test_the_agent_answers_a_person_of_this_server(self, server: DemoServer) -> None:
        await by_smtp(server, server.agent.address, [server.customer.address], account=server.agent)
        assert await by_imap(server, subjects, server.customer) == ["Bonjour"]
        assert await server.sent_to(server.customer.address) == (A_MAIL,)

    async def test_what_the_agent_sends_elsewhere_can_be_looked_at(self, server: DemoServer) -> None:
        await by_smtp(server, server.agent.address, [OUTSIDER], account=server.agent)
        assert await server.sent_to(OUTSIDER.upper()) == (A_MAIL,)
        assert await server.sent_to("someone-else@ailleurs.example") == ()

    async def test_the_null_reverse_path_and_a_copy_to_itself(self, server: DemoServer) -> None:
        await by_smtp(server, "", [OUTSIDER, server.agent.address], account=server.agent)
        (copy,) = await by_imap(server, everything)
        assert copy["Return-Path"] == "<>"
        assert len(await server.sent_to(OUTSIDER)) == 1

    @pytest.mark.parametrize(
        ("sender", "recipient", "signed_in", "code"),
        [
            pytest.param(OUTSIDER, "x@elsewhere.example", False, 550, id="a stranger cannot relay"),
            pytest.param("support@boutique.example", "claire@client.example", False, 530, id="nor pretend to be us"),
            pytest.param(OUTSIDER, "claire@client.example", True, 553, id="we cannot pretend to be a stranger"),
        ],
    )
    async def test_what_is_refused(
        self, server: DemoServer, sender: str, recipient: str, signed_in: bool, code: int
    ) -> None:
        with pytest.raises((aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPSenderRefused)) as refused:
            await by_smtp(server, sender, [recipient], account=server.agent if signed_in else None)
        answer = refused.value
        codes = (
            [one.code for one in answer.recipients]
            if isinstance(answer, aiosmtplib.SMTPRecipientsRefused)
            else [answer.code]
        )
        assert codes == [code]
        assert await server.sent_to(recipient) == ()

    async def test_a_wrong_password(self, server: DemoServer) -> None:
        wrong = Account(server.agent.address, "", "wrong")
        with pytest.raises(aiosmtplib.SMTPAuthenticationError):
            await by_smtp(server, server.agent.address, [OUTSIDER], account=wrong)

    async def test_a_message_over_the_limit(self, server: DemoServer) -> None:
        big = A_MAIL + b"0123456789\r\n" * (MAX_SIZE // 12)
        with pytest.raises(aiosmtplib.SMTPResponseException) as refused:
            await by_smtp(server, OUTSIDER, [server.agent.address], big)
        assert refused.value.code == 552


class TestDelivery:
    NOW = datetime(2026, 11, 20, 10, 12, tzinfo=UTC)

    def test_a_sample_gets_its_date_trace_and_line_ends(self) -> None:
        sample = b"Return-Path: <a@x.example>\nFrom: a@x.example\nDate: {{now}}\n\nSalut,\nca va ?\n"
        assert arriving(sample, self.NOW) == (
            b"Return-Path: <a@x.example>\r\n"
            b"Received: from x.example by localhost with ESMTP; Fri, 20 Nov 2026 10:12:00 +0000\r\n"
            b"From: a@x.example\r\nDate: Fri, 20 Nov 2026 10:12:00 +0000\r\n\r\nSalut,\r\nca va ?\r\n"
        )

    @pytest.mark.parametrize("raw", [b"", b"\n", b"no header at all", A_MAIL, bytes(range(256)).replace(b"\n", b"")])
    async def test_any_octets_arrive(self, server: DemoServer, raw: bytes) -> None:
        await server.deliver(raw)
        got = await by_imap(server, lambda client: client.fetch([101], ["BODY.PEEK[]"])[101][b"BODY[]"])
        assert got == arriving(raw, self.NOW)

    async def test_the_date_is_now(self, server: DemoServer) -> None:
        await server.deliver(b"Date: {{now}}\n\n")
        (message,) = await by_imap(server, everything)
        assert abs(parsedate_to_datetime(message["Date"]).timestamp() - time.time()) < 60


class TestStartAndStop:
    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "mail.example"])
    def test_only_on_loopback(self, host: str) -> None:
        with pytest.raises(SettingsError) as refused:
            DemoServer(host)
        assert refused.value.reason.code == "demo.not_loopback"
        assert host in str(refused.value)

    @pytest.mark.parametrize("which", ["imap_port", "smtp_port"])
    async def test_a_port_that_is_taken(self, server: DemoServer, which: str) -> None:
        with pytest.raises(SettingsError, match=str(server.imap_port)):
            async with DemoServer(**{which: server.imap_port}):
                pass

    async def test_it_stops_under_open_connections(self) -> None:
        async with asyncio.timeout(60), DemoServer() as server:
            client = await asyncio.to_thread(IMAPClient, server.host, server.imap_port, ssl=False, timeout=60)
            await asyncio.to_thread(client.login, server.agent.address, server.agent.password)
            await asyncio.to_thread(client.select_folder, "INBOX")
            await asyncio.to_thread(client.idle)
            _, smtp = await asyncio.open_connection(server.host, server.smtp_port)
        with pytest.raises(OSError, match="Connect"):
            await asyncio.open_connection(server.host, server.imap_port)
        smtp.close()
        client.shutdown()


ODD_FIELDS = (
    b"Message-ID: <>", b"Message-ID: <[]@[]>", b'From: "', b"Sender: <", b"Sender: a@b.example, c@d.example",
    b"Date: x", b"To: " + b"(" * 500, b"Cc: " + b"<" * 50_000, b"In-Reply-To: <>", b"Content-Type: ;",
    b"Content-Disposition: ;;",
)  # fmt: skip


async def test_a_field_that_nobody_can_read_hides_no_other_mail(server: DemoServer) -> None:
    """Of a mail, and of one that is attached to a mail."""
    for field in ODD_FIELDS:
        await server.deliver(b"Subject: odd\r\n" + field + b"\r\n\r\nHello.\r\n")
        await server.deliver(b"Subject: odd\r\nContent-Type: message/rfc822\r\n\r\n" + field + b"\r\n\r\nHello.\r\n")
    await server.deliver(A_MAIL)

    def look(client: IMAPClient) -> tuple[list[int], list[int], int]:
        by_id = client.search(["HEADER", "Message-ID", "one@client.example"])
        shown = client.fetch(client.search("ALL"), ["ENVELOPE", "BODYSTRUCTURE", "BODY.PEEK[]"])
        whole = [one[b"BODY[]"] for one in shown.values()]
        return by_id, sorted(shown), sum(field in raw for raw in whole for field in ODD_FIELDS)

    by_id, shown, kept = await by_imap(server, look)
    assert by_id == shown[-1:]
    assert (len(shown), kept) == (2 * len(ODD_FIELDS) + 1, 2 * len(ODD_FIELDS))
