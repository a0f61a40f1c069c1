"""What a sign-in server publishes for everybody: the keys it signs with, and whose tenant a domain is.

Source: OpenID Connect Discovery 1.0; "National clouds" and "Access tokens" of the Microsoft identity platform.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlsplit

import httpx2
import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from repondeur.errors import MailboxUnavailable
from repondeur.mailboxes.graph.tls import tls_context
from repondeur.settings.schema import GraphSettings

log = structlog.get_logger(__name__)

ANSWER_SECONDS: Final = 2.0  # whoever asks has three to answer Graph in
READ_AGAIN: Final = timedelta(minutes=1)
STALE: Final = timedelta(days=1)  # a key that was withdrawn is not believed for ever
_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Authority:
    """One sign-in server. For one event loop; connects when first asked. seconds: for one answer of the server."""

    def __init__(self, settings: GraphSettings, clock: Callable[[], datetime], seconds: float = ANSWER_SECONDS) -> None:
        self._settings = settings
        self._url = settings.azure_authority
        self._clock = clock
        self._seconds = seconds
        self._http: httpx2.AsyncClient | None = None
        self._turn = asyncio.Lock()
        self._keys: Mapping[str, RSAPublicKey] = {}
        self._read: datetime | None = None
        self._tried: datetime | None = None
        self._tenants: dict[str, str] = {}
        self._asked: dict[str, datetime] = {}

    @property
    def _host(self) -> str:
        return urlsplit(self._url).hostname or ""

    def issuer(self, tenant: str, version: object = "1.0") -> str:
        """Who issues tokens of that version for this tenant (a GUID). Which version it is, the application's
        registration says (requestedAccessTokenVersion)."""
        if version == "2.0":
            return f"{self._url}/{tenant}/v2.0"
        return f"https://{'sts.chinacloudapi.cn' if self._host.endswith('.cn') else 'sts.windows.net'}/{tenant}/"

    async def key(self, kid: str) -> RSAPublicKey | None:
        """The published key with this id. Read anew when it is unknown, but once a minute at most.

        None: no such key. Raises MailboxUnavailable when that cannot be told, as between two readings: keys change, and
        what is dropped is not delivered again."""
        async with self._turn:
            now, read = self._clock(), False
            wanted = kid not in self._keys or _past(self._read, now, STALE)
            if wanted and _past(self._tried, now, READ_AGAIN):
                self._tried = now
                if keys := _usable(await self._get("/common/discovery/v2.0/keys")):
                    self._keys, self._read, read = keys, now, True
            if kid not in self._keys and not read:
                raise self._silent()
            return self._keys.get(kid)

    async def tenant(self, name: str) -> str:
        """The GUID of a tenant, given as such or as a domain. Raises MailboxUnavailable when nobody can tell."""
        if _GUID.fullmatch(name):
            return name
        async with self._turn:
            if name not in self._tenants and _past(self._asked.get(name), self._clock(), READ_AGAIN):
                self._asked[name] = self._clock()
                said = await self._get(f"/{quote(name, safe='')}/v2.0/.well-known/openid-configuration")
                found = _GUID.search(str(said.get("issuer", "")).lower())
                if found is not None:
                    self._tenants[name] = found[0]
            if name not in self._tenants:
                raise self._silent()
            return self._tenants[name]

    async def _get(self, path: str) -> dict[str, Any]:
        """The JSON object there; {} when there is none to be had."""
        if self._http is None:
            self._http = httpx2.AsyncClient(verify=tls_context(self._settings))
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._http.get(self._url + path)
                said = answer.raise_for_status().json()
        except (httpx2.HTTPError, TimeoutError, ValueError) as error:
            log.warning("graph.authority_silent", server=self._host, problem=type(error).__name__)
            return {}
        return said if isinstance(said, dict) else {}

    def _silent(self) -> MailboxUnavailable:
        return MailboxUnavailable("graph.keys_not_published", server=self._host)

    async def close(self) -> None:
        if self._http is not None:
            await self._http.aclose()


def _past(moment: datetime | None, now: datetime, life: timedelta) -> bool:
    return moment is None or not timedelta() <= now - moment < life


def _usable(said: Mapping[str, Any]) -> dict[str, RSAPublicKey]:
    """The RSA keys of a key set (RFC 7517) by their id."""
    keys: dict[str, RSAPublicKey] = {}
    listed = said.get("keys")
    for one in listed if isinstance(listed, list) else ():
        if not isinstance(one, dict) or one.get("kty") != "RSA" or not isinstance(one.get("kid"), str):
            continue
        try:
            key = jwt.PyJWK(one, algorithm="RS256").key
        except (jwt.PyJWTError, ValueError):
            continue
        if isinstance(key, RSAPublicKey):
            keys[one["kid"]] = key
    return keys
