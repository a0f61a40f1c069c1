"""Unread mail, its octets and the notice of it, on a real Dovecot."""

import asyncio
import os
import tracemalloc

import pytest
from tests.support.eventually import eventually
from tests.support.mailserver import MailServer, mail, running

from repondeur.errors import FolderMissing, LoginRefused, MailboxUnavailable
from repondeur.mailboxes.base import Arrival, MessageRef
from repondeur.mailboxes.imap.mailbox import ImapMailbox

pytestmark = pytest.mark.servers


async def fetched(mailbox: ImapMailbox, arrivals, limit: int = 25_000_000) -> list[bytes | None]:
    return [raw async for _, raw in mailbox.fetch(arrivals, limit)]


async def test_unread_mail_comes_oldest_first_with_its_size_and_stays_unread(mail_server: MailServer, opened):
    address = mail_server.account()
    mailbox = opened(mail_server, address)
    raws = [mail(f"Question {number}") for number in range(3)]
    for raw in raws:
        mail_server.deliver(address, raw)
    arrivals = await mailbox.unread()
    contents = await fetched(mailbox, arrivals)
    assert [raw[raw.index(b"From:") :] for raw in contents] == raws  # Dovecot puts its trace fields on top
    assert [arrival.size for arrival in arrivals] == [len(raw) for raw in contents]
    assert all(b"\\Seen" not in flags for _, flags in mail_server.messages(address))


async def test_what_arrives_between_two_looks_is_seen_by_the_second(mail_server: MailServer, opened):
    address = mail_server.account()
    mailbox = opened(mail_server, address)
    assert await mailbox.unread() == ()
    mail_server.deliver(address, mail())
    assert len(await mailbox.unread()) == 1


async def test_read_deleted_and_done_mail_does_not_wait(mail_server: MailServer, opened):
    address = mail_server.account()
    mailbox = opened(mail_server, address)
    for subject in ("new", "read", "deleted", "done before"):
        mail_server.deliver(address, mail(subject))
    with mail_server.imap(address) as person:
        person.add_flags(2, [b"\\Seen"])
        person.add_flags(3, [b"\\Deleted"])
        person.add_flags(4, [b"$Repondeur"])
    arrivals = await mailbox.unread()
    assert [arrival.ref.id.partition("/")[2] for arrival in arrivals] == ["1"]


async def test_many_messages(mail_server: MailServer, opened):
    address = mail_server.account()
    mail_server.deliver(address, mail(), count=1500)
    mailbox = opened(mail_server, address)
    arrivals = await mailbox.unread()
    assert len(arrivals) == 1500
    assert all(await fetched(mailbox, arrivals[:200]))


async def test_a_large_mail_comes_whole_and_in_parts(mail_server: MailServer, opened):
    address = mail_server.account()
    large = mail("large", body="".join(f"{number} ".ljust(75, "x") + "\n" for number in range(80_000)))
    mail_server.deliver(address, large)
    mailbox = opened(mail_server, address)
    arrivals = await mailbox.unread()
    await fetched(mailbox, arrivals[:0])
    tracemalloc.start()
    try:
        (content,) = await fetched(mailbox, arrivals)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert content.endswith(large)
    assert peak < 3.5 * len(large), "a mail costs its own size, a copy of it, and one part"


async def test_over_the_limit_only_the_header_comes(mail_server: MailServer, opened):
    address = mail_server.account()
    mail_server.deliver(address, mail("large", body="y" * 60 + "\n" + "x" * 900 + "\n"))
    mailbox = opened(mail_server, address)
    arrivals = await mailbox.unread()
    (content,) = await fetched(mailbox, arrivals, limit=800)
    assert b"Subject: large" in content
    assert b"xxx" not in content


async def test_a_size_that_was_announced_too_small_does_not_get_past_the_limit(mail_server: MailServer, opened):
    address = mail_server.account()
    mail_server.deliver(address, mail("large", body="x" * 900 + "\n"))
    mailbox = opened(mail_server, address)
    (arrival,) = await mailbox.unread()
    (content,) = await fetched(mailbox, [Arrival(arrival.ref, 10)], limit=800)
    assert b"Subject: large" in content
    assert b"xxx" not in content


async def test_what_is_gone_comes_as_none_in_its_place(mail_server: MailServer, opened):
    address = mail_server.account()
    for subject in ("one", "two", "three"):
        mail_server.deliver(address, mail(subject))
    mailbox = opened(mail_server, address)
    arrivals = await mailbox.unread()
    with mail_server.imap(address) as person:
        person.delete_messages([2])
        person.expunge()
    contents = await fetched(mailbox, arrivals)
    assert [content is None for content in contents] == [False, True, False]


