"""Small requests of many mails, collected for a moment into one $batch ("Combine multiple HTTP requests using JSON
batching").

A batch is either all in parallel, and then takes as many places as it has parts, since Graph runs them beside each
other; or it is one chain, each part after the one before. A mixture is not documented to work, so that what comes
after something else goes into a later batch, unless it is alone.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import structlog

from repondeur.errors import LoginRefused
from repondeur.mailboxes.graph.exchange import Answer, Ask, Exchange, Json, preferring
from repondeur.mailboxes.graph.failures import Again, Refused, TokenRefused

log = structlog.get_logger(__name__)

MOST: Final = 20  # parts of one batch
COLLECTING: Final = 0.015  # seconds
FAILED_DEPENDENCY: Final = 424

Outcome = Answer | Refused


@dataclass(frozen=True, slots=True)
class Call:
    """One small request that may be repeated. path: below the mailbox, its ids made part of it by `segment`.
    after: index of the Call of the same group that must succeed first."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: Json | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    after: int | None = None


@dataclass(slots=True, eq=False)
class _Part:
    """A Call on its way. then: what comes after it. tries: so many have failed, the first of them at first_failure, by
    the monotonic clock."""

    call: Call
    result: "asyncio.Future[Outcome]"
    then: "list[_Part]" = field(default_factory=list)
    tries: int = 0
    first_failure: float = 0.0
    renewed: bool = False

    def end(self, outcome: Outcome) -> "list[_Part]":
        """What may go on its way now."""
        if not self.result.done():
            self.result.set_result(outcome)
        if isinstance(outcome, Answer):
            return self.then
        for part in self.then:
            part.end(Refused(FAILED_DEPENDENCY, "FailedDependency"))
        return []

    def fail(self, error: Exception) -> None:
        if not self.result.done():
            self.result.set_exception(error)
        for part in self.then:
            part.fail(error)

    def chain(self) -> "list[_Part]":
        """It and all that come after it, if that is one after the other; otherwise it alone."""
        chain = [self]
        while len(chain[-1].then) == 1:
            chain += chain[-1].then
        return chain if not chain[-1].then and len(chain) <= MOST else [self]


class _NothingWaits(Exception):
    """Whoever wanted something has given up meanwhile."""


