"""Handing over mail, on a real Postfix."""

import asyncio
from collections.abc import Iterator

import pytest
from tests.support.eventually import eventually
from tests.support.mailserver import DOMAIN, MailServer, mail, running

from repondeur.errors import LoginRefused, MailboxUnavailable, SubmissionRefused
from repondeur.mailboxes.base import Evidence, Submission

pytestmark = pytest.mark.servers

AUTHOR = "alice@outside.test"
OUTSIDE = f"t000@{DOMAIN}"  # gets all mail to the outside


def submission(address: str, name: str, recipient: str = AUTHOR, return_path: str = "", **changes) -> Submission:
    raw = mail(f"Re: {name}", author=address, to=recipient, message_id=f"<{name}@{DOMAIN}>", **changes)
    return Submission(f"{name}@{DOMAIN}", raw, return_path, recipient)


async def committed() -> None:
    pass


async def arrived(server: MailServer, address: str, subject: str, folder: str = "INBOX") -> list[str]:
    return await eventually(lambda: [found for found in server.subjects(address, folder) if found == subject])


async def header(server: MailServer, address: str, subject: str) -> bytes:
    await arrived(server, address, subject)
    with server.imap(address) as person:
        (uid,) = person.search(["SUBJECT", subject])
        return person.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"]


class TestHandingOver:
    async def test_with_the_null_return_path(self, mail_server: MailServer, opened):
        address = mail_server.account()
        await opened(mail_server, address).submit(submission(address, "null-path"), committed)
        assert b"Return-Path: <>" in await header(mail_server, OUTSIDE, "Re: null-path")

    async def test_with_our_return_path(self, mail_server: MailServer, opened):
        address = mail_server.account()
        await opened(mail_server, address).submit(submission(address, "path", return_path=address), committed)
        assert f"Return-Path: <{address}>".encode() in await header(mail_server, OUTSIDE, "Re: path")

    async def test_octets_arrive_as_they_left(self, mail_server: MailServer, opened):
        address = mail_server.account()
        given = submission(address, "dots", body=".\n..\nBonjour à tous.\n.hidden\n\n.\n")
        await opened(mail_server, address).submit(given, committed)
        assert (await header(mail_server, OUTSIDE, "Re: dots")).endswith(given.raw)

    async def test_committing_comes_after_the_recipients_and_before_the_message(self, mail_server: MailServer, opened):
        address = mail_server.account()
        seen: list[int] = []

        async def committing() -> None:
            seen.append(len([one for one in mail_server.subjects(OUTSIDE) if one == "Re: order"]))

        mailbox = opened(mail_server, address)
        await mailbox.submit(submission(address, "order"), committing)
        await arrived(mail_server, OUTSIDE, "Re: order")
        with pytest.raises(SubmissionRefused):
            await mailbox.submit(submission(address, "no", recipient=f"nobody@{DOMAIN}"), committing)
        assert seen == [0]

    async def test_when_committing_fails_nothing_is_sent(self, mail_server: MailServer, opened):
        address = mail_server.account()

        async def committing() -> None:
            raise ZeroDivisionError

        mailbox = opened(mail_server, address, sent_copy="self")
        with pytest.raises(ZeroDivisionError):
            await mailbox.submit(submission(address, "never"), committing)
        await mailbox.submit(submission(address, "afterwards"), committed)
        await arrived(mail_server, address, "Re: afterwards")
        assert "Re: never" not in mail_server.subjects(OUTSIDE) + mail_server.subjects(address)

    async def test_a_refused_recipient(self, mail_server: MailServer, opened):
        address = mail_server.account()
        with pytest.raises(SubmissionRefused) as raised:
            await opened(mail_server, address).submit(
                submission(address, "refused", recipient=f"nobody@{DOMAIN}"), committed
            )
        assert raised.value.reason.code == "smtp.recipient_refused"
        assert "550" in raised.value.reason.params["reply"]

    async def test_a_refused_self_copy_does_not_stop_the_answer(self, mail_server: MailServer, opened):
        address = mail_server.account()
        mailbox = opened(mail_server, address, sent_copy="self", from_email=f"nobody@{DOMAIN}")
        given = submission(address, "no-copy")
        await mailbox.submit(given, committed)
        await arrived(mail_server, OUTSIDE, "Re: no-copy")
        assert await mailbox.file_sent(given.message_id, given.raw, False)  # nothing to wait for

    async def test_an_address_with_letters_beyond_ascii(self, mail_server: MailServer, opened):
        address = mail_server.account()
        await opened(mail_server, address).submit(submission(address, "utf8", "jérôme@outside.test"), committed)
        # Postfix takes it; Dovecot's LMTP, which it would go to, knows no SMTPUTF8.
        await eventually(lambda: "orig_to=<jérôme@outside.test>" in mail_server.log("smtp"))

    async def test_many_at_once_over_few_connections(self, mail_server: MailServer, opened):
        address = mail_server.account()
        before = mail_server.log("smtp").count("connect from")
        mailbox = opened(mail_server, address)
        names = [f"many-{number}" for number in range(30)]
        await asyncio.gather(*(mailbox.submit(submission(address, name), committed) for name in names))
        for name in names:
            await arrived(mail_server, OUTSIDE, f"Re: {name}")
        used = mail_server.log("smtp").count(": connect from") - before
        assert used < 10

    async def test_a_connection_that_died_meanwhile_is_replaced(self, tmp_path, opened):
        with running(tmp_path / "mail", "--catch-all", OUTSIDE) as server:
            outside, address = server.account(), server.account()
            mailbox = opened(server, address)
            await mailbox.submit(submission(address, "before"), committed)
            server.down("smtp")
            server.up("smtp")
            await mailbox.submit(submission(address, "after"), committed)
            await arrived(server, outside, "Re: after")

    async def test_a_server_that_is_down(self, tmp_path, opened):
        with running(tmp_path / "mail") as server:
            address = server.account()
            server.down("smtp")
            with pytest.raises(MailboxUnavailable) as raised:
                await opened(server, address).submit(submission(address, "down"), committed)
            assert raised.value.reason.code == "smtp.port_refused"

    async def test_a_message_larger_than_the_server_takes(self, tmp_path, opened):
        with running(tmp_path / "mail", "--max-size", 3000, "--catch-all", OUTSIDE) as server:
            server.account()
            address = server.account()
            with pytest.raises(SubmissionRefused) as raised:
                await opened(server, address).submit(submission(address, "large", body="x\n" * 3000), committed)
            assert raised.value.reason.params["limit"] == 3000


