"""Which model it was: the SHA-256 of its file, or of all files of its folder."""

import hashlib
from functools import lru_cache
from pathlib import Path

from repondeur.errors import SettingsError

KEPT = 256  # files


def model_digest(path: Path) -> str:
    """In hexadecimal. Reads the whole file once (a GB takes about a second), and again only when its size or its times
    have changed: call it in a thread. Of a folder: the digest of the list of its files with theirs, hidden ones left
    out. Raises SettingsError when a file cannot be read."""
    try:
        return _of(path)
    except OSError as error:
        raise SettingsError("model.unreadable", path=str(path), problem=error.strerror or "?") from None


def _of(path: Path) -> str:
    if not path.is_dir():
        return _digest(path)
    files = (one for one in sorted(path.rglob("*")) if one.is_file() and not _is_hidden(one.relative_to(path)))
    listed = "".join(f"{_digest(one)}  {one.relative_to(path).as_posix()}\n" for one in files)
    return hashlib.sha256(listed.encode("utf-8", "surrogateescape")).hexdigest()


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _digest(path: Path) -> str:
    found = path.stat()
    return _read(path, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


@lru_cache(maxsize=KEPT)
def _read(path: Path, _size: int, _modified: int, _changed: int) -> str:
    """The other arguments are what it is kept by."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
