"""Private keys with certificates of their own, made in this process."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)


@dataclass(frozen=True)
class KeyPair:
    """As PEM. encrypted: the key under a passphrase."""

    key: bytes
    encrypted: bytes
    certificate: bytes

    @property
    def both(self) -> str:
        return (self.key + self.certificate).decode()


@cache
def a_key_pair(*, days: int = 30, kind: str = "rsa", number: int = 0) -> KeyPair:
    """days: until the certificate expires, negative when it has. number: to have another one."""
    made = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"repondeur {number}")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, made.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=90))
        .not_valid_after(now + timedelta(days=days))
        .sign(made, hashes.SHA256())
    )

    def pem(encryption: KeySerializationEncryption) -> bytes:
        return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)

    protected = pem(BestAvailableEncryption(b"a passphrase"))
    return KeyPair(pem(NoEncryption()), protected, certificate.public_bytes(Encoding.PEM))
