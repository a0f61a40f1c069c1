"""`check` of a mailbox: what is found, on good and on bad servers."""

import pytest
from tests.support.mailserver import MailServer, mail, running

from repondeur.mailboxes.base import Finding
from repondeur.mailboxes.imap.mailbox import ImapMailbox
from repondeur.texts import LANGUAGES, hint, render

pytestmark = pytest.mark.servers


async def checked(mailbox: ImapMailbox) -> dict[str, Finding]:
    found = [finding async for finding in mailbox.check()]
    for finding in found:
        for language in LANGUAGES:
            assert render(finding.reason, language)
            assert finding.status == "ok" or hint(finding.reason, language), "a failure says what to do"
            assert render(type(finding.reason)(finding.what), language)
    assert len({finding.what for finding in found}) == len(found)
    return {finding.what.removeprefix("check."): finding for finding in found}


def statuses(found: dict[str, Finding]) -> dict[str, str]:
    return {what: finding.status for what, finding in found.items() if finding.status != "ok"}


async def test_a_mailbox_that_is_set_up_well(mail_server: MailServer, opened):
    address = mail_server.account()
    mail_server.deliver(address, mail())
    found = await checked(opened(mail_server, address, processed_folder="Done"))
    assert statuses(found) == {}
    assert list(found) == [
        "imap_connection", "imap_login", "imap_folder", "imap_unread", "imap_keywords", "imap_idle", "imap_sent",
        "imap_drafts", "imap_processed", "imap_move", "smtp_connection", "smtp_login", "smtp_sender", "smtp_size",
    ]  # fmt: skip
    assert found["imap_unread"].reason.params["count"] == 1
    assert found["imap_processed"].reason.code == "check.special_folder_made_later"
    assert mail_server.subjects(address) == ["A question"]
    with mail_server.imap(address) as person:
        assert not person.folder_exists("Done"), "looking makes nothing"


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        pytest.param({"imap_pass": "no", "smtp_pass": "no"}, {"imap_login", "smtp_login"}, id="wrong passwords"),
        pytest.param({"imap_port": 1}, {"imap_connection"}, id="IMAP away, SMTP is still looked at"),
        pytest.param({"smtp_port": 1}, {"smtp_connection"}, id="SMTP away"),
        pytest.param({"mail_ca_file": None}, {"imap_connection", "smtp_connection"}, id="certificate not trusted"),
        pytest.param({"imap_mailbox": "Nowhere"}, {"imap_folder"}, id="no such folder"),
        pytest.param({"from_email": "nobody@example.test"}, {"smtp_sender"}, id="an address that is not ours"),
    ],
)
async def test_what_is_wrong_is_named_and_the_rest_is_looked_at(mail_server: MailServer, opened, changes, failed):
    found = await checked(opened(mail_server, mail_server.account(), **changes))
    assert {what for what, status in statuses(found).items() if status == "failed"} == failed


async def test_plain_text_is_said_loudly(mail_server: MailServer, opened):
    ports = mail_server.state["ports"]
    changes = {"imap_security": "none", "imap_port": ports["imap"], "smtp_security": "none"}
    found = await checked(opened(mail_server, mail_server.account(), **changes))
    assert statuses(found) == {"imap_connection": "warning", "smtp_connection": "warning"}
    assert "NOT ENCRYPTED" in render(found["imap_connection"].reason)


async def test_a_poor_server(tmp_path, opened):
    options = ("--capability", "IMAP4rev1 AUTH=PLAIN", "--max-size", 5_000_000)
    with running(tmp_path / "mail", *options) as server:
        found = await checked(opened(server, server.account(), processed_folder="Done"))
    assert statuses(found) == {"imap_move": "warning"}
    assert found["imap_idle"].reason.code == "check.idle_missing"
    assert found["smtp_size"].reason.params == {"megabytes": 5.0}


async def test_a_look_can_be_broken_off(mail_server: MailServer, opened):
    mailbox = opened(mail_server, mail_server.account())
    findings = mailbox.check()
    assert (await anext(findings)).what == "check.imap_connection"
    await findings.aclose()
