"""What we ask of Graph for one mailbox. Paths, options and pages; how it is asked is in exchange.py."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import quote, urlencode

import httpx2

from repondeur.errors import MailboxUnavailable, SubmissionUnknown
from repondeur.mailboxes.graph.batches import Batches, Call
from repondeur.mailboxes.graph.exchange import DEFAULT_TIMEOUTS, Answer, Ask, Exchange, Json, Timeouts
from repondeur.mailboxes.graph.failures import Refused
from repondeur.mailboxes.graph.sign_in import SignIn
from repondeur.settings.schema import GraphSettings

__all__ = ["Answer", "Call", "Client", "Json", "Page", "Streamed", "Timeouts", "quoted", "segment"]

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
MOST_PAGES: Final = 200  # of one list; beyond it somebody leads us in a circle
HEADER_SECTION = 256 * 1024  # octets of a message that is too long, of which its header is wanted


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. next, delta: links as they came, "" for none."""

    items: tuple[Json, ...]
    next: str
    delta: str


@dataclass(frozen=True, slots=True)
class Streamed:
    """complete: False when there is more than the limit; octets then begin with the header section. size: octets as
    announced, or as read so far."""

    octets: bytes
    complete: bool
    size: int


class Client:
    """At most graph_connections requests at once, immutable ids in all of them. A path is below the mailbox; its ids
    are made part of it by `segment`.

    Every call raises MailboxUnavailable (it may work later), LoginRefused (the sign-in or a right is refused) or
    Refused (Graph wants this request not at all).
    """

    def __init__(self, settings: GraphSettings, sign_in: SignIn, timeouts: Timeouts = DEFAULT_TIMEOUTS) -> None:
        self._exchange = Exchange(settings, sign_in, timeouts)
        self._longest_stream = timeouts.stream
        self._mailbox = f"/users/{segment(settings.mailbox_user_id)}"
        self._batches = Batches(self._exchange, self._call_path, lambda: sign_in.token(renew=True), timeouts.singly)

    async def close(self) -> None:
        await self._batches.close()
        await self._exchange.close()

    @property
    def pausing(self) -> bool:
        """Has Graph asked to be left alone for a while?"""
        return self._exchange.pace.remaining() > 0

    async def get(
        self, path: str, params: Mapping[str, str] = NOTHING, *, headers: Mapping[str, str] = NOTHING
    ) -> Json:
        return (await self._exchange.answer(Ask("GET", self._url(path, params), headers=headers))).body

    async def send(self, method: str, path: str, body: Json | None = None, *, once: bool = False) -> Answer:
        """once: it must not be done twice. Repeated only while it is sure that Graph has not done it; otherwise raises
        SubmissionUnknown."""
        content, headers = _json(body)
        ask = Ask(method, self._url(path), content, headers, when_lost="unknown" if once else "repeat")
        try:
            return await self._exchange.answer(ask)
        except MailboxUnavailable as error:
            if once and error.reason.code == "graph.strange_answer":
                raise SubmissionUnknown("graph.lost_after_send") from error
            raise

    async def post_mime(self, path: str, raw: bytes) -> Json:
        """Makes a message out of MIME ("Send Outlook messages using MIME format"). When the answer is lost, the message
        may be there: MailboxUnavailable is raised, and whoever asked looks first."""
        headers = {"Content-Type": "text/plain"}
        ask = Ask("POST", self._url(path), base64.b64encode(raw), headers, when_lost="stop")
        return (await self._exchange.answer(ask)).body

    async def stream(self, path: str, limit: int) -> Streamed:
        """Octets as they are, e.g. of `/messages/…/$value`; of more than `limit` only the beginning."""

        async def read(response: httpx2.Response) -> Streamed:
            length = response.headers.get("content-length", "")
            announced = int(length[:18]) if length.isascii() and length.isdigit() else 0
            octets = bytearray()
            async for part in response.aiter_bytes():
                octets += part
                if len(octets) > limit or (announced > limit and _has_header(octets)):
                    return Streamed(bytes(octets[:HEADER_SECTION]), complete=False, size=max(announced, len(octets)))
            return Streamed(bytes(octets), complete=True, size=len(octets))

        async def read_in_time(response: httpx2.Response) -> Streamed:
            try:
                async with asyncio.timeout(self._longest_stream):
                    return await read(response)
            except TimeoutError as error:  # not tried again at once: the next time would last as long
                raise MailboxUnavailable("graph.timed_out", server=self._exchange.server) from error

        ask = Ask("GET", self._url(path))
        return await self._exchange.perform(lambda: ask, read_in_time)

    async def page(
        self, path_or_link: str, params: Mapping[str, str] = NOTHING, *, page_size: int | None = None
    ) -> Page:
        """path_or_link: a link of an earlier page is followed as it is, if it leads to the configured host."""
        url = self._link(path_or_link) if _is_link(path_or_link) else self._url(path_or_link, params)
        headers = {"Prefer": f"odata.maxpagesize={page_size}"} if page_size else {}
        answer = await self._exchange.answer(Ask("GET", url, headers=headers))
        items = answer.body.get("value")
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise self._exchange.strange(answer.status)
        return Page(tuple(items), _text(answer.body, "@odata.nextLink"), _text(answer.body, "@odata.deltaLink"))

    async def pages(self, path_or_link: str, params: Mapping[str, str] = NOTHING) -> AsyncIterator[Page]:
        """As `page`, to the last one. Links that lead in a circle raise MailboxUnavailable."""
        seen = {path_or_link}
        page = await self.page(path_or_link, params)
        yield page
        while page.next:
            if page.next in seen or len(seen) >= MOST_PAGES:
                raise self._exchange.strange(200)
            seen.add(page.next)
            page = await self.page(page.next)
            yield page

    async def root(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        params: Mapping[str, str] = NOTHING,
        headers: Mapping[str, str] = NOTHING,
    ) -> Answer:
        """Not below the mailbox, e.g. "/subscriptions". 403 too is Refused: what it means, the caller knows."""
        content, kind = _json(body)
        ask = Ask(method, self._root_url(path, params), content, {**headers, **kind}, own=False)
        return await self._exchange.answer(ask)

    async def together(self, calls: Sequence[Call]) -> list[Answer | Refused]:
        """Small requests in one HTTP request, with those of others who ask at the same moment. Each must be one that
        may be repeated. What a Call comes after (`after`) must succeed first: otherwise it is Refused with 424."""
        return await self._batches.together(calls)

    def _call_path(self, call: Call) -> str:
        return f"{self._mailbox}{call.path}{_query(call.params)}"

    def _url(self, path: str, params: Mapping[str, str] = NOTHING) -> httpx2.URL:
        return self._root_url(self._mailbox + path, params)

    def _root_url(self, path: str, params: Mapping[str, str]) -> httpx2.URL:
        return self._exchange.url(path + _query(params))

    def _link(self, link: str) -> httpx2.URL:
        """Whoever can put a link into an answer must not be given the token with it."""
        base = self._exchange.base
        try:
            url = httpx2.URL(link)
        except (httpx2.InvalidURL, ValueError):
            url = httpx2.URL("https://invalid.invalid")
        if (url.scheme, url.host, url.port, url.userinfo) != (base.scheme, base.host, base.port, b""):
            raise MailboxUnavailable("graph.foreign_link", server=self._exchange.server, host=url.host[:100])
        return url


