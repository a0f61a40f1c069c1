"""Settings in, running parts out. The only file that names concrete classes."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog

from repondeur.actions.configured import caller, notifier
from repondeur.actions.notify import Notifier
from repondeur.attachments.configured import attachment_reader
from repondeur.authentication.checker import Checker
from repondeur.bounded.pool import Pool
from repondeur.bounded.reading import ENTRY
from repondeur.engines.base import Engine
from repondeur.engines.builtin import BuiltinEngine
from repondeur.engines.choose import choose, hides
from repondeur.engines.embedding import embedder
from repondeur.knowledge.folders import Folders, Turn
from repondeur.knowledge.gathering import roots
from repondeur.knowledge.ids import slug
from repondeur.knowledge.index import Index
from repondeur.knowledge.library import Library
from repondeur.knowledge.reading.documents import file_reader
from repondeur.mail.compose import verify_header_safety
from repondeur.mailboxes.base import Mailbox
from repondeur.opening import open_database, sqlite_file
from repondeur.pipeline.alarms import log_alarm
from repondeur.pipeline.dispatch import Dispatcher, Handle, LocalDispatcher
from repondeur.pipeline.meaning import Meaning
from repondeur.pipeline.parts import Account, Parts
from repondeur.pipeline.path import handle
from repondeur.policy.retry import Again
from repondeur.settings.glossary_file import use_glossary
from repondeur.settings.schema import AnyMailbox, GraphSettings, ImapSettings, Settings
from repondeur.store.database import Database
from repondeur.store.ledger import Ledger
from repondeur.store.lock import WakeUp
from repondeur.store.mailboxes import with_something_to_do
from repondeur.store.shelf import Shelf
from repondeur.store.spend import StoredSpending
from repondeur.store.store import Store
from repondeur.texts import Reason

if TYPE_CHECKING:
    from repondeur.mailboxes.graph.hook import Hook, HookAddress
    from repondeur.mailboxes.graph.keys import KeyRing

log = structlog.get_logger(__name__)


async def open_library(settings: Settings, database: Database, stack: AsyncExitStack, *, alone: bool = True) -> Library:
    """What is stored; `refresh` looks at the folders. alone: this is the agent, and nobody else works a SQLite
    database. Texts are read with the settings' glossary from here on. Raises SettingsError for one that cannot be."""
    use_glossary(settings)
    shelf = Shelf(database)
    reader = await stack.enter_async_context(file_reader())
    turn = Turn(Ledger(database), uuid4().hex, _now, alone=alone and database.is_sqlite)
    named = roots(settings.knowledge_public, settings.knowledge_internal)
    return Library(shelf, Index([]), Folders(named, shelf, reader, turn, forgets=alone))


def open_mailbox(mailbox: AnyMailbox, settings: Settings, database: Database) -> Mailbox:
    """Not connected yet: that happens with the first call."""
    match mailbox:
        case ImapSettings():
            from repondeur.mailboxes.imap.mailbox import ImapMailbox

            return ImapMailbox(mailbox)
        case GraphSettings():
            from repondeur.mailboxes.graph.mailbox import GraphMailbox

            return GraphMailbox(
                mailbox,
                ledger=Ledger(database),
                hook=_hook_address(settings),
                ring=_key_ring(settings) if mailbox.graph_rich else None,
                alone=database.is_sqlite,
            )


def open_hook(settings: Settings, database: Database, wake: Callable[[str], None]) -> "Hook | None":
    """What takes the notices of Graph; None where no mailbox is told of new mail that way. wake: called with the name
    of a mailbox once something is stored for it."""
    address = _hook_address(settings)
    told = {one.name: one for one in settings.mailboxes if isinstance(one, GraphSettings)}
    if address is None or not told:
        return None
    from repondeur.mailboxes.graph.hook import Hook
    from repondeur.mailboxes.graph.rich import RichNotices

    rich = [one for one in told.values() if one.graph_rich]
    return Hook(
        mailboxes=told,
        secret=address.secret,
        ledger=Ledger(database),
        clock=_now,
        wake=wake,
        rich=RichNotices(_key_ring(settings), rich, _now) if rich else None,
    )


def _hook_address(settings: Settings) -> "HookAddress | None":
    if not settings.hook_url or settings.webhook_secret is None:
        return None
    from repondeur.mailboxes.graph.hook import HookAddress

    return HookAddress(settings.hook_url, settings.webhook_secret.get_secret_value())


def _key_ring(settings: Settings) -> "KeyRing":
    from repondeur.mailboxes.graph.keys import KeyRing

    return KeyRing(settings.data_dir / "graph-keys", _now)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Makers:
    """What makes the parts that touch the outside. Whoever embeds the program puts in others. engine: None for those
    that the settings name, with what they cost kept in the database."""

    database: Callable[[str], Database] = Database
    mailbox: Callable[[AnyMailbox, Settings, Database], Mailbox] = open_mailbox
    engine: Callable[[Settings], Engine] | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """wake_up: None on PostgreSQL, where the database itself wakes workers. hook: None where nobody reports to us."""

    parts: Parts
    dispatcher: Dispatcher
    library: Library
    wake_up: WakeUp | None
    hook: "Hook | None" = None