async def test_an_empty_message_is_there_and_comes_empty(mail_server: MailServer, opened):
    address = mail_server.account()
    folder = mail_server.maildir(address)
    mail_server.deliver(address, mail("one"))
    empty = folder / "new" / "1700000000.M1P1.host"
    empty.touch()
    os.chown(empty, folder.stat().st_uid, folder.stat().st_gid)
    mailbox = opened(mail_server, address)
    arrivals = await mailbox.unread()
    assert sorted(arrival.size > 0 for arrival in arrivals) == [False, True]
    contents = await fetched(mailbox, arrivals)
    assert sorted(content == b"" for content in contents) == [False, True]
    with mail_server.imap(address) as person:
        person.delete_messages(person.search())
        person.expunge()
    assert await fetched(mailbox, arrivals) == [None, None]


async def test_under_a_new_uidvalidity_old_refs_are_gone(mail_server: MailServer, opened):
    address = mail_server.account()
    with mail_server.imap(address) as person:
        person.create_folder("Inquiries")
    mail_server.deliver(address, mail("old"), folder="Inquiries")
    mailbox = opened(mail_server, address, imap_mailbox="Inquiries")
    before = await mailbox.unread()
    with mail_server.imap(address) as person:
        person.delete_folder("Inquiries")
        person.create_folder("Inquiries")
    mail_server.deliver(address, mail("new"), folder="Inquiries")

    async def looked_again():
        found = await mailbox.unread()
        return found if found and found != before else None

    after = await eventually(looked_again)
    assert await fetched(mailbox, before) == [None]
    assert [b"Subject: new" in raw for raw in await fetched(mailbox, after)] == [True]
    assert before[0].ref.id.partition("/")[2] == after[0].ref.id.partition("/")[2] == "1"


async def test_refs_of_a_folder_that_is_no_more_are_gone(mail_server: MailServer, opened):
    mailbox = opened(mail_server, mail_server.account())
    assert await fetched(mailbox, [Arrival(MessageRef("Gone", "1/1"), 10)]) == [None]


