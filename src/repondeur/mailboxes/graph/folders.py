"""Folders by the names that people give them: looked up once, made where that is allowed.

Source: Microsoft Graph v1.0, "mailFolder resource type", "List mailFolders", "List childFolders", "Create mailFolder".
"""

import asyncio
import re
from typing import Final

import structlog

from repondeur.errors import FolderMissing
from repondeur.mailboxes.graph.client import Client, Json, segment
from repondeur.mailboxes.graph.failures import Refused
from repondeur.settings.schema import GraphSettings

log = structlog.get_logger(__name__)

# They name the same folder whatever language the mailbox speaks. Those that people may have a folder of their own
# called after ("Scheduled", "Conflicts") are left out.
WELL_KNOWN: Final = frozenset(
    {"archive", "deleteditems", "drafts", "inbox", "junkemail", "msgfolderroot", "outbox", "sentitems"}
)
_ID: Final = re.compile(r"[A-Za-z0-9_=-]{60,}")  # longer than any name that people give; ids of folders do not change
LONGEST_ID: Final = 1_024  # characters; ids of folders have about 120
_PAGE: Final = {"$select": "id,displayName", "$top": "100"}


class Folders:
    """The folders of one mailbox. A name is a well-known one, a path of display names ("Clients/VIP"; its first part
    may be well-known), each in any case, or an id. Raises what the client raises."""

    def __init__(self, client: Client, settings: GraphSettings) -> None:
        self._client = client
        self._mailbox = settings.name
        self._may_create = settings.graph_create_folders
        self._ids: dict[str, str] = {}
        self._one_at_a_time = asyncio.Lock()  # many mails that go to a new folder must not all make it

    async def id_of(self, name: str) -> str:
        """Raises FolderMissing."""
        return await self._found(name, create=False)

    @staticmethod
    def in_paths(name: str, id_: str) -> str:
        """What a request calls it: by its well-known name, which stays good whatever becomes of ids."""
        return name.lower() if name.lower() in WELL_KNOWN else id_

    async def made(self, name: str) -> str:
        """The same, and what is missing of the path is created if the settings allow it; else FolderMissing."""
        return await self._found(name, create=self._may_create)

    def forget(self, name: str) -> None:
        """It was not there any more under its id."""
        self._ids.pop(name, None)

    async def _found(self, name: str, *, create: bool) -> str:
        async with self._one_at_a_time:
            if name not in self._ids:
                self._ids[name] = await self._look(name, create=create)
            return self._ids[name]

    async def _look(self, name: str, *, create: bool) -> str:
        if _ID.fullmatch(name) and (known := await self._by_id(name)):
            return known
        parts = [part.strip() for part in name.split("/") if part.strip()]
        here = ""
        for index, part in enumerate(parts):
            if index == 0 and part.lower() in WELL_KNOWN and (known := await self._by_id(part.lower())):
                here = known
                continue
            there = await self._child(here, part)
            if there is None and create:
                there = await self._created(here, part)
            if there is None:
                raise FolderMissing("graph.folder_missing", folder=name)
            here = there
        if not here:
            raise FolderMissing("graph.folder_missing", folder=name)
        return here

    async def _by_id(self, id_or_well_known: str) -> str | None:
        """Not every mailbox has every well-known folder."""
        try:
            return _id(await self._client.get(f"/mailFolders/{segment(id_or_well_known)}", {"$select": "id"}))
        except Refused as error:
            if error.gone or error.status == 400:  # ErrorInvalidIdMalformed: a name that looks like an id
                return None
            raise

    async def _created(self, parent: str, name: str) -> str | None:
        try:
            answer = await self._client.send("POST", _children(parent), {"displayName": name})
        except Refused as error:
            if error.graph_code != "ErrorFolderExists":
                raise
            return await self._child(parent, name)  # somebody was quicker
        log.info("graph.folder_created", mailbox=self._mailbox, folder=name)
        return _id(answer.body)

    async def _child(self, parent: str, name: str) -> str | None:
        """Looked for among all: whether $filter minds the case of a name is not documented."""
        async for page in self._client.pages(_children(parent), _PAGE):
            if found := _called(page.items, name):
                return found
        return None


def _children(parent: str) -> str:
    return f"/mailFolders/{segment(parent)}/childFolders" if parent else "/mailFolders"


def _called(folders: tuple[Json, ...], name: str) -> str | None:
    named = [folder for folder in folders if str(folder.get("displayName", "")).casefold() == name.casefold()]
    return _id(named[0]) if named else None


def _id(folder: Json) -> str | None:
    told = folder.get("id")
    return told if isinstance(told, str) and 0 < len(told) <= LONGEST_ID else None
