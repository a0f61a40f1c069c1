"""Who fills Sent."""

import pytest

from repondeur.mailboxes.imap.sent import SentCopies, files_sent_itself


@pytest.mark.parametrize(
    ("server", "files"),
    [
        ("smtp.gmail.com", True),
        ("SMTP.Office365.com.", True),
        ("smtp-mail.outlook.com", True),
        ("smtp.mail.me.com", True),
        ("smtppro.zoho.eu", True),
        ("mail.example.test", False),
        ("smtp.gmail.com.evil.example", False),
        ("notzoho.com", False),
        ("smtp-relay.gmail.com", False),
    ],
)
def test_servers_known_to_file_what_they_take(server, files):
    assert files_sent_itself(server) is files


@pytest.mark.parametrize(
    ("setting", "server", "self_copy"),
    [
        ("auto", "mail.example.test", True),
        ("auto", "smtp.gmail.com", False),
        ("self", "smtp.gmail.com", True),
        ("server", "mail.example.test", False),
        ("append", "mail.example.test", False),
    ],
)
def test_who_gets_a_self_copy(setting, server, self_copy):
    assert SentCopies(setting, server).wants_self_copy is self_copy


def test_a_message_in_sent_that_we_did_not_put_there_teaches_that_the_server_does():
    copies = SentCopies("auto", "mail.example.test")
    copies.seen_in_sent("from-before-the-restart@x")
    assert copies.server_files is None
    copies.submitted("one@x", with_self_copy=True)
    copies.seen_in_sent("one@x")
    assert copies.server_files is True
    assert not copies.wants_self_copy


def test_a_message_that_we_filed_teaches_nothing():
    copies = SentCopies("auto", "mail.example.test")
    copies.submitted("one@x", with_self_copy=True)
    copies.filed("one@x")
    copies.seen_in_sent("one@x")
    assert copies.server_files is None


def test_waiting_is_for_copies_that_can_come():
    copies = SentCopies("auto", "mail.example.test")
    copies.submitted("taken@x", with_self_copy=True)
    copies.submitted("refused@x", with_self_copy=False)
    assert copies.may_still_come("taken@x")
    assert not copies.may_still_come("refused@x")
    assert copies.may_still_come("from-before-the-restart@x")
    assert not SentCopies("append", "mail.example.test").may_still_come("taken@x")
