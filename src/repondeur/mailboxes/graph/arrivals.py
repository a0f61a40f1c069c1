"""What waits in the watched folders: what changes told (delta.py) and what notices told (hook.py), each mail once.

All that we are told of is in the ledger until the pipeline has stored it, so that a crash loses nothing.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, Literal

import structlog

from repondeur.mailboxes.base import Arrival, MessageRef
from repondeur.mailboxes.graph.client import Call, Client, segment
from repondeur.mailboxes.graph.delta import Changes, is_waiting
from repondeur.mailboxes.graph.failures import Refused
from repondeur.mailboxes.graph.folders import Folders
from repondeur.mailboxes.graph.messages import SELECT, Found
from repondeur.mailboxes.graph.reading import AT_ONCE, Given, Reader, in_order
from repondeur.settings.schema import GraphSettings
from repondeur.store.ledger import Announced, Ledger
from repondeur.texts import Reason

log = structlog.get_logger(__name__)

MOST: Final = 10_000  # announced mails of one look, and messages that we remember
TOGETHER: Final = 20  # requests in one $batch ("Combine multiple HTTP requests using JSON batching")
# What we were told longer ago is asked again before a mail is taken up: a person may have been quicker.
FRESH: Final = timedelta(minutes=5)

Look = Found | Reason  # of one message: what is known of it, or why it cannot be had


class Inbox:
    """The watched folders of one mailbox. pushed: Graph tells us of new mail, so changes are read now and then only.
    Raises what the client and the ledger raise, and FolderMissing."""

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
        self._reader = Reader(client, settings.name)
        self._remembered: dict[str, tuple[Found, datetime]] = {}  # by ref, with the moment when we were told
        self._stored: dict[tuple[str, str], None] = {}  # folder and ref of what the pipeline has, oldest first
        self._not_given: set[tuple[str, str]] = set()  # those that fetch found to be gone, or read
        self._since: dict[str, datetime] = {}  # by folder: mail received before is none of ours
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
        elapsed = (self._clock() - self._last).total_seconds()
        return max(0.0, self._settings.poll_interval - elapsed)

    async def unread(self) -> tuple[Arrival, ...]:
        """Oldest first. Sizes are not known."""
        if self.seconds_to_delta() == 0:
            await self._read_changes()
        rows = await self._ledger.announced(self._mailbox, MOST)
        self._seen = frozenset(map(_place, rows))
        waiting = [row for row in rows if _place(row) not in self._stored and row.folder in self._since]
        looks = await self._looks(waiting)
        arrivals = {_place(row): await self._judged(row.folder, row.ref, looks[row.ref]) for row in waiting}
        if done := [place for place in self._seen if arrivals.get(place) is None]:
            await self._ledger.withdraw(self._mailbox, done)
        waiting.sort(key=lambda row: _received(looks[row.ref], row.at))
        return tuple(arrival for row in waiting if (arrival := arrivals[_place(row)]) is not None)

    async def has_news(self) -> bool:
        """Has anyone announced mail since the last look?"""
        rows = await self._ledger.announced(self._mailbox, MOST)
        return any(_place(row) not in self._seen for row in rows)

    async def _read_changes(self) -> None:
        # Cleared first: what is wanted while we read may have come too late for it.
        self._wanted, began = False, self._clock()
        try:
            for folder in self._settings.graph_folders:
                self._since[folder] = await self._changes.read(folder)
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

    async def _asked(self, refs: Sequence[str]) -> dict[str, Look]:
        """From our own mailbox, whatever a notice said."""
        looks: dict[str, Look] = {}
        once = list(dict.fromkeys(refs))
        for start in range(0, len(once), TOGETHER):
            some = once[start : start + TOGETHER]
            calls = [Call("GET", f"/messages/{segment(ref)}", {"$select": SELECT}) for ref in some]
            for ref, answer in zip(some, await self._client.together(calls), strict=True):
                if isinstance(answer, Refused):
                    looks[ref] = Reason("graph.gone") if answer.gone else answer.reason
                    self._remembered.pop(ref, None)
                else:
                    found = looks[ref] = Found.from_json(answer.body | {"id": ref})
                    self._remember(found, self._clock())
        return looks

    async def _judged(self, folder: str, ref: str, look: Look) -> Arrival | None:
        """None: not to be taken up, and nothing for people to see."""
        place = MessageRef(folder, ref)
        if isinstance(look, Reason):
            log.info("graph.gone", mailbox=self._mailbox, ref=ref, reason=look.code)
            return Arrival(place, 0, look)
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
        ids = [await self._folders.id_of(watched) for watched in self._settings.graph_folders]
        return "watched" if found.folder_id in ids else "elsewhere"

    # -- what it says

    async def fetch(self, arrivals: Sequence[Arrival], limit: int) -> AsyncIterator[Given]:
        """As mailboxes.base.Mailbox.fetch has it."""
        again = await self._looked_again(arrivals)
        jobs = (partial(self._fetched, arrival, again.get(arrival.ref, arrival), limit) for arrival in arrivals)
        async for arrival, raw in in_order(jobs, AT_ONCE):
            if raw is None:
                self._not_given.add((arrival.ref.folder, arrival.ref.id))
            yield arrival, raw

    async def _fetched(self, arrival: Arrival, now: Arrival | None, limit: int) -> Given:
        if now is None:
            return arrival, None
        return (now, None) if now.refusal is not None else await self._reader.read(now, limit)

    async def _looked_again(self, arrivals: Iterable[Arrival]) -> dict[MessageRef, Arrival | None]:
        """Those that we were told of some time ago, as they are now; None for what is not to be taken up any more."""
        stale = [arrival.ref for arrival in arrivals if arrival.refusal is None and not self._is_fresh(arrival.ref)]
        looks = await self._asked([ref.id for ref in stale])
        return {ref: await self._judged(ref.folder, ref.id, looks[ref.id]) for ref in stale}

    def _is_fresh(self, ref: MessageRef) -> bool:
        return self.found(ref, within=FRESH) is not None

    async def taken(self, arrivals: Sequence[Arrival]) -> None:
        """The pipeline has them: we need not be told of them again. One that was gone or read may come back."""
        places = [(arrival.ref.folder, arrival.ref.id) for arrival in arrivals]
        await self._ledger.withdraw(self._mailbox, places)
        self._stored |= dict.fromkeys(place for place in places if place not in self._not_given)
        self._not_given.difference_update(places)
        _shorten(self._stored)

    # -- memory

    def found(self, ref: MessageRef, within: timedelta | None = None) -> Found | None:
        """What we were told of a message, if it is still in memory. within: not longer ago than that."""
        found, at = self._remembered.get(ref.id, (None, self._clock()))
        return found if within is None or self._clock() - at <= within else None

    def _known(self, ref: str) -> Found | None:
        return self._remembered[ref][0] if ref in self._remembered else None

    def _remember(self, found: Found, at: datetime) -> None:
        self._remembered.pop(found.ref, None)
        self._remembered[found.ref] = found, at
        _shorten(self._remembered)


def _place(row: Announced) -> tuple[str, str]:
    return row.folder, row.ref


def _received(look: Look, announced: datetime) -> datetime:
    return look.received or announced if isinstance(look, Found) else announced


def _shorten(remembered: dict[Any, Any]) -> None:
    while len(remembered) > MOST:
        del remembered[next(iter(remembered))]
