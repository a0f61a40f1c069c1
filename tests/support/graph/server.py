"""The server as tests use it: Graph and Entra ID on one address, with a certificate of a throw-away authority."""

import concurrent.futures
import re
import ssl
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, unquote

from tests.support.certificates import Authority
from tests.support.graph import api
from tests.support.graph.box import Box
from tests.support.graph.call import Call, answered, refused
from tests.support.graph.delta import State
from tests.support.graph.entra import Entra, SignInRefused
from tests.support.graph.failures import GraphError, LineDropped, bad_request
from tests.support.graph.items import Folder, Item, Outbound
from tests.support.graph.notices import Notices
from tests.support.graph.records import Recorded
from tests.support.graph.subscriptions import Subscribing, Subscription
from tests.support.graph.trouble import Trouble
from tests.support.graph.wire import Request, Response, Wire
from tests.support.scripted import server_context


class GraphServer:
    """home: a folder for the certificates. allow_http: whether hooks on loopback may be plain HTTP. authority: whose
    certificates are used; None: an own one.

    roles: of the tokens made from now on. allowed_mailboxes: what those roles reach; None: every mailbox.
    scoped_roles: granted by RBAC for Applications, so not in the token: role → mailboxes. requests: to Graph, in order.
    latency: of each request, in seconds, so that requests at the same time are so.
    """

    def __init__(
        self, home: Path, *, seed: int = 1, allow_http: bool = True, authority: Authority | None = None
    ) -> None:
        self.lock = threading.RLock()
        self.trouble = Trouble(seed)
        self.allow_http = allow_http
        self.latency = 0.003
        self.roles: tuple[str, ...] = ("Mail.ReadWrite", "Mail.Send")
        self.allowed_mailboxes: set[str] | None = None
        self.scoped_roles: dict[str, set[str]] = {}
        self.requests: list[Recorded] = []
        self.in_flight: dict[str, int] = {}
        self.delta_tokens: dict[str, State] = {}
        self.tenant = "7d3f5c0e-1b2a-4f4e-9a8b-0c1d2e3f4a5b"
        self.client_id = "c0ffee00-aaaa-4bbb-8ccc-123456789abc"
        self.client_secret = "s3cr~et.of/the+app="
        self._boxes: dict[str, Box] = {}
        self._ahead = timedelta()
        self._authority = authority or Authority(home / "graph-ca")
        self.ca_file = self._authority.certificate
        self.hook_trust = ssl.create_default_context(cafile=str(self.ca_file))
        self._wire = Wire(self._answer, server_context(*self._certificate("graph")))
        self.subscribing = Subscribing(self)
        self.notices = Notices(self)

    def __enter__(self) -> Self:
        self._wire.start()
        self.authority = f"https://localhost:{self._wire.port}"
        self.base_url = f"{self.authority}/v1.0"
        self.entra = Entra(
            self.authority, self.tenant, {"boutique.onmicrosoft.example"}, self.client_id, self.client_secret,
            self.now, lambda: tuple(self.roles), lambda: self.trouble.token_lifetime,
        )  # fmt: skip
        self.add_certificate = self.entra.add_certificate
        self.trouble.hang_up = self._wire.hang_up
        self.trouble.revoke_tokens = self.entra.revoke
        self.trouble.refuse_sign_in = lambda code: setattr(self.entra, "refusal", code)
        self.notices.start(self._wire.loop)
        return self

    def __exit__(self, *_: object) -> None:
        self._wire.stop()

    # For tests

    def mailbox(self, address: str) -> Box:
        """Made on first use."""
        with self.lock:
            name = address.lower()
            if name not in self._boxes:
                self._boxes[name] = Box(name, self)
            return self._boxes[name]

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, **by: float) -> None:
        """Moves the server's clock on; by: as timedelta takes it."""
        self._ahead += timedelta(**by)

    def asked(self, method: str = "", path: str = "") -> list[Recorded]:
        """The requests with that method whose path matches the regular expression."""
        with self.lock:
            return [one for one in self.requests if method in {"", one.method} and re.search(path, one.path)]

    def count(self, method: str = "", path: str = "") -> int:
        return len(self.asked(method, path))

    @property
    def most_at_once(self) -> dict[str, int]:
        """For each mailbox, the most requests that were under way at the same time."""
        most: dict[str, int] = {}
        with self.lock:
            for one in self.requests:
                if one.mailbox:
                    most[one.mailbox] = max(one.at_once, most.get(one.mailbox, 0))
        return most

    @property
    def impatient(self) -> list[Recorded]:
        """Requests that were repeated before the time that Retry-After had asked for was over."""
        until: dict[tuple[str, str, str], float] = {}
        found = []
        with self.lock:
            for one in self.requests:
                what = (one.method, one.path, one.query)
                found += [one] if one.at < until.get(what, 0.0) else []
                until[what] = one.at + one.retry_after
        return found

    @property
    def subscriptions(self) -> list[Subscription]:
        """The live ones, oldest first."""
        return self.subscribing.live()

    @property
    def most_live(self) -> int:
        """The most subscriptions that one resource had at the same time."""
        return self.subscribing.most_live

    def expire(self, subscription_id: str) -> None:
        """Its time is over now; nobody is told."""
        self.subscribing.get(subscription_id).expires = self.now()

    def remove_subscription(self, subscription_id: str, *, tell: bool = True) -> None:
        """Graph takes it away; tell: with a lifecycle notice."""
        removed = self.subscribing.remove(subscription_id)
        if removed and tell:
            self.notices.lifecycle(removed, "subscriptionRemoved")

    def lifecycle(self, subscription_id: str, event: str) -> None:
        """Sends reauthorizationRequired (no notices until that is done), subscriptionRemoved (it is gone) or missed."""
        if event == "subscriptionRemoved":
            self.remove_subscription(subscription_id)
            return
        one = self.subscribing.get(subscription_id)
        one.paused = event == "reauthorizationRequired" or one.paused
        self.notices.lifecycle(one, event)

    def post_notice(self, body: Any, url: str = "") -> concurrent.futures.Future[int]:
        """Posts anything (bytes as they are) to the hook of the first live subscription, or to url; no retries."""
        return self.notices.post(url or self.subscriptions[0].url, body)

    def hook_certificate(self) -> tuple[Path, Path]:
        """Certificate and key for a hook on localhost that this server trusts."""
        return self._certificate("hook")

    def _certificate(self, name: str) -> tuple[Path, Path]:
        """Made when the authority has none of that name yet."""
        certificate, key = (self.ca_file.with_name(f"{name}.{kind}") for kind in ("pem", "key"))
        if not certificate.exists():
            self._authority.context(name)
        return certificate, key

    # For the mailboxes

    @property
    def renames(self) -> bool:
        """Whether what is sent gets a Message-ID of Exchange's own."""
        return self.trouble.new_message_ids

    def changed(self, box: Box, item: Item, kind: str, folder: Folder, came_from: Folder | None = None) -> None:
        self.subscribing.changed(box, item, kind, folder, came_from)

    def left(self, box: Box, mail: Outbound) -> None:
        """Mail to a mailbox of this server arrives there."""
        for address in mail.recipients:
            if address in self._boxes:
                self._boxes[address].deliver(mail.raw)

    def sending(self, box: Box, item: Item, finish: Callable[[], None]) -> None:
        def finished() -> None:
            with self.lock:
                finish()

        if self.trouble.held is not None:
            self.trouble.held.append(finished)
        elif self.trouble.delay is not None:
            self._wire.loop.call_soon_threadsafe(self._wire.loop.call_later, self.trouble.delay, finished)
        else:
            finish()

    # For requests

    def box_called(self, name: str) -> Box | None:
        return next((box for box in self._boxes.values() if box.is_called(name)), None)

    def may(self, roles: set[str], needed: set[str], box: Box) -> bool:
        """Whether roles of the token, or those scoped to the mailbox, are enough."""
        if roles & needed and (self.allowed_mailboxes is None or box.address in self.allowed_mailboxes):
            return True
        return any(box.address in self.scoped_roles.get(role, ()) for role in needed)

    async def run_in_batch(self, call: Call) -> Response:
        return await self._graph(call)

    async def _answer(self, request: Request) -> Response:
        if self.trouble.is_offline:
            raise LineDropped
        if request.path.startswith("/v1.0/"):
            path = unquote(request.path.removeprefix("/v1.0"))
            return await self._graph(Call(self, request.method, path, request.query, request.headers, request.body))
        return self._entra(request)

    async def _graph(self, call: Call) -> Response:
        request_id = str(uuid.uuid4())
        record = Recorded(call.method, call.path, call.query, call.headers, call.body,
                          in_batch=call.in_batch, request_id=request_id)  # fmt: skip
        with self.lock:
            self.requests.append(record)
        try:
            response = await api.run(self, call, record)
        except GraphError as error:
            response = refused(error, request_id, self.now().strftime("%Y-%m-%dT%H:%M:%S"))
        record.status = response.status
        record.retry_after = float(response.headers.get("Retry-After", 0))
        response.headers["request-id"] = request_id
        response.headers["client-request-id"] = call.headers.get("client-request-id", request_id)
        return response

    def _entra(self, request: Request) -> Response:
        segments = request.path.strip("/").split("/")
        try:
            with self.lock:
                return answered(200, self._signed_in(request, segments))
        except SignInRefused as error:
            status, body = self.entra.error(error)
            return answered(status, body)
        except GraphError as error:
            return refused(error, str(uuid.uuid4()), "")

    def _signed_in(self, request: Request, segments: list[str]) -> dict[str, Any]:
        match segments:
            case [tenant, ".well-known", "openid-configuration"] | [
                tenant,
                "v2.0",
                ".well-known",
                "openid-configuration",
            ]:
                return self.entra.metadata(tenant)
            case ["discovery", "v2.0", "keys"] | [_, "discovery", "keys"] | [_, "discovery", "v2.0", "keys"]:
                return self.entra.keys()
            case [tenant, "oauth2", "v2.0", "token"] if request.method == "POST":
                return self.entra.token(tenant, dict(parse_qsl(request.body.decode(), keep_blank_values=True)))
        raise bad_request(f"Nothing is at {request.path}.")
