"""What is POSTed to the hook: is it of Graph, and which messages does it speak of?

Anyone can POST there. So a notice counts only with our clientState, for a subscription of ours, of the right tenant;
of it, the id of a message is kept, which is then fetched from our own mailbox. Its resource path is never used.

Source: Microsoft Graph, "Receive change notifications through webhooks", "Reduce missing change notifications and
removed subscriptions", "changeNotification resource type".
"""

import asyncio
import hmac
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeGuard
from uuid import UUID

import structlog

from repondeur.mailboxes.graph.messages import Found
from repondeur.mailboxes.graph.notices import posted
from repondeur.mailboxes.graph.rich import RichNotices
from repondeur.settings.schema import GraphSettings
from repondeur.store.ledger import EVENTS, Announced, Ledger, Subscription
from repondeur.telemetry import metrics

log = structlog.get_logger(__name__)

LONGEST_ID: Final = 512  # characters; immutable ids have about 150
_ODD: Final = re.compile(r"[^!-~]")


@dataclass(frozen=True, slots=True)
class HookAddress:
    """Where notices are sent to, and the secret that they are told by: Graph repeats it in each as clientState."""

    url: str
    secret: str


@dataclass(frozen=True, slots=True)
class _Notice:
    """One that is genuine, as far as can be told without opening it. event: of the subscription's life, "" for a
    notice of mail. ref: the message; "" where only what is sealed tells it. sealed: its encryptedContent, None where
    there is none or we want none."""

    subscription: Subscription
    event: str = ""
    ref: str = ""
    sealed: Any = None

    @property
    def mailbox(self) -> str:
        return self.subscription.mailbox


class Hook:
    """Takes what is POSTed, for one event loop.

    mailboxes: by name. wake: called with the name of a mailbox once something is stored for it. rich: opens notices
    that carry data of the message; None takes them as those that carry none.
    """

    def __init__(  # noqa: PLR0917 - each has a type of its own
        self,
        mailboxes: Mapping[str, GraphSettings],
        secret: str,
        ledger: Ledger,
        clock: Callable[[], datetime],
        wake: Callable[[str], None],
        rich: RichNotices | None = None,
    ) -> None:
        self._mailboxes = mailboxes
        self._secret = secret.encode()
        self._ledger = ledger
        self._clock = clock
        self._wake = wake
        self._rich = rich
        self._known: dict[str, Subscription] = {}

    async def close(self) -> None:
        if self._rich is not None:
            await self._rich.close()

    async def take(self, body: bytes) -> bool:
        """Stores what it says and wakes whom it concerns; what is forged is dropped, and counted. False when it is no
        notices at all. Raises StoreUnavailable, and MailboxUnavailable when the keys that sign notices with data
        cannot be had: then nothing is stored, and Graph should deliver it again."""
        post = posted(body)
        if post is None:
            _count("", "malformed")
            return False
        strangers: set[str] = set()
        notices = [notice for given in post.value if (notice := await self._genuine(given, strangers)) is not None]
        sealed = [notice for notice in notices if notice.sealed is not None]
        if sealed and not await self._is_of_graph(post.tokens, sealed):
            for notice in notices:
                _count(notice.mailbox, "forged")
            return True
        # Opening one takes a millisecond, and there may be a thousand.
        told = await asyncio.to_thread(self._all_told, notices) if sealed else self._all_told(notices)
        await self._store(notices, told)
        return True

    async def _genuine(self, given: Any, strangers: set[str]) -> _Notice | None:
        """None for one to be dropped. The cheapest checks come first: a forger costs us neither a query nor a call.
        strangers: subscriptions that the ledger was asked for, in vain; added to."""
        if not isinstance(given, dict):
            _count("", "malformed")
            return None
        if not _is_same(given.get("clientState"), self._secret):
            _count("", "forged")
            return None
        subscription = await self._subscription(given.get("subscriptionId"), strangers)
        if subscription is None:
            _count("", "unknown")
            return None
        settings = self._mailboxes[subscription.mailbox]
        if not _is_of_tenant(given, settings.azure_tenant_id):
            _count(subscription.mailbox, "forged")
            return None
        opens = self._rich is not None and settings.graph_rich
        notice = _of_life(given, subscription) if "lifecycleEvent" in given else _of_mail(given, subscription, opens)
        if notice is None:
            _count(subscription.mailbox, "malformed")
        return notice

    async def _subscription(self, id_: object, strangers: set[str]) -> Subscription | None:
        """The subscription of ours with this id. What the ledger does not know is remembered for one POST only: Graph
        tells of a subscription from the moment that it is made, and our row may come a moment later."""
        if not _is_id(id_) or id_ in strangers:
            return None
        if id_ not in self._known:
            found = await self._ledger.subscription_by_id(id_)
            if found is None or found.mailbox not in self._mailboxes:
                strangers.add(id_)
                return None
            self._known[id_] = found
        return self._known[id_]

    async def _is_of_graph(self, tokens: Any, sealed: Iterable[_Notice]) -> bool:
        """Whoever has our certificate can seal a notice; the tokens beside them tell who did."""
        settings = [self._mailboxes[notice.mailbox] for notice in sealed]
        tenants, apps = {one.azure_tenant_id for one in settings}, {one.azure_client_id for one in settings}
        return self._rich is not None and await self._rich.verified(tokens, tenants, apps)

    def _all_told(self, notices: Iterable[_Notice]) -> list[Mapping[str, Any] | None]:
        return [self._told(notice) for notice in notices]

    def _told(self, notice: _Notice) -> Mapping[str, Any] | None:
        """The message that a notice speaks of, with its id at least; None for one that was tampered with."""
        plain = {"id": notice.ref}
        if notice.sealed is None or self._rich is None:
            return plain
        said = self._rich.opened(notice.sealed)
        if said is None:
            return plain if notice.ref and not self._rich.knows(notice.sealed) else None
        return said if _is_id(said.get("id")) and notice.ref in {"", said["id"]} else None

    async def _store(self, notices: Sequence[_Notice], told: Sequence[Mapping[str, Any] | None]) -> None:
        now = self._clock()
        rows: dict[str, list[Announced]] = {}
        events: dict[str, str] = {}
        outcomes: list[tuple[str, str]] = []
        for notice, said in zip(notices, told, strict=True):
            if said is None:
                outcomes.append((notice.mailbox, "forged"))
                continue
            if notice.event:
                outcomes.append((notice.mailbox, "lifecycle"))
                events[notice.subscription.id] = max(notice.event, events.get(notice.subscription.id, ""), key=_weight)
                continue
            outcomes.append((notice.mailbox, "taken"))
            known = Found.from_json(said).to_json() if len(said) > 1 else None
            rows.setdefault(notice.mailbox, []).append(Announced(notice.subscription.folder, said["id"], known, now))
        heard = {notice.subscription.id: notice.mailbox for notice, said in zip(notices, told, strict=True) if said}
        if heard:
            await self._ledger.noticed(heard, rows, events, now)
        for mailbox, outcome in outcomes:
            _count(mailbox, outcome)
        for mailbox in sorted(set(heard.values())):
            self._wake(mailbox)
        for id_, event in events.items():
            log.info("graph.lifecycle_notice", mailbox=heard[id_], subscription=id_, event_of_life=event)


