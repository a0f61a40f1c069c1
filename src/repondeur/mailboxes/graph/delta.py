"""What changed in a watched folder since we looked last: read page by page, each stored with the link to the next.

Source: Microsoft Graph v1.0, "message: delta", "Get incremental changes to messages in a folder". Repeated entries,
empty pages and entries that hold only what changed are legal.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from repondeur.errors import MailboxUnavailable
from repondeur.mailboxes.graph.client import Client, Json, Page, segment
from repondeur.mailboxes.graph.failures import Refused
from repondeur.mailboxes.graph.folders import Folders
from repondeur.mailboxes.graph.messages import SELECT, Found, moment_text
from repondeur.settings.schema import GraphSettings
from repondeur.store.ledger import Announced, Cursor, Ledger

log = structlog.get_logger(__name__)

PAGE: Final = 100  # messages
MOST_PAGES: Final = 2_000  # of one round; beyond it somebody leads us in a circle
FRESH_STARTS: Final = 3  # in one round
# After a reset we look this far behind the last complete round, so that no clock and no slow delivery hides a mail.
OVERLAP: Final = timedelta(days=1)
# A stored link that is of no more use: it leads in a circle, or to a host that the settings no longer name.
USELESS: Final = frozenset({"graph.strange_delta", "graph.foreign_link"})


@dataclass(frozen=True, slots=True)
class Changed:
    """Of one page. waiting: unread mail, by ref; not `whole` where we were told too little. done: refs of what was
    read, or is none of ours. gone: refs of what was deleted, or moved to another folder."""

    waiting: Mapping[str, Found]
    done: frozenset[str]
    gone: frozenset[str]


def changed(entries: Iterable[Json], folder_id: str, since: datetime, known: Callable[[str], Found | None]) -> Changed:
    """What the entries of a page say, the last one of each message. known: what we were told of a message before."""
    told: dict[str, Found | None] = {}
    for entry in entries:
        ref = entry.get("id")
        if not isinstance(ref, str) or not ref:
            continue
        if "@removed" in entry:
            told[ref] = None
        else:
            here = replace(Found.from_json(entry), folder_id=folder_id)
            told[ref] = here.over(told.get(ref) or known(ref))
    waiting = {ref: found for ref, found in told.items() if found is not None and is_waiting(found, since)}
    gone = frozenset(ref for ref, found in told.items() if found is None)
    return Changed(waiting, frozenset(told.keys() - waiting.keys() - gone), gone)


def is_waiting(found: Found, since: datetime) -> bool:
    """Mail to take up, as far as we were told."""
    old = found.received is not None and found.received < since
    return not (found.read or found.draft or old)


def starts_over(error: Refused) -> bool:
    """The state behind a link is gone: 410, or a 40x with syncStateNotFound, SyncStateInvalid, resyncRequired …"""
    code = error.graph_code.lower()
    return error.status == 410 or "syncstate" in code or code.startswith("resync")


class Changes:
    """The changes of one mailbox's folders, into its ledger. Raises what client, folders and ledger raise."""

    def __init__(  # noqa: PLR0917 - each has a type of its own
        self,
        settings: GraphSettings,
        client: Client,
        ledger: Ledger,
        folders: Folders,
        clock: Callable[[], datetime],
        known: Callable[[str], Found | None],
    ) -> None:
        self._mailbox = settings.name
        self._account = settings.account
        self._watched = settings.graph_folders
        self._first_unread = timedelta(hours=settings.graph_first_unread)
        self._client = client
        self._ledger = ledger
        self._folders = folders
        self._clock = clock
        self._known = known
        self._begun = False

    async def read(self, folder: str) -> datetime:
        """All changes up to now. Mail received before the moment that comes back is none of ours."""
        now = self._clock()
        if not self._begun:
            await self._begin(now)
        cursor = await self._cursor(folder, now)
        for last in (*(False,) * (FRESH_STARTS - 1), True):
            try:
                await self._round(folder, cursor, now)
                break
            except Refused as error:
                if last or not (starts_over(error) or error.absent):
                    raise
                self._folders.forget(folder)  # it may have been made anew
                log.warning("graph.delta_reset", mailbox=self._mailbox, folder=folder, code=error.graph_code)
                cursor = await self._start_over(folder, cursor)
        return cursor.since

    async def _begin(self, now: datetime) -> None:
        """What other settings have left is dropped, before anything is announced under these."""
        if dropped := await self._ledger.keep_folders(self._mailbox, self._watched):
            log.warning("graph.folders_left", mailbox=self._mailbox, announced=dropped)
        for folder in self._watched:
            await self._cursor(folder, now)
        self._begun = True

    async def _cursor(self, folder: str, now: datetime) -> Cursor:
        """Where to go on. It begins here, too, when the folder was that of another mailbox with our name, and when our
        clock was ahead at the beginning: else what came since then would never be seen."""
        cursor = await self._ledger.cursor(self._mailbox, folder)
        first = _second(now - self._first_unread)
        if cursor is None or cursor.account != self._account:
            if cursor is not None:
                log.warning("graph.another_mailbox", mailbox=self._mailbox, folder=folder, account=self._account)
            return await self._ledger.start(self._mailbox, folder, first, self._account)
        if cursor.since > now:
            log.warning("graph.clock_was_ahead", mailbox=self._mailbox, folder=folder, since=cursor.since)
            return await self._start_over(folder, replace(cursor, since=first, at=None))
        return cursor

    async def _start_over(self, folder: str, cursor: Cursor) -> Cursor:
        await self._ledger.start_over(self._mailbox, folder, cursor.since, cursor.at)
        return replace(cursor, link="")

    async def _round(self, folder: str, cursor: Cursor, now: datetime) -> None:
        folder_id = await self._folders.id_of(folder)
        path = f"/mailFolders/{segment(self._folders.in_paths(folder, folder_id))}/messages"
        # What was there before the last complete round we were told of then, whatever our clock said.
        since = cursor.since if cursor.at is None else max(cursor.since, _second(min(cursor.at, now) - OVERLAP))
        received = f"receivedDateTime ge {moment_text(since)}"
        if not cursor.link:
            # Delta with a $filter tells of 5,000 messages at most, read ones among them.
            unread = {"$filter": f"{received} and isRead eq false", "$orderby": "receivedDateTime"}
            async for page in self._pages(path, {"$select": SELECT, "$top": str(PAGE)} | unread):
                waiting = changed(page.items, folder_id, cursor.since, self._known).waiting
                await self._ledger.announce(self._mailbox, _rows(folder, waiting, now))
        try:
            first = {} if cursor.link else {"$select": SELECT, "$filter": received}
            async for page in self._pages(cursor.link or f"{path}/delta", first, PAGE):
                if not (page.next or page.delta):
                    raise MailboxUnavailable("graph.strange_delta", mailbox=self._mailbox)
                told = changed(page.items, folder_id, cursor.since, self._known)
                rows = _rows(folder, told.waiting, now)
                # Graph is asked where these are now, so that people are told what became of mail that we announced.
                gone = [Announced(folder, ref, None, now) for ref in told.gone]
                link, at = (page.delta, now) if page.delta else (page.next, None)
                await self._ledger.advance(self._mailbox, folder, rows, told.done, link, at, gone)
        except MailboxUnavailable as error:
            if error.reason.code in USELESS:
                await self._start_over(folder, cursor)
            raise

    async def _pages(
        self, path_or_link: str, params: Mapping[str, str], size: int | None = None
    ) -> AsyncIterator[Page]:
        seen = {path_or_link}
        page = await self._client.page(path_or_link, params, page_size=size)
        yield page
        while page.next:
            if page.next in seen or len(seen) >= MOST_PAGES:
                raise MailboxUnavailable("graph.strange_delta", mailbox=self._mailbox)
            seen.add(page.next)
            page = await self._client.page(page.next, page_size=size)
            yield page


def _second(when: datetime) -> datetime:
    """Graph tells receivedDateTime in whole seconds, rounded down."""
    return when.replace(microsecond=0)


def _rows(folder: str, waiting: Mapping[str, Found], now: datetime) -> list[Announced]:
    return [Announced(folder, ref, found.to_json() if found.whole else None, now) for ref, found in waiting.items()]
