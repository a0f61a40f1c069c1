"""Azure Key Vault as a place where secrets come from. Imported only when AZURE_KEY_VAULT_URL is given.

A secret is called as its variable, with dashes for underscores: IMAP-PASS. That of one [[mailbox]] table begins with
the mailbox's name: support--IMAP-PASS. Names of secrets have letters, digits and dashes only, and no upper or lower
case (Azure Key Vault, about keys, secrets and certificates).
"""

import logging
import os
import re
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import certifi

from repondeur.errors import SettingsError
from repondeur.settings import names
from repondeur.settings.boxes import Box
from repondeur.settings.certificate import read
from repondeur.settings.schema import VaultAccess
from repondeur.settings.sources import Given, text

if TYPE_CHECKING:
    from azure.core.exceptions import AzureError
    from azure.identity import CertificateCredential, ClientSecretCredential, DefaultAzureCredential
    from azure.keyvault.secrets import SecretClient

# Seconds for a connection, for an answer, and for a request with what is tried again.
_LIMITS: Final = {
    "connection_timeout": 5,
    "read_timeout": 10,
    "timeout": 30,
    "retry_total": 2,
    "retry_backoff_factor": 0.2,
}
_PROGRAM: Final = tuple(name for name in names.PROGRAM if name in names.KEPT)
# Who gives one of these needs none of the others.
_INSTEAD: Final = (
    frozenset({"imap_pass", "oauth_token_command", "oauth_token_file"}),
    frozenset({"azure_client_secret", "azure_client_certificate"}),
)


def fill_in(
    access: VaultAccess, boxes: Sequence[Box], program: Mapping[str, Given], *, tables: bool
) -> tuple[list[Box], dict[str, Given]]:
    """The secrets that nothing else gives. tables: whether the mailboxes are [[mailbox]] tables.

    Raises SettingsError when the vault does not give them.
    """
    with ExitStack() as stack:
        try:
            client = _client(access, stack)
        except ModuleNotFoundError:
            raise SettingsError("settings.vault_extra", name=program["azure_key_vault_url"].label) from None
        vault = _Vault(urlsplit(access.azure_key_vault_url).hostname or "", client)
        filled = [_filled(box, vault, tables=tables, alone=len(boxes) == 1) for box in boxes]
        return filled, {**program, **dict(vault.first_of(wanted(program, _PROGRAM)))}


def _filled(box: Box, vault: "_Vault", *, tables: bool, alone: bool) -> Box:
    fields = [name for name in box.model.model_fields if name in names.KEPT]
    found: dict[str, Given] = {}
    for setting, plain in wanted(box.given, fields).items():
        # A password in the vault that names no mailbox is nobody's as soon as there are several.
        for_all = plain if alone or setting not in names.IDENTITY else ()
        own = tuple(f"{prefix(box)}--{name}" for name in plain) if tables else ()
        found |= dict(vault.first_of({setting: (*own, *for_all)}))
    return replace(box, given={**box.given, **found})


def wanted(given: Mapping[str, Given], settings: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Settings without a value that no other value makes needless, each with the secret that may hold it."""
    present = {name for name in given if text(given, name)}
    needless = frozenset[str]().union(*(group for group in _INSTEAD if group & present))
    if {"oauth_token_command", "oauth_token_file"} & present:
        needless |= {"smtp_pass"}
    return {name: (names.in_vault(name),) for name in settings if name not in present | needless}


def prefix(box: Box) -> str:
    """The mailbox's name as secrets may have it: "support@example.org" is "support-example-org"."""
    source = "name"
    while source and not text(box.given, source):
        source = box.model.FOLLOWS.get(source, "")
    letters = unicodedata.normalize("NFKD", text(box.given, source))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")


class _Vault:
    """Reads each secret once, and only those that there are: listing takes one request for 25."""

    def __init__(self, host: str, client: "SecretClient") -> None:
        self._host = host
        self._name = host.partition(".")[0]
        self._client = client
        self._read: dict[str, str | None] = {}
        self._there = self._listed()

    def first_of(self, wanted: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, Given]]:
        for setting, secrets in wanted.items():
            for secret in secrets:
                if (value := self._value(secret)) is not None:
                    label = f"Key Vault {self._name}: {secret}"
                    yield setting, Given(setting, value, "vault", label, label)
                    break

    def _listed(self) -> frozenset[str] | None:
        """Names in lower case; None when we may get secrets but not list them."""
        from azure.core.exceptions import AzureError

        try:
            found = self._client.list_properties_of_secrets()
            return frozenset(one.name.lower() for one in found if one.name and one.enabled is not False)
        except (AzureError, ValueError) as error:
            if getattr(error, "status_code", None) == 403:
                return None
            raise self._explained(error) from None

    def _value(self, secret: str) -> str | None:
        if self._there is not None and secret.lower() not in self._there:
            return None
        if secret not in self._read:
            self._read[secret] = self._get(secret)
        return self._read[secret]

    def _get(self, secret: str) -> str | None:
        from azure.core.exceptions import AzureError, ResourceNotFoundError

        try:
            value = self._client.get_secret(secret).value
        except ResourceNotFoundError:
            return None
        except (AzureError, ValueError) as error:
            raise self._explained(error, secret) from None
        return (value or "").removesuffix("\n").removesuffix("\r") or None

    def _explained(self, error: "AzureError | ValueError", secret: str = "") -> SettingsError:
        from repondeur.settings.vault_failures import explained

        return explained(error, self._name, self._host, secret)


def _client(access: VaultAccess, stack: ExitStack) -> "SecretClient":
    from azure.keyvault.secrets import SecretClient

    # Its log tells people at length what our own error says in a sentence.
    logging.getLogger("azure").setLevel(logging.CRITICAL)
    options: dict[str, Any] = dict(_LIMITS)
    if access.mail_ca_file:
        options["connection_verify"] = stack.enter_context(_bundle(access.mail_ca_file))
    credential = _credential(access, options)
    stack.callback(credential.close)
    return stack.enter_context(SecretClient(access.azure_key_vault_url, credential, **options))


@contextmanager
def _bundle(ca_file: Path) -> Iterator[str]:
    """The path of a file with these certificates beside those that are trusted anyway: the SDK takes one file."""
    usual = Path(os.environ.get("REQUESTS_CA_BUNDLE") or certifi.where())
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(usual.read_bytes() + b"\n" + ca_file.read_bytes())
        file.flush()
        yield file.name


def _credential(
    access: VaultAccess, options: Mapping[str, Any]
) -> "CertificateCredential | ClientSecretCredential | DefaultAzureCredential":
    """The application of the mailboxes where it is given; otherwise whatever this host signs in by: the environment, a
    workload or managed identity, `az login`."""
    from azure.identity import CertificateCredential, ClientSecretCredential, DefaultAzureCredential

    more = {**options, "disable_instance_discovery": not access.azure_instance_discovery}
    if access.azure_authority:
        more["authority"] = access.azure_authority
    tenant, client = access.azure_tenant_id, access.azure_client_id
    if tenant and client and access.azure_client_secret:
        return ClientSecretCredential(tenant, client, access.azure_client_secret.get_secret_value(), **more)
    if tenant and client and access.azure_client_certificate:
        pair = read(access.azure_client_certificate.get_secret_value(), "AZURE_CLIENT_CERTIFICATE")
        return CertificateCredential(tenant, client, certificate_data=pair.as_pem.encode(), **more)
    return DefaultAzureCredential(**more)
