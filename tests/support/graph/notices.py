"""What Graph posts to hooks: handshakes, notices of changes, lifecycle notices; retried when a hook fails."""

import asyncio
import concurrent.futures
import contextlib
import uuid
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import httpx2

from tests.support.graph import messages
from tests.support.graph.call import Call
from tests.support.graph.failures import GraphError
from tests.support.graph.items import Item

if TYPE_CHECKING:
    from tests.support.graph.server import GraphServer
    from tests.support.graph.subscriptions import Subscription

Json = dict[str, Any]

HANDSHAKE = 10.0
"""Seconds that a hook has to answer a handshake."""
PATIENCE = 3.0
"""Seconds within which a 2xx counts."""
BACKOFF = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""Seconds between attempts: those of Graph grow up to four hours in all."""
IN_ONE_POST = 10
POSTS_AT_ONCE = 20


@dataclass
class Posted:
    """One POST and how it went: a status for each attempt, 0 when none came in time."""

    url: str
    body: Any
    statuses: list[int] = field(default_factory=list)

    @property
    def accepted(self) -> bool:
        return bool(self.statuses) and 200 <= self.statuses[-1] < 300


class Notices:
    """posted: every POST of notices, in order. token: what handshakes ask for, with an id put in for {}.

    batching: seconds that notices are collected for one POST. token_claims: to get wrong in the tokens of rich notices.
    """

    def __init__(self, house: "GraphServer") -> None:
        self._house = house
        self._waiting: deque[tuple[str, Json, bool]] = deque()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._is_awake = False
        self.posted: list[Posted] = []
        self.token = "Validation: Testing client application reachability; Request-Id: {} <é&+%2B>"
        self.batching = 0.005
        self.token_claims: Json = {}

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._slots = asyncio.Semaphore(POSTS_AT_ONCE)
        self._client = httpx2.AsyncClient(verify=self._house.hook_trust, trust_env=False, follow_redirects=False)

    def changed(self, one: "Subscription", item: Item, change_type: str) -> None:
        """Queues the notice of one change, unless it is to be lost."""
        trouble = self._house.trouble
        if trouble.random.random() >= trouble.lost_notices:
            notice = self.change_notice(one, item, change_type)
            self._put(one.url, notice, is_rich=one.encryption is not None, copies=1 + trouble.copies)

    def change_notice(self, one: "Subscription", item: Item, change_type: str) -> Json:
        """The notice as it would be sent now."""
        item_id = item.id if one.immutable else item.mutable_id
        path = f"Users/{one.box.user_id}/Messages/{item_id}"
        notice = self._common(one) | {
            "changeType": change_type,
            "resource": path,
            "resourceData": {
                "@odata.type": "#Microsoft.Graph.Message",
                "@odata.id": path,
                "@odata.etag": item.etag,
                "id": item_id,
            },
        }
        if one.encryption and change_type != "deleted":
            prefer = {"prefer": 'IdType="ImmutableId"'} if one.immutable else {}
            call = Call(self._house, "GET", "/users", "", prefer, b"")
            shown = messages.shown(call, item, one.encryption.names)
            notice["encryptedContent"] = one.encryption.encrypted({"@odata.type": "#Microsoft.Graph.Message", **shown})
        return notice

    def lifecycle(self, one: "Subscription", event: str) -> None:
        """Queues a lifecycle notice; nothing when the subscriber gave no address for them."""
        if one.lifecycle_url:
            self._put(one.lifecycle_url, self._common(one) | {"lifecycleEvent": event}, is_rich=False)

    def post(self, url: str, body: Any) -> concurrent.futures.Future[int]:
        """Posts anything, once. The future is of the status, 0 when none came in time."""
        return asyncio.run_coroutine_threadsafe(self._post(url, body), self._loop)

    async def shake_hands(self, url: str) -> None:
        """GraphError 400 ValidationError when the hook does not answer as documented."""
        token = self.token.format(uuid.uuid4())
        address = f"{url}{'&' if '?' in url else '?'}validationToken={quote_plus(token)}"
        try:
            answer = await self._client.post(
                address, headers={"Content-Type": "text/plain; charset=utf-8"}, timeout=HANDSHAKE
            )
        except httpx2.TimeoutException:
            raise _invalid("Subscription validation request timed out.") from None
        except httpx2.HTTPError as error:
            raise _invalid(f"Subscription validation request failed: {type(error).__name__}.") from None
        if answer.status_code != 200:
            raise _invalid(
                f"Notification endpoint must respond with 200 OK. HTTP status code is '{answer.status_code}'."
            )
        if answer.headers.get("content-type", "").partition(";")[0].strip().lower() != "text/plain":
            raise _invalid("Notification endpoint must respond with Content-Type text/plain.")
        if answer.content != token.encode():
            raise _invalid("Notification endpoint must respond with the decoded validation token.")

    def _common(self, one: "Subscription") -> Json:
        return {
            "subscriptionId": one.id,
            "subscriptionExpirationDateTime": one.expires.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
            "tenantId": self._house.tenant,
            "clientState": one.client_state,
        }

    def _put(self, url: str, notice: Json, *, is_rich: bool, copies: int = 1) -> None:
        self._waiting.extend([(url, notice, is_rich)] * copies)
        with contextlib.suppress(RuntimeError):  # the server is stopping
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        if self._waiting and not self._is_awake:
            self._is_awake = True
            self._start(self._flush())

    def _start(self, work: Coroutine[Any, Any, Any]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _flush(self) -> None:
        """Posts what is queued, several in one."""
        await asyncio.sleep(self.batching)
        self._is_awake = False
        taken = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if self._house.trouble.shuffled_notices:
            self._house.trouble.random.shuffle(taken)
        groups: dict[tuple[str, bool], list[Json]] = {}
        for url, notice, is_rich in taken:
            groups.setdefault((url, is_rich), []).append(notice)
        for (url, is_rich), notices in groups.items():
            for start in range(0, len(notices), IN_ONE_POST):
                body: Json = {"value": notices[start : start + IN_ONE_POST]}
                if is_rich:
                    body["validationTokens"] = [self._house.entra.notice_token(**self.token_claims)]
                self._start(self._deliver(Posted(url, body)))

    async def _deliver(self, posted: Posted) -> None:
        self.posted.append(posted)
        for pause in (*BACKOFF, None):
            async with self._slots:
                posted.statuses.append(await self._post(posted.url, posted.body))
            if posted.accepted or pause is None:
                return
            await asyncio.sleep(pause)

    async def _post(self, url: str, body: Any) -> int:
        try:
            if isinstance(body, bytes):
                headers = {"Content-Type": "application/json"}
                answer = await self._client.post(url, content=body, headers=headers, timeout=PATIENCE)
            else:
                answer = await self._client.post(url, json=body, timeout=PATIENCE)
        except httpx2.HTTPError:
            return 0
        return answer.status_code


def _invalid(text: str) -> GraphError:
    return GraphError(400, "ValidationError", text)
