"""Real Dovecot and Postfix servers for tests: the script `mailserver` beside this file, started and spoken to."""

import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from imapclient import IMAPClient

from repondeur.settings.schema import ImapSettings
from tests.support.needs import missing

SCRIPT = Path(__file__).with_name("mailserver")
DOMAIN = "example.test"
PASSWORD = "pass-word é"
_IDS = itertools.count(1)


def _script(*words: object, raw: bytes | None = None) -> str:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, words)], input=raw, capture_output=True, timeout=120, check=False
    )
    if done.returncode in (3, 4):
        missing(done.stderr.decode().strip())
    assert done.returncode == 0 or words[0] == "status", done.stderr.decode()
    return done.stdout.decode()


@dataclass
class MailServer:
    """A running pair of Dovecot and Postfix. Accounts are handed out one to a test."""

    directory: Path
    state: dict[str, Any]
    _free: list[str] = field(default_factory=list)

    def account(self) -> str:
        """An address that no other test uses."""
        return self._free.pop()

    def settings(self, address: str, **changes: Any) -> ImapSettings:
        ports = self.state["ports"]
        given: dict[str, Any] = {
            "imap_server": "localhost",
            "imap_port": ports["imaps"],
            "imap_user": address,
            "imap_pass": PASSWORD,
            "smtp_port": ports["submission"],
            "from_email": address,
            "from_name": "Le support",
            "mail_ca_file": Path(self.state["ca"]),
            "sent_copy": "append",
        }
        return ImapSettings(**given | changes)

    def deliver(self, address: str, raw: bytes, folder: str = "", count: int = 1) -> None:
        where = ["--folder", folder] if folder else []
        _script("deliver", self.directory, address, "-", "--count", count, *where, raw=raw)

    def token(self, address: str, seconds: int = 3600) -> str:
        return _script("token", self.directory, address, "--seconds", seconds).strip()

    def down(self, part: str) -> None:
        _script("down", self.directory, part)

    def up(self, part: str) -> None:
        _script("up", self.directory, part)

    def freeze(self, part: str) -> None:
        _script("freeze", self.directory, part)

    def thaw(self, part: str) -> None:
        _script("thaw", self.directory, part)

    def log(self, part: str) -> str:
        return _script("log", self.directory, part)

    def maildir(self, address: str) -> Path:
        return next(Path(user["maildir"]) for user in self.state["users"] if user["user"] == address)

    @contextmanager
    def imap(self, address: str, folder: str = "INBOX") -> Iterator[IMAPClient]:
        """A plain client beside the one under test: the eyes and hands of a person."""
        client = IMAPClient("127.0.0.1", self.state["ports"]["imap"], ssl=False, timeout=20)
        client.plain_login(address, PASSWORD)
        client.select_folder(folder)
        with client:
            yield client

    def messages(self, address: str, folder: str = "INBOX") -> list[tuple[str, tuple[bytes, ...]]]:
        """(subject, flags) of all messages of a folder, in order."""
        with self.imap(address, folder) as client:
            found = client.fetch(client.search(), ["FLAGS", "BODY.PEEK[HEADER.FIELDS (SUBJECT)]"])
        return [
            (items[b"BODY[HEADER.FIELDS (SUBJECT)]"].decode().partition(":")[2].strip(), items[b"FLAGS"])
            for _, items in sorted(found.items())
        ]

    def subjects(self, address: str, folder: str = "INBOX") -> list[str]:
        return [subject for subject, _ in self.messages(address, folder)]


@contextmanager
def running(directory: Path, *options: object, accounts: int = 4) -> Iterator[MailServer]:
    """Starts a server; stops it and deletes its files in the end. options: see `mailserver start --help`."""
    if sys.platform != "linux" or not hasattr(os, "geteuid"):
        missing("Dovecot and Postfix for tests run on Linux only")
    users = [f"t{number:03}@{DOMAIN}" for number in range(accounts)]
    words = [word for user in users for word in ("--user", f"{user}:{PASSWORD}")]
    try:
        state = json.loads(_script("start", directory, *words, *options))
        yield MailServer(directory, state, users[::-1])
    finally:
        _script("stop", directory, "--purge")
        shutil.rmtree(directory, ignore_errors=True)


def mail(
    subject: str = "A question",
    *,
    author: str = "alice@outside.test",
    to: str = f"t000@{DOMAIN}",
    body: str = "Bonjour à tous.\n",
    message_id: str | None = "",
    **fields: str,
) -> bytes:
    """A small mail. message_id: made when "", left out when None. fields: In_Reply_To="<a@b>" and the like."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = author, to, subject
    message["Date"] = "Fri, 20 Nov 2026 10:00:00 +0100"
    if message_id is not None:
        message["Message-ID"] = message_id or f"<{next(_IDS)}.{os.getpid()}@outside.test>"
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    message.set_content(body)
    return message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


@pytest.fixture(scope="session")
def mail_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    """One server for all tests that do not need a special one. Mail to the outside lands with a user of its own."""
    with running(tmp_path_factory.mktemp("mail"), "--catch-all", f"t000@{DOMAIN}", accounts=120) as server:
        outside = server._free.pop()
        assert outside == f"t000@{DOMAIN}"
        yield server
