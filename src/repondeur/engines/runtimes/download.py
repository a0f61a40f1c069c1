"""One file from a web server to disk: goes on where it was, checked, put into place at once.

huggingface_hub's own download forgets what a broken one has brought (since 2.4 each process has a file of its own), and
a model is a large thing to fetch twice.
"""

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol

import httpx2

from repondeur.errors import RepondeurError

Progress = Callable[[int, int], None]
"""Called with the octets that are there, and those of the whole file."""

_CHUNK: Final = 1 << 20
_TRIES: Final = 3  # in a row without anything new
_SPARE: Final = 100_000_000  # octets of a disk that are left alone
# Seconds: to connect, and between two pieces. A large file may take hours in all.
_TIMEOUT: Final = httpx2.Timeout(30, connect=10)
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_GIT: Final = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Source:
    """headers: how we identify ourselves. size: octets. checksum: the ETag: SHA-256 of a large file, else the hash of
    its Git object; any other is no checksum."""

    file: str
    url: str
    headers: Mapping[str, str]
    size: int
    checksum: str


def is_whole(path: Path, source: Source) -> bool:
    """Whether this file is the one of the source. Reads all of it."""
    try:
        if path.stat().st_size != source.size:
            return False
        with path.open("rb") as file:
            return _fits(_hash_of(file, source), source)
    except OSError:
        return False  # not there, or not to be read: it is fetched


def fetch(source: Source, target: Path, progress: Progress) -> None:
    """Downloads the file to its place, in whose folder the part that is there is kept under a hidden name.

    Raises RepondeurError: model.hub_no_space, model.hub_cannot_write, model.hub_running, model.hub_cut,
    model.hub_failed, model.hub_checksum.
    """
    part = target.with_name(f".{target.name}.{source.checksum[:12]}.incomplete")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.open("ab+") as file:
            _lock(file, source)
            _check_space(target.parent, source.size - part.stat().st_size)
            _fill(file, source, progress)
            file.seek(0)
            if not _fits(_hash_of(file, source), source):
                part.unlink()
                raise RepondeurError("model.hub_checksum", file=source.file)
            file.flush()
            os.fsync(file.fileno())
            part.replace(target)
    except OSError as error:
        problem = error.strerror or type(error).__name__
        raise RepondeurError("model.hub_cannot_write", folder=str(target.parent), problem=problem) from None


def _lock(file: BinaryIO, source: Source) -> None:
    """Two that write to one file would spoil it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise RepondeurError("model.hub_running", file=source.file) from None


def _check_space(folder: Path, more: int) -> None:
    free = shutil.disk_usage(folder).free
    if more + _SPARE > free:
        needed, there = f"{max(0, more) / 1e9:.2f}", f"{free / 1e9:.2f}"
        raise RepondeurError("model.hub_no_space", needed=needed, free=there, folder=str(folder))


def _fill(file: BinaryIO, source: Source, progress: Progress) -> None:
    """Appends what is missing, over several connections where one breaks."""
    failures = 0
    with httpx2.Client(timeout=_TIMEOUT, follow_redirects=True) as client:
        while (done := file.seek(0, os.SEEK_END)) != source.size:
            if done > source.size:
                file.truncate(0)
                continue
            with suppress(httpx2.TransportError, _Broken):
                _stream(client, file, source, done, progress)
            failures = failures + 1 if file.seek(0, os.SEEK_END) == done else 0
            if failures == _TRIES:
                sizes = {"done": f"{done / 1e9:.2f}", "total": f"{source.size / 1e9:.2f}"}
                raise RepondeurError("model.hub_cut", file=source.file, **sizes)


class _Broken(Exception):
    """The server closed the line before the end."""


def _stream(client: httpx2.Client, file: BinaryIO, source: Source, done: int, progress: Progress) -> None:
    # Compressed on the way, a file could not be gone on with (RFC 9110, 14).
    headers = {**source.headers, "Accept-Encoding": "identity"}
    if done:
        headers["Range"] = f"bytes={done}-"
    with client.stream("GET", source.url, headers=headers) as answer:
        if answer.status_code not in {200, 206}:
            raise RepondeurError("model.hub_failed", host=answer.url.host, status=answer.status_code)
        if answer.status_code == 200 and done:
            file.truncate(0)  # the server knows no ranges: from the start
            done = 0
        file.seek(0, os.SEEK_END)
        for piece in answer.iter_bytes():
            done += len(piece)
            if done > source.size:
                file.truncate(0)
                raise RepondeurError("model.hub_checksum", file=source.file)
            file.write(piece)
            progress(done, source.size)
        file.flush()
        if done < source.size:
            raise _Broken


class _Hash(Protocol):
    def update(self, octets: bytes, /) -> None: ...
    def hexdigest(self) -> str: ...


def _hash_of(file: BinaryIO, source: Source) -> str:
    """ "" where the source's checksum is none that we know."""
    made: _Hash
    if _SHA256.fullmatch(source.checksum):
        made = hashlib.sha256()
    elif _GIT.fullmatch(source.checksum):
        # As Git names what it keeps: the kind, the length, the content.
        made = hashlib.sha1(f"blob {source.size}\0".encode(), usedforsecurity=False)
    else:
        return ""
    while piece := file.read(_CHUNK):
        made.update(piece)
    return made.hexdigest()


def _fits(found: str, source: Source) -> bool:
    return not found or found == source.checksum
