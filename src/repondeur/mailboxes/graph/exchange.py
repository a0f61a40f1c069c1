"""One request to Graph and its answer: signed in, in its turn, and once more where that may help.

The token goes to the configured host only: redirects are not followed, and a link elsewhere is refused. Source for what
is repeated: "Microsoft Graph throttling guidance".
"""

import asyncio
import json
import random
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

import httpx2
import structlog

from repondeur import __version__
from repondeur.engines.transport import on_this_machine, server_name
from repondeur.errors import LoginRefused, MailboxUnavailable, SubmissionUnknown
from repondeur.mailboxes.graph import failures
from repondeur.mailboxes.graph.failures import Again, Refused, TokenRefused
from repondeur.mailboxes.graph.pace import Pace, backoff
from repondeur.mailboxes.graph.sign_in import SignIn
from repondeur.settings.schema import GraphSettings
from repondeur.telemetry.metrics import GRAPH_REQUESTS

log = structlog.get_logger(__name__)

Json = dict[str, Any]
T = TypeVar("T")
# What is done when a request may have been carried out, and its answer is missing. repeat: it does no harm to do it
# twice. stop: MailboxUnavailable, and whoever asked looks first. unknown: SubmissionUnknown.
WhenLost = Literal["repeat", "stop", "unknown"]

