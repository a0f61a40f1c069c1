"""Drafts of ours at Graph: made, found again, and compared with what we wrote.

A draft is known by its immutable id, which stays the same when it is sent and lies in Sent Items. The ledger has it
before anything is done with the draft. It also has, before the draft is asked for, that it will be: a crash in between
leaves a draft whose id nobody has heard, and that is then looked for by its Message-ID.

Source: Microsoft Graph v1.0, "message: createReply", "Create message", "Update message", "Get immutable identifiers".
"""

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from typing import Final
from urllib.parse import urlsplit

import structlog

from repondeur.errors import MailboxUnavailable, SubmissionRefused
from repondeur.mail.message import MessageRef
from repondeur.mailboxes.drafts import unchanged
from repondeur.mailboxes.graph.client import Call, Client, Json, quoted, segment
from repondeur.mailboxes.graph.composed import DRAFT, Expected, bare, correction
from repondeur.mailboxes.graph.failures import Refused
from repondeur.mailboxes.graph.folders import Folders
from repondeur.settings.schema import GraphSettings
from repondeur.store.ledger import KeptDraft, Ledger

log = structlog.get_logger(__name__)

ADDED_OCTETS: Final = 256_000  # of header fields that Exchange may add to a draft


class Place(Enum):
    """What became of a draft. LEFT: it is a draft no more, which only sending makes of it. GONE: it was there, and is
    not in Drafts any more. NONE: none is known or found."""

    DRAFTS = "drafts"
    LEFT = "left"
    GONE = "gone"
    NONE = "none"


