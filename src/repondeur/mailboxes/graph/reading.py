"""The octets of messages, as they came (MIME), several at a time and in order.

Source: Microsoft Graph v1.0, "Get MIME content of a message".
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from dataclasses import replace
from typing import Any, Final, TypeVar

import structlog

from repondeur.errors import MailboxUnavailable
from repondeur.mailboxes.base import Arrival
from repondeur.mailboxes.graph.client import Client, segment
from repondeur.mailboxes.graph.failures import Refused
from repondeur.mailboxes.graph.messages import HEADER_SELECT, header_of, header_section
from repondeur.texts import Reason

log = structlog.get_logger(__name__)

AT_ONCE: Final = 3  # of the four requests at once that Graph takes for a mailbox
BUSY_TIMES: Final = 3  # how often a mail may be put off by a server that says it is busy with it
REMEMBERED: Final = 1_000
Given = tuple[Arrival, bytes | None]
T = TypeVar("T")


class Reader:
    """Reads messages by id. Raises MailboxUnavailable and LoginRefused."""

    def __init__(self, client: Client, mailbox: str) -> None:
        self._client = client
        self._mailbox = mailbox
        self._busy: dict[str, int] = {}  # by ref, how often the server could not give it

    async def read(self, arrival: Arrival, limit: int) -> Given:
        """The message, or its header when it is over `limit` octets or Graph cannot give it as MIME."""
        ref = arrival.ref
        try:
            streamed = await self._client.stream(f"/messages/{segment(ref.id)}/$value", limit)
        except Refused as error:
            return self._gone(arrival) if error.gone else await self._without_mime(arrival, error.graph_code)
        except MailboxUnavailable as error:
            if not self._is_of_this_mail(ref.id, error):
                raise
            return await self._without_mime(arrival, str(error.reason.params.get("status", "")))
        self._busy.pop(ref.id, None)
        if not streamed.complete:
            return replace(arrival, size=max(streamed.size, limit + 1)), header_section(streamed.octets)
        return replace(arrival, size=len(streamed.octets)), streamed.octets

    def _is_of_this_mail(self, ref: str, error: MailboxUnavailable) -> bool:
        """Is it this one mail that the server fails at? 500 has been tried several times by now; a server that is busy
        (503, 504) is given more time."""
        if error.reason.code != "graph.server_busy":
            return False
        times = self._busy[ref] = self._busy.pop(ref, 0) + 1
        while len(self._busy) > REMEMBERED:
            del self._busy[next(iter(self._busy))]
        return error.reason.params.get("status") == 500 or times >= BUSY_TIMES

    async def _without_mime(self, arrival: Arrival, code: str) -> Given:
        """A mail that lies there and that Graph cannot give: shown to people with what its properties say. When Graph
        does not even tell these because it is busy, it is busy with everything, and the mail is tried again."""
        try:
            told = await self._client.get(f"/messages/{segment(arrival.ref.id)}", {"$select": HEADER_SELECT})
        except Refused as error:
            if error.gone:
                return self._gone(arrival)
            told = {}
        self._busy.pop(arrival.ref.id, None)
        log.warning("graph.no_mime", mailbox=self._mailbox, ref=arrival.ref.id, code=code)
        return replace(arrival, refusal=Reason("graph.no_mime", {"code": code or "?"})), header_of(told)

    def _gone(self, arrival: Arrival) -> Given:
        log.info("graph.gone", mailbox=self._mailbox, ref=arrival.ref.id)
        return replace(arrival, refusal=Reason("graph.gone")), None


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
