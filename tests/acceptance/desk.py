"""One mailbox that the program works, and the eyes of a person on what became of its mail."""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.support.agent import Agent, Ended, Settings
from tests.support.forking import Forked
from tests.support.mailserver import DOMAIN, MailServer, mail
from tests.support.model_server import ModelServer, Request

OUTSIDE = f"t000@{DOMAIN}"  # mail to any outside address lands there
DONE = frozenset({b"\\Seen", b"$Repondeur"})


@dataclass(frozen=True)
class Desk:
    """agent: the program, set up for this mailbox. tag: a word in the address of each of its customers, and nowhere
    else."""

    server: MailServer
    address: str
    tag: str
    agent: Agent

    @property
    def author(self) -> str:
        return f"{self.tag}@outside.test"

    def customer(self, number: int) -> str:
        """Another one: nobody gets many answers a day."""
        return f"{self.tag}.{number}@outside.test"

    def mail(self, subject: str, body: str = "Bonjour, où en est ma commande ?\n", **fields: Any) -> bytes:
        """A mail of the customer to this mailbox."""
        return mail(subject, body=body, **{"author": self.author, "to": self.address} | fields)

    def deliver(self, *raws: bytes) -> None:
        for raw in raws:
            self.server.deliver(self.address, raw)

    async def run(self, *words: str) -> Ended:
        return await Forked(self.agent.environ, self.agent.home).run("repondeur", *words)

    async def once(self) -> Ended:
        """`repondeur once`, which has to succeed."""
        ended = await self.run("once")
        assert ended.code == 0, ended.out + ended.err[-3000:]
        return ended

    async def listed(self) -> list[dict[str, Any]]:
        """`messages list --json`, oldest first."""
        ended = await self.run("messages", "list", "--json")
        assert ended.code == 0, ended.err
        return [json.loads(line) for line in reversed(ended.out.splitlines())]

    async def states(self) -> dict[str, str]:
        """State by subject."""
        return {one["subject"]: one["state"] for one in await self.listed()}

    async def shown(self, mail_id: int) -> dict[str, Any]:
        ended = await self.run("messages", "show", str(mail_id), "--json")
        assert ended.code == 0, ended.err
        found: dict[str, Any] = json.loads(ended.out)
        return found

    def flags(self, folder: str = "INBOX") -> dict[str, frozenset[bytes]]:
        """Flags of every message of a folder, by its subject."""
        return {
            str(make_header(decode_header(subject))): frozenset(flags) - {b"\\Recent"}
            for subject, flags in self.server.messages(self.address, folder)
        }

    def messages(self, folder: str) -> list[EmailMessage]:
        return read_folder(self.server, self.address, folder)

    def left(self) -> list[EmailMessage]:
        """What has come to the customers."""
        return [one for one in read_folder(self.server, OUTSIDE, "INBOX", self.tag) if self.tag in str(one["To"])]


def a_desk(server: MailServer, home: Path, model: ModelServer | None = None, **more: str) -> Desk:
    address = server.account()
    settings = {"REPLY": "free", "SENT_COPY": "append", "SENT_EVIDENCE_WAIT": "2", "MODEL": "builtin"}
    if model is not None:
        settings |= {"MODEL": "openai:test-model", "OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": "sk-test"}
    agent = Settings(server, address, home / address, settings | more).agent()
    return Desk(server, address, uuid4().hex[:12], agent)


def with_settings(desk: Desk, **changes: str) -> Desk:
    """The same mailbox and the same store, under other settings."""
    agent = Agent({**desk.agent.environ, **changes}, desk.agent.home)
    return Desk(desk.server, desk.address, desk.tag, agent)


def read_folder(server: MailServer, address: str, folder: str, to: str = "") -> list[EmailMessage]:
    """to: only what names this in To."""
    with server.imap(address, folder) as client:
        found = client.fetch(client.search(["HEADER", "To", to] if to else "ALL"), ["BODY.PEEK[]"])
    return [message_from_bytes(items[b"BODY[]"], policy=policy.default) for _, items in sorted(found.items())]


def envelope(server: MailServer, message_id: str) -> tuple[str, frozenset[str]]:
    """Reverse-path and recipients of a message, as Postfix saw them in its envelope."""
    log = server.log("smtp")
    queued = re.search(rf"(\w+): message-id={re.escape(message_id)}", log)
    assert queued, f"Postfix has not seen {message_id}"
    [sender] = set(re.findall(rf"{queued[1]}: from=<([^>]*)>", log))
    recipients = re.findall(rf"{queued[1]}: to=<([^>]*)>(?:, orig_to=<([^>]*)>)?", log)
    return sender, frozenset(original or to for to, original in recipients)


def asked(request: Request) -> str:
    """All that a model was told in one request, as text."""
    return "\n".join(said["content"] for said in request.body["messages"])


def logged(ended: Ended) -> list[Mapping[str, Any]]:
    """Every line of the log, which is JSON here."""
    return [json.loads(line) for line in ended.err.splitlines() if line.startswith("{")]


def events(ended: Ended) -> list[str]:
    return [str(line["event"]) for line in logged(ended)]


async def side_by_side(*work: Any, most: int = 3) -> list[Any]:
    """Results of these coroutines, at most `most` at a time: each is a process, and there are few cores."""
    slots = asyncio.Semaphore(most)

    async def one(coroutine: Any) -> Any:
        async with slots:
            return await coroutine

    return await asyncio.gather(*map(one, work))