class OwnDrafts:
    """Message-IDs are bare. Raises what the client raises, and StoreUnavailable."""

    def __init__(self, settings: GraphSettings, client: Client, ledger: Ledger, folders: Folders) -> None:
        self._mailbox = settings.name
        self._server = urlsplit(settings.graph_base_url).hostname or ""
        self._client = client
        self._ledger = ledger
        self._folders = folders
        self._drafts_id = ""

    async def kept(self, message_id: str) -> KeptDraft | None:
        return await self._ledger.draft(self._mailbox, message_id)

    async def keep(self, message_id: str, draft: Json, digest: str, *, written: bool = True) -> None:
        """written: this version of it is the one that we wrote; a draft that was found again may be another."""
        version = str(draft.get("changeKey") or "") if written else ""
        conversation, theirs = str(draft.get("conversationId") or ""), str(draft.get("internetMessageId") or "")
        await self._ledger.keep_draft(
            self._mailbox, KeptDraft(message_id, ref_of(draft), version, conversation, bare(theirs), digest)
        )

    async def adopt(self, message_id: str, kept: KeptDraft | None, draft: Json, wanted: Expected) -> None:
        """A draft that was found by its Message-ID, and is as we compose it, is the one from here on."""
        if kept is None or kept.ref != ref_of(draft):
            await self.keep(message_id, draft, wanted.digest)

    async def forget(self, message_id: str) -> None:
        await self._ledger.forget_draft(self._mailbox, message_id)

    async def put_away(self, kept: KeptDraft, draft: Json) -> bool:
        """Out of Drafts, into Deleted Items ("Delete message"). Its names stay known: should it have left after all, it
        is found in Sent Items. False for another draft than the one that is kept."""
        if kept.ref != ref_of(draft):
            return False
        await self._client.send("DELETE", f"/messages/{segment(kept.ref)}")
        await self._ledger.keep_draft(self._mailbox, replace(kept, ref="", change_key=""))
        log.info("graph.draft_withdrawn", mailbox=self._mailbox, message_id=kept.message_id)
        return True

    async def find(self, message_id: str, kept: KeptDraft | None) -> tuple[Place, Json]:
        """Where the draft is, and what Graph tells of it: by its id, else by its Message-ID in Drafts and Sent Items.
        In no other folder: whoever knows our Message-ID can send us mail that bears it."""
        if kept is None or not kept.ref:
            return await self._search(message_id, kept)
        try:
            draft = await self._client.get(f"/messages/{segment(kept.ref)}", {"$select": DRAFT})
        except Refused as error:
            if not error.gone:
                raise
            place, draft = await self._search(message_id, kept)
            return (Place.GONE if place is Place.NONE else place), draft
        if draft.get("isDraft") is False:
            return Place.LEFT, draft
        return (Place.DRAFTS if await self._lies_in_drafts(draft) else Place.GONE), draft

    async def _search(self, message_id: str, kept: KeptDraft | None) -> tuple[Place, Json]:
        names = dict.fromkeys([message_id, *([kept.graph_message_id] if kept and kept.graph_message_id else [])])
        places = {"sentitems": Place.LEFT, "drafts": Place.DRAFTS}
        asked = [(folder, name) for folder in places for name in names]
        for (folder, _), answer in zip(
            asked, await self._client.together([_by_id(*one) for one in asked]), strict=True
        ):
            if isinstance(answer, Refused):
                raise answer
            rows = answer.body.get("value")
            for row in rows if isinstance(rows, list) else ():
                if isinstance(row, dict) and ref_of(row):
                    return places[folder], row
        return Place.NONE, {}

    async def _lies_in_drafts(self, draft: Json) -> bool:
        if not self._drafts_id:
            self._drafts_id = await self._folders.id_of("drafts")
        return draft.get("parentFolderId") == self._drafts_id

    async def made(self, message_id: str, raw: bytes, answers: Sequence[MessageRef], wanted: Expected) -> Json:
        """A new draft, in the thread of the first of `answers` that is still there."""
        await self.keep(message_id, {}, wanted.digest)
        draft = await self._created(raw, answers)
        if not ref_of(draft):
            raise MailboxUnavailable("graph.strange_answer", server=self._server, status=201)
        await self.keep(message_id, draft, wanted.digest)
        if draft.get("isDraft") is True and isinstance(folder := draft.get("parentFolderId"), str):
            self._drafts_id = folder  # new drafts lie in no other folder
        return draft

    async def _created(self, raw: bytes, answers: Sequence[MessageRef]) -> Json:
        for ref in answers:
            try:
                return await self._client.post_mime(f"/messages/{segment(ref.id)}/createReply", raw)
            except Refused as error:
                if not error.gone:  # it can be read but not be answered; the header fields name the thread too
                    log.warning("graph.no_reply_to_this", mailbox=self._mailbox, code=error.graph_code)
        return await self._client.post_mime("/messages", raw)

    async def as_composed(self, message_id: str, draft: Json, wanted: Expected) -> Json:
        """Puts recipients and subject right where Graph made others of them. Raises SubmissionRefused when it keeps
        them: then it must not be sent."""
        wrong = correction(draft, wanted)
        if not wrong:
            return draft
        log.info("graph.draft_corrected", mailbox=self._mailbox, properties=sorted(wrong))
        answer = await self._client.send("PATCH", f"/messages/{segment(ref_of(draft))}", wrong)
        draft = answer.body if ref_of(answer.body) else {**answer.body, "id": ref_of(draft)}
        if kept_wrong := correction(draft, wanted):
            raise SubmissionRefused("graph.draft_differs", properties=", ".join(sorted(kept_wrong)))
        await self.keep(message_id, draft, wanted.digest)
        return draft

    async def is_unchanged(self, kept: KeptDraft | None, draft: Json, raw: bytes, digest: str) -> bool:
        """Is it what we compose as `raw`? By its version, else by what a person would see: Outlook and Exchange make
        new versions without changing anything."""
        if kept is not None and kept.ref == ref_of(draft):
            if kept.digest not in {"", digest}:
                return False
            if kept.digest and kept.change_key and kept.change_key == draft.get("changeKey"):
                return True
        path = f"/messages/{segment(ref_of(draft))}/$value"
        whole = await self._client.stream(path, len(raw) + ADDED_OCTETS)
        return whole.complete and unchanged(whole.octets, raw)


def ref_of(draft: Json) -> str:
    """Its immutable id, "" when it is not told."""
    told = draft.get("id")
    return told if isinstance(told, str) else ""


def _by_id(folder: str, message_id: str) -> Call:
    wanted = {"$filter": f"internetMessageId eq {quoted(f'<{message_id}>')}", "$select": DRAFT}
    return Call("GET", f"/mailFolders/{folder}/messages", wanted)