class TestWaiting:
    async def test_news_ends_the_wait(self, mail_server: MailServer, opened):
        address = mail_server.account()
        mailbox = opened(mail_server, address)
        await mailbox.wait(60)  # the watch begins
        assert await mailbox.unread() == ()
        waiting = asyncio.create_task(mailbox.wait(600))
        mail_server.deliver(address, mail())
        await asyncio.wait_for(waiting, 60)
        assert len(await mailbox.unread()) == 1

    async def test_news_between_the_look_and_the_wait_is_not_missed(self, mail_server: MailServer, opened):
        address = mail_server.account()
        mailbox = opened(mail_server, address)
        await mailbox.wait(60)
        await mailbox.unread()
        mail_server.deliver(address, mail())
        await eventually(mailbox._news.is_set)  # the server told before anybody waited
        await asyncio.wait_for(mailbox.wait(600), 60)

    @pytest.mark.parametrize("security", ["tls", "starttls", "none"])
    async def test_of_eighty_notices_none_is_missed(self, mail_server: MailServer, opened, security):
        address = mail_server.account()
        port = mail_server.state["ports"]["imaps" if security == "tls" else "imap"]
        mailbox = opened(mail_server, address, imap_security=security, imap_port=port)
        number = 80 if security == "tls" else 15
        seen: set[str] = set()

        async def receive() -> None:
            while len(seen) < number:
                seen.update(arrival.ref.id for arrival in await mailbox.unread())
                if len(seen) < number:
                    # Far longer than the test may take: a notice that is missed shows.
                    await mailbox.wait(600)

        receiving = asyncio.create_task(receive())
        for _ in range(number // 5):
            await asyncio.to_thread(mail_server.deliver, address, mail(), count=5)
        await asyncio.wait_for(receiving, 180)
        assert len(seen) == number

    async def test_a_wait_can_be_cancelled_and_the_mailbox_closed_at_once(self, mail_server: MailServer, opened):
        mailbox = opened(mail_server, mail_server.account())
        await mailbox.wait(60)
        waiting = asyncio.create_task(mailbox.wait(600))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await asyncio.wait_for(mailbox.close(), 20)
        with pytest.raises(MailboxUnavailable):
            await mailbox.unread()

    async def test_with_one_connection_there_is_no_second(self, mail_server: MailServer, opened):
        mailbox = opened(mail_server, mail_server.account(), imap_connections=1)
        await mailbox.wait(0.2)
        assert mailbox._watcher is None


class TestAwkwardServers:
    async def test_a_server_without_idle_is_polled(self, tmp_path, opened):
        with running(tmp_path / "poor", "--capability", "IMAP4rev1 UIDPLUS AUTH=PLAIN") as server:
            address = server.account()
            mailbox = opened(server, address)
            await mailbox.wait(0.5)
            await eventually(lambda: mailbox._watcher.polling)
            server.deliver(address, mail())
            assert len(await mailbox.unread()) == 1
            assert "IDLE" not in server.log("imap")

    async def test_too_many_connections_costs_the_notice_not_the_mail(self, tmp_path, opened):
        with running(tmp_path / "narrow", "--max-connections", 2) as server:
            address = server.account()
            server.deliver(address, mail())
            mailbox = opened(server, address)
            await mailbox.wait(60)  # one connection for the notices
            with server.imap(address):  # and one of a person: none is left
                assert len(await eventually(mailbox.unread)) == 1
            assert mailbox._watcher._session is None


class TestWhenTheServerGoesAway:
    async def test_down_and_up_again(self, tmp_path, opened):
        with running(tmp_path / "mortal") as server:
            address = server.account()
            mailbox = opened(server, address)
            await mailbox.wait(60)
            server.down("imap")
            with pytest.raises(MailboxUnavailable):
                await mailbox.unread()
            waiting = asyncio.create_task(mailbox.wait(600))
            server.up("imap")
            server.deliver(address, mail())
            await asyncio.wait_for(waiting, 60)  # found out by itself that it may look again

            async def waits() -> bool:
                try:
                    return len(await mailbox.unread()) == 1
                except MailboxUnavailable:
                    return False

            await eventually(waits)

    async def test_a_restart_between_two_calls_goes_unnoticed(self, tmp_path, opened):
        with running(tmp_path / "restarted") as server:
            address = server.account()
            mailbox = opened(server, address, imap_connections=1)
            await mailbox.unread()
            server.down("imap")
            server.up("imap")
            server.deliver(address, mail())
            assert len(await mailbox.unread()) == 1

    async def test_a_server_that_answers_no_more(self, tmp_path, opened):
        with running(tmp_path / "frozen") as server:
            address = server.account()
            mailbox = opened(server, address)
            await mailbox.unread()
            server.freeze("imap")
            try:
                with pytest.raises(MailboxUnavailable) as raised:
                    await mailbox.unread()
                assert raised.value.reason.code == "imap.no_answer"
                await asyncio.wait_for(mailbox.close(), 20)
            finally:
                server.thaw("imap")


class TestSigningIn:
    async def test_a_wrong_password_is_not_tried_again_at_once(self, mail_server: MailServer, opened):
        address = mail_server.account()
        mailbox = opened(mail_server, address, imap_pass="wrong", imap_connections=1)
        for _ in range(3):
            with pytest.raises(LoginRefused) as raised:
                await mailbox.unread()
        assert raised.value.reason.code == "imap.login_refused"
        assert "wrong" not in str(raised.value)
        tries = [line for line in mail_server.log("imap").splitlines() if address in line and "failed" in line.lower()]
        assert len([line for line in tries if "imap-login" in line]) <= 1

    async def test_by_token(self, mail_server: MailServer, opened, tmp_path):
        address = mail_server.account()
        file = tmp_path / "token"
        file.write_text(mail_server.token(address))
        mailbox = opened(mail_server, address, oauth_token_file=file, imap_pass=None)
        assert await mailbox.unread() == ()

    async def test_a_token_that_has_run_out_is_renewed_once(self, mail_server: MailServer, opened, tmp_path):
        address = mail_server.account()
        old, new = mail_server.token(address, -60), mail_server.token(address)
        script = tmp_path / "print-token"
        script.write_text(f"#!/bin/sh\nif [ -e {tmp_path}/asked ]; then echo {new}; else echo {old}; fi\n")
        script.write_text(script.read_text() + f"touch {tmp_path}/asked\n")
        script.chmod(0o700)
        mailbox = opened(mail_server, address, oauth_token_command=str(script), imap_pass=None)
        assert await mailbox.unread() == ()

    async def test_a_token_that_is_refused_twice(self, mail_server: MailServer, opened, tmp_path):
        address = mail_server.account()
        file = tmp_path / "token"
        file.write_text(mail_server.token(address, -60))
        with pytest.raises(LoginRefused):
            await opened(mail_server, address, oauth_token_file=file).unread()

    async def test_a_folder_that_does_not_exist(self, mail_server: MailServer, opened):
        with pytest.raises(FolderMissing) as raised:
            await opened(mail_server, mail_server.account(), imap_mailbox="Nulle part").unread()
        assert raised.value.reason.params["folder"] == "Nulle part"
