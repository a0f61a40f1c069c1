"""Shows in the mailbox how mail was dealt with, and sees whether a person has answered it.

A message is touched only at its immutable id. Nothing is ever deleted (I12); the one folder that mail is moved to
stands in the settings.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from repondeur.errors import FolderMissing, MailboxUnavailable, MessageGone
from repondeur.mail.message import MessageRef
from repondeur.mailboxes.base import Outcome
from repondeur.mailboxes.graph.arrivals import Inbox
from repondeur.mailboxes.graph.client import Answer, Call, Client, Json, quoted, segment
from repondeur.mailboxes.graph.composed import bare
from repondeur.mailboxes.graph.failures import Refused
from repondeur.mailboxes.graph.folders import Folders
from repondeur.mailboxes.graph.marks import FOR_PEOPLE, marked
from repondeur.mailboxes.graph.messages import SELECT, Found, moment
from repondeur.settings.schema import GraphSettings
from repondeur.store.ledger import Ledger

log = structlog.get_logger(__name__)

# What we were told of a message this long ago still holds: between arriving and being answered a mail takes seconds.
FRESH: Final = timedelta(minutes=10)
CONFLICT: Final = frozenset({409, 412})  # ErrorIrresolvableConflict: somebody changed it at the same moment
SENT: Final = "id,internetMessageId,sentDateTime,conversationId,isDraft"
SENT_AT_ONCE: Final = 50
REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class _Now:
    """A message as it is. flag: its flagStatus. None, and "" for the folder, when that is not known."""

    categories: tuple[str, ...]
    flag: str | None = None
    folder_id: str = ""


class Filing:
    """Marks and moves the mail of one mailbox; the promises are those of mailboxes.base. Raises what the client raises,
    FolderMissing and StoreUnavailable."""

    def __init__(self, settings: GraphSettings, client: Client, ledger: Ledger, folders: Folders, inbox: Inbox) -> None:
        self._settings = settings
        self._client = client
        self._ledger = ledger
        self._folders = folders
        self._inbox = inbox
        self._marked: dict[str, None] = {}  # refs that we have marked since they were found, oldest first

    async def settle(self, ref: MessageRef, message_id: str | None, *, outcome: Outcome, folder: str | None) -> None:
        """One request where the message was found a short while ago, with those of other mails in one $batch. Else it
        is looked at first: a person who has moved it elsewhere is not to be overruled. Where the folder is missing, it
        is marked all the same, and then FolderMissing raised."""
        stays = outcome in FOR_PEOPLE
        if stays and not self._settings.graph_category and not self._settings.graph_flag:
            return
        target, missing = await self._target("" if stays else folder or "")
        now = self._known(ref) or await self._looked_at(ref)
        home = await self._home(ref)
        if now.folder_id not in {"", home}:
            if now.folder_id == target:
                return  # an earlier run has moved it, and marks before it moves
            raise MessageGone("graph.message_gone", folder=ref.folder)
        changes = marked(outcome, self._settings, now.categories, now.flag)
        moves = target is not None and target != home
        await self._carry_out(ref, changes, target if moves else None, folder)
        if missing is not None:
            raise missing

    async def _target(self, folder: str) -> tuple[str | None, FolderMissing | None]:
        """The id of the folder to move to, None for none, and why there is none."""
        try:
            return (await self._folders.made(folder) if folder else None), None
        except FolderMissing as missing:
            return None, missing

    async def _home(self, ref: MessageRef) -> str:
        """The id of the folder in which the message was found, "" when there is no such folder any more."""
        try:
            return await self._folders.id_of(ref.folder)
        except FolderMissing:
            return ""

    def _known(self, ref: MessageRef) -> _Now | None:
        found = self._inbox.found(ref, within=FRESH)
        if found is None or found.categories is None or ref.id in self._marked:
            return None
        return _Now(found.categories)

    async def _looked_at(self, ref: MessageRef) -> _Now:
        select = {"$select": "id,categories,parentFolderId,flag"}
        row = await self._one(Call("GET", f"/messages/{segment(ref.id)}", select), ref)
        found, flag = Found.from_json(row | {"id": ref.id}), row.get("flag")
        status = flag.get("flagStatus") if isinstance(flag, dict) else None
        return _Now(found.categories or (), status if isinstance(status, str) else None, found.folder_id or "")

    async def _carry_out(self, ref: MessageRef, changes: Json, target: str | None, folder: str | None) -> None:
        message = f"/messages/{segment(ref.id)}"
        calls = [Call("PATCH", message, body=changes)] if changes else []
        if target is not None:
            calls.append(_move(message, target, after=0 if changes else None))
        if not calls:
            return
        self._remember(ref.id)
        outcomes = await self._client.together(calls)
        if changes:
            _succeeded(outcomes[0], ref)
        if folder and target is not None and isinstance(outcomes[-1], Refused) and outcomes[-1].gone:
            # The folder may have been deleted since it was looked up.
            self._folders.forget(folder)
            outcomes = await self._client.together([_move(message, await self._folders.made(folder))])
        _succeeded(outcomes[-1], ref)

    def _remember(self, ref: str) -> None:
        self._marked[ref] = None
        while len(self._marked) > REMEMBERED:
            del self._marked[next(iter(self._marked))]

    async def answered_by_person(
        self, ref: MessageRef, message_id: str | None, ours: Callable[[str], Awaitable[bool]]
    ) -> bool:
        """Does Sent Items hold a message of the same conversation that left after this one came, and is not ours? Of a
        message that is gone nobody can tell; settle then finds that out."""
        found = self._inbox.found(ref)
        try:
            if found is None or found.conversation is None or found.received is None:
                row = await self._one(Call("GET", f"/messages/{segment(ref.id)}", {"$select": SELECT}), ref)
                found = Found.from_json(row | {"id": ref.id})
        except MessageGone:
            return False
        if not found.conversation or found.received is None:
            return False
        rows = [row for row in await self._sent_in(found.conversation) if _left_after(row, found.received)]
        known = await self._ledger.our_refs(self._settings.name, {str(row.get("id")) for row in rows})
        for row in rows:
            theirs = bare(str(row.get("internetMessageId") or ""))
            if row.get("id") not in known and not (theirs and await ours(theirs)):
                return True
        return False

    async def _sent_in(self, conversation: str) -> Sequence[Json]:
        """Not in order: Graph refuses $orderby by what is not in the filter (InefficientFilter)."""
        options = {"$filter": f"conversationId eq {quoted(conversation)}", "$select": SENT, "$top": str(SENT_AT_ONCE)}
        (answer,) = await self._client.together([Call("GET", "/mailFolders/sentitems/messages", options)])
        if isinstance(answer, Refused):
            raise answer
        rows, link = list(answer.body.get("value", [])), answer.body.get("@odata.nextLink")
        if isinstance(link, str) and link:
            async for page in self._client.pages(link):
                rows += page.items
        return rows

    async def _one(self, call: Call, ref: MessageRef) -> Json:
        (answer,) = await self._client.together([call])
        return _succeeded(answer, ref).body


def _move(message: str, target: str, after: int | None = None) -> Call:
    return Call("POST", f"{message}/move", body={"destinationId": target}, after=after)


def _succeeded(outcome: Answer | Refused, ref: MessageRef) -> Answer:
    if isinstance(outcome, Answer):
        return outcome
    if outcome.gone:
        raise MessageGone("graph.message_gone", folder=ref.folder)
    if outcome.status in CONFLICT:
        raise MailboxUnavailable("graph.conflict", folder=ref.folder)
    raise outcome


def _left_after(row: Json, received: datetime) -> bool:
    """Nobody answers within the second in which the message came: what left then is no answer to it."""
    sent = moment(row.get("sentDateTime"))
    return row.get("isDraft") is not True and (sent is None or sent > received)
