"""Who has signed a mail with S/MIME (RFC 8551)? The arithmetic is OpenSSL's: its program, as no Python library that we
use checks such a signature. Runs in a child."""

import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from repondeur.mail.parse import prepared
from repondeur.mail.signed import signed_content

_SECONDS: Final = 5
_LARGEST_SIGNATURE: Final = 256 * 1024  # octets; a chain of certificates is a few KB


def signers(raw: bytes, ca_file: str, openssl: str) -> list[str]:
    """Addresses in the signer's certificate, in lower case; [] unless the signature covers all that is read of the
    mail, holds, and its certificate was issued for mail by an authority of the file. With several signers, the
    addresses that all have.

    ca_file: certificates as PEM. openssl: the program. Raises MessageUnreadable as mail.parse does.
    """
    signed = signed_content(prepared(raw))
    if signed is None or len(signed[1]) > _LARGEST_SIGNATURE:
        return []
    certificates = _verified(*signed, ca_file, openssl)
    addresses = [set(_addresses(certificate)) for certificate in certificates]
    return sorted(set.intersection(*addresses)) if addresses else []


def _verified(content: bytes, signature: bytes, ca_file: str, openssl: str) -> list[x509.Certificate]:
    """Certificates of the signers; [] when the signature does not hold."""
    reading, writing = os.pipe()
    command = [
        *(openssl, "cms", "-verify", "-binary", "-inform", "DER", "-content", f"/dev/fd/{reading}"),
        *("-CAfile", ca_file, "-no-CApath", "-no-CAstore", "-purpose", "smimesign", "-auth_level", "2"),
        *("-out", os.devnull, "-signer", "/dev/stdout"),
    ]
    with ThreadPoolExecutor(1) as other:
        writer = other.submit(_write, writing, content)
        try:
            ended = subprocess.run(  # noqa: S603  our own words, and a file that settings name
                command, input=signature, capture_output=True, pass_fds=(reading,), timeout=_SECONDS, check=False
            )
        except (subprocess.TimeoutExpired, OSError):
            return []
        finally:
            os.close(reading)  # a writer that nobody reads from ends
            writer.result()
    if ended.returncode != 0 or b"-----BEGIN CERTIFICATE-----" not in ended.stdout:
        return []
    return x509.load_pem_x509_certificates(ended.stdout)


def _write(descriptor: int, content: bytes) -> None:
    with suppress(BrokenPipeError), os.fdopen(descriptor, "wb") as pipe:
        pipe.write(content)


def _addresses(certificate: x509.Certificate) -> Iterator[str]:
    """RFC 8550, 3: in the alternative name; only without one in the subject."""
    try:
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        names = certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS)
        yield from (str(name.value).lower() for name in names)
        return
    yield from (name.lower() for name in alternative.get_values_for_type(x509.RFC822Name))
