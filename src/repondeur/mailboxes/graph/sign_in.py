"""Access tokens of the application (OAuth 2.0 client credentials flow), by MSAL in a thread.

MSAL would cache them; that is done here, so that a refused one is really replaced and one that still lives is used
while Entra ID is away. Neither tokens nor secrets are logged.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpx2
import structlog

from repondeur.errors import LoginRefused, MailboxUnavailable, RepondeurError, SettingsError
from repondeur.mailboxes.graph.entra import EntraHttp, discovery_failure, refusal
from repondeur.mailboxes.graph.tls import tls_context
from repondeur.settings import certificate
from repondeur.settings.schema import GraphSettings
from repondeur.telemetry.log import also_mask

if TYPE_CHECKING:
    from msal import ConfidentialClientApplication

log = structlog.get_logger(__name__)

# Graph's addresses in the clouds that have their own ("National cloud deployments").
NATIONAL: Final = frozenset({"graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn"})
MARGIN = 300.0  # seconds before its end from which on a token is renewed
LONGEST_HOLD, LONGEST_HOLD_REFUSED = 60.0, 300.0


@dataclass(frozen=True, slots=True)
class Token:
    """renew_at, end: by the clock of SignIn, seconds."""

    text: str
    renew_at: float
    end: float

    def __repr__(self) -> str:
        return "Token(…)"


class SignIn:
    """The sign-in of one mailbox's application. Connects to nothing before the first token is wanted.

    Raises LoginRefused with what Entra ID says, MailboxUnavailable when it may work later. For a while after a failure
    the same is raised again without asking.
    """

    def __init__(
        self,
        settings: GraphSettings,
        http: httpx2.Client | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.tls = tls_context(settings)
        self._settings = settings
        self._http = EntraHttp(settings, self.tls, http)
        self._clock = clock
        self._application: ConfidentialClientApplication | None = None
        self._token: Token | None = None
        self._flight: asyncio.Task[Token] | None = None
        self._closed = False
        self._failures = 0
        self._held_until = 0.0
        self._failure: RepondeurError | None = None

    async def token(self, *, renew: bool = False) -> str:
        """A token that is good for a while. renew: the one in hand was refused."""
        now = self._clock()
        held = self._token
        if held is not None and not renew and now < held.renew_at:
            return held.text
        try:
            return (await self._renewed()).text
        except RepondeurError as error:
            if held is None or renew or self._clock() >= held.end:
                raise
            log.warning("graph.token_not_renewed", mailbox=self._settings.name, reason=error.reason.code)
            return held.text

    async def another(self, refused: str) -> str:
        """A token other than this one, which was refused. Many that were refused together are renewed once."""
        held = self._token
        if held is not None and held.text != refused and self._clock() < held.end:
            return held.text
        return await self.token(renew=True)

    async def claims(self) -> Mapping[str, Any]:
        """What the token says of itself: roles, tid, appid, exp. Not verified: for showing, not for trusting."""
        import jwt

        try:
            found = jwt.decode(await self.token(), options={"verify_signature": False})
        except jwt.PyJWTError:
            return {}
        return found

    async def close(self) -> None:
        self._closed = True
        if self._flight is not None:
            self._flight.cancel()
        await asyncio.to_thread(self._http.close)

    async def _renewed(self) -> Token:
        """One flight at a time; whoever comes meanwhile gets what it brings."""
        if self._closed:
            raise MailboxUnavailable("graph.closed")
        if self._flight is None:
            if self._failure is not None and self._clock() < self._held_until:
                raise type(self._failure)(self._failure.reason.code, **self._failure.reason.params)
            self._flight = asyncio.create_task(self._fetched())
            self._flight.add_done_callback(self._landed)
        return await asyncio.shield(self._flight)

    def _landed(self, flight: "asyncio.Task[Token]") -> None:
        self._flight = None
        if not flight.cancelled():
            flight.exception()  # whoever waited for it may be gone: it is then nobody's

    async def _fetched(self) -> Token:
        try:
            answer = await asyncio.to_thread(self._acquired)
        except RepondeurError as error:
            self._application = None  # a new one reads certificate and discovery anew
            self._hold(error)
            raise
        seconds = _seconds(answer.get("expires_in"))
        now = self._clock()
        also_mask(answer["access_token"])
        self._token = Token(answer["access_token"], now + seconds - min(MARGIN, seconds / 10), now + seconds)
        self._failures, self._failure = 0, None
        log.info("graph.signed_in", mailbox=self._settings.name, seconds=seconds)
        return self._token

    def _hold(self, error: RepondeurError) -> None:
        self._failures += 1
        longest = LONGEST_HOLD if error.temporary else LONGEST_HOLD_REFUSED
        seconds = min(longest, 2.0 ** min(self._failures, 10)) * (1 - random.random() / 2)  # noqa: S311 - no secret
        self._failure, self._held_until = error, self._clock() + seconds
        log.warning("graph.sign_in_failed", mailbox=self._settings.name, reason=error.reason.code, held=round(seconds))

    # -- in a thread

    def _acquired(self) -> Mapping[str, Any]:
        logging.getLogger("msal").setLevel(logging.CRITICAL)  # it would write out whole answers
        try:
            application = self._application or self._new_application()
            for kept in list(application.token_cache.search(application.token_cache.CredentialType.ACCESS_TOKEN)):
                application.token_cache.remove_at(kept)
            self._application = application
            answer: Mapping[str, Any] = application.acquire_token_for_client(scopes=[scope(self._settings)])
        except RepondeurError:
            raise
        except (ValueError, KeyError, TypeError, RuntimeError) as error:
            raise discovery_failure(error, self._settings) from error
        if not isinstance(answer.get("access_token"), str):
            raise refusal(answer, self._settings)
        return answer

    def _new_application(self) -> "ConfidentialClientApplication":
        from msal import ConfidentialClientApplication
        from msal.authority import WELL_KNOWN_AUTHORITY_HOSTS

        settings = self._settings
        # MSAL asks nobody about the hosts that it knows; told so, it asks for their other names neither.
        known = urlsplit(settings.azure_authority).hostname in WELL_KNOWN_AUTHORITY_HOSTS
        return ConfidentialClientApplication(
            settings.azure_client_id,
            client_credential=self._credential(),
            authority=f"{settings.azure_authority}/{settings.azure_tenant_id}",
            instance_discovery=settings.azure_instance_discovery and not known,
            http_client=self._http,
        )

    def _credential(self) -> str | dict[str, Any]:
        """Read anew for each application: certificates are replaced while we run."""
        settings = self._settings
        if settings.azure_client_certificate is not None:
            try:
                pair = certificate.read(
                    settings.azure_client_certificate.get_secret_value(), "AZURE_CLIENT_CERTIFICATE"
                )
            except SettingsError as error:
                raise LoginRefused(error.reason.code, **error.reason.params) from error
            return {"private_key": pair.key, "public_certificate": "\n".join(pair.certificates)}
        if settings.azure_client_secret is not None:
            return settings.azure_client_secret.get_secret_value()
        return {"client_assertion": self._assertion}

    def _assertion(self) -> str:
        """Workload identity: the platform replaces the file every hour or so."""
        file = self._settings.azure_federated_token_file
        assert file is not None
        try:
            return file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise MailboxUnavailable("graph.assertion_unreadable", file=str(file)) from error


def scope(settings: GraphSettings) -> str:
    """All that the application was granted at Graph, in the cloud of graph_base_url."""
    host = (urlsplit(settings.graph_base_url).hostname or "").lower()
    return f"https://{host if host in NATIONAL else 'graph.microsoft.com'}/.default"


def _seconds(expires_in: object) -> float:
    try:
        return max(0.0, float(str(expires_in)))
    except ValueError:
        return 3600.0
