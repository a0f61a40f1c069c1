"""What may be said to anyone, kept up to date while mails are worked."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from repondeur.knowledge.folders import Folders
from repondeur.knowledge.index import Index
from repondeur.store.shelf import Shelf


@dataclass(slots=True)
class Library:
    """The public passages as an index in memory; `refresh` brings it up to date. What is internal comes near no model
    (I4), so it has no place in it."""

    shelf: Shelf
    index: Index
    folders: Folders
    _fingerprint: tuple[int, int] = (0, 0)
    _digests: Mapping[str, int] = field(default_factory=dict)
    # Of two at a time, the one would put its changes into the index that the other has just replaced.
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def refresh(self) -> bool:
        """Whether anything has changed. Mails go on meanwhile with the index that there was. Raises StoreUnavailable,
        TemporaryError."""
        async with self._turn:
            await self.folders.look()
            fingerprint = await self.shelf.fingerprint()
            if fingerprint == self._fingerprint:
                return False
            changes = await self.shelf.changes(self._digests)
            public = [one for one in changes.put if one.visibility == "public"]
            gone = changes.gone.union(one.id for one in changes.put if one.visibility != "public")
            self.index = await asyncio.to_thread(self.index.updated, public, gone)
            self._fingerprint, self._digests = fingerprint, changes.digests
            return True
