"""What Azure Key Vault refused, or why it was not reached, as a reason for people."""

import re
import socket
import ssl
from collections.abc import Iterator

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError

from repondeur.errors import SettingsError


def explained(error: AzureError | ValueError, vault: str, host: str, secret: str = "") -> SettingsError:
    """vault: its name. secret: which one was asked for, "" for the list of all.

    Nothing of the answer is shown but the error's code: Entra's sentences may quote what was sent.
    """
    causes = list(_causes(error))
    if any(isinstance(one, socket.gaierror) for one in causes):
        return SettingsError("settings.vault_unknown_host", vault=vault, host=host)
    if any(isinstance(one, ssl.SSLError) for one in causes):
        return SettingsError("settings.vault_certificate", vault=vault, host=host)
    if isinstance(error, ClientAuthenticationError):
        return SettingsError("settings.vault_sign_in", vault=vault, detail=_code(error))
    if isinstance(error, HttpResponseError) and error.status_code == 403:
        return SettingsError("settings.vault_forbidden", vault=vault, secret=secret)
    if isinstance(error, HttpResponseError) and error.status_code:
        return SettingsError("settings.vault_failed", vault=vault, detail=f"HTTP {error.status_code}")
    if isinstance(error, ValueError):
        # The challenge names another domain than the vault's: its URL is most likely not that of a vault.
        return SettingsError("settings.vault_failed", vault=vault, detail=type(error).__name__)
    return SettingsError("settings.vault_unreachable", vault=vault, host=host)


def _code(error: ClientAuthenticationError) -> str:
    """Entra's error code, e.g. "AADSTS7000215"; otherwise the kind of error."""
    found = re.search(r"AADSTS\d+", str(error.message))
    return found[0] if found else type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all it came from; the SDK keeps the original as inner_exception."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [one.__cause__, one.__context__, getattr(one, "inner_exception", None)]
