"""Access tokens from outside."""

import sys
from pathlib import Path

import pytest

from repondeur.errors import MailboxUnavailable
from repondeur.mailboxes.imap.oauth import access_token, initial_response, wanted
from repondeur.settings.schema import ImapSettings


def settings(**given: object) -> ImapSettings:
    return ImapSettings(imap_server="mail.example.test", imap_user="bot@example.test", **given)


def python(code: str) -> str:
    return f'"{sys.executable}" -c "{code}"'


def test_a_token_is_printed_by_a_command_or_read_from_a_file(tmp_path: Path):
    file = tmp_path / "token"
    file.write_text("from-file\n")
    assert access_token(settings(oauth_token_command=python("print('from-command')"))) == "from-command"
    assert access_token(settings(oauth_token_file=file)) == "from-file"
    file.write_text("renewed\n")
    assert access_token(settings(oauth_token_file=file)) == "renewed"


def test_no_shell_sees_the_command(tmp_path: Path):
    made = tmp_path / "made-by-a-shell"
    with pytest.raises(MailboxUnavailable):
        access_token(settings(oauth_token_command=f"echo token; touch {made}"))
    assert not made.exists()


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("no-such-program-anywhere", "imap.token_command_missing"),
        ('"unbalanced', "imap.token_command_missing"),
        (python("import sys; print('SECRET'); sys.exit(3)"), "imap.token_command_failed"),
        (python("pass"), "imap.token_unusable"),
        (python("print('two words')"), "imap.token_unusable"),
    ],
)
def test_what_can_go_wrong_is_told_without_what_was_printed(command, code):
    with pytest.raises(MailboxUnavailable) as raised:
        access_token(settings(oauth_token_command=command))
    assert raised.value.reason.code == code
    assert "SECRET" not in repr(raised.value.reason) + str(raised.value)


def test_a_command_that_hangs_is_ended_with_what_it_started():
    hanging = python("import subprocess,sys; subprocess.run([sys.executable,'-c','import time; time.sleep(60)'])")
    with pytest.raises(MailboxUnavailable) as raised:
        access_token(settings(oauth_token_command=hanging), seconds=0.5)
    assert raised.value.reason.code == "imap.token_command_slow"


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(MailboxUnavailable) as raised:
        access_token(settings(oauth_token_file=tmp_path / "none"))
    assert raised.value.reason.code == "imap.token_file_unreadable"


def test_the_form_of_xoauth2():
    assert initial_response("bot@x", "t0k") == b"user=bot@x\x01auth=Bearer t0k\x01\x01"
    assert not wanted(settings())
