"""Which files there are, and what each of them says: for the store, and for those who look without one."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from repondeur.attachments.reader import FileReader
from repondeur.errors import RepondeurError, SettingsError
from repondeur.knowledge.ids import Ids
from repondeur.knowledge.passages import passages_of
from repondeur.knowledge.reading.files import Found, Missed, content, files, octets, whole
from repondeur.policy.passage import Passage, Visibility
from repondeur.texts import Reason

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Root:
    """A file or folder, and who may see what it does not say that of itself."""

    path: Path
    visibility: Visibility


@dataclass(frozen=True, slots=True)
class Scan:
    """files: by their absolute path, each with its visibility. missed: what could not be looked at, and all below."""

    files: Mapping[str, tuple[Found, Visibility]]
    missed: tuple[Missed, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one file. notes: what of it was left out. refused: why it was not taken at all."""

    source: str
    passages: tuple[Passage, ...] = ()
    notes: tuple[Reason, ...] = ()
    refused: Reason | None = None


def roots(public: Iterable[Path], internal: Iterable[Path]) -> tuple[Root, ...]:
    return (*(Root(path, "public") for path in public), *(Root(path, "internal") for path in internal))


def scan(given: Sequence[Root]) -> Scan:
    """Every file under the roots, in their order. A file under several belongs to the innermost; where the same path is
    both, it is internal. What cannot be looked at is told, never raised."""
    found: dict[str, tuple[Found, Visibility]] = {}
    depth: dict[str, tuple[int, bool]] = {}
    missed: dict[str, Missed] = {}
    for root in given:
        rank = _rank(root)
        for one in _under(root):
            if isinstance(one, Missed):
                missed.setdefault(str(one.path), one)
            elif rank > depth.get(one.identity, (0, False)):
                found[one.identity], depth[one.identity] = (one, root.visibility), rank
    return Scan(found, tuple(missed.values()))


def _rank(root: Root) -> tuple[int, bool]:
    """The higher one says who may see a file."""
    return len(whole(root.path).parts), root.visibility == "internal"


def root_of(path: Path, given: Sequence[Root]) -> Root | None:
    """The root that a file belongs to, whether it can be looked at or not; None where it is under none of them."""
    return max((root for root in given if path.is_relative_to(whole(root.path))), key=_rank, default=None)


def _under(root: Root) -> Iterator[Found | Missed]:
    try:
        yield from files(root.path)
    except SettingsError as error:
        yield Missed(whole(root.path), str(root.path), error.reason)


async def read(
    file: Found,
    raw: bytes,
    visibility: Visibility,
    reader: FileReader,
    *,
    owners: Mapping[str, str],
) -> Taken:
    """What a file says; never raises for what it holds. owners: of the ids that there are, the paths of their files.
    Raises TemporaryError."""
    try:
        found = await content(file, raw, reader)
        ids = Ids(file.source, owners, file.identity, file.folders)
        return Taken(file.source, passages_of(file, found, visibility, ids), found.notes)
    except SettingsError as error:
        return Taken(file.source, refused=error.reason)
    except RepondeurError:
        raise
    except Exception as error:  # a defect that one file brings to light must not keep the others away
        log.exception("knowledge.file_failed", path=file.source)
        return Taken(file.source, refused=Reason("way.defect", {"error": type(error).__name__}))


async def gather(given: Sequence[Root], reader: FileReader) -> list[Taken]:
    """What every file under the roots says, in order, and what could not be read: for a look without a store. Raises
    TemporaryError."""
    looked = await asyncio.to_thread(scan, given)
    found = [Taken(one.source, refused=one.reason) for one in looked.missed]
    owners: dict[str, str] = {}
    for file, visibility in looked.files.values():
        try:
            raw = await asyncio.to_thread(octets, file)
        except SettingsError as error:
            found.append(Taken(file.source, refused=error.reason))
            continue
        one = await read(file, raw, visibility, reader, owners=owners)
        owners.update((passage.id, file.identity) for passage in one.passages)
        found.append(one)
    return found