def _of_life(given: Mapping[str, Any], subscription: Subscription) -> _Notice:
    event = given["lifecycleEvent"]
    # Whatever else may happen to a subscription one day: looking for mail is never wrong.
    return _Notice(subscription, event=event if event in EVENTS[1:] else EVENTS[1])


def _of_mail(given: Mapping[str, Any], subscription: Subscription, opens: bool) -> _Notice | None:
    resource = given.get("resourceData")
    ref = resource.get("id", "") if isinstance(resource, dict) else ""
    sealed = given.get("encryptedContent") if opens else None
    is_named = _is_id(ref) or (ref == "" and sealed is not None)
    if not is_named or given.get("changeType") not in ("created", "updated"):
        return None
    return _Notice(subscription, ref=ref, sealed=sealed)


def _is_same(given: object, secret: bytes) -> bool:
    """In constant time. compare_digest raises TypeError for all but bytes and ASCII."""
    return isinstance(given, str) and hmac.compare_digest(given.encode("utf-8", "replace"), secret)


def _is_id(given: object) -> TypeGuard[str]:
    """Ids of Graph are ASCII without spaces, and none leads out of its folder as ".." would; whatever else comes is no
    id that could be asked for."""
    return isinstance(given, str) and len(given) <= LONGEST_ID and given.strip(".") != "" and not _ODD.search(given)


def _is_of_tenant(given: Mapping[str, Any], tenant: str) -> bool:
    """Is it of our tenant? Not to be told where the setting names a domain, or a lifecycle notice names no tenant."""
    named = given.get("tenantId")
    return named is None or not _is_guid(tenant) or (isinstance(named, str) and named.lower() == tenant.lower())


def _is_guid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _weight(event: str) -> int:
    return EVENTS.index(event)


def _count(mailbox: str, outcome: str) -> None:
    metrics.GRAPH_NOTICES.labels(mailbox, outcome).inc()
