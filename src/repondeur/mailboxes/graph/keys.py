"""The key pairs that Graph encrypts notices to: made, kept for this user alone, rotated.

One file a pair: the private key and its self-signed certificate, PEM (RFC 7468). Graph looks at nothing of the
certificate but its public key, RSA of 2,048 to 4,096 bits (change-notifications-with-resource-data).
"""

import base64
import contextlib
import fcntl
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final
from uuid import uuid4

import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from repondeur.errors import MailboxUnavailable

log = structlog.get_logger(__name__)

BITS: Final = 3072
ROTATED_AFTER: Final = timedelta(days=90)
# A subscription with resource data lives a day at most; Graph repeats a notice for four hours.
LONGEST_SUBSCRIPTION: Final = timedelta(days=1)
KEPT_AFTERWARDS: Final = timedelta(days=3)
_VALID: Final = timedelta(days=3650)
_ID: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class PublicPart:
    """What Graph is given. certificate: DER in base64 (encryptionCertificate); id: encryptionCertificateId."""

    id: str
    certificate: str


@dataclass(frozen=True, slots=True)
class _Pair:
    id: str
    made: datetime
    private: rsa.RSAPrivateKey
    certificate: x509.Certificate


class KeyRing:
    """All pairs in one folder. Blocking, a few milliseconds at most; making a pair takes some tenths of a second.
    Several processes may share the folder."""

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self._folder = folder
        self._clock = clock
        self._pairs: dict[str, _Pair] = {}

    def current(self) -> PublicPart:
        """The pair for new subscriptions: the newest, or a new one when there is none or it is 90 days old. Raises
        MailboxUnavailable when none can be kept."""
        try:
            pairs = self._all()
            if not pairs or self._is_old(pairs[-1]) or self._unused(pairs):
                pairs = self._tidied()
        except OSError as error:
            problem = error.strerror or "?"
            raise MailboxUnavailable("graph.keys_folder", folder=str(self._folder), problem=problem) from error
        newest = pairs[-1]
        der = newest.certificate.public_bytes(Encoding.DER)
        return PublicPart(newest.id, base64.b64encode(der).decode())

    def private(self, id: str) -> rsa.RSAPrivateKey | None:  # noqa: A002  Graph's word for it
        """The key with this id; None when we have none, whatever the id looks like."""
        if not _ID.fullmatch(id):
            return None
        pair = self._pairs.get(id) or self._read(id)
        return None if pair is None else pair.private

    def _is_old(self, pair: _Pair) -> bool:
        return self._clock() - pair.made >= ROTATED_AFTER

    def _unused(self, pairs: list[_Pair]) -> list[_Pair]:
        """Those that nothing can be encrypted to any more, since a newer one took their place long ago."""
        since = self._clock() - LONGEST_SUBSCRIPTION - KEPT_AFTERWARDS
        return [old for old, newer in pairwise(pairs) if newer.made < since]

    def _tidied(self) -> list[_Pair]:
        """All pairs, with a new one if that was due and without those that no one needs."""
        with self._alone():
            for unfinished in self._folder.glob("*.new"):
                unfinished.unlink()
            pairs = self._all()
            if not pairs or self._is_old(pairs[-1]):
                pairs.append(self._make())
            for pair in self._unused(pairs):
                self._path(pair.id).unlink()
                self._pairs.pop(pair.id, None)
                log.info("graph.key_dropped", key=pair.id)
            return pairs

    def _all(self) -> list[_Pair]:
        """Oldest first."""
        ids = [path.stem for path in self._folder.glob("*.pem") if _ID.fullmatch(path.stem)]
        pairs = (self._pairs.get(id_) or self._read(id_) for id_ in ids)
        return sorted((pair for pair in pairs if pair is not None), key=_age)

    def _read(self, id_: str) -> _Pair | None:
        try:
            pem = self._path(id_).read_bytes()
            private = load_pem_private_key(pem, None)
            certificate = x509.load_pem_x509_certificate(pem)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            log.warning("graph.key_unreadable", file=str(self._path(id_)), problem=type(error).__name__)
            return None
        if not isinstance(private, rsa.RSAPrivateKey):
            return None
        pair = self._pairs[id_] = _Pair(id_, certificate.not_valid_before_utc, private, certificate)
        return pair

    def _make(self) -> _Pair:
        id_ = uuid4().hex
        private = rsa.generate_private_key(65537, BITS)
        certificate = _self_signed(private, self._clock())
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write_private(self._path(id_), pem + certificate.public_bytes(Encoding.PEM))
        log.info("graph.key_made", key=id_)
        pair = self._pairs[id_] = _Pair(id_, certificate.not_valid_before_utc, private, certificate)
        return pair

    def _path(self, id_: str) -> Path:
        return self._folder / f"{id_}.pem"

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time makes pairs; the lock ends with the process that has it."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def _age(pair: _Pair) -> tuple[datetime, str]:
    """A certificate knows whole seconds; of two pairs of one second all processes take the same."""
    return pair.made, pair.id


def _self_signed(private: rsa.RSAPrivateKey, now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "repondeur")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + _VALID)
        .sign(private, hashes.SHA256())
    )


def _write_private(path: Path, content: bytes) -> None:
    """The whole file or none, for this user alone."""
    unfinished = path.with_suffix(".new")
    file = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(file, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
