"""Answers leave as drafts that are sent, so that there is something to ask for after a crash.

    createReply ─▶ id kept ─▶ as composed? ─▶ committing ─▶ send (202)
        │             │            │              └ the draft tells: in Drafts, not left; no draft any more, left
        │             └────────────┴ nothing can have left: the same draft is taken up again
        └ a draft nobody has the id of may lie in Drafts: it is looked for by its Message-ID

The same draft may be sent again, since Graph sends it once; a new one is made only where none was handed over. See
docs/decisions/graph-drafts.md. Graph knows no null reverse-path: the fields of RFC 3834 stand in the MIME.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from repondeur.errors import LoginRefused, MailboxUnavailable, RepondeurError, SubmissionRefused, SubmissionUnknown
from repondeur.mail.message import MessageRef
from repondeur.mailboxes.base import Evidence, Submission
from repondeur.mailboxes.graph.client import Client, Json, segment
from repondeur.mailboxes.graph.composed import Expected, bare, digest, expected
from repondeur.mailboxes.graph.failures import Refused
from repondeur.mailboxes.graph.folders import Folders
from repondeur.mailboxes.graph.own_drafts import OwnDrafts, Place, ref_of
from repondeur.settings.schema import GraphSettings
from repondeur.store.ledger import KeptDraft, Ledger

log = structlog.get_logger(__name__)

# Refusals to send that speak of the message or of our rights: they stay the same for the same draft.
FOR_GOOD: Final = frozenset(
    {"ErrorInvalidRecipients", "ErrorMessageSizeExceeded", "ErrorMessageSubmissionBlocked", "ErrorSendAsDenied"}
)


class Outgoing:
    """Hands messages of one mailbox over, and tells what became of them; the promises are those of mailboxes.base."""

    def __init__(self, settings: GraphSettings, client: Client, ledger: Ledger, folders: Folders) -> None:
        self._mailbox = settings.name
        self._client = client
        self._drafts = OwnDrafts(settings, client, ledger, folders)
        self._stuck: set[str] = set()

    async def submit(self, submission: Submission, committing: Callable[[], Awaitable[None]]) -> None:
        """Sends the answer as a draft of its own, or the one that an earlier run or save_draft has made of it.

        What a known draft means before anything is asked of Graph to send:

        * It is no draft any more: only sending does that, so it has left. Nothing is sent.
        * It lies in Drafts as we wrote it: that very one is sent. If an earlier sending is still under way, Graph
          refuses the second.
        * It lies in Drafts and a person has worked on it: it is theirs. SubmissionRefused; the next try, which only a
          person asks for, begins anew.
        * It lies in Drafts and was made of other octets than these: the mail was worked anew, which is possible only
          when nothing was handed over. A new draft is made; nothing of the mailbox is ever deleted.
        * It is nowhere, or in another folder: somebody has deleted or moved it, or it was on its way and what it became
          was deleted from Sent Items. That is no proof that nothing has left, so none is made anew:
          SubmissionUnknown, and without proof until the deadline a person is asked. What they then approve is new.
        """
        message_id = bare(submission.message_id)
        wanted = expected(submission.raw, submission.recipient)
        try:
            ready = await self._prepared(message_id, submission, wanted)
        except Refused as error:
            raise SubmissionRefused("graph.submission_refused", status=error.status, code=error.graph_code) from error
        await committing()
        if ready.place is Place.LEFT:
            log.warning("graph.sent_before", mailbox=self._mailbox, message_id=message_id)
        elif ready.place is Place.GONE:
            await self._drafts.keep(message_id, {}, wanted.digest)
            raise SubmissionUnknown("graph.draft_gone")
        else:
            await self._send(message_id, ready)

    async def _prepared(self, message_id: str, submission: Submission, wanted: Expected) -> "_Ready":
        kept = await self._drafts.kept(message_id)
        place, draft = (Place.NONE, {}) if kept is None else await self._drafts.find(message_id, kept)
        if place in {Place.LEFT, Place.GONE}:
            return _Ready(place, draft)
        fresh = place is Place.NONE or not await self._is_this_one(message_id, kept, draft, submission.raw, wanted)
        if fresh:
            draft = await self._drafts.made(message_id, submission.raw, submission.answers, wanted)
        else:
            await self._drafts.adopt(message_id, kept, draft, wanted)
        return _Ready(Place.DRAFTS, await self._drafts.as_composed(message_id, draft, wanted), fresh)

    async def _is_this_one(
        self, message_id: str, kept: KeptDraft | None, draft: Json, raw: bytes, wanted: Expected
    ) -> bool:
        """Is the draft in Drafts the one to send? Raises SubmissionRefused when it was, and a person has changed it."""
        if await self._drafts.is_unchanged(kept, draft, raw, wanted.digest):
            return True
        if kept is not None and kept.ref == ref_of(draft) and kept.digest in {"", wanted.digest}:
            await self._drafts.forget(message_id)
            raise SubmissionRefused("graph.draft_changed")
        log.warning("graph.draft_left_behind", mailbox=self._mailbox, message_id=message_id)
        return False

    async def _send(self, message_id: str, ready: "_Ready") -> None:
        try:
            await self._client.send("POST", f"/messages/{segment(ref_of(ready.draft))}/send", once=True)
        except Refused as error:
            await self._refused(message_id, ready, error.status, error.graph_code)
        except LoginRefused as error:
            if error.reason.params.get("code") not in FOR_GOOD:
                raise
            raise SubmissionRefused("graph.submission_refused", status=403, code=error.reason.params["code"]) from error

    async def _refused(self, message_id: str, ready: "_Ready", status: int, code: str) -> None:
        """What a refusal to send means: that the draft was sent before, too. Returns when it has left."""
        try:
            place, _ = await self._drafts.find(message_id, await self._drafts.kept(message_id))
        except RepondeurError as error:
            raise SubmissionUnknown("graph.refused_after_send", code=code) from error
        if place is Place.LEFT:
            log.warning("graph.sent_before", mailbox=self._mailbox, message_id=message_id)
            return
        if place is Place.DRAFTS and (ready.fresh or code in FOR_GOOD):
            raise SubmissionRefused("graph.submission_refused", status=status, code=code)
        # An earlier sending of it may be under way. It is not tried again and again; in the end a person looks.
        self._stuck.add(message_id)
        raise SubmissionUnknown("graph.refused_after_send", code=code)

    async def evidence(self, message_id: str) -> Evidence:
        message_id = bare(message_id)
        try:
            kept = await self._drafts.kept(message_id)
            place, draft = await self._drafts.find(message_id, kept)
        except (MailboxUnavailable, LoginRefused, Refused) as error:
            log.info("graph.evidence_unreachable", mailbox=self._mailbox, code=error.reason.code)
            return Evidence.UNREACHABLE
        if place is Place.LEFT:
            self._stuck.discard(message_id)
            return Evidence.SENT
        if place is not Place.DRAFTS or message_id in self._stuck:
            return Evidence.NOT_FOUND
        if kept is None or kept.ref != ref_of(draft):
            await self._drafts.keep(message_id, draft, kept.digest if kept else "", written=False)
        return Evidence.WAITS

    async def file_sent(self, message_id: str, raw: bytes, final: bool, *, drafted: bool = False) -> bool:
        """Graph puts what it sends into Sent Items itself."""
        return True

    async def save_draft(self, message_id: str, raw: bytes, answers: Sequence[MessageRef] = ()) -> None:
        """As mailboxes.base has it. What was sent from Drafts meanwhile is not put there again."""
        message_id, wanted = bare(message_id), expected(raw)
        kept = await self._drafts.kept(message_id)
        place, draft = (Place.NONE, {}) if kept is None else await self._drafts.find(message_id, kept)
        if place is Place.LEFT:
            return
        if place is not Place.DRAFTS:
            draft = await self._drafts.made(message_id, raw, answers, wanted)
        elif not await self._drafts.is_unchanged(kept, draft, raw, wanted.digest):
            return  # a person has worked on it
        else:
            await self._drafts.adopt(message_id, kept, draft, wanted)
        await self._drafts.as_composed(message_id, draft, wanted)

    async def draft_unchanged(self, message_id: str, raw: bytes) -> bool:
        message_id = bare(message_id)
        kept = await self._drafts.kept(message_id)
        place, draft = await self._drafts.find(message_id, kept)
        return place is Place.DRAFTS and await self._drafts.is_unchanged(kept, draft, raw, digest(raw))

    async def withdraw(self, message_id: str, raw: bytes) -> bool:
        message_id = bare(message_id)
        kept = await self._drafts.kept(message_id)
        if kept is None or not kept.ref:
            return True
        place, draft = await self._drafts.find(message_id, kept)
        if place is not Place.DRAFTS:
            return True
        if not await self._drafts.is_unchanged(kept, draft, raw, digest(raw)):
            return False
        return await self._drafts.put_away(kept, draft)


@dataclass(frozen=True, slots=True)
class _Ready:
    """What is to be sent, or why nothing is. fresh: it was made just now, so nobody can have sent it before."""

    place: Place
    draft: Json
    fresh: bool = False
