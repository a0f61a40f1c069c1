"""Resource data in notices, encrypted (page "Set up change notifications that include resource data")."""

import base64
import binascii
import json
import secrets
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, hmac, padding
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.support.graph.failures import bad_request

Json = dict[str, Any]


@dataclass(frozen=True)
class Encryption:
    """name: encryptionCertificateId. names: the properties that notices carry."""

    name: str
    certificate: x509.Certificate
    names: tuple[str, ...]

    def encrypted(self, shown: Json) -> Json:
        """encryptedContent for these properties, with a symmetric key of its own."""
        key = secrets.token_bytes(32)
        padder = padding.PKCS7(128).padder()
        plain = padder.update(json.dumps(shown, ensure_ascii=False).encode()) + padder.finalize()
        encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
        data = encryptor.update(plain) + encryptor.finalize()
        signer = hmac.HMAC(key, hashes.SHA256())
        signer.update(data)
        public = self.certificate.public_key()
        assert isinstance(public, rsa.RSAPublicKey)
        oaep = rsa_padding.OAEP(rsa_padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
        return {
            "data": _text(data),
            "dataSignature": _text(signer.finalize()),
            "dataKey": _text(public.encrypt(key, oaep)),
            "encryptionCertificateId": self.name,
            "encryptionCertificateThumbprint": self.certificate.fingerprint(hashes.SHA1()).hex().upper(),
        }


def read_certificate(given: Any) -> x509.Certificate:
    """An X.509 certificate in base64 (its DER; PEM is taken too), RSA of 2,048 to 4,096 bits."""
    wrong = bad_request("encryptionCertificate must be a base64-encoded certificate with an RSA key.", "InvalidRequest")
    if not isinstance(given, str):
        raise wrong
    try:
        octets = base64.b64decode(given, validate=True)
        pem = octets.startswith(b"-----BEGIN")
        found = x509.load_pem_x509_certificate(octets) if pem else x509.load_der_x509_certificate(octets)
    except (binascii.Error, ValueError):
        raise wrong from None
    key = found.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or not 2048 <= key.key_size <= 4096:
        raise wrong
    return found


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
