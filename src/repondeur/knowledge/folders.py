"""The folders that settings name, in the store: read at the start, and again where something has changed."""

import asyncio
import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from repondeur.attachments.reader import FileReader
from repondeur.errors import SettingsError
from repondeur.knowledge.gathering import Root, Scan, read, root_of, scan
from repondeur.knowledge.reading.files import Found, Missed, octets
from repondeur.policy.passage import Visibility
from repondeur.store.ledger import Ledger
from repondeur.store.shelf import KnowledgeFile, Shelf
from repondeur.texts import Reason

log = structlog.get_logger(__name__)

# With another number all files are read again: the way they are cut has changed.
READING: Final = 1
LEASE: Final = "knowledge"
LEASE_SECONDS: Final = 600.0  # longer than reading one file takes
LEASE_RENEWED: Final = 30.0
# What may be put right without the file being changed.
_RIGHTS: Final = frozenset({"knowledge.file_unreadable"})

Stamp = tuple[int, int]


@dataclass(slots=True)
class Turn:
    """One process at a time brings the store up to date. owner: this process, as no other is called. alone: no other
    process works the store, so whoever had the turn is dead. Raises StoreUnavailable."""

    ledger: Ledger
    owner: str
    clock: Callable[[], datetime]
    alone: bool = False
    since: datetime | None = None

    async def taken(self) -> bool:
        """Takes it, or keeps it for another while."""
        now = self.clock()
        if self.since is not None and timedelta() <= now - self.since < timedelta(seconds=LEASE_RENEWED):
            return True
        force, self.alone = self.alone, False
        ours = await self.ledger.lease(LEASE, self.owner, LEASE_SECONDS, now, force=force)
        self.since = now if ours else None
        return ours

    async def over(self) -> None:
        self.since = None
        await self.ledger.give_up_lease(LEASE, self.owner)


