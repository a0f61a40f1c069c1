"""How MSAL speaks HTTP here, and what Entra ID's refusals mean.

Source of the codes: "Microsoft Entra authentication and authorization error codes".
"""

import json
import re
import ssl
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

from repondeur import __version__
from repondeur.engines.transport import on_this_machine, server_name
from repondeur.errors import LoginRefused, MailboxUnavailable, RepondeurError
from repondeur.mailboxes.graph import failures
from repondeur.mailboxes.graph.failures import Again
from repondeur.settings.schema import GraphSettings

LIMIT = 1024 * 1024  # octets of an answer
TIMEOUT = httpx2.Timeout(10.0)

_CODE = re.compile(r"AADSTS(\d{3,10})")
_MEANINGS: Final[Mapping[str, str]] = {
    "7000215": "wrong_secret",
    "7000222": "secret_expired",
    "700016": "unknown_application",
    "7000229": "unknown_application",
    "90002": "unknown_tenant",
    "900023": "unknown_tenant",
    "900021": "unknown_tenant",
    "90013": "unknown_tenant",
    "50027": "assertion_refused",
    "700027": "assertion_refused",
    "700024": "assertion_refused",
    "700021": "assertion_refused",
    "70021": "assertion_refused",
    "700211": "assertion_refused",
    "700212": "assertion_refused",
    "700213": "assertion_refused",
    "7000112": "application_disabled",
    "65001": "no_consent",
    "650051": "no_consent",
    "650052": "no_consent",
    "650056": "no_consent",
    "500011": "wrong_cloud",
    "90038": "wrong_cloud",
    "900381": "wrong_cloud",
    "900382": "wrong_cloud",
}
_TEMPORARY: Final = frozenset({"90033", "50196", "90006", "90055"})


class EntraHttp:
    """The HTTP client that MSAL is given (msal.oauth2cli.http.HttpClient). Blocking; any thread.

    Raises MailboxUnavailable when there is no answer, or one that may be another later: MSAL lets it through.
    """

    def __init__(self, settings: GraphSettings, tls: ssl.SSLContext, http: httpx2.Client | None = None) -> None:
        self._http = http or httpx2.Client(
            verify=tls,
            headers={"User-Agent": f"repondeur/{__version__}", "Accept-Encoding": "identity"},
            timeout=TIMEOUT,
            follow_redirects=False,
            trust_env=not on_this_machine(settings.azure_authority),
        )

    def get(
        self, url: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None, **_: object
    ) -> "EntraAnswer":
        try:
            return self._asked("GET", url, params=params, headers=headers)
        except MailboxUnavailable as error:
            if urlsplit(url).path.endswith("/discovery/instance"):
                raise MailboxUnavailable("graph.discovery_unreachable", server=server_name(url)) from error
            raise

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str | bytes] | str | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> "EntraAnswer":
        if isinstance(data, str):
            return self._asked("POST", url, params=params, content=data, headers=headers)
        # MSAL has assertions as bytes, which httpx would write as Python does.
        form = {name: value.decode() if isinstance(value, bytes) else value for name, value in (data or {}).items()}
        return self._asked("POST", url, params=params, data=form, headers=headers)

    def close(self) -> None:
        self._http.close()

    def _asked(self, method: str, url: str, **given: Any) -> "EntraAnswer":
        server = server_name(url)
        try:
            with self._http.stream(method, url, **given) as response:
                octets = bytearray()
                for part in response.iter_bytes():
                    octets += part
                    if len(octets) > LIMIT:
                        raise failures.strange(server, response.status_code)
        except httpx2.TransportError as error:
            failure = failures.lost(error, server)
            raise (failure.error if isinstance(failure, Again) else failure) from error
        if response.status_code == 429 or response.status_code >= 500:
            raise MailboxUnavailable("graph.server_busy", server=server, status=response.status_code)
        if response.status_code < 400 and not (response.is_success and _is_json(octets)):
            # A redirect, or a page for people: something on the way answers in the place of Entra ID.
            raise failures.strange(server, response.status_code)
        return EntraAnswer(response.status_code, octets.decode("utf-8", "replace"), dict(response.headers))


class EntraAnswer:
    """What MSAL reads of an answer (msal.oauth2cli.http.Response)."""

    def __init__(self, status_code: int, text: str, headers: Mapping[str, str]) -> None:
        self.status_code = status_code
        self.text = text
        self.headers = headers

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise ValueError(f"HTTP {self.status_code}")


def refusal(answer: Mapping[str, Any], settings: GraphSettings) -> RepondeurError:
    """What to raise for an answer of the token endpoint that holds no token."""
    codes = answer.get("error_codes")
    numbers = [str(code) for code in codes if isinstance(code, int)] if isinstance(codes, list) else []
    numbers += _CODE.findall(str(answer.get("error_description", "")))
    word = str(answer.get("error", ""))
    if not numbers and not word:
        return MailboxUnavailable("graph.strange_answer", server=server_name(settings.azure_authority), status=200)
    return _meant(numbers[0] if numbers else "", word, settings)


def discovery_failure(error: BaseException, settings: GraphSettings) -> RepondeurError:
    """What to raise when MSAL cannot find out where the tenant signs in. It puts the answer into words of its own."""
    text = " ".join(map(str, _chain(error)))
    if "invalid_instance" in text:
        return LoginRefused("graph.unknown_authority", authority=settings.azure_authority)
    if found := _CODE.search(text):
        return _meant(found[1], "", settings)
    return LoginRefused("graph.authority_unusable", authority=settings.azure_authority)


def _meant(number: str, word: str, settings: GraphSettings) -> RepondeurError:
    error = f"AADSTS{number}" if number else word[:100]
    if number in _TEMPORARY or word == "temporarily_unavailable":
        return MailboxUnavailable("graph.sign_in_busy", error=error)
    if number.startswith("530") and len(number) >= 5:
        name = "conditional_access"
    else:
        name = _MEANINGS.get(number, "sign_in_refused")
    return LoginRefused(
        f"graph.{name}", error=error, application=settings.azure_client_id, tenant=settings.azure_tenant_id
    )


def _is_json(octets: bytes | bytearray) -> bool:
    try:
        return isinstance(json.loads(octets), dict)
    except (ValueError, RecursionError):
        return False


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
