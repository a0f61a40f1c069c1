"""Notices that carry data of the message: are they of Graph, and what do they say?

Anyone who has our certificate can encrypt to it, so only the tokens beside a notice tell who it is from.
Source: change-notifications-with-resource-data, "Validating the authenticity of notifications" and "Decrypting
resource data".
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from jwt.types import Options

from repondeur.mailboxes.graph.authority import ANSWER_SECONDS, Authority
from repondeur.mailboxes.graph.keys import KeyRing
from repondeur.settings.schema import GraphSettings

Json = dict[str, Any]

PUBLISHER: Final = "0bf30f3b-4a52-48df-9a82-234910c4a086"  # Graph's own application, the only one that sends notices
CLOCKS_DIFFER: Final = timedelta(minutes=5)
MOST_TOKENS, LONGEST_TOKEN = 32, 8192
KEY_OCTETS: Final = 32  # AES-256

_OAEP: Final = OAEP(MGF1(hashes.SHA1()), hashes.SHA1(), None)  # noqa: S303  what Graph encrypts with
_MALFORMED = (ValueError, TypeError, KeyError, RecursionError)


@dataclass(frozen=True, slots=True)
class _Subscriber:
    """Who subscribes: an application of a tenant (GUID or domain), in lower case. authority: where it signs in."""

    tenant: str
    app: str
    authority: str


class RichNotices:
    """For one event loop. Asks the authority for its published keys and nobody else for anything."""

    def __init__(
        self,
        ring: KeyRing,
        mailboxes: Iterable[GraphSettings],
        clock: Callable[[], datetime],
        seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._ring = ring
        self._clock = clock
        self._subscribers: set[_Subscriber] = set()
        self._authorities: dict[str, Authority] = {}
        for one in mailboxes:
            self._subscribers.add(
                _Subscriber(one.azure_tenant_id.lower(), one.azure_client_id.lower(), one.azure_authority)
            )
            if one.azure_authority not in self._authorities:
                self._authorities[one.azure_authority] = Authority(one, clock, seconds)

    async def verified(self, tokens: object, tenants: Collection[str], apps: Collection[str]) -> bool:
        """Are these validationTokens all of Graph, for one of these applications in one of these tenants?

        tenants: GUIDs or domains, as settings or notices have them. False when there is none, or one is bad.
        Raises MailboxUnavailable when the published keys cannot be had, so that Graph delivers once more later.
        """
        if not isinstance(tokens, list) or not 0 < len(tokens) <= MOST_TOKENS:
            return False
        wanted = {name.lower() for name in tenants}, {app.lower() for app in apps}
        seen: set[str] = set()
        for token in tokens:
            if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
                return False
            genuine = await self._genuine(token, *wanted)
            if genuine is None:
                return False
            seen |= genuine
        # One token for each application and tenant that something in the POST is for.
        return seen >= wanted[0] | wanted[1]

    async def _genuine(self, token: str, tenants: Collection[str], apps: Collection[str]) -> set[str] | None:
        """The application and the tenant, by both its names, that a token of Graph is for."""
        claimed = _claimed(token)
        if claimed is None:
            return None
        kid, claims = claimed
        for one in self._subscribers:
            authority = self._authorities[one.authority]
            if one.app not in apps or str(claims.get("aud")).lower() != one.app:
                continue
            tenant = await authority.tenant(one.tenant)
            issued_by = authority.issuer(tenant, claims.get("ver"))
            if not {tenant, one.tenant} & set(tenants) or claims.get("iss") != issued_by:
                continue
            key = await authority.key(kid)
            if key is not None and _signed(token, key, issued_by) and _in_force(claims, self._clock()):
                return {one.app, tenant, one.tenant}
        return None

    def opened(self, content: object) -> Json | None:
        """What an encryptedContent says; None when it was tampered with, or is not for a key of ours.

        About a millisecond, nearly all of it RSA."""
        try:
            return _opened(content, self._ring)
        except _MALFORMED:
            return None

    def knows(self, content: object) -> bool:
        """Is this encryptedContent for a key of ours?"""
        name = content.get("encryptionCertificateId") if isinstance(content, dict) else None
        return isinstance(name, str) and self._ring.private(name) is not None

    async def close(self) -> None:
        for authority in self._authorities.values():
            await authority.close()


def _claimed(token: str) -> tuple[str, Json] | None:
    """Key id and claims of a token that nobody has verified yet, if it looks like one of Graph's."""
    try:
        header = jwt.get_unverified_header(token)
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.InvalidTokenError, *_MALFORMED):
        return None
    kid, publisher = header.get("kid"), claims.get("azp" if claims.get("ver") == "2.0" else "appid")
    if header.get("alg") != "RS256" or not isinstance(kid, str) or publisher != PUBLISHER:
        return None
    return kid, claims


def _signed(token: str, key: RSAPublicKey, issued_by: str) -> bool:
    """By this key and this issuer; audience and times are looked at by the caller."""
    options: Options = {
        "require": ["exp"], "verify_aud": False, "verify_exp": False, "verify_nbf": False, "verify_iat": False
    }  # fmt: skip
    try:
        jwt.decode(token, key, algorithms=["RS256"], issuer=issued_by, options=options)
    except (jwt.InvalidTokenError, *_MALFORMED):
        return False
    return True


def _in_force(claims: Json, now: datetime) -> bool:
    """RFC 7519, 4.1.4 and 4.1.5, by a clock that may differ a little from theirs."""
    begins, ends = claims.get("nbf", 0), claims["exp"]
    if not isinstance(begins, int | float) or not isinstance(ends, int | float):
        return False
    margin = CLOCKS_DIFFER.total_seconds()
    return begins - margin <= now.timestamp() < ends + margin


def _opened(content: object, ring: KeyRing) -> Json | None:
    if not isinstance(content, dict) or not isinstance(content.get("encryptionCertificateId"), str):
        return None
    private = ring.private(content["encryptionCertificateId"])
    if private is None:
        return None
    key = private.decrypt(_decoded(content["dataKey"]), _OAEP)
    data, signature = _decoded(content["data"]), _decoded(content["dataSignature"])
    if len(key) != KEY_OCTETS or not hmac.compare_digest(hmac.digest(key, data, hashlib.sha256), signature):
        return None
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    unpadder = PKCS7(128).unpadder()
    padded = decryptor.update(data) + decryptor.finalize()
    said = json.loads(unpadder.update(padded) + unpadder.finalize())
    return said if isinstance(said, dict) else None


def _decoded(text: Any) -> bytes:
    """Raises ValueError or TypeError for what is no base64."""
    return base64.b64decode(text, validate=True)
