"""The way of a mail with a mailbox in memory and an engine that says what the test wants. Everything else is real."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from repondeur.attachments.reader import FileReader
from repondeur.bounded.pool import Pool
from repondeur.bounded.reading import ENTRY
from repondeur.engines.base import Context
from repondeur.knowledge.index import Index
from repondeur.mail.message import Message
from repondeur.pipeline.parts import Account, Parts
from repondeur.pipeline.path import handle
from repondeur.pipeline.receive import receive
from repondeur.policy.analysis import Analysis
from repondeur.policy.retry import Again
from repondeur.settings.schema import ImapSettings, Settings
from repondeur.store.database import Database
from repondeur.store.overview import Overview
from repondeur.store.records import Mail
from repondeur.store.store import Store
from tests.support.memory_mailbox import MemoryMailbox
from tests.support.tables import sqlite_url

Readers = tuple[Pool, FileReader]
US = "support@boutique.example"
# For what sends more in an hour than anybody should: settings of a mailbox.
NO_LIMITS = dict.fromkeys(("limit_author", "limit_thread", "limit_mailbox", "limit_day", "breaker_same"), "none")
CLAIRE = "claire@client.example"
ANALYSIS = Analysis(
    intent="question",
    summary="Claire asks something.",
    entities=(),
    priority="normal",
    sentiment="neutral",
    language="fr",
    needs_reply=True,
    needs_human=False,
    confidence=0.95,
    reply="Votre commande part demain.",
    passages=(),
    engine="scripted",
)


class ScriptedEngine:
    """Answers with the next of `script`, the last one for ever; an exception is raised. Remembers what it was asked."""

    name = "scripted"
    at_once = 0
    costs = True

    def __init__(self, *script: Analysis | Exception) -> None:
        self.script = list(script) or [ANALYSIS]
        self.asked: list[tuple[Message, Context]] = []

    async def analyse(self, message: Message, context: Context) -> Analysis:
        self.asked.append((message, context))
        says = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(says, Exception):
            raise says
        return says

    async def close(self) -> None:
        pass


@dataclass
class House:
    parts: Parts
    mailbox: MemoryMailbox
    engine: ScriptedEngine
    clock: "Clock"

    async def receive(self) -> list[int]:
        account = self.parts.accounts[self.mailbox.name]
        return [one.id async for batch in receive(account, self.parts) for one in batch.new]

    async def handle(self, mail_id: int) -> Again | None:
        return await handle(mail_id, self.parts)

    async def work(self) -> list[Mail]:
        """Everything in the inbox, each as far as it goes now; all mails in the store, oldest first."""
        await self.receive()
        for waiting in await self.parts.store.unfinished():
            await self.handle(waiting.id)
        return await self.mails()

    async def mails(self) -> list[Mail]:
        loaded = [await self.parts.store.get(one.id) for one in await Overview(self.parts.store.database).latest(100)]
        return [mail for mail in reversed(loaded) if mail is not None]

    def restarted(self, worker: str | None = None) -> "House":
        """The same store and mailbox in a new process."""
        return replace(self, parts=replace(self.parts, worker=worker))


@dataclass
class Clock:
    now: datetime = field(default_factory=lambda: datetime(2026, 11, 20, 10, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@asynccontextmanager
async def some_readers() -> AsyncIterator[Readers]:
    """They start their children with the first mail and the first file."""
    async with Pool(ENTRY, size=1) as reader, FileReader() as files:
        yield reader, files


@asynccontextmanager
async def a_house(
    folder: Path,
    engine: ScriptedEngine | None = None,
    database: str = "",
    make: Callable[[str], Database] = Database,
    readers: Readers | None = None,
    **settings: object,
) -> AsyncIterator[House]:
    """readers: of the same event loop, for several houses; its own where None. settings: of the mailbox."""
    opened = make(database or sqlite_url(folder / "repondeur.db"))
    given = {"imap_server": "imap.example", "imap_user": US, "imap_pass": "secret", "reply": "free"} | settings
    mailbox_settings = ImapSettings.model_validate(given)
    mailbox = MemoryMailbox(mailbox_settings.name)
    engine = engine or ScriptedEngine()
    clock = Clock()
    async with nullcontext(readers) if readers else some_readers() as (reader, files):
        parts = Parts(
            settings=Settings(mailboxes=(mailbox_settings,), data_dir=folder),
            store=Store(opened),
            accounts={mailbox_settings.name: Account(mailbox, mailbox_settings)},
            engine=engine,
            index=lambda: Index([]),
            reader=reader,
            files=files,
            clock=clock,
        )
        yield House(parts, mailbox, engine, clock)
    await opened.close()


def a_mail(
    number: int = 1,
    text: str = "Bonjour,\n\noù en est ma commande ?\n",
    *,
    author: str = CLAIRE,
    to: str = US,
    replies_to: Sequence[str] = (),
    subject: str = "Ma commande",
    **fields: str,
) -> bytes:
    """Mail `number`, with the Message-ID mNUMBER@client.example. replies_to: Message-IDs of its thread."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = f"Claire <{author}>", to, subject
    message["Date"] = "Fri, 20 Nov 2026 10:00:00 +0100"
    message["Message-ID"] = f"<m{number}@client.example>"
    if replies_to:
        message["In-Reply-To"] = f"<{replies_to[-1]}>"
        message["References"] = " ".join(f"<{one}>" for one in replies_to)
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()
