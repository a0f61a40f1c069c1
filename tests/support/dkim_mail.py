"""Mail that is signed for real (RFC 6376), and the records of the keys."""

import base64
from typing import Any

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

KEY = rsa.generate_private_key(65537, 2048)
OTHER = rsa.generate_private_key(65537, 2048)
NAME = "one._domainkey.corp.example"

MAIL = (
    b"From: Zo\xc3\xa9 <zoe@corp.example>\r\nTo: help@corp.example\r\nSubject: Printer\r\n"
    b"Date: Sat, 21 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@corp.example>\r\n\r\nIt is out of paper.\r\n"
)
HEADERS = [b"from", b"to", b"subject", b"date", b"from", b"subject"]


def _pem(key: rsa.RSAPrivateKey) -> bytes:
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def record(key: rsa.RSAPrivateKey, tags: str = "v=DKIM1; k=rsa") -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public = base64.b64encode(key.public_key().public_bytes(serialization.Encoding.DER, form)).decode()
    return f"{tags}; p={public}"


def signed(raw: bytes = MAIL, domain: bytes = b"corp.example", key: rsa.RSAPrivateKey = KEY, **how: Any) -> bytes:
    how = {"include_headers": HEADERS, "canonicalize": (b"relaxed", b"relaxed")} | how
    return dkim.sign(raw, b"one", domain, _pem(key), **how) + raw