class Batches:
    """Collects while all places are taken, and for a moment at least. url: of a Call, below the version, with its
    query; renew: a token was refused; singly: seconds without a batch after one was refused as a whole."""

    def __init__(
        self,
        exchange: Exchange,
        url: Callable[[Call], str],
        renew: Callable[[], Awaitable[object]],
        singly: float,
    ) -> None:
        self._exchange = exchange
        self._url = url
        self._renew = renew
        self._waiting: list[_Part] = []
        self._full = asyncio.Event()
        self._singly = singly
        self._singly_until = 0.0  # by the monotonic clock
        self._collecting: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def together(self, calls: Sequence[Call]) -> list[Outcome]:
        loop = asyncio.get_running_loop()
        parts = [_Part(call, loop.create_future()) for call in calls]
        for index, part in enumerate(parts):
            if (after := part.call.after) is not None:
                if not 0 <= after < index:
                    raise ValueError("a call can only come after an earlier one")
                parts[after].then.append(part)
        self._add(part for part in parts if part.call.after is None)
        await asyncio.gather(*(part.result for part in parts), return_exceptions=True)
        return [part.result.result() for part in parts]

    async def close(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def _most(self) -> int:
        return 1 if time.monotonic() < self._singly_until else MOST

    def _add(self, parts: Iterable[_Part]) -> None:
        self._waiting += parts
        if len(self._waiting) >= self._most:
            self._full.set()
        if self._waiting and self._collecting is None:
            self._collecting = self._start(self._collected())

    def _start(self, work: "Awaitable[None]") -> "asyncio.Task[None]":
        task = asyncio.ensure_future(work)
        assert isinstance(task, asyncio.Task)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _collected(self) -> None:
        taken: list[_Part] = []

        def choose() -> Ask:
            if not taken:
                taken.extend(self._take())
            return self._plain(taken[0].call) if len(taken) == 1 else self._batch(taken)

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(COLLECTING):
                await self._full.wait()
        try:
            answer = await self._exchange.answer(choose)
            self._settle(taken, answer)
        except _NothingWaits:
            return
        except Refused as refused:
            if len(taken) == 1:
                taken[0].end(refused)
            else:
                self._go_singly(taken, refused)
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, whatever it is
            for part in taken or self._take_some():
                part.fail(error)
        except asyncio.CancelledError:
            for part in taken or self._take_some():
                part.result.cancel()
            raise

    def _take(self) -> list[_Part]:
        if parts := self._take_some():
            return parts[0].chain() if len(parts) == 1 < self._most else parts
        raise _NothingWaits

    def _take_some(self) -> list[_Part]:
        """From now on somebody else collects."""
        waiting = [part for part in self._waiting if not part.result.done()]
        taken, self._waiting = waiting[: self._most], []
        self._full.clear()
        self._collecting = None
        self._add(waiting[self._most :])
        return taken

    def _go_singly(self, taken: Sequence[_Part], refused: Refused) -> None:
        """A refused batch says nothing about its parts: something on the way to Graph may not let batches through."""
        log.warning("graph.no_batches", status=refused.status, code=refused.graph_code)
        self._singly_until = time.monotonic() + self._singly
        self._add(taken[:1] if _is_chain(taken) else taken)

    # -- what is sent

    def _plain(self, call: Call) -> Ask:
        content = None if call.body is None else json.dumps(call.body, ensure_ascii=False).encode()
        headers = dict(call.headers) if call.body is None else {**call.headers, "Content-Type": "application/json"}
        return Ask(call.method, self._exchange.url(self._url(call)), content, headers)

    def _batch(self, parts: Sequence[_Part]) -> Ask:
        serial = _is_chain(parts)
        requests = [self._request(str(index), part.call) for index, part in enumerate(parts)]
        if serial:
            for index, request in enumerate(requests[1:]):
                request["dependsOn"] = [str(index)]
        content = json.dumps({"requests": requests}, ensure_ascii=False).encode()
        places = 1 if serial else len(parts)
        headers = {"Content-Type": "application/json"}
        return Ask("POST", self._exchange.url("/$batch"), content, headers, own=False, places=places)

    def _request(self, number: str, call: Call) -> Json:
        headers = {name: value for name, value in call.headers.items() if name.lower() != "prefer"}
        request: Json = {"id": number, "method": call.method, "url": self._url(call), "headers": headers}
        headers["Prefer"] = preferring(call.headers)
        if call.body is not None or call.method == "POST":  # in a batch a POST has a body, if an empty one
            request["body"] = call.body or {}
            headers["Content-Type"] = "application/json"
        return request

    # -- what came back

    def _settle(self, parts: Sequence[_Part], answer: Answer) -> None:
        if len(parts) == 1:
            self._add(parts[0].end(answer))
            return
        found = _by_id(answer.body)
        behind: set[_Part] = set()  # parts that wait for one which is tried again
        for index, part in enumerate(parts):
            outcome = self._judged(found.get(str(index)))
            if part in behind:
                behind.update(part.then)
            elif isinstance(outcome, Answer):
                self._add(then for then in part.end(outcome) if then not in parts)
            elif isinstance(outcome, Refused):
                part.end(outcome)
            elif isinstance(outcome, Again | TokenRefused):
                behind.update(part.then)
                self._start(self._later(part, outcome))
            else:
                part.fail(outcome)

    def _judged(self, found: Json | None) -> Outcome | Exception:
        """One answer inside a batch; an answer that is missing may come the next time."""
        status = found.get("status") if found else None
        if found is None or not isinstance(status, int):
            return Again(self._exchange.strange(200), received=True)
        body = found.get("body") or {}
        given = found.get("headers")
        headers = {str(name).lower(): str(value) for name, value in given.items()} if isinstance(given, dict) else {}
        if 200 <= status < 300:
            return Answer(status, body, headers) if isinstance(body, dict) else self._exchange.strange(status)
        return self._exchange.judged(status, body if isinstance(body, dict) else {}, headers)

    async def _later(self, part: _Part, failure: Again | TokenRefused) -> None:
        try:
            if isinstance(failure, Again):
                part.tries += 1
                part.first_failure = part.first_failure or time.monotonic()
                await self._exchange.wait(failure, part.tries, time.monotonic() - part.first_failure)
            elif part.renewed:
                raise LoginRefused("graph.token_refused", mailbox=self._exchange.mailbox)
            else:
                part.renewed = True
                await self._renew()
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, whatever it is
            part.fail(error)
        except asyncio.CancelledError:
            part.result.cancel()
            raise
        else:
            self._add([part])


def _is_chain(parts: Sequence[_Part]) -> bool:
    return all(one.then == [next_one] for one, next_one in pairwise(parts))


def _by_id(body: Json) -> dict[str, Json]:
    given = body.get("responses")
    answers = [answer for answer in given if isinstance(answer, dict)] if isinstance(given, list) else []
    return {str(answer.get("id")): answer for answer in answers}