@asynccontextmanager
async def running(settings: Settings, makers: Makers = Makers()) -> AsyncIterator[Running]:
    """Everything that works mail, opened in order and closed in reverse.

    Raises SettingsError for settings that cannot work, or when another process works the same SQLite store.
    """
    verify_header_safety()
    async with AsyncExitStack() as stack:
        database = open_database(settings, stack, makers.database)
        store = Store(database, keeps_bodies=settings.store_bodies)
        library = await open_library(settings, database, stack)
        await library.refresh()
        accounts: dict[str, Account] = {}
        for mailbox_settings in settings.mailboxes:
            mailbox = makers.mailbox(mailbox_settings, settings, database)
            stack.push_async_callback(mailbox.close)
            accounts[mailbox_settings.name] = Account(mailbox, mailbox_settings)
        if unknown := await with_something_to_do(database) - set(accounts):
            # Their mails wait until the name is back; see `repondeur database rename`.
            log.warning("store.mailboxes_unknown", mailboxes=sorted(unknown), configured=sorted(accounts))
        told = {name: (account.mailbox, account.settings.address) for name, account in accounts.items()}
        notifying = await stack.enter_async_context(notifier(settings, told, store, _now))
        make = makers.engine or partial(choose, spending=StoredSpending(database, _now))
        engine = make(settings)
        stack.push_async_callback(engine.close)
        reader = await stack.enter_async_context(Pool(ENTRY))
        files = await stack.enter_async_context(attachment_reader(settings))
        checker = await stack.enter_async_context(Checker())
        parts = Parts(
            settings=settings,
            store=store,
            accounts=accounts,
            engine=engine,
            index=lambda: library.index,
            reader=reader,
            files=files,
            clock=_now,
            worker=None if database.is_sqlite else uuid4().hex,
            meaning=open_meaning(settings, stack),
            checker=checker,
            alarm=partial(_alarm, notifying),
            notifier=notifying,
            caller=caller(settings),
        )
        if parts.meaning is not None:
            parts.meaning.follow(library.index)

        async def take(mail_id: int) -> Again | None:
            return await handle(mail_id, parts)

        dispatcher = _dispatcher(settings, store, take, mails_at_once(settings, engine))
        wake_up = WakeUp(sqlite_file(database)) if database.is_sqlite else None
        hook = open_hook(settings, database, partial(_ring, accounts))
        if hook is not None:
            stack.push_async_callback(hook.close)
        yield Running(parts, dispatcher, library, wake_up, hook)


async def _alarm(notifying: Notifier, reason: Reason, mailbox: str, mail: int | None) -> None:
    """Into the log and the metrics, and to whoever is to be told."""
    await log_alarm(reason, mailbox, mail)
    await notifying.alarm(reason, mailbox, mail)


async def looking(settings: Settings, database: Database, stack: AsyncExitStack, *, asks: bool) -> Parts:
    """What it takes to decide about a mail without working it: nothing is locked, no mailbox is connected. The folders
    of the settings are looked at first. asks: a model may be asked; what that costs is counted. Raises SettingsError,
    StoreUnavailable, TemporaryError."""
    library = await open_library(settings, database, stack, alone=False)
    await library.refresh()
    engine = choose(settings, StoredSpending(database, _now)) if asks else BuiltinEngine()
    stack.push_async_callback(engine.close)
    accounts: dict[str, Account] = {}
    for one in settings.mailboxes:
        accounts[one.name] = Account(open_mailbox(one, settings, database), one)
        stack.push_async_callback(accounts[one.name].mailbox.close)
    parts = Parts(
        settings=settings,
        store=Store(database, keeps_bodies=settings.store_bodies),
        accounts=accounts,
        engine=engine,
        index=lambda: library.index,
        reader=await stack.enter_async_context(Pool(ENTRY)),
        files=await stack.enter_async_context(attachment_reader(settings)),
        clock=_now,
        meaning=open_meaning(settings, stack, keeps=False) if asks else None,
    )
    if parts.meaning is not None:
        await parts.meaning.ready(library.index)
    return parts


def open_meaning(settings: Settings, stack: AsyncExitStack, *, keeps: bool = True) -> Meaning | None:
    """What tells passages of the same meaning; None where settings name no model for it. keeps: what is made of
    passages is written beside the database. Raises SettingsError."""
    model = embedder(settings)
    if model is None:
        return None
    file = settings.data_dir / "embeddings" / f"{slug(model.name)}.npz"
    found = Meaning(
        model,
        file,
        sensitive_stays=settings.sensitive_mail == "local",
        hides=hides(settings, local=model.local),
        keeps=keeps,
    )
    stack.push_async_callback(found.close)
    return found


def _ring(accounts: Mapping[str, Account], name: str) -> None:
    """Wakes the mailbox that something was stored for."""
    from repondeur.mailboxes.graph.mailbox import GraphMailbox

    mailbox = accounts[name].mailbox
    if isinstance(mailbox, GraphMailbox):
        mailbox.notice()


def mails_at_once(settings: Settings, engine: Engine) -> int:
    """Threads of mail that are worked side by side: twice what the engine works together, so that the next ones wait at
    its door while the mailbox and the store are busy with those before."""
    return max(settings.concurrency, 2 * engine.at_once)


def _dispatcher(settings: Settings, store: Store, take: Handle, concurrency: int) -> Dispatcher:
    if store.database.is_sqlite:
        return LocalDispatcher(take, store, concurrency)
    from repondeur.pipeline.worker import SharedDispatcher

    return SharedDispatcher(take, store, concurrency, lease=settings.worker_lease)
