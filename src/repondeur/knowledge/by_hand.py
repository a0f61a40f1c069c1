"""Files that people put on the shelf themselves, beside the folders that are watched."""

import asyncio
from collections.abc import Iterable
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
    """owners: of each id the path of its file; "" where that is no more, and another file may have it. watched: paths
    of files in folders that settings name, which say themselves what is public."""

    shelf: Shelf
    reader: FileReader
    owners: dict[str, str]
    watched: frozenset[str]

    async def add(self, file: Found, visibility: Visibility) -> Taken:
        """Takes one file in place of what it had before. Never raises for what the file holds. Raises StoreUnavailable,
        TemporaryError."""
        if file.identity in self.watched:
            return Taken(file.source, refused=Reason("knowledge.watched_file", {"path": file.source}))
        try:
            raw = await asyncio.to_thread(octets, file)
        except SettingsError as error:
            return Taken(file.source, refused=error.reason)
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
        frozenset(path for path, file in stored.items() if file.watched),
    )


def _there(paths: Iterable[str]) -> set[str]:
    return {path for path in paths if Path(path).exists()}