class Folders:
    """reader: as reading.documents.file_reader makes it. forgets: what was read from folders that are not among these
    roots goes; a command in a shell may know less of the settings than the agent does."""

    def __init__(
        self, roots: Sequence[Root], shelf: Shelf, reader: FileReader, turn: Turn, *, forgets: bool = True
    ) -> None:
        self.roots = roots
        self._forgets = forgets
        self._shelf = shelf
        self._reader = reader
        self._turn = turn
        self.missed: tuple[Missed, ...] = ()  # what the last look could not look at
        self._seen: dict[str, Stamp] | None = None  # what the last look saw; None before the first
        self._told: dict[str, Reason] = {}

    async def look(self) -> bool:
        """Brings the store up to date with the folders; whether it has changed anything. Never raises for what a folder
        holds. Raises StoreUnavailable, TemporaryError.

        A file that changes between two looks is taken at the next one: half of it may be written.
        """
        looked = await asyncio.to_thread(scan, self.roots)
        self._tell(looked.missed)
        first, before = self._seen is None, self._seen or {}
        self._seen = {path: (file.size, file.modified) for path, (file, _) in looked.files.items()}
        settled = {path for path, stamp in self._seen.items() if first or before.get(path) == stamp}
        work = self._work(looked, await self._shelf.files(), settled, again=first)
        if not any(work) or not await self._turn.taken():
            return False
        try:
            return await self._bring_up_to_date(looked, settled, again=first)
        finally:
            await self._turn.over()

    async def _bring_up_to_date(self, looked: Scan, settled: Collection[str], *, again: bool) -> bool:
        known = await self._shelf.files()  # another process may just have been at it
        due, gone, secret = self._work(looked, known, settled, again=again)
        for path in secret:
            await self._hide(known[path])
        owners = await self._shelf.owners() if due else {}
        changed = bool(secret)
        for path in due:
            file, visibility = looked.files[path]
            if not await self._turn.taken():
                return changed
            changed |= await self._take(file, visibility, known.get(path), owners)
        if gone:
            count = await self._shelf.remove_files(gone)
            log.info("knowledge.files_gone", files=gone[:20], count=len(gone), passages=count)
        return changed or bool(gone)

    def _work(
        self, looked: Scan, known: Mapping[str, KnowledgeFile], settled: Collection[str], *, again: bool
    ) -> tuple[list[str], list[str], list[str]]:
        """Which files are to be read, which are gone, and which cannot be looked at but are internal by now. again: to
        be read are also those that could not be."""
        due = [
            path
            for path, (file, visibility) in looked.files.items()
            if path in settled and not _is_up_to_date(file, visibility, known.get(path), again=again)
        ]
        gone = [path for path, row in known.items() if row.watched and self._is_gone(path, looked)]
        secret = [
            path
            for path, row in known.items()
            if row.watched and row.visibility == "public" and path not in looked.files and self._is_internal(path)
        ]
        return due, gone, secret

    def _is_internal(self, path: str) -> bool:
        root = root_of(Path(path), self.roots)
        return root is not None and root.visibility == "internal"

    def _is_gone(self, path: str, looked: Scan) -> bool:
        """No longer there, or in no folder that settings name. What cannot be looked at is not gone: a disk of the net
        may be away for a while."""
        if path in looked.files:
            return False
        place = Path(path)
        if root_of(place, self.roots) is None:
            return self._forgets
        return not any(place.is_relative_to(one.path) for one in looked.missed)

    async def _take(
        self, file: Found, visibility: Visibility, row: KnowledgeFile | None, owners: dict[str, str]
    ) -> bool:
        """Reads one file into the store. What it had stays where it cannot be read now."""
        stored = KnowledgeFile(file.identity, True, visibility, file.size, file.modified, "")
        try:
            raw = await asyncio.to_thread(octets, file)
        except SettingsError as error:
            return await self._refuse(stored, row, error.reason)
        stored = replace(stored, digest=digest(raw))
        if row is not None and row.problem is None and (row.digest, row.visibility) == (stored.digest, visibility):
            await self._shelf.note_file(stored)
            return False
        found = await read(file, raw, visibility, self._reader, owners=owners)
        if found.refused is not None:
            return await self._refuse(stored, row, found.refused)
        if not await asyncio.to_thread(_is_still, file):
            return False
        await self._shelf.put_file(stored, found.passages)
        owners.update((one.id, file.identity) for one in found.passages)
        self._told.pop(file.identity, None)
        log.info("knowledge.file_taken", path=file.source, passages=len(found.passages), visibility=visibility)
        for note in found.notes:
            log.warning("knowledge.file_in_part", path=file.source, reason=note.code)
        return True

    async def _refuse(self, stored: KnowledgeFile, row: KnowledgeFile | None, reason: Reason) -> bool:
        self._tell_once(stored.path, reason)
        refused = replace(stored, digest=row.digest if row else "", problem=reason)
        if row is not None and (row.visibility, stored.visibility) == ("public", "internal"):
            await self._hide(refused)
            return True
        if refused != row:
            await self._shelf.note_file(refused)
        return False

    async def _hide(self, file: KnowledgeFile) -> None:
        """What settings call internal is so at once, even where the file itself cannot be read now."""
        # Without its digest it is read again, as soon as it can be: it may say of itself that it is public.
        await self._shelf.hide_file(replace(file, visibility="internal", digest=""))
        log.warning("knowledge.file_hidden", path=file.path)

    def _tell(self, missed: Sequence[Missed]) -> None:
        away = {str(one.path) for one in missed}
        for one in self.missed:
            if str(one.path) not in away:
                self._told.pop(str(one.path), None)
        self.missed = tuple(missed)
        for one in missed:
            self._tell_once(str(one.path), one.reason)

    def _tell_once(self, path: str, reason: Reason) -> None:
        if self._told.get(path) != reason:
            self._told[path] = reason
            log.warning("knowledge.not_taken", path=path, reason=reason.code)


def _is_up_to_date(file: Found, visibility: Visibility, row: KnowledgeFile | None, *, again: bool) -> bool:
    if row is None or not row.watched:
        return False
    if row.problem is not None and (again or row.problem.code in _RIGHTS):
        return False
    same = (row.size, row.modified, row.visibility) == (file.size, file.modified, visibility)
    return same and (row.digest.startswith(f"{READING}:") or row.problem is not None)


def digest(raw: bytes) -> str:
    return f"{READING}:{hashlib.sha256(raw).hexdigest()}"


def _is_still(file: Found) -> bool:
    try:
        status = file.path.stat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (file.size, file.modified)
