"""Subscriptions: what is asked for is checked, the hook has to shake hands, and lifecycle (pages "subscription",
"Receive change notifications through webhooks", "Reduce missing subscriptions and change notifications")."""

import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.support.graph import odata
from tests.support.graph.box import Box
from tests.support.graph.call import Call, answered
from tests.support.graph.failures import GraphError, bad_request, no_segment, unparsable, wrong_method
from tests.support.graph.items import Folder, Item
from tests.support.graph.rich import Encryption, read_certificate
from tests.support.graph.wire import Response

if TYPE_CHECKING:
    from tests.support.graph.server import GraphServer

Json = dict[str, Any]

LONGEST = timedelta(minutes=10_070)
LONGEST_RICH = timedelta(minutes=1_440)
SHORTEST = timedelta(minutes=45)
BETWEEN = timedelta(minutes=10)
"""Renewing and reauthorizing exclude one another for so long. Which refusal Graph gives is not documented: here 400."""

READS = {"Mail.Read", "Mail.ReadWrite"}
GIVEN = {
    "@odata.type", "changeType", "notificationUrl", "lifecycleNotificationUrl", "resource", "expirationDateTime",
    "clientState", "latestSupportedTlsVersion", "includeResourceData", "encryptionCertificate",
    "encryptionCertificateId",
}  # fmt: skip


@dataclass
class Subscription:
    """folder: None for the whole mailbox. immutable: whether notices carry immutable ids. paused: until authorized."""

    id: str
    resource: str
    box: Box
    folder: Folder | None
    change_types: tuple[str, ...]
    url: str
    lifecycle_url: str | None
    client_state: str | None
    expires: datetime
    immutable: bool
    encryption: Encryption | None = None
    paused: bool = False
    renewed: datetime | None = None
    authorized: datetime | None = None

    def shown(self, application: str) -> Json:
        return {
            "id": self.id,
            "resource": self.resource,
            "applicationId": application,
            "changeType": ",".join(self.change_types),
            "clientState": None,
            "notificationUrl": self.url,
            "notificationQueryOptions": None,
            "lifecycleNotificationUrl": self.lifecycle_url,
            "expirationDateTime": written(self.expires),
            "creatorId": "b5f9a1f0-0000-4000-8000-000000000001",
            "includeResourceData": self.encryption is not None,
            "latestSupportedTlsVersion": "v1_2",
            "encryptionCertificate": None,
            "encryptionCertificateId": self.encryption.name if self.encryption else None,
            "notificationUrlAppId": None,
        }