JSON_LIMIT = 16 * 1024 * 1024
IMMUTABLE = 'IdType="ImmutableId"'


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. read: without a single octet; whole: for one answer that is no stream; stream: for one that is; pause:
    that a call waits because Graph asks for it; patience: from the first failed try of a call to the last; singly: from
    a batch that was refused as a whole to the next one."""

    connect: float = 10.0
    read: float = 30.0
    whole: float = 120.0
    pause: float = 60.0
    patience: float = 90.0
    stream: float = 600.0
    singly: float = 600.0


DEFAULT_TIMEOUTS = Timeouts()
MOST_TRIES = 5
MOST_PAUSES = 10  # tries of a call where Graph says each time when to come again


@dataclass(frozen=True, slots=True)
class Answer:
    """status: 2xx. body: {} when there is none. headers: names in lower case."""

    status: int
    body: Json
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ask:
    """url: absolute, on the configured host. places: of the requests that may be under way at once. own: 403, and 404
    for the whole mailbox, are errors of the sign-in; otherwise the caller wants to know."""

    method: str
    url: httpx2.URL
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    when_lost: WhenLost = "repeat"
    own: bool = True
    places: int = 1


class Exchange:
    """Requests of one mailbox. Raises MailboxUnavailable, LoginRefused, Refused, SubmissionUnknown."""

    def __init__(self, settings: GraphSettings, sign_in: SignIn, timeouts: Timeouts) -> None:
        self.base = httpx2.URL(settings.graph_base_url)
        self.server = server_name(settings.graph_base_url)
        self.pace = Pace(settings.graph_connections, timeouts.pause)
        self.mailbox = settings.name
        self._user = settings.mailbox_user_id
        self._sign_in = sign_in
        self._timeouts = timeouts
        self._closed = False
        self._http = httpx2.AsyncClient(
            verify=sign_in.tls,
            headers={"User-Agent": f"repondeur/{__version__}", "Accept-Encoding": "identity"},
            timeout=httpx2.Timeout(timeouts.read, connect=timeouts.connect, pool=None),
            limits=httpx2.Limits(max_connections=settings.graph_connections),
            follow_redirects=False,
            trust_env=not on_this_machine(settings.graph_base_url),
        )

    async def close(self) -> None:
        self._closed = True
        await self._http.aclose()

    def url(self, path: str) -> httpx2.URL:
        """path: below the version, with its query, quoted."""
        return httpx2.URL(f"{self.base}{path}")

    async def answer(self, ask: Ask | Callable[[], Ask]) -> Answer:
        """ask: or what gives it when its turn has come."""
        choose = ask if callable(ask) else lambda: ask
        return await self.perform(choose, self._read)

    async def perform(self, choose: Callable[[], Ask], read: Callable[[httpx2.Response], Awaitable[T]]) -> T:
        """read: takes a 2xx answer in; what it raises is raised."""
        token, renewed = await self._sign_in.token(), False
        tries, first_failure = 0, 0.0
        while True:
            async with self.pace.turn(choose) as ask:
                if self._closed:
                    raise MailboxUnavailable("graph.closed")
                try:
                    return await self._once(ask, token, read)
                except TokenRefused:
                    failure = None
                except Again as again:
                    failure = again
            # From here on nobody is kept from his turn.
            if failure is None:
                if renewed:
                    raise LoginRefused("graph.token_refused", mailbox=self.mailbox)
                token, renewed = await self._sign_in.another(token), True
                continue
            _stop_if_unsure(ask, failure)
            tries += 1
            first_failure = first_failure or time.monotonic()
            await self.wait(failure, tries, time.monotonic() - first_failure)

    async def wait(self, failure: Again, tries: int, seconds: float) -> None:
        """Waits before the next try, or raises the error. tries: so far; seconds: since the first of them failed."""
        if failure.pause is not None:
            pause = min(failure.pause, failures.LONGEST_PAUSE)
            if self.pace.pause(pause):
                reason = failure.error.reason.code
                log.warning(
                    "graph.throttled", mailbox=self.mailbox, seconds=pause, asked_for=failure.pause, reason=reason
                )
        delay = 0.0 if failure.pause is not None else backoff(tries, random.random())  # noqa: S311 - no secret
        ahead = max(delay, self.pace.remaining())
        most = MOST_TRIES if failure.pause is None else MOST_PAUSES
        if tries >= most or ahead > self._timeouts.pause or seconds + ahead > self._timeouts.patience:
            raise failure.error
        await asyncio.sleep(delay)

    async def _once(self, ask: Ask, token: str, read: Callable[[httpx2.Response], Awaitable[T]]) -> T:
        request_id = str(uuid.uuid4())
        headers = {**ask.headers, "Authorization": f"Bearer {token}", "client-request-id": request_id}
        headers["Prefer"] = preferring(ask.headers)
        request = self._http.build_request(ask.method, ask.url, content=ask.content, headers=headers)
        try:
            async with self._sent(request) as response:
                return await self._received(ask, response, request_id, read)
        except (httpx2.TransportError, TimeoutError) as error:
            failure = failures.lost(error, self.server)
            GRAPH_REQUESTS.labels(self.mailbox, "lost").inc()
            reason = failure.error.reason if isinstance(failure, Again) else failure.reason
            log.info("graph.request_lost", mailbox=self.mailbox, reason=reason.code, client_request_id=request_id)
            raise failure from error
        except httpx2.DecodingError as error:  # compressed against our wish, and badly
            raise self.strange(200) from error

    async def _received(
        self, ask: Ask, response: httpx2.Response, request_id: str, read: Callable[[httpx2.Response], Awaitable[T]]
    ) -> T:
        if response.is_success:
            found = await read(response)
            self._note(response, request_id)
            return found
        body = _lenient(await self._whole(response))
        error = self.judged(response.status_code, body, response.headers, own=ask.own)
        self._note(response, request_id, error)
        raise error

    @asynccontextmanager
    async def _sent(self, request: httpx2.Request) -> AsyncIterator[httpx2.Response]:
        response = await self._http.send(request, stream=True)
        try:
            yield response
        finally:
            await response.aclose()

    def judged(self, status: int, body: Json, headers: Mapping[str, str], *, own: bool = True) -> Exception:
        """What an answer other than 2xx means. own: as in Ask."""
        whose = self._user if own else None
        return failures.judged(status, body, headers, datetime.now(UTC), server=self.server, mailbox=whose)

    def strange(self, status: int) -> MailboxUnavailable:
        return failures.strange(self.server, status)

    async def _read(self, response: httpx2.Response) -> Answer:
        body = self.parsed(await self._whole(response), response.status_code)
        return Answer(response.status_code, body, dict(response.headers))

    async def _whole(self, response: httpx2.Response) -> bytes:
        octets = bytearray()
        async with asyncio.timeout(self._timeouts.whole):
            async for part in response.aiter_bytes():
                octets += part
                if len(octets) > JSON_LIMIT:
                    raise self.strange(response.status_code)
        return bytes(octets)

    def parsed(self, octets: bytes, status: int) -> Json:
        """The JSON object of an answer; {} when it is empty."""
        if not octets.strip():
            return {}
        try:
            found = json.loads(octets)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise self.strange(status)
        return found

    def _note(self, response: httpx2.Response, client_request_id: str, error: Exception | None = None) -> None:
        refused = isinstance(error, Refused | LoginRefused)
        outcome = "ok" if error is None else "refused" if refused else "again"
        GRAPH_REQUESTS.labels(self.mailbox, outcome).inc()
        facts = {
            "mailbox": self.mailbox,
            "method": response.request.method,
            "path": response.request.url.path.removeprefix(self.base.path),
            "status": response.status_code,
            "request_id": response.headers.get("request-id", ""),
            "client_request_id": client_request_id,
        }
        if refused:
            code = error.graph_code if isinstance(error, Refused) else ""
            log.warning("graph.request_refused", code=code, **facts)
        else:
            log.debug("graph.request", **facts)


def preferring(headers: Mapping[str, str]) -> str:
    """The Prefer field: immutable ids always, and what the headers prefer besides (RFC 7240)."""
    return ", ".join([IMMUTABLE, *(value for name, value in headers.items() if name.lower() == "prefer")])


def _stop_if_unsure(ask: Ask, failure: Again) -> None:
    if not failure.received or ask.when_lost == "repeat":
        return
    if ask.when_lost == "unknown":
        raise SubmissionUnknown("graph.lost_after_send") from failure.error
    raise failure.error


def _lenient(octets: bytes) -> Json:
    """The body of a refusal, for its code only."""
    try:
        found = json.loads(octets)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
