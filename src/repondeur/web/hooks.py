"""`/graph/notifications`: where Microsoft Graph tells us of new mail.

Graph counts an answer within three seconds, and repeats for four hours what was answered with 5xx (Microsoft Graph,
"Receive change notifications through webhooks"). So what comes in is checked and stored here, and worked elsewhere.
Anyone may ask: nothing that is answered says whether a notice was believed.
"""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import parse_qsl

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from starlette.requests import ClientDisconnect

from repondeur.errors import RepondeurError

log = structlog.get_logger(__name__)

PATH: Final = "/graph/notifications"
LONGEST_TOKEN: Final = 4_096  # characters
RETRY_AFTER: Final = 10  # seconds
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_JSON: Final = re.compile(r"application/json\s*(;.*)?", re.IGNORECASE)


class Notifications(Protocol):
    async def take(self, body: bytes) -> bool:
        """Checks and stores what was POSTed; what is forged is dropped. False: it is no notices at all. Raises a
        temporary error when it could not be stored."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """body: octets of one POST; notices with data of the message are the largest. together: octets of all that are
    read at the same time. seconds: to read one; to_store: to store it."""

    body: int = 4 * 1024 * 1024
    together: int = 64 * 1024 * 1024
    seconds: float = 10.0
    to_store: float = 10.0


class _Refused(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class _Room:
    """What all bodies take together, so that many senders cannot fill the memory."""

    def __init__(self, octets: int) -> None:
        self._left = octets

    @contextmanager
    def body(self) -> Iterator["_Body"]:
        body = _Body(self)
        try:
            yield body
        finally:
            self._left += len(body.octets)

    def take(self, octets: int) -> None:
        if octets > self._left:
            raise _Refused(503)
        self._left -= octets


class _Body:
    def __init__(self, room: _Room) -> None:
        self._room = room
        self.octets = bytearray()

    def add(self, chunk: bytes, most: int) -> None:
        if len(self.octets) + len(chunk) > most:
            raise _Refused(413)
        self._room.take(len(chunk))
        self.octets += chunk


def routes(hook: Notifications, limits: Limits = Limits()) -> APIRouter:
    router = APIRouter()
    room = _Room(limits.together)

    @router.api_route(PATH, methods=["GET", "POST"])
    async def notifications(request: Request) -> Response:
        """200 with the token of a handshake; 202 for notices, believed or not; 400, 408, 413 or 415 for what is none;
        503 when it could not be stored."""
        try:
            token = _token(request)
            if token is not None:
                return PlainTextResponse(token)
            if request.method != "POST":
                raise _Refused(400)
            if not _JSON.fullmatch(request.headers.get("content-type", "")):
                raise _Refused(415)
            with room.body() as body:
                await _read(request, body, limits)
                return Response(status_code=202 if await _taken(hook, bytes(body.octets), limits) else 400)
        except _Refused as refused:
            return _refusal(refused.status)

    return router


def _token(request: Request) -> str | None:
    """The validationToken of a handshake, decoded as a form is ("+" stands for a space): so does Graph encode it. None
    when there is none. Graph validates with POST; GET is what many describe, and answered as well."""
    try:
        fields = parse_qsl(request.url.query, keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError:
        raise _Refused(400) from None
    tokens = [value for name, value in fields if name == "validationToken"]
    if not tokens:
        return None
    if len(tokens) > 1 or not 0 < len(tokens[0]) <= LONGEST_TOKEN or _CONTROL.search(tokens[0]):
        raise _Refused(400)
    return tokens[0]


async def _read(request: Request, body: _Body, limits: Limits) -> None:
    announced = request.headers.get("content-length", "0")
    if not announced.isdecimal() or len(announced) > 20 or int(announced) > limits.body:
        raise _Refused(413)
    try:
        async with asyncio.timeout(limits.seconds):
            async for chunk in request.stream():
                body.add(chunk, limits.body)
    except TimeoutError:
        raise _Refused(408) from None
    except ClientDisconnect:  # nobody waits for the answer
        raise _Refused(400) from None


async def _taken(hook: Notifications, body: bytes, limits: Limits) -> bool:
    try:
        async with asyncio.timeout(limits.to_store):
            return await hook.take(body)
    except TimeoutError:
        log.warning("web.hook_too_slow", seconds=limits.to_store)
        raise _Refused(503) from None
    except RepondeurError as error:
        if not error.temporary:
            raise
        log.warning("web.hook_not_stored", code=error.reason.code)
        raise _Refused(503) from None


def _refusal(status: int) -> Response:
    # What was not read of the body is not to be taken for the next request.
    headers = {"Connection": "close"}
    if status == 503:
        headers["Retry-After"] = str(RETRY_AFTER)
    return Response(status_code=status, headers=headers)
