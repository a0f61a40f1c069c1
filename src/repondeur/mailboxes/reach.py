"""Why a server could not be reached, told apart: one word for each cause that a person can do something about."""

import errno
import socket
import ssl
from typing import Literal

Cause = Literal[
    "certificate_expired",
    "certificate_name",
    "certificate_untrusted",
    "tls_failed",
    "host_unknown",
    "port_refused",
    "no_answer",
    "unreachable",
]

# X509_V_ERR_*, openssl/x509_vfy.h
_NOT_YET_VALID, _EXPIRED, _NAME_MISMATCH, _ADDRESS_MISMATCH = 9, 10, 62, 64


def cause(error: OSError) -> Cause:
    """What happened while connecting, TLS included."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate(error)
    if isinstance(error, ssl.SSLError):
        return "tls_failed"
    if isinstance(error, socket.gaierror):
        return "host_unknown"
    if isinstance(error, ConnectionRefusedError) or f"[Errno {errno.ECONNREFUSED}]" in str(error):
        # asyncio folds the errors of several addresses of one host into one text.
        return "port_refused"
    if isinstance(error, TimeoutError):
        return "no_answer"
    return "unreachable"


def words(error: OSError) -> str:
    """The error in the words of the library."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return error.strerror or str(error) or type(error).__name__


def _certificate(error: ssl.SSLCertVerificationError) -> Cause:
    code = error.verify_code
    if code in (_EXPIRED, _NOT_YET_VALID):
        return "certificate_expired"
    if code in (_NAME_MISMATCH, _ADDRESS_MISMATCH):
        return "certificate_name"
    return "certificate_untrusted"
