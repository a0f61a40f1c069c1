"""A strict stand-in for Azure Key Vault and the part of Entra ID that signs in to it, over HTTPS on loopback.

Written from "Authentication, requests and responses", "Get Secrets" and "Get Secret" (Azure Key Vault REST API) and
"OAuth 2.0 client credentials flow". It refuses what they refuse: no token, another's token, a wrong path or version.
"""

import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.x509 import load_pem_x509_certificate

TENANT, CLIENT, SECRET = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222", "way-in-canary"
_TOKEN = "a-token"
_PAGE = 2


@dataclass
class FakeVault:
    """secrets: by name. disabled, forbidden: names of some of them, in lower case. asked: "METHOD path" of each request
    that had a token. signed_in: tokens given out. certificate: of the application, as PEM."""

    secrets: dict[str, str]
    port: int = 0
    may_list: bool = True
    disabled: set[str] = field(default_factory=set)
    forbidden: set[str] = field(default_factory=set)
    broken: bool = False
    asked: list[str] = field(default_factory=list)
    signed_in: int = 0
    certificate: bytes = b""

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def authority(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def resource(self) -> str:
        """What the vault's host has to end with; vault.azure.net for NAME.vault.azure.net."""
        return f"https://0.0.1:{self.port}"

    def settings(self, **changes: str) -> dict[str, str]:
        """The variables that lead here."""
        return {
            "AZURE_KEY_VAULT_URL": self.url,
            "AZURE_AUTHORITY": self.authority,
            "AZURE_INSTANCE_DISCOVERY": "false",
            "AZURE_TENANT_ID": TENANT,
            "AZURE_CLIENT_ID": CLIENT,
            "AZURE_CLIENT_SECRET": SECRET,
        } | changes

    def token(self, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        wanted = {"grant_type": "client_credentials", "client_id": CLIENT, "scope": f"{self.resource}/.default"}
        if not wanted.items() <= form.items():
            return 400, {"error": "invalid_request", "error_description": "AADSTS900144: The request is wrong."}
        if form.get("client_secret") != SECRET and not self._signed(form):
            return 401, {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret."}
        self.signed_in += 1
        return 200, {"token_type": "Bearer", "expires_in": 3600, "access_token": _TOKEN}

    def _signed(self, form: Mapping[str, str]) -> bool:
        """By the private key of our certificate (RFC 7523)."""
        if form.get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer":
            return False
        audience = f"{self.authority}/{TENANT}/oauth2/v2.0/token"
        key = load_pem_x509_certificate(self.certificate).public_key()
        claims = jwt.decode(form["client_assertion"], key, ["RS256", "PS256"], audience=audience, issuer=CLIENT)
        return claims["sub"] == CLIENT

    def listed(self, after: int) -> tuple[int, dict[str, Any]]:
        if not self.may_list:
            return 403, {"error": {"code": "Forbidden", "message": "no list permission"}}
        names = sorted(self.secrets)
        page = [
            {"id": f"{self.url}/secrets/{name}", "attributes": {"enabled": name.lower() not in self.disabled}}
            for name in names[after : after + _PAGE]
        ]
        more = f"{self.url}/secrets?api-version=7.6&$skiptoken={after + _PAGE}" if after + _PAGE < len(names) else None
        return 200, {"value": page, "nextLink": more}

    def got(self, wanted: str) -> tuple[int, dict[str, Any]]:
        if wanted.lower() in self.disabled | self.forbidden:
            return 403, {"error": {"code": "Forbidden", "message": "canary"}}
        for name, value in self.secrets.items():
            if name.lower() == wanted.lower():
                attributes = {"enabled": True}
                return 200, {"value": value, "id": f"{self.url}/secrets/{name}/v1", "attributes": attributes}
        return 404, {"error": {"code": "SecretNotFound", "message": "not found"}}


@contextmanager
def a_vault(context: ssl.SSLContext, **secrets: str) -> Iterator[FakeVault]:
    """secrets: IMAP_PASS="x" is the secret IMAP-PASS. context: a server's, valid for localhost and 127.0.0.1."""
    vault = FakeVault({name.replace("_", "-"): value for name, value in secrets.items()})
    handler = type("Handler", (_Handler,), {"vault": vault})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    vault.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield vault
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    vault: FakeVault
    timeout = 10

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == f"/{TENANT}/v2.0/.well-known/openid-configuration":
            base = f"{self.vault.authority}/{TENANT}"
            endpoints = {"authorization_endpoint": f"{base}/oauth2/v2.0/authorize", "issuer": f"{base}/v2.0"}
            self._answer(200, {**endpoints, "token_endpoint": f"{base}/oauth2/v2.0/token"})
        elif self.headers.get("Authorization") != f"Bearer {_TOKEN}":
            challenge = f'Bearer authorization="{self.vault.authority}/{TENANT}", resource="{self.vault.resource}"'
            self._answer(401, {"error": {"code": "Unauthorized"}}, challenge)
        elif self.vault.broken:
            self._answer(501, {"error": {"code": "NotImplemented"}})
        elif "api-version" not in query:
            self._answer(400, {"error": {"code": "BadParameter"}})
        else:
            self.vault.asked.append(parts.path)
            self._answer(*self._secrets(parts.path.strip("/").split("/"), int(query.get("$skiptoken", 0))))

    def _secrets(self, path: list[str], after: int) -> tuple[int, dict[str, Any]]:
        if path == ["secrets"]:
            return self.vault.listed(after)
        if len(path) == 2 and path[0] == "secrets":
            return self.vault.got(path[1])
        return 400, {"error": {"code": "BadParameter"}}

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        if self.path != f"/{TENANT}/oauth2/v2.0/token":
            self._answer(404, {"error": "invalid_request"})
        else:
            self._answer(*self.vault.token(form))

    def _answer(self, status: int, body: Mapping[str, Any], challenge: str = "") -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if challenge:
            self.send_header("WWW-Authenticate", challenge)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base class calls it
        """A test's output is no place for a server's log."""
