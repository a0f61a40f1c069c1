"""What waits in the watched folders: what changes told (delta.py) and what notices told (hook.py), each mail once.

All that we are told of is in the ledger until the pipeline has stored it, so that a crash loses nothing.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, Literal

import structlog

from repondeur.errors import FolderMissing, LoginRefused, MailboxUnavailable, RepondeurError
from repondeur.mailboxes.base import Arrival, MessageRef
from repondeur.mailboxes.graph.client import Client
from repondeur.mailboxes.graph.delta import Changes, is_waiting
from repondeur.mailboxes.graph.failures import Refused
from repondeur.mailboxes.graph.folders import Folders
from repondeur.mailboxes.graph.messages import Found, header_of
from repondeur.mailboxes.graph.reading import AT_ONCE, Given, Look, Reader, in_order
from repondeur.settings.schema import GraphSettings
from repondeur.store.ledger import Announced, Ledger
from repondeur.texts import Reason

log = structlog.get_logger(__name__)

MOST: Final = 10_000  # announced mails of one look, and messages that we remember
# What we were told longer ago is asked again before a mail is taken up: a person may have been quicker.
FRESH: Final = timedelta(minutes=5)
SOON: Final = 60.0  # seconds to the next look at what failed, however rarely changes are read
NOT_HERE: Final = frozenset({"graph.gone", "graph.moved"})  # of a mail with another reason, people look in the mailbox


class Inbox:
    """The watched folders of one mailbox. pushed: Graph tells us of new mail, so changes are read now and then only.
    Raises what the client and the ledger raise, and FolderMissing.

    A mail that Graph fails at just now is not given, and comes again with a later look: it stays announced.
    """

    def __init__(
        self,
        settings: GraphSettings,
        client: Client,
        ledger: Ledger,
        folders: Folders,
        clock: Callable[[], datetime],
        *,
        pushed: bool = False,
    ) -> None:
        self._settings = settings
        self._mailbox = settings.name
        self._client = client
        self._ledger = ledger
        self._folders = folders
        self._clock = clock
        self._pushed = pushed
        self._changes = Changes(settings, client, ledger, folders, clock, self._known)
        self._reader = Reader(client, settings.name, clock)
        self._remembered: dict[str, tuple[Found, datetime]] = {}  # by ref, with the moment when we were told
        self._stored: dict[tuple[str, str], None] = {}  # folder and ref of what the pipeline has, oldest first
        self._not_given: set[tuple[str, str]] = set()  # those that fetch found to be gone, or read
        self._put_off: set[tuple[str, str]] = set()  # those that this look has left for a later one
        # By folder that could be read: mail received before is none of ours.
        self._since: dict[str, datetime] = {}
        self._failed: RepondeurError | None = None  # why another folder could not be read
        self._wanted = True
        self._last: datetime | None = None
        self._seen: frozenset[tuple[str, str]] = frozenset()

    # -- what there is

    def delta_due(self) -> None:
        """The next look reads all changes: notices may have been lost."""
        self._wanted = True

    def seconds_to_delta(self) -> float:
        """Until changes are to be read again, notice or not."""
        if self._wanted or self._last is None or not self._pushed:
            return 0.0
        interval = self._settings.poll_interval
        if self._put_off or self._failed is not None:
            interval = min(interval, SOON)
        elapsed = (self._clock() - self._last).total_seconds()
        # Less than nothing: the clock was set back.
        return max(0.0, interval - elapsed) if elapsed >= 0 else 0.0

    async def unread(self) -> tuple[Arrival, ...]:
        """Oldest first. Sizes are not known. Changes that cannot be read keep no mail waiting of which we were told
        otherwise, in this folder or another: the error is raised when there is nothing to give."""
        if self.seconds_to_delta() == 0:
            await self._read_changes()
        rows = await self._ledger.announced(self._mailbox, MOST)
        self._seen = frozenset(map(_place, rows))
        waiting = [row for row in rows if _place(row) not in self._stored and row.folder in self._since]
        looks = await self._looks(waiting)
        waiting = [row for row in waiting if looks[row.ref] != "later"]
        arrivals = {_place(row): await self._judged(row.folder, row.ref, looks[row.ref]) for row in waiting}
        self._put_off = {_place(row) for row in rows if looks.get(row.ref) == "later"}
        kept = self._put_off | {_place(row) for row in rows if self._is_unread(row.folder)}
        if done := [place for place in self._seen - kept if arrivals.get(place) is None]:
            await self._ledger.withdraw(self._mailbox, done)
        waiting.sort(key=lambda row: _received(looks[row.ref], row.at))
        given = tuple(arrival for row in waiting if (arrival := arrivals[_place(row)]) is not None)
        if self._failed is not None and not given:
            self._wanted = not isinstance(self._failed, FolderMissing | Refused)
            raise self._failed.with_traceback(None)
        return given

    async def has_news(self) -> bool:
        """Has anyone announced mail since the last look?"""
        rows = await self._ledger.announced(self._mailbox, MOST)
        return any(_place(row) not in self._seen for row in rows)

    def _is_unread(self, folder: str) -> bool:
        """Watched, and it could not be read: what is announced of it waits."""
        return folder in self._settings.graph_folders and folder not in self._since

    async def _read_changes(self) -> None:
        # Cleared first: what is wanted while we read may have come too late for it.
        self._wanted, began = False, self._clock()
        try:
            self._failed = None
            for folder in self._settings.graph_folders:
                try:
                    self._since[folder] = await self._changes.read(folder)
                except (FolderMissing, Refused) as error:
                    log.warning("graph.folder_not_read", mailbox=self._mailbox, folder=folder, reason=error.reason.code)
                    if isinstance(error, FolderMissing):
                        self._since.pop(folder, None)
                    self._failed = self._failed or error
                except (MailboxUnavailable, LoginRefused) as error:  # the other folders would fare no better
                    log.warning("graph.changes_not_read", mailbox=self._mailbox, reason=error.reason.code)
                    self._failed = error
                    break
        except BaseException:
            self._wanted = True
            raise
        self._last = began

    async def _looks(self, rows: Sequence[Announced]) -> dict[str, Look]:
        """What is known of each message. Graph is asked where nobody told, or more may have changed since we asked."""
        looks: dict[str, Look] = {}
        for row in rows:
            told, at = self._remembered.get(row.ref, (None, row.at))
            announced = Found.from_json(row.found) if row.found is not None else None
            if told is not None and at >= row.at:
                looks[row.ref] = told
            elif announced is not None and announced.whole:
                looks[row.ref] = announced
                self._remember(announced, row.at)
        return looks | await self._asked([row.ref for row in rows if row.ref not in looks])

    async def _asked(self, refs: Iterable[str]) -> dict[str, Look]:
        looks = await self._reader.look(refs)
        for ref, look in looks.items():
            if isinstance(look, Found):
                self._remember(look, self._clock())
            else:
                self._remembered.pop(ref, None)
        return looks

    async def _judged(self, folder: str, ref: str, look: Look) -> Arrival | None:
        """None: not to be taken up, and nothing for people to see."""
        place = MessageRef(folder, ref)
        if isinstance(look, Reason):
            log.info("graph.not_had", mailbox=self._mailbox, ref=ref, reason=look.code)
            return Arrival(place, 0, look)
        if not isinstance(look, Found):
            log.warning("graph.no_id", mailbox=self._mailbox, ref=ref)
            return None
        where = await self._where(folder, look)
        if where == "elsewhere":
            log.info("graph.moved", mailbox=self._mailbox, ref=ref)
            return Arrival(place, 0, Reason("graph.moved"))
        if where == "watched" or not is_waiting(look, self._since[folder]):
            log.info("graph.not_taken_up", mailbox=self._mailbox, ref=ref, read=look.read, draft=look.draft)
            return None
        return Arrival(place, 0)

    async def _where(self, folder: str, found: Found) -> Literal["here", "watched", "elsewhere"]:
        """watched: in another watched folder, where it is announced too."""
        if found.folder_id in {None, await self._folders.id_of(folder)}:
            return "here"
        ids = [await self._folders.id_of(watched) for watched in self._since]
        return "watched" if found.folder_id in ids else "elsewhere"

    # -- what it says

    async def fetch(self, arrivals: Sequence[Arrival], limit: int) -> AsyncIterator[Given]:
        """As mailboxes.base.Mailbox.fetch has it, without what Graph fails at just now: `taken` leaves that out too."""
        stale = [arrival.ref.id for arrival in arrivals if arrival.refusal is None and not self._is_fresh(arrival.ref)]
        looks = await self._asked(stale)
        jobs = (partial(self._fetched, arrival, looks.get(arrival.ref.id), limit) for arrival in arrivals)
        places = map(_place_of, arrivals)
        async for given in in_order(jobs, AT_ONCE):
            place = next(places)
            if given is None:
                self._put_off.add(place)
                continue
            if given[1] is None:
                self._not_given.add(place)
            yield given

    async def _fetched(self, arrival: Arrival, look: Look | None, limit: int) -> Given | None:
        """look: as it is now, if we were told of it some time ago. None: not now."""
        if look == "later":
            return None
        ref = arrival.ref
        now = arrival if look is None else await self._judged(ref.folder, ref.id, look)
        if now is None:
            return arrival, None
        if now.refusal is None:
            return await self._reader.read(now, limit)
        return now, None if now.refusal.code in NOT_HERE else header_of({})

    def _is_fresh(self, ref: MessageRef) -> bool:
        return self.found(ref, within=FRESH) is not None

    async def taken(self, arrivals: Sequence[Arrival]) -> None:
        """The pipeline has them: we need not be told of them again. One that was gone or read may come back. Those that
        fetch did not give stay announced."""
        places = [place for place in map(_place_of, arrivals) if place not in self._put_off]
        await self._ledger.withdraw(self._mailbox, places)
        self._stored |= dict.fromkeys(place for place in places if place not in self._not_given)
        self._not_given.difference_update(places)
        _shorten(self._stored)

    # -- memory

    def found(self, ref: MessageRef, within: timedelta | None = None) -> Found | None:
        """What we were told of a message, if it is still in memory. within: not longer ago than that; nor is it yet to
        come, as it seems after the clock was set back."""
        found, at = self._remembered.get(ref.id, (None, self._clock()))
        return found if within is None or timedelta() <= self._clock() - at <= within else None

    def _known(self, ref: str) -> Found | None:
        return self._remembered[ref][0] if ref in self._remembered else None

    def _remember(self, found: Found, at: datetime) -> None:
        self._remembered.pop(found.ref, None)
        self._remembered[found.ref] = found, at
        _shorten(self._remembered)


def _place(row: Announced) -> tuple[str, str]:
    return row.folder, row.ref


def _place_of(arrival: Arrival) -> tuple[str, str]:
    return arrival.ref.folder, arrival.ref.id


def _received(look: Look, announced: datetime) -> datetime:
    return look.received or announced if isinstance(look, Found) else announced


def _shorten(remembered: dict[Any, Any]) -> None:
    while len(remembered) > MOST:
        del remembered[next(iter(remembered))]
