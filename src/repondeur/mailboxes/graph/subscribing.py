"""What Graph is asked about subscriptions.

Source: Microsoft Graph v1.0, "Create subscription", "List subscriptions", "Update subscription", "Delete
subscription", "subscription: reauthorize".
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from repondeur.errors import MailboxUnavailable
from repondeur.mailboxes.graph import lifetime
from repondeur.mailboxes.graph.client import Client, Json, segment
from repondeur.mailboxes.graph.failures import Refused
from repondeur.mailboxes.graph.keys import KeyRing
from repondeur.mailboxes.graph.lifetime import Wanted
from repondeur.mailboxes.graph.messages import moment
from repondeur.telemetry import metrics

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Granted:
    """A subscription as Graph made or renewed it. key: the id of the pair that its notices are encrypted to, or ""."""

    id: str
    expires: datetime
    key: str = ""


class Subscribing:
    """For one mailbox. ring: None where notices carry no data. Raises what the client raises."""

    def __init__(self, mailbox: str, client: Client, clock: Callable[[], datetime], ring: KeyRing | None) -> None:
        self._mailbox = mailbox
        self._client = client
        self._clock = clock
        self._ring = ring
        self._life = 0  # which of the lives to ask for was taken last
        self._strangers: set[str] = set()

    async def create(self, wanted: Wanted) -> Granted:
        """Graph shakes hands with the hook twice before it answers."""
        body: Json = {
            "changeType": "created",
            "notificationUrl": wanted.url,
            "lifecycleNotificationUrl": wanted.url,
            "resource": wanted.resource,
            "clientState": wanted.secret,
        }
        key = ""
        if self._ring is not None:
            public = await asyncio.to_thread(self._ring.current)
            key = public.id
            body["includeResourceData"] = True
            body["encryptionCertificate"] = public.certificate
            body["encryptionCertificateId"] = key
        told = await self._for_as_long_as_it_may("POST", "/subscriptions", body)
        granted = Granted(_id(told), self._end(told), key)
        self._count("created")
        return granted

    async def renew(self, id_: str) -> Granted:
        told = await self._for_as_long_as_it_may("PATCH", _path(id_), {})
        self._count("renewed")
        return Granted(id_, self._end(told))

    async def reauthorize(self, id_: str) -> None:
        """Without a longer life."""
        await self._client.root("POST", f"{_path(id_)}/reauthorize")
        self._count("reauthorized")

    async def told(self, id_: str) -> Json:
        """As Graph has it, without its clientState."""
        return (await self._client.root("GET", _path(id_))).body

    async def delete(self, id_: str) -> bool:
        """False when it was not there any more."""
        try:
            await self._client.root("DELETE", _path(id_))
        except Refused as error:
            if not error.absent:
                raise
            return False
        self._count("removed")
        return True

    async def clear(self, wanted: Wanted, ids: set[str], but: str = "") -> None:
        """Deletes these, and those for our folder and hook. Another address may be that of another installation."""
        doomed = set(ids)
        async for told in self.listed():
            id_, url = _id(told), told.get("notificationUrl")
            if id_ in {"", but} or not wanted.watches(told.get("resource")):
                continue
            if url == wanted.url:
                doomed.add(id_)
            elif id_ not in doomed and id_ not in self._strangers:
                self._strangers.add(id_)
                log.warning("graph.subscription_of_others", mailbox=self._mailbox, id=id_, host=lifetime.host_of(url))
        for id_ in sorted(doomed):
            await self.delete(id_)

    async def of_mailbox(self, user: str, url: str) -> set[str]:
        """The ids of all that tell this address of this user's mail."""
        ids: set[str] = set()
        async for told in self.listed():
            if told.get("notificationUrl") == url and lifetime.is_of(user, told.get("resource")):
                ids.add(_id(told))
        return ids - {""}

    async def listed(self) -> AsyncIterator[Mapping[str, Any]]:
        """Every subscription of our application, of whatever mailbox."""
        first = (await self._client.root("GET", "/subscriptions")).body
        told, link = first.get("value"), first.get("@odata.nextLink")
        for one in told if isinstance(told, list) else ():
            if isinstance(one, dict):
                yield one
        if isinstance(link, str) and link:
            async for page in self._client.pages(link):
                for item in page.items:
                    yield item

    async def is_of_old_key(self, made_with: object) -> bool:
        """Is this the id of another pair than the one to encrypt to today?"""
        if self._ring is None or not isinstance(made_with, str) or not made_with:
            return False
        return made_with != (await asyncio.to_thread(self._ring.current)).id

    async def _for_as_long_as_it_may(self, method: str, path: str, body: Json) -> Json:
        """What Graph says to the first life that is not too long for it."""
        lives = lifetime.PLAIN_LIVES if self._ring is None else lifetime.RICH_LIVES
        for life in range(self._life, len(lives)):
            expires = lifetime.told_expiry(self._clock(), lives[life])
            try:
                answer = await self._client.root(method, path, {**body, "expirationDateTime": expires})
            except Refused as error:
                if not lifetime.is_too_long(error) or life + 1 == len(lives):
                    raise
                log.info("graph.subscription_life_refused", mailbox=self._mailbox, minutes=lives[life])
            else:
                self._life = life
                return answer.body
        raise AssertionError

    def _end(self, told: Mapping[str, Any]) -> datetime:
        """One that is over as soon as it was made would be made for ever."""
        expires = moment(told.get("expirationDateTime"))
        if expires is None or expires <= self._clock():
            raise MailboxUnavailable("graph.subscription_strange")
        return expires

    def _count(self, how: str) -> None:
        metrics.GRAPH_SUBSCRIPTION_CHANGES.labels(self._mailbox, how).inc()


def _id(told: Mapping[str, Any]) -> str:
    """ "" when there is none."""
    found = told.get("id")
    return found if isinstance(found, str) else ""


def _path(id_: str) -> str:
    return f"/subscriptions/{segment(id_)}"
