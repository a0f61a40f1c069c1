"""The one way in which notices and calls leave by HTTP (I10).

A name is resolved once, every address it stands for is looked at, and the line goes to exactly one of those: nobody can
change it in between. The certificate is still that of the name. No redirect is followed, no proxy of the environment is
used, no cookie is kept, nothing is unpacked, and neither a long nor a slow answer holds us up.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx2

from repondeur.actions.addresses import Allowed, is_public, unwrapped
from repondeur.actions.places import Place
from repondeur.errors import OutgoingRefused, OutgoingUnavailable, OutgoingUnknown, RepondeurError
from repondeur.mailboxes import reach
from repondeur.texts import Param

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

TIME_LIMIT: Final = 10.0  # seconds for all of it
BODY_LIMIT: Final = 64 * 1024  # octets of an answer that are read
MOST_FIELDS: Final = 100  # header fields of an answer; all of them together have 100 KiB at most (h11)
MOST_ADDRESSES: Final = 8  # of one name that are tried
LONGEST_PAUSE: Final = 3600.0  # seconds that a server can have us wait
_NOT_DONE: Final = frozenset({429, 503})  # "later": the request was not carried out (RFC 6585 4, RFC 9110 15.6.4)


@dataclass(frozen=True, slots=True)
class Request:
    """headers may hold secrets: neither they nor the URL stand in any error."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """status: 200 to 299. body: at most BODY_LIMIT octets, as far as they came in time; b"" where it is compressed."""

    status: int
    body: bytes


async def nothing() -> None:
    """For a request of which nothing has to be stored before it is sent."""


async def system_resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, as the system gives them. Raises OSError."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a label that is too long
        raise socket.gaierror(socket.EAI_NONAME, "no such name") from error
    return [str(address[0]) for _, _, _, _, address in found]


class Outgoing:
    """allowed: what settings allow beside public addresses. context: whose certificates are believed. seconds: for each
    request, all in all."""

    def __init__(
        self,
        allowed: Allowed,
        context: ssl.SSLContext,
        resolve: Resolve = system_resolve,
        seconds: float = TIME_LIMIT,
    ) -> None:
        self._allowed = allowed
        self._context = context
        self._resolve = resolve
        self._seconds = seconds

    async def send(self, request: Request, committing: Callable[[], Awaitable[None]] = nothing) -> Answer:
        """One request, made once. Awaits `committing` when the line stands and before the first octet of the request
        leaves: from there on, a line that is lost says nothing about what was done.

        Raises OutgoingUnavailable (nothing was done, and it may work later), OutgoingRefused (nothing was done, and
        trying again is of no use), OutgoingUnknown (it may have been done), and what `committing` raises.
        """
        place = Place.of(request.url)
        state = _State()

        async def follow(event: str, _: Mapping[str, Any]) -> None:
            if event == "http11.send_request_headers.started" and not state.begun:
                await committing()
                state.begun = True

        try:
            async with asyncio.timeout(self._seconds):
                addresses = await self._checked(place)
                return await self._asked(request, place, addresses, follow, state)
        except TimeoutError as error:
            if state.answered:
                return _judged(place.host, state.answered, bytes(state.body))
            if state.begun:
                raise OutgoingUnknown("outgoing.lost", host=place.host) from error
            raise OutgoingUnavailable("outgoing.no_answer", host=place.host) from error
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            if state.answered:
                return _judged(place.host, state.answered, bytes(state.body))
            if state.begun:
                raise OutgoingUnknown("outgoing.lost", host=place.host) from error
            raise _not_reached(error, place.host) from error

    async def reach(self, url: str) -> None:
        """Looks whether a line can be had, certificate and all, without asking anything. Raises as `send`."""
        place = Place.of(url)
        try:
            async with asyncio.timeout(self._seconds):
                address = (await self._checked(place))[0]
                tls = self._context if place.is_tls else None
                name = place.host if place.is_tls else None
                _, writer = await asyncio.open_connection(address, place.port, ssl=tls, server_hostname=name)
                writer.close()
        except TimeoutError as error:
            raise OutgoingUnavailable("outgoing.no_answer", host=place.host) from error
        except OSError as error:
            raise _not_reached(error, place.host) from error

    async def _checked(self, place: Place) -> list[str]:
        """Every address that the host stands for. One that must not be asked is enough to ask none of them: a name that
        leads inside as well is not to be trusted with either."""
        addresses = list(dict.fromkeys(await self._resolve(place.host, place.port)))[:MOST_ADDRESSES]
        if not addresses:
            raise OutgoingUnavailable("outgoing.host_unknown", host=place.host)
        for text in addresses:
            try:
                address = unwrapped(text)
            except ValueError as error:
                raise OutgoingRefused("outgoing.address_refused", host=place.host, address=text[:100]) from error
            if self._allowed.covers(place.host, address):
                continue
            if not is_public(address):
                raise OutgoingRefused("outgoing.address_refused", host=place.host, address=str(address))
            if not place.is_tls:
                raise OutgoingRefused("outgoing.not_https", host=place.host)
        return addresses

    async def _asked(
        self,
        request: Request,
        place: Place,
        addresses: Sequence[str],
        follow: Callable[[str, Mapping[str, Any]], Awaitable[None]],
        state: "_State",
    ) -> Answer:
        for number, address in enumerate(addresses, 1):
            try:
                return await self._asked_at(address, request, place, follow, state)
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                if state.begun or number == len(addresses):
                    raise
        raise AssertionError("there is an address, or an error before")

    async def _asked_at(
        self,
        address: str,
        request: Request,
        place: Place,
        follow: Callable[[str, Mapping[str, Any]], Awaitable[None]],
        state: "_State",
    ) -> Answer:
        # The line goes to the address that was looked at; the name stays that of the certificate and of the Host field.
        url = httpx2.URL(request.url).copy_with(host=address)
        extensions = {"sni_hostname": place.host, "trace": follow}
        transport = httpx2.AsyncHTTPTransport(verify=self._context, trust_env=False)
        async with (
            httpx2.AsyncClient(
                transport=transport, trust_env=False, follow_redirects=False, timeout=self._seconds
            ) as client,
            client.stream(
                request.method, url, headers=_fields(request, place), content=request.body, extensions=extensions
            ) as response,
        ):
            if len(response.headers) > MOST_FIELDS:
                raise OutgoingUnknown("outgoing.strange_answer", host=place.host)
            state.answered = _Said(response.status_code, response.headers.get("retry-after", ""))
            if response.headers.get("content-encoding", "identity").lower() == "identity":
                async for part in response.aiter_raw():
                    state.body += part[: BODY_LIMIT - len(state.body)]
                    if len(state.body) >= BODY_LIMIT:
                        break
            return _judged(place.host, state.answered, bytes(state.body))


@dataclass(frozen=True, slots=True)
class _Said:
    """The answer, as far as it decides something."""

    status: int
    retry_after: str


@dataclass(slots=True)
class _State:
    """How far a request has come. begun: octets of it may have left."""

    begun: bool = False
    answered: _Said | None = None
    body: bytearray = field(default_factory=bytearray)


def _fields(request: Request, place: Place) -> list[tuple[bytes, bytes]]:
    """The header, each field once; those that are ours are not the settings' to say."""
    ours = {"Host": place.authority, "Accept-Encoding": "identity", "Connection": "close", "User-Agent": "repondeur"}
    taken = {name.lower() for name in ours}
    given = {name: value for name, value in request.headers.items() if name.lower() not in taken}
    return [(name.encode(), value.encode()) for name, value in {**given, **ours}.items()]