class TestSigningIn:
    async def test_a_wrong_password(self, mail_server: MailServer, opened):
        address = mail_server.account()
        mailbox = opened(mail_server, address, smtp_pass="wrong")
        for _ in range(2):
            with pytest.raises(LoginRefused) as raised:
                await mailbox.submit(submission(address, "refused"), committed)
        assert raised.value.reason.code == "smtp.login_refused"

    async def test_by_token_renewed_when_it_has_run_out(self, mail_server: MailServer, opened, tmp_path):
        address = mail_server.account()
        file = tmp_path / "token"
        file.write_text(mail_server.token(address))
        await opened(mail_server, address, oauth_token_file=file).submit(submission(address, "by-token"), committed)
        await arrived(mail_server, OUTSIDE, "Re: by-token")
        file.write_text(mail_server.token(address, -60))
        with pytest.raises(LoginRefused):
            await opened(mail_server, address, oauth_token_file=file).submit(submission(address, "old"), committed)


class TestSelfCopy:
    async def test_it_proves_the_sending_and_ends_in_sent(self, mail_server: MailServer, opened):
        address = mail_server.account()
        mailbox = opened(mail_server, address, sent_copy="auto")
        given = submission(address, "with-copy")
        await mailbox.submit(given, committed)

        async def proven() -> bool:
            return await mailbox.evidence(given.message_id) is Evidence.SENT

        await eventually(proven)
        assert await mailbox.file_sent(given.message_id, given.raw, False)
        assert mail_server.subjects(address, "Sent") == ["Re: with-copy"]
        assert mail_server.subjects(address) == []
        assert mailbox.sent_copies.server_files is False
        assert not await mailbox.unread()


@pytest.fixture(scope="module")
def filing_server(tmp_path_factory) -> Iterator[MailServer]:
    options = ("--auto-sent", "--catch-all", OUTSIDE)
    with running(tmp_path_factory.mktemp("mail"), *options, accounts=5) as server:
        assert server.account() == OUTSIDE
        yield server


class TestServerThatFilesSent:
    async def test_it_is_learned_and_sent_is_never_doubled(self, filing_server: MailServer, opened):
        address = filing_server.account()
        mailbox = opened(filing_server, address, sent_copy="auto")
        for name in ("first", "second"):
            given = submission(address, name, return_path=address)  # by which this server knows whose Sent it is
            await mailbox.submit(given, committed)

            async def filed(given: Submission = given) -> bool:
                return await mailbox.file_sent(given.message_id, given.raw, False)

            await eventually(filed)
            await arrived(filing_server, address, f"Re: {name}", "Sent")
        assert mailbox.sent_copies.server_files is True
        assert sorted(filing_server.subjects(address, "Sent")) == ["Re: first", "Re: second"]
        await arrived(filing_server, address, "Re: first")
        assert filing_server.subjects(address) == ["Re: first"]  # the second went without a self-copy
