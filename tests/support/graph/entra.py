"""Entra ID: metadata, keys, and tokens for client credentials by secret, certificate or federated token.

Source: pages "Microsoft identity platform and the OAuth 2.0 client credentials flow", "Certificate credentials" and
"Microsoft Entra authentication and authorization error codes".
"""

import base64
import functools
import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.graph.aadsts import ERRORS
from tests.support.graph.failures import invalid_token

Json = dict[str, Any]

GRAPH: Final = {
    "https://graph.microsoft.com", "https://graph.microsoft.us", "https://dod-graph.microsoft.us",
    "https://microsoftgraph.chinacloudapi.cn",
}  # fmt: skip
NOTICES_APP: Final = "0bf30f3b-4a52-48df-9a82-234910c4a086"
"""Who signs the tokens of rich notices (page "Set up change notifications that include resource data")."""


@dataclass
class SignInRefused(Exception):
    code: str
    detail: str = ""


@dataclass
class Entra:
    """One tenant with one application. refusal: an AADSTS code with which every sign-in is refused.

    lifetime: of tokens, in seconds. sign_ins: the codes of all answers to token requests, "" for a token.
    """

    authority: str
    tenant: str
    names: set[str]
    client_id: str
    secret: str
    now: Callable[[], datetime]
    roles: Callable[[], tuple[str, ...]]
    lifetime: Callable[[], int]
    refusal: str = ""
    expired_secrets: set[str] = field(default_factory=set)
    federated: set[str] = field(default_factory=set)
    sign_ins: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._certificates: dict[str, x509.Certificate] = {}
        self._tokens: dict[str, Json] = {}
        self._keys: list[tuple[str, rsa.RSAPrivateKey]] = []
        self._made = 0
        self._add_key(_first_key())

    def add_certificate(self, pem: bytes) -> None:
        """Registers the certificate of the application."""
        found = x509.load_pem_x509_certificate(pem)
        self._certificates[_thumbprint(found, hashes.SHA1())] = found
        self._certificates[_thumbprint(found, hashes.SHA256())] = found

    def rotate_keys(self, *, keep: bool = False) -> None:
        """A new signing key. keep: whether the ones before stay published."""
        if not keep:
            self._keys.clear()
        self._add_key(_new_key())

    def _add_key(self, key: rsa.RSAPrivateKey) -> None:
        name = hashlib.sha1(str(key.public_key().public_numbers().n).encode()).hexdigest()
        self._keys.insert(0, (name, key))

    def revoke(self) -> None:
        """Every token there is stops working."""
        self._tokens.clear()

    def metadata(self, tenant: str) -> Json:
        """The OpenID configuration. SignInRefused 90002 for another tenant."""
        self._check_tenant(tenant)
        base = f"{self.authority}/{tenant}"
        return {
            "issuer": f"https://login.microsoftonline.com/{self.tenant}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def keys(self) -> Json:
        """The published keys that tokens are signed with."""
        rows = []
        for name, key in self._keys:
            published = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
            rows.append(published | {"use": "sig", "kid": name, "x5t": name})
        return {"keys": rows}

    def token(self, tenant: str, form: dict[str, str]) -> Json:
        """The answer to a token request. SignInRefused with the code of Entra."""
        try:
            answer = self._token(tenant, form)
        except SignInRefused as refused:
            self.sign_ins.append(refused.code)
            raise
        self.sign_ins.append("")
        return answer

    def check(self, authorization: str) -> Json:
        """The claims of a bearer token. GraphError 401 when it is unknown, expired or missing."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise invalid_token("Access token is empty.")
        claims = self._tokens.get(token)
        if claims is None:
            raise invalid_token("Access token validation failure. Invalid signature or revoked.")
        if claims["exp"] <= self.now().timestamp():
            raise invalid_token("Lifetime validation failed, the token is expired.")
        return claims

    def notice_token(self, **changed: Any) -> str:
        """A token as rich notices carry them. changed: claims to get wrong."""
        now = int(self.now().timestamp())
        claims = {
            "aud": self.client_id, "iss": f"https://sts.windows.net/{self.tenant}/", "iat": now, "nbf": now,
            "exp": now + 3600, "appid": NOTICES_APP, "appidacr": "2", "idp": f"https://sts.windows.net/{self.tenant}/",
            "oid": str(uuid.uuid4()), "tid": self.tenant, "ver": "1.0",
        }  # fmt: skip
        return self._signed(claims | changed)

    def error(self, refused: SignInRefused) -> tuple[int, Json]:
        """Status and body as Entra has them."""
        status, error, text = ERRORS[refused.code]
        trace = str(uuid.uuid4())
        stamp = self.now().strftime("%Y-%m-%d %H:%M:%SZ")
        told = text.format(app=self.client_id, tenant=self.tenant, detail=refused.detail)
        return status, {
            "error": error,
            "error_description": f"AADSTS{refused.code}: {told} Trace ID: {trace} Timestamp: {stamp}",
            "error_codes": [int(refused.code)],
            "timestamp": stamp,
            "trace_id": trace,
            "correlation_id": trace,
            "error_uri": f"https://login.microsoftonline.com/error?code={refused.code}",
        }

    def _check_tenant(self, tenant: str) -> None:
        if tenant.lower() not in {self.tenant, *self.names, "common", "organizations"} or self.refusal == "90002":
            raise SignInRefused("90002")

    def _token(self, tenant: str, form: dict[str, str]) -> Json:
        self._check_tenant(tenant)
        if self.refusal:
            raise SignInRefused(self.refusal)
        for name in ("grant_type", "client_id", "scope"):
            if not form.get(name):
                raise SignInRefused("900144", name)
        if form["grant_type"] != "client_credentials":
            raise SignInRefused("70003", form["grant_type"])
        if form["client_id"] != self.client_id:
            raise SignInRefused("700016")
        self._check_credential(form, f"{self.authority}/{tenant}/oauth2/v2.0/token")
        scopes = [scope for scope in form["scope"].split() if scope not in {"openid", "profile", "offline_access"}]
        if len(scopes) != 1 or not scopes[0].endswith("/.default"):
            raise SignInRefused("1002012", form["scope"])
        resource = scopes[0].removesuffix("/.default").rstrip("/")
        if resource not in {*GRAPH, self.authority}:
            raise SignInRefused("500011", resource)
        return {"token_type": "Bearer", "expires_in": self.lifetime(), "ext_expires_in": self.lifetime(),
                "access_token": self._issued(resource)}  # fmt: skip

    def _check_credential(self, form: dict[str, str], endpoint: str) -> None:
        if "client_assertion" in form:
            if form.get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer":
                raise SignInRefused("900144", "client_assertion_type")
            self._check_assertion(form["client_assertion"], endpoint)
        elif "client_secret" not in form:
            raise SignInRefused("7000216")
        elif form["client_secret"] in self.expired_secrets:
            raise SignInRefused("7000222")
        elif form["client_secret"] != self.secret:
            raise SignInRefused("7000215")

    def _check_assertion(self, assertion: str, endpoint: str) -> None:
        if assertion in self.federated:
            return
        try:
            header = jwt.get_unverified_header(assertion)
        except jwt.InvalidTokenError:
            raise SignInRefused("50027") from None
        thumbprint = str(header.get("x5t#S256") or header.get("x5t") or "").rstrip("=")
        certificate = self._certificates.get(thumbprint)
        if certificate is None:
            raise SignInRefused("700027" if thumbprint else "700213")
        key = certificate.public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        try:
            claims = jwt.decode(assertion, key, algorithms=["RS256", "PS256"], audience=endpoint, issuer=self.client_id,
                                options={"require": ["exp", "iss", "sub", "aud", "jti"]})  # fmt: skip
        except jwt.InvalidTokenError:
            raise SignInRefused("700027") from None
        if claims["sub"] != self.client_id:
            raise SignInRefused("700027")

    def _issued(self, audience: str) -> str:
        now = int(self.now().timestamp())
        self._made += 1
        claims: Json = {
            "aud": audience, "iss": f"https://sts.windows.net/{self.tenant}/", "iat": now, "nbf": now,
            "exp": now + self.lifetime(), "app_displayname": "Agent", "appid": self.client_id, "appidacr": "1",
            "idtyp": "app", "oid": str(uuid.uuid5(uuid.NAMESPACE_URL, self.client_id)), "tid": self.tenant,
            "uti": f"token-{self._made}", "ver": "1.0",
        }  # fmt: skip
        if self.roles():
            claims["roles"] = list(self.roles())
        token = self._signed(claims)
        self._tokens[token] = claims
        return token

    def _signed(self, claims: Json) -> str:
        name, key = self._keys[0]
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return jwt.encode(claims, pem, algorithm="RS256", headers={"kid": name, "x5t": name})


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


# Making one takes a tenth of a second, and every server of a test run may start with the same.
_first_key = functools.cache(_new_key)


def _thumbprint(certificate: x509.Certificate, algorithm: hashes.HashAlgorithm) -> str:
    return base64.urlsafe_b64encode(certificate.fingerprint(algorithm)).decode().rstrip("=")
