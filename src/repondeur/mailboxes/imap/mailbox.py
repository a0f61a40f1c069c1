"""A mailbox worked by IMAP and SMTP: the asyncio face of the parts in this folder."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial

import structlog

from repondeur.errors import LoginRefused, MailboxUnavailable
from repondeur.mailboxes.base import Arrival, Evidence, Finding, MessageRef, Outcome, Submission
from repondeur.mailboxes.imap import arrivals as inbox
from repondeur.mailboxes.imap import filing
from repondeur.mailboxes.imap.backoff import Gate
from repondeur.mailboxes.imap.check import findings
from repondeur.mailboxes.imap.commands import Commands
from repondeur.mailboxes.imap.connection import DEFAULT_TIMEOUTS, Timeouts
from repondeur.mailboxes.imap.failures import CommandRefused
from repondeur.mailboxes.imap.idle import Watcher
from repondeur.mailboxes.imap.responses import bare_id
from repondeur.mailboxes.imap.sent import SentCopies
from repondeur.mailboxes.imap.session import Session
from repondeur.mailboxes.imap.submission import Submitter
from repondeur.settings.schema import ImapSettings

log = structlog.get_logger(__name__)

# How long Sent is looked at, the first time a self-copy has come, before we believe that the server files none itself.
LEARNING_LOOKS, LEARNING_SECONDS = 8, 0.25
BUSY_TIMES = 3  # how often a fetch may be put off by a server that says it is busy


class ImapMailbox:
    """Implements mailboxes.base.Mailbox. For one event loop; connects when first used."""

    def __init__(self, settings: ImapSettings, timeouts: Timeouts = DEFAULT_TIMEOUTS) -> None:
        self._settings = settings
        self._timeouts = timeouts
        self._gate = Gate()
        self._commands = Commands(self._session, self._gate, timeouts, self._one_connection_less)
        self._watcher: Watcher | None = None
        self._news = asyncio.Event()
        self._sizes: dict[str, int] = {}
        self._busy: tuple[MessageRef | None, int] = (None, 0)
        self._submitter = Submitter(settings, timeouts)
        self.sent_copies = SentCopies(settings.sent_copy, settings.smtp_server)
        self._closed = False

    @property
    def name(self) -> str:
        return self._settings.name

    # -- receiving

    async def unread(self) -> Sequence[Arrival]:
        # Cleared before the search: what is told from here on may have come too late for it.
        self._news.clear()
        return await self._commands.run(lambda session: inbox.unread(session, self._sizes))

    async def wait(self, seconds: float) -> None:
        self._watch()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)
        self._news.clear()

    async def fetch(self, arrivals: Sequence[Arrival], limit: int) -> AsyncIterator[tuple[Arrival, bytes | None]]:
        for batch in inbox.batches(arrivals, limit):
            for arrival, beginning in zip(batch, await self._beginnings(batch, limit), strict=True):
                yield arrival, await self._whole(arrival.ref, beginning, limit)

    async def _beginnings(self, batch: Sequence[Arrival], limit: int) -> tuple[bytes | None, ...]:
        """Of a server that is busy the same is asked a few times; then it is taken for what it can give."""
        ref, times = self._busy
        times = times if ref == batch[0].ref else 0
        job = partial(inbox.beginnings, batch=batch, limit=limit, patient=times < BUSY_TIMES)
        try:
            return await self._commands.run(job)
        except CommandRefused:
            self._busy = batch[0].ref, times + 1
            raise

    async def _whole(self, ref: MessageRef, beginning: bytes | None, limit: int) -> bytes | None:
        """Goes on until a part comes short: the sizes that servers announce are not to be relied on. Each part is a
        job of its own, so that a slow line makes progress and other work comes in between."""
        if beginning is None or len(beginning) <= min(limit, inbox.CHUNK - 1):
            return beginning
        whole, last = bytearray(beginning), len(beginning)
        while last >= inbox.CHUNK and len(whole) <= limit:
            try:
                part = await self._commands.run(partial(inbox.continued, ref=ref, offset=len(whole)))
            except CommandRefused:
                return await self._commands.run(partial(inbox.header, ref=ref))
            if part is None:
                return None
            whole += part
            last = len(part)
        if len(whole) > limit:
            return await self._commands.run(partial(inbox.header, ref=ref))
        return bytes(whole)

    async def taken(self, arrivals: Sequence[Arrival]) -> None:
        """The server's own marks are all that IMAP needs to remember."""

    async def answered_by_person(
        self, ref: MessageRef, message_id: str | None, ours: Callable[[str], Awaitable[bool]]
    ) -> bool:
        if await self._commands.run(lambda session: filing.marked_answered(session, ref)):
            return True
        if not message_id:
            return False
        replies = await self._commands.run(lambda session: filing.replies_in_sent(session, message_id))
        for reply in replies:
            if not reply or not await ours(reply):
                return True
        return False

    # -- sending

    async def submit(self, submission: Submission, committing: Callable[[], Awaitable[None]]) -> None:
        copy_to = self._settings.from_email if self.sent_copies.wants_self_copy else None
        with_copy = await self._submitter.submit(submission, copy_to, committing)
        self.sent_copies.submitted(bare_id(submission.message_id), with_self_copy=with_copy)

    async def evidence(self, message_id: str) -> Evidence:
        def look(session: Session) -> bool:
            return filing.in_sent(session, message_id) or filing.self_copy(session, message_id) is not None

        try:
            return Evidence.SENT if await self._commands.run(look) else Evidence.NOT_FOUND
        except (MailboxUnavailable, LoginRefused) as error:
            log.info("imap.evidence_unreachable", mailbox=self.name, code=error.reason.code)
            return Evidence.UNREACHABLE

    async def file_sent(self, message_id: str, raw: bytes, final: bool, *, drafted: bool = False) -> bool:
        key = bare_id(message_id)
        if await self._in_sent(message_id):
            self.sent_copies.seen_in_sent(key)
            return True
        if drafted and await self._commands.run(lambda session: filing.file_draft(session, message_id, raw)):
            self.sent_copies.filed(key)
            return True
        if self.sent_copies.may_have_self_copy(key) and await self._self_copy_came(message_id):
            if self.sent_copies.server_files is None and await self._server_files_it(message_id):
                self.sent_copies.seen_in_sent(key)
                return True
            self.sent_copies.not_filed_by_server()
            self.sent_copies.filed(key)
            await self._commands.run(lambda session: filing.file_self_copy(session, message_id))
            return True
        if not final and self.sent_copies.may_still_come(key):
            return False
        if self._settings.sent_copy == "server":
            log.warning("imap.sent_copy_missing", mailbox=self.name)
            return True
        self.sent_copies.filed(key)
        await self._commands.run(lambda session: filing.append_to_sent(session, message_id, raw))
        return True

    async def _server_files_it(self, message_id: str) -> bool:
        """Waits a little for the server's own copy, so that ours does not become a second one."""
        for _ in range(LEARNING_LOOKS):
            await asyncio.sleep(LEARNING_SECONDS)
            if await self._in_sent(message_id):
                return True
        return False

    async def _self_copy_came(self, message_id: str) -> bool:
        return await self._commands.run(lambda session: filing.self_copy(session, message_id)) is not None

    async def _in_sent(self, message_id: str) -> bool:
        return await self._commands.run(lambda session: filing.in_sent(session, message_id))

    # -- filing

    async def save_draft(self, message_id: str, raw: bytes, answers: Sequence[MessageRef] = ()) -> None:
        await self._commands.run(lambda session: filing.save_draft(session, message_id, raw))

    async def draft_unchanged(self, message_id: str, raw: bytes) -> bool:
        return await self._commands.run(lambda session: filing.draft_unchanged(session, message_id, raw))

    async def withdraw(self, message_id: str, raw: bytes) -> bool:
        return await self._commands.run(lambda session: filing.withdraw_draft(session, message_id, raw))

    async def settle(self, ref: MessageRef, message_id: str | None, *, outcome: Outcome, folder: str | None) -> None:
        if outcome in {"held", "failed"}:  # it is unread in its place, and IMAP has nothing more to show
            return
        answered = outcome == "answered"
        await self._commands.run(
            lambda session: filing.settle(session, ref, message_id, answered=answered, target=folder)
        )

    # -- looking after it

    async def check(self, other: str = "") -> AsyncIterator[Finding]:
        async for finding in findings(self._settings, self._timeouts, other):
            yield finding

    async def close(self) -> None:
        self._closed = True
        if self._watcher is not None:
            await asyncio.to_thread(self._watcher.stop)
        await self._commands.close()
        await self._submitter.close()

    # -- connections

    def _session(self) -> Session:
        return Session(self._settings, self._timeouts)

    def _watch(self) -> None:
        """Starts the IDLE connection, where the settings allow a second one."""
        if self._watcher is not None or self._closed or self._settings.imap_connections < 2:
            return
        loop = asyncio.get_running_loop()

        def on_news() -> None:
            with contextlib.suppress(RuntimeError):  # the loop ended before the thread
                loop.call_soon_threadsafe(self._news.set)

        self._watcher = Watcher(self._session, self._gate, on_news)
        self._watcher.start()

    def _one_connection_less(self) -> bool:
        return self._watcher is not None and self._watcher.yield_connection()
