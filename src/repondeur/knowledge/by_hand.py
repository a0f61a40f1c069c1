"""Files that people put on the shelf themselves, beside the folders that are watched."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from repondeur.attachments.reader import FileReader
from repondeur.errors import SettingsError
from repondeur.knowledge.folders import digest
from repondeur.knowledge.gathering import Taken, read
from repondeur.knowledge.reading.files import Found, octets
from repondeur.policy.passage import Visibility
from repondeur.store.shelf import KnowledgeFile, Shelf
from repondeur.texts import Reason


@dataclass(frozen=True, slots=True)
class ByHand:
    """owners: of each id the path of its file; "" where that is no more, and another file may have it. known: the files
    that are stored, by their path."""

    shelf: Shelf
    reader: FileReader
    owners: dict[str, str]
    known: Mapping[str, KnowledgeFile]

    async def add(self, file: Found, wanted: Visibility | None) -> Taken:
        """Takes one file in place of what it had before. wanted: None for what it was added as the last time, and for a
        new one internal. Never raises for what the file holds. Raises StoreUnavailable, TemporaryError."""
        before = self.known.get(file.identity)
        if before is not None and before.watched:
            # Its folder says what is public.
            return Taken(file.source, refused=Reason("knowledge.watched_file", {"path": file.source}))
        try:
            raw = await asyncio.to_thread(octets, file)
        except SettingsError as error:
            return Taken(file.source, refused=error.reason)
        visibility = wanted or (before.visibility if before is not None else "internal")
        found = await read(file, raw, visibility, self.reader, owners=self.owners)
        if found.refused is None:
            stored = KnowledgeFile(file.identity, False, visibility, file.size, file.modified, digest(raw))
            await self.shelf.put_file(stored, found.passages)
            self.owners.update((one.id, file.identity) for one in found.passages)
        return found


async def by_hand(shelf: Shelf, reader: FileReader) -> ByHand:
    """Raises StoreUnavailable."""
    owners, stored = await shelf.owners(), await shelf.files()
    there = await asyncio.to_thread(_there, set(owners.values()) - {""})
    return ByHand(
        shelf,
        reader,
        {one: path if path in there else "" for one, path in owners.items()},
        stored,
    )


def _there(paths: Iterable[str]) -> set[str]:
    return {path for path in paths if Path(path).exists()}
