"""Messages by id: what Graph tells of them, and their octets as they came (MIME), several at a time and in order.

One message that Graph fails at keeps nobody else waiting: it is put off, and after a few looks shown to people. Source:
Microsoft Graph v1.0, "Get message", "Get MIME content of a message".
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal, TypeVar

import structlog

from repondeur.errors import LoginRefused, MailboxUnavailable
from repondeur.mailboxes.base import Arrival
from repondeur.mailboxes.graph.client import Answer, Call, Client, Json, segment
from repondeur.mailboxes.graph.failures import Refused
from repondeur.mailboxes.graph.messages import HEADER_SELECT, SELECT, Found, header_of, header_section
from repondeur.texts import Reason

log = structlog.get_logger(__name__)

AT_ONCE: Final = 3  # of the four requests at once that Graph takes for a mailbox
TOGETHER: Final = 20  # requests in one $batch ("Combine multiple HTTP requests using JSON batching")
# A mail that Graph fails at is shown to people after so many looks, that much time after the first.
ENOUGH_TRIES: Final = 3
PATIENCE: Final = timedelta(minutes=2)
REMEMBERED: Final = 1_000
# What may be the trouble of one message while everything else works.
_OF_ONE: Final = frozenset(
    {
        "graph.access_denied",
        "graph.connection_lost",
        "graph.mailbox_missing",
        "graph.server_busy",
        "graph.strange_answer",
        "graph.timed_out",
    }
)
GONE: Final = Reason("graph.gone")
SECOND_LOOK: Final = 1.0  # seconds
Given = tuple[Arrival, bytes | None]
# Of one message: what is known of it; why it cannot be had; that it is to be tried at a later look; that there can be
# none of this id.
Look = Found | Reason | Literal["later", "never"]
Failure = Refused | MailboxUnavailable | LoginRefused
T = TypeVar("T")


class Reader:
    """Reads messages by id. Raises MailboxUnavailable and LoginRefused when the mailbox as a whole cannot be had."""

    def __init__(self, client: Client, mailbox: str, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._mailbox = mailbox
        self._clock = clock
        self._failed: dict[str, tuple[int, datetime]] = {}  # by ref, how often Graph failed at it, and since when

    # -- what Graph tells of them

    async def look(self, refs: Iterable[str]) -> dict[str, Look]:
        """From our own mailbox, whatever a notice said."""
        looks: dict[str, Look] = {}
        paths: dict[str, str] = {}
        for ref in refs:
            try:
                paths[ref] = f"/messages/{segment(ref)}"
            except Refused:
                looks[ref] = "never"
        looks |= await self._looks(paths)
        if gone := {ref: path for ref, path in paths.items() if looks[ref] == GONE}:
            # One part of Microsoft's servers may tell of a message before another has it.
            await asyncio.sleep(SECOND_LOOK)
            looks |= await self._looks(gone)
        return looks

    async def _looks(self, paths: Mapping[str, str]) -> dict[str, Look]:
        """paths: by ref."""
        looks: dict[str, Look] = {}
        refs = list(paths)
        for start in range(0, len(refs), TOGETHER):
            some = refs[start : start + TOGETHER]
            told = await self._told([paths[ref] for ref in some])
            looks |= {ref: self._looked(ref, answer) for ref, answer in zip(some, told, strict=True)}
        return looks

    async def _told(self, paths: Sequence[str]) -> Sequence[Json | Failure]:
        try:
            answers = await self._client.together([Call("GET", path, {"$select": SELECT}) for path in paths])
        except (MailboxUnavailable, LoginRefused) as error:
            if error.reason.code not in _OF_ONE:
                raise
            await self._mailbox_answers()
            return await asyncio.gather(*map(self._told_alone, paths))
        return [answer.body if isinstance(answer, Answer) else answer for answer in answers]

    async def _told_alone(self, path: str) -> Json | Failure:
        try:
            return await self._client.get(path, {"$select": SELECT})
        except (Refused, MailboxUnavailable, LoginRefused) as error:
            return _of_one(error)

    async def _mailbox_answers(self) -> None:
        """Raises when it does not."""
        try:
            await self._client.page("/mailFolders/inbox/messages", {"$select": "id", "$top": "1"})
        except Refused as error:
            log.info("graph.inbox_not_listed", mailbox=self._mailbox, status=error.status, code=error.graph_code)

    def _looked(self, ref: str, told: Json | Failure) -> Look:
        if isinstance(told, dict):
            return Found.from_json(told | {"id": ref})
        if isinstance(told, Refused) and told.gone:
            return GONE
        return "later" if self._put_off(ref, told) else _no_mime(told)

    # -- their octets

    async def read(self, arrival: Arrival, limit: int) -> Given | None:
        """The message, or its header when it is over `limit` octets or Graph cannot give it as MIME; None when it is
        to be tried at a later look."""
        ref = arrival.ref
        try:
            streamed = await self._client.stream(f"/messages/{segment(ref.id)}/$value", limit)
        except (Refused, MailboxUnavailable, LoginRefused) as error:
            return await self._not_given(arrival, _of_one(error))
        self._failed.pop(ref.id, None)
        if not streamed.complete:
            return replace(arrival, size=max(streamed.size, limit + 1)), header_section(streamed.octets)
        return replace(arrival, size=len(streamed.octets)), streamed.octets

    async def _not_given(self, arrival: Arrival, error: Failure) -> Given | None:
        """Graph tells of this message and does not give it. When it does not even tell, it is not the message, and the
        error of that is raised."""
        try:
            told = await self._client.get(f"/messages/{segment(arrival.ref.id)}", {"$select": HEADER_SELECT})
        except Refused as refused:
            if refused.gone:
                return self._gone(arrival)
            told = {}
        if not _for_good(error) and self._put_off(arrival.ref.id, error):
            return None
        log.warning("graph.no_mime", mailbox=self._mailbox, ref=arrival.ref.id, code=_code(error))
        return replace(arrival, refusal=_no_mime(error)), header_of(told)

    def _gone(self, arrival: Arrival) -> Given:
        log.info("graph.gone", mailbox=self._mailbox, ref=arrival.ref.id)
        return replace(arrival, refusal=GONE), None

    def _put_off(self, ref: str, error: Failure) -> bool:
        """False when it was put off often enough."""
        now = self._clock()
        times, first = self._failed.pop(ref, (0, now))
        first = min(first, now)  # the clock may have been set back
        self._failed[ref] = times + 1, first
        while len(self._failed) > REMEMBERED:
            del self._failed[next(iter(self._failed))]
        log.warning("graph.not_given", mailbox=self._mailbox, ref=ref, code=_code(error), times=times + 1)
        return times + 1 < ENOUGH_TRIES or now - first < PATIENCE


def _of_one(error: Failure) -> Failure:
    """The error, if it may be that of one message; otherwise it is raised."""
    if isinstance(error, Refused) or error.reason.code in _OF_ONE:
        return error
    raise error


def _for_good(error: Failure) -> bool:
    """500 has been tried several times by now; a server that is busy (503, 504) is given more time."""
    return error.for_good if isinstance(error, Refused) else error.reason.params.get("status") == 500


def _code(error: Failure) -> str:
    """As people may look it up: what Graph called it, else the status, else our own name for it."""
    params = error.reason.params
    named = error.graph_code if isinstance(error, Refused) else params.get("code")
    return str(named or params.get("status") or error.reason.code.partition(".")[2])


def _no_mime(error: Failure) -> Reason:
    return Reason("graph.no_mime", {"code": _code(error)})


async def in_order(jobs: Iterable[Callable[[], Coroutine[Any, Any, T]]], at_once: int) -> AsyncIterator[T]:
    """What the jobs give, in their order, while the next ones are under way. The first that fails ends them all."""
    running: deque[asyncio.Task[T]] = deque()
    try:
        for job in jobs:
            if len(running) == at_once:
                yield await running.popleft()
            running.append(asyncio.create_task(job()))
        while running:
            yield await running.popleft()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