class Subscribing:
    """All subscriptions of the application. made: how many there ever were. handshakes: addresses that were asked."""

    def __init__(self, house: "GraphServer") -> None:
        self._house = house
        self._all: dict[str, Subscription] = {}
        self.most_live = 0
        self.made = 0
        self.handshakes: list[str] = []

    def live(self) -> list[Subscription]:
        with self._house.lock:
            now = self._house.now()
            return [one for one in self._all.values() if one.expires > now]

    def get(self, name: str) -> Subscription:
        found = next((one for one in self.live() if one.id == name), None)
        if found is None:
            raise GraphError(404, "ResourceNotFound", "The object was not found.")
        return found

    def remove(self, name: str) -> Subscription | None:
        with self._house.lock:
            return self._all.pop(name, None)

    def changed(self, box: Box, item: Item, kind: str, folder: Folder, came_from: Folder | None) -> None:
        """Tells subscribers of one change; kind moved means deleted in one folder and created in another."""
        for one in self.live():
            if one.box is not box or one.paused:
                continue
            told = _told(one, kind, folder, came_from)
            if told in one.change_types:
                self._house.notices.changed(one, item, told)

    async def answer(self, call: Call, rest: list[str], roles: set[str]) -> Response:
        match (call.method, rest):
            case ("POST", []):
                return await self._create(call, roles)
            case ("GET", []):
                return answered(200, {"value": [one.shown(self._house.client_id) for one in self.live()]})
            case ("GET", [name]):
                return answered(200, self.get(name).shown(self._house.client_id))
            case ("PATCH", [name]):
                return self._renew(call, self.get(name), roles)
            case ("DELETE", [name]):
                self.remove(self.get(name).id)
                return answered(204)
            case ("POST", [name, "reauthorize"]):
                return self._reauthorize(self.get(name), roles)
            case (_, [_, other, *_]):
                raise no_segment(other)
        raise wrong_method(call.method)

    async def _create(self, call: Call, roles: set[str]) -> Response:
        asked = self._asked(call, roles)
        for url in filter(None, (asked.url, asked.lifecycle_url)):
            self.handshakes.append(url)
            await self._house.notices.shake_hands(url)
        with self._house.lock:
            self._all[asked.id] = asked
            self.made += 1
            same = [one for one in self.live() if one.box is asked.box and one.folder is asked.folder]
            self.most_live = max(self.most_live, len(same))
        shown = asked.shown(self._house.client_id) | {"clientState": asked.client_state}
        return answered(201, shown)

    def _asked(self, call: Call, roles: set[str]) -> Subscription:
        given = call.json()
        for name in given.keys() - GIVEN:
            raise bad_request(f"The property '{name}' does not exist on type 'microsoft.graph.subscription'.")
        for name in ("changeType", "notificationUrl", "resource", "expirationDateTime"):
            if not isinstance(given.get(name), str) or not given[name]:
                raise bad_request(f"The property {name} is required.", "InvalidRequest")
        types = tuple(word.strip() for word in given["changeType"].split(","))
        if not set(types) <= {"created", "updated", "deleted"}:
            raise bad_request("changeType must be of created, updated, deleted.", "InvalidRequest")
        state = given.get("clientState")
        if state is not None and (not isinstance(state, str) or len(state) > 128):
            raise bad_request("clientState must be a string of at most 128 characters.", "InvalidRequest")
        self._check_url(given["notificationUrl"])
        if given.get("lifecycleNotificationUrl") is not None:
            self._check_url(given["lifecycleNotificationUrl"])
        box, folder, names = self._resource(given["resource"], roles)
        encryption = _encryption(given, names)
        longest = LONGEST_RICH if encryption else LONGEST
        return Subscription(
            str(uuid.uuid4()), given["resource"], box, folder, types, given["notificationUrl"],
            given.get("lifecycleNotificationUrl"), state, self._expiry(given["expirationDateTime"], longest),
            call.immutable, encryption,
        )  # fmt: skip

    def _check_url(self, url: str) -> None:
        parts = urlsplit(url)
        is_loopback = parts.hostname in {"127.0.0.1", "localhost", "::1"}
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback and self._house.allow_http):
            raise bad_request("Notification endpoint must be an 'https' url.", "InvalidRequest")

    def _resource(self, resource: str, roles: set[str]) -> tuple[Box, Folder | None, tuple[str, ...] | None]:
        """Mailbox, folder and the names of $select. GraphError as Exchange refuses it, wrapped as Graph does."""
        path, _, query = resource.lstrip("/").partition("?")
        found = re.fullmatch(
            r"users(?:/([^/]+)|\('([^']+)'\))(?:/mailFolders(?:/([^/']+)|\('([^']+)'\)))?/messages", path, re.IGNORECASE
        )
        if not found:
            raise bad_request(f"Resource '{resource}' is not supported for subscriptions.", "ExtensionError")
        name = unquote(found[1] or found[2])
        box = self._house.box_called(name)
        if box is None:
            raise _wrapped(404, "Not Found; Reason: The requested user is invalid.")
        if not self._house.may(roles, READS, box):
            raise _wrapped(403, "Forbidden; Reason: Access is denied. Check credentials and try again.")
        folder_name = found[3] or found[4]
        try:
            folder = box.folder_by_id(unquote(folder_name)) if folder_name else None
        except GraphError as error:
            raise _wrapped(error.status, error.message) from None
        options = dict(parse_qsl(query))
        if options.keys() - {"$select"}:
            raise unparsable("Only $select is played in the resource of a subscription.")
        names = odata.selected(options["$select"], odata.MESSAGE, odata.ONLY_SELECTED) if options else None
        return box, folder, names

    def _expiry(self, given: Any, longest: timedelta) -> datetime:
        try:
            wanted = datetime.fromisoformat(re.sub(r"\.(\d{6})\d+", r".\1", given))
        except (TypeError, ValueError):
            raise bad_request("Cannot convert the literal to the expected type 'Edm.DateTimeOffset'.") from None
        if wanted.tzinfo is None:
            raise bad_request("Cannot convert the literal to the expected type 'Edm.DateTimeOffset'.")
        now = self._house.now()
        if wanted <= now:
            raise bad_request("Subscription expiration time must be in the future.", "InvalidRequest")
        if wanted - now > longest:
            minutes = int(longest.total_seconds() // 60)
            text = f"Subscription expiration can only be {minutes} minutes in the future."
            raise bad_request(text, "ExtensionError")
        return max(wanted.astimezone(UTC), now + SHORTEST)

    def _renew(self, call: Call, one: Subscription, roles: set[str]) -> Response:
        given = call.json()
        for name in given.keys() - {"expirationDateTime"}:
            raise bad_request(f"Property '{name}' cannot be updated.", "InvalidRequest")
        if not given:
            raise bad_request("The property expirationDateTime is required.", "InvalidRequest")
        self._check_still_allowed(one, roles)
        self._check_apart(one.authorized)
        with self._house.lock:
            one.expires = self._expiry(given["expirationDateTime"], LONGEST_RICH if one.encryption else LONGEST)
            one.renewed, one.paused = self._house.now(), False
        return answered(200, one.shown(self._house.client_id))

    def _reauthorize(self, one: Subscription, roles: set[str]) -> Response:
        self._check_still_allowed(one, roles)
        self._check_apart(one.renewed)
        with self._house.lock:
            one.authorized, one.paused = self._house.now(), False
        return answered(202)

    def _check_still_allowed(self, one: Subscription, roles: set[str]) -> None:
        if not self._house.may(roles, READS, one.box):
            raise _wrapped(403, "Forbidden; Reason: Access is denied. Check credentials and try again.")

    def _check_apart(self, other: datetime | None) -> None:
        if other is not None and self._house.now() - other < BETWEEN:
            raise bad_request("A subscription cannot be renewed and reauthorized within 10 minutes.", "ExtensionError")


def written(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def _told(one: Subscription, kind: str, folder: Folder, came_from: Folder | None) -> str:
    """The change type that this subscriber sees; "" for none."""
    if one.folder is None:
        return "updated" if kind == "moved" else kind
    if one.folder is came_from:
        return "deleted"
    if one.folder is not folder:
        return ""
    return "created" if kind == "moved" else kind


def _wrapped(status: int, text: str) -> GraphError:
    return GraphError(status, "ExtensionError", f"Operation: Create; Exception: [Status Code: {text}]")


def _encryption(given: Json, names: tuple[str, ...] | None) -> Encryption | None:
    if given.get("includeResourceData") is not True:
        if given.get("encryptionCertificate") or given.get("encryptionCertificateId"):
            raise bad_request("encryptionCertificate goes with includeResourceData.", "InvalidRequest")
        return None
    name = given.get("encryptionCertificateId")
    if not isinstance(name, str) or not 1 <= len(name) <= 128:
        raise bad_request("encryptionCertificateId is required, of at most 128 characters.", "InvalidRequest")
    if names is None:
        raise bad_request("Rich notifications of Outlook resources need $select in the resource.", "ExtensionError")
    return Encryption(name, read_certificate(given.get("encryptionCertificate")), names)