def _is_link(path_or_link: str) -> bool:
    return not path_or_link.startswith("/") or path_or_link.startswith("//")


def segment(text: str) -> str:
    """An id or address as one segment of a path. Raises Refused for what cannot be one: dots alone lead elsewhere,
    quoted or not (RFC 3986 5.2.4, 6.2.2.2), and nothing at all leads to the list."""
    try:
        quoted_text = quote(text, safe="")
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON lets through
        quoted_text = ""
    if quoted_text in {"", ".", ".."}:
        raise Refused(400, "ErrorInvalidIdMalformed")
    return quoted_text


def quoted(text: str) -> str:
    """A string inside $filter (OData 4.01, URL conventions, 5.1.1.6.1)."""
    return "'" + text.replace("'", "''") + "'"


def _query(params: Mapping[str, str]) -> str:
    return "?" + urlencode(params, quote_via=quote, safe="$,:'()") if params else ""


def _json(body: Json | None) -> tuple[bytes | None, dict[str, str]]:
    if body is None:
        return None, {}
    return json.dumps(body, ensure_ascii=False).encode(), {"Content-Type": "application/json"}


def _text(body: Json, name: str) -> str:
    found = body.get(name)
    return found if isinstance(found, str) else ""


def _has_header(octets: bytearray) -> bool:
    return len(octets) >= HEADER_SECTION or b"\r\n\r\n" in octets or b"\n\n" in octets
