"""A private key and its certificate, with which an application signs in to Entra ID."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from repondeur.errors import SettingsError
from repondeur.settings.values import is_pem, with_lines
from repondeur.texts import Reason

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate

_LARGEST: Final = 64 * 1024
# RFC 7468: PRIVATE KEY, ENCRYPTED PRIVATE KEY; RSA PRIVATE KEY and its like as OpenSSL writes them.
_KEY: Final = re.compile(r"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?-----END \1-----", re.DOTALL)
_CERTIFICATE: Final = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class KeyPair:
    """key: the private key as PEM. certificates: as PEM, ours first, then those above it."""

    key: str
    certificates: tuple[str, ...]
    expires: datetime

    @property
    def as_pem(self) -> str:
        return "\n".join((self.key, *self.certificates)) + "\n"

    def __repr__(self) -> str:
        return f"KeyPair(expires={self.expires.isoformat()})"


def read(setting: str, label: str) -> KeyPair:
    """setting: PEM, or the path of a file with it. label: how people find the setting.

    Raises SettingsError for what cannot be read, is no unencrypted RSA key, or has no certificate to it. An expired
    certificate is read: whether it has expired depends on the time.
    """
    text = with_lines(setting) if is_pem(setting) else _content(Path(setting), label)
    block = _KEY.search(text)
    if block is None:
        raise _refused("settings.certificate_without_key", label)
    key = _rsa_key(block[0], label)
    certificates = _CERTIFICATE.findall(text)
    for pem in certificates:
        certificate = _certificate(pem, label)
        if certificate.public_key() == key.public_key():
            rest = (one for one in certificates if one is not pem)
            return KeyPair(block[0], (pem, *rest), certificate.not_valid_after_utc)
    raise _refused("settings.key_without_certificate", label)


def _content(path: Path, label: str) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(_LARGEST).decode("utf-8", "replace")
    except (OSError, ValueError):  # ValueError: a NUL in the path
        # The value is not shown: it may be a key in another form than PEM.
        raise _refused("settings.certificate_missing", label) from None


def _rsa_key(pem: str, label: str) -> "RSAPrivateKey":
    """Entra ID takes signatures by RSA only (Microsoft identity platform, certificate credentials)."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem.encode(), None)
    except TypeError:
        raise _refused("settings.key_encrypted", label) from None
    except ValueError:
        raise _refused("settings.certificate_without_key", label) from None
    if not isinstance(key, RSAPrivateKey):
        raise _refused("settings.certificate_without_key", label)
    return key


def _certificate(pem: str, label: str) -> "Certificate":
    from cryptography.x509 import load_pem_x509_certificate

    try:
        return load_pem_x509_certificate(pem.encode())
    except ValueError:
        raise _refused("settings.key_without_certificate", label) from None


def problems(setting: str, label: str, now: datetime) -> list[Reason]:
    """What keeps an application from signing in by it."""
    try:
        pair = read(setting, label)
    except SettingsError as error:
        return [error.reason]
    if pair.expires <= now:
        return [Reason("settings.certificate_expired", {"name": label, "date": pair.expires.date().isoformat()})]
    return []


def _refused(code: str, label: str) -> SettingsError:
    return SettingsError(code, name=label)