def _judged(host: str, said: _Said, body: bytes) -> Answer:
    if 200 <= said.status <= 299:
        return Answer(said.status, body)
    params: dict[str, Param] = {"host": host, "status": said.status}
    if 300 <= said.status <= 399:
        raise OutgoingRefused("outgoing.redirected", **params)
    if said.status in _NOT_DONE:
        later = OutgoingUnavailable("outgoing.busy", **params)
        later.retry_after = _pause(said.retry_after)
        raise later
    if 400 <= said.status <= 499:
        raise OutgoingRefused("outgoing.refused", **params)
    raise OutgoingUnknown("outgoing.failed", **params)


def _pause(value: str) -> float | None:
    """Seconds that Retry-After asks for (RFC 9110 10.2.3), LONGEST_PAUSE at most; None for nothing usable."""
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_PAUSE)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    at = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max((at - datetime.now(UTC)).total_seconds(), 0.0), LONGEST_PAUSE)


def _not_reached(error: Exception, host: str) -> RepondeurError:
    """Nothing has left. What a person has to mend may be mended by the next try, so all of these are temporary."""
    found: OSError | None = None
    cause: BaseException | None = error
    while cause is not None:  # the innermost says what happened; those around it, who was told
        found = cause if isinstance(cause, OSError) else found
        cause = cause.__cause__ or cause.__context__
    return OutgoingUnavailable(f"outgoing.{reach.cause(found) if found else 'unreachable'}", host=host)
