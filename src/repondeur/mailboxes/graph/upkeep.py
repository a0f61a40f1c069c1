"""Keeps the subscription of one folder: what is due is said by lifetime.py, done here, and noted in the ledger."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from repondeur.errors import MailboxUnavailable, RepondeurError, StoreUnavailable
from repondeur.mailboxes.graph import lifetime
from repondeur.mailboxes.graph.failures import Refused
from repondeur.mailboxes.graph.folders import WELL_KNOWN, Folders
from repondeur.mailboxes.graph.lease import RENEWED, Lease
from repondeur.mailboxes.graph.lifetime import Due, Wanted
from repondeur.mailboxes.graph.messages import moment
from repondeur.mailboxes.graph.subscribing import Subscribing
from repondeur.store.ledger import Ledger, Subscription

log = structlog.get_logger(__name__)

MOST_STEPS = 4  # in one look


class Upkeep:
    """One watched folder of a mailbox. wanted: for this folder, by the name that the settings give it. resync: all
    changes are to be read, since notices may have been lost. ticks: seconds, by a clock that nobody sets. What is known
    beside the ledger a restart may forget."""

    def __init__(  # noqa: PLR0917 - each has a type of its own
        self,
        mailbox: str,
        wanted: Wanted,
        graph: Subscribing,
        folders: Folders,
        ledger: Ledger,
        lease: Lease,
        clock: Callable[[], datetime],
        resync: Callable[[], None],
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._mailbox = mailbox
        self._folder = wanted.folder
        self._wanted = wanted
        self._graph = graph
        self._folders = folders
        self._ledger = ledger
        self._lease = lease
        self._clock = clock
        self._resync = resync
        self._failures = 0
        self._ticks = ticks
        self._failing: float | None = None  # since when
        self._again: float | None = None  # not before
        self._alarmed = ""  # the problem that a person was called for
        self._reauthorized: datetime | None = None
        self._compared = ""  # the id of the subscription that was seen to watch what is wanted
        self._key = ""  # the pair that it was made with, if it was made here

    async def look(self, kept: Subscription | None) -> float:
        """Does what is due; seconds until the next look. kept: as the ledger has it. Raises StoreUnavailable."""
        if self._again is not None and (left := self._again - self._ticks()) > 0:
            return max(1.0, left)
        try:
            self._wanted = replace(self._wanted, folder=await self._folder_id())
            for _ in range(MOST_STEPS):
                act = lifetime.due(kept, self._wanted, self._clock(), self._reauthorized)
                if act == "nothing" and kept is not None and not self._compared:
                    act = "check"  # what happened to it while nobody ran was told to nobody
                if act == "nothing":
                    break
                kept = await self._do(act, kept)
        except StoreUnavailable:
            raise
        except RepondeurError as error:
            return await self._failed(error)
        self._failures, self._failing, self._again, self._alarmed = 0, None, None, ""
        return lifetime.SOONEST if kept is None else lifetime.seconds_to_next(kept, self._clock())

    async def _do(self, act: Due, kept: Subscription | None) -> Subscription:
        if kept is None or act in {"create", "recreate"}:
            return await self._create(kept)
        try:
            match act:
                case "renew":
                    return await self._renew(kept)
                case "reauthorize":
                    return await self._reauthorize(kept)
                case "resync":
                    return await self._acted(kept)
                case _:
                    return await self._check(kept)
        except Refused as error:
            if not error.absent:
                raise
            log.warning("graph.subscription_gone", **_shown(kept))
            return await self._forgotten(kept)

    async def _failed(self, error: RepondeurError) -> float:
        """Notes the problem, calls a person where one is needed, and says when to try again."""
        if not await self._lease.owned():
            return RENEWED
        if isinstance(error, Refused):
            self._folders.forget(self._folder)  # it may have been made anew
        now = self._ticks()
        self._failures += 1
        self._failing = now if self._failing is None else self._failing
        wait = lifetime.wait_after(self._failures)
        self._again = now + wait
        problem = lifetime.problem_of(error, self._wanted)
        rows = await self._ledger.subscriptions(self._mailbox)
        kept = next((row for row in rows if row.folder == self._folder), None)
        kept = kept or lifetime.none_yet(self._mailbox, self._folder, self._wanted, self._clock())
        await self._ledger.put_subscription(replace(kept, problem=problem))
        told = {"mailbox": self._mailbox, "folder": self._folder, "reason": problem.code, "seconds": wait}
        if self._alarmed != problem.code and lifetime.needs_a_person(error, timedelta(seconds=now - self._failing)):
            self._alarmed = problem.code
            log.error("graph.subscription_needs_you", **told)
        else:
            log.warning("graph.subscription_problem", **told)
        return wait

    # -- what can be done

    async def _create(self, kept: Subscription | None) -> Subscription:
        """In place of whatever there is of ours. Graph does not tell the clientState of one that it has ("List
        subscriptions"), so what a crash left behind is not taken over but removed."""
        wanted, why = self._wanted, lifetime.why_anew(kept, self._clock())
        old = {kept.id} if kept is not None and kept.id else set()
        if kept is not None and kept.id and kept.account != wanted.account:
            await self._left(kept)
            old = set()
        await self._graph.clear(wanted, old)
        if kept is not None and kept.id:
            await self._forgotten(kept)
        granted = await self._graph.create(wanted)
        if not await self._lease.renew():  # we were held up, and somebody else looks after it by now
            await self._graph.delete(granted.id)
            raise MailboxUnavailable("graph.subscription_taken_over")
        now = self._clock()
        made = Subscription(
            mailbox=self._mailbox,
            folder=self._folder,
            id=granted.id,
            secret_digest=wanted.secret_digest,
            notification_url=wanted.url,
            rich=wanted.rich,
            expires=granted.expires,
            made=now,
            renewed=now,
            last_check=now,
            account=wanted.account,
        )
        await self._ledger.put_subscription(made)
        self._compared, self._key = granted.id, granted.key
        # A try whose answer was lost may have made one, too.
        await self._graph.clear(wanted, set(), but=granted.id)
        log.info("graph.subscription_created", **_shown(made), why=why)
        self._resync()
        return made

    async def _left(self, kept: Subscription) -> None:
        """It tells of another mailbox, which our rights may not reach any more: then it ends by itself."""
        try:
            await self._graph.delete(kept.id)
        except Refused as error:
            log.warning("graph.subscription_left", **_shown(kept), account=kept.account, code=error.graph_code)

    async def _renew(self, kept: Subscription) -> Subscription:
        granted = await self._graph.renew(kept.id)
        now = self._clock()
        renewed = replace(kept, expires=granted.expires, renewed=now, last_check=now, problem=None)
        log.info("graph.subscription_renewed", **_shown(renewed))
        # Which renewing does as well.
        return await (self._acted if kept.event == "reauthorizationRequired" else self._put)(renewed)

    async def _reauthorize(self, kept: Subscription) -> Subscription:
        await self._graph.reauthorize(kept.id)
        self._reauthorized = self._clock()
        return await self._acted(replace(kept, problem=None))

    async def _acted(self, kept: Subscription) -> Subscription:
        """The event was acted on, but for the mail that we were not told of."""
        log.warning("graph.subscription_event", **_shown(kept), kind=kept.event)
        self._resync()
        return await self._put(replace(kept, event=""))

    async def _check(self, kept: Subscription) -> Subscription:
        """Is it there, until when, and (asked once of each) does it watch what is wanted, with our key of today?"""
        told = await self._graph.told(kept.id)
        other = self._compared != kept.id and not self._wanted.watches(told.get("resource"))
        if other or await self._graph.is_of_old_key(self._key or told.get("encryptionCertificateId")):
            return await self._create(kept)
        self._compared = kept.id
        expires, now = moment(told.get("expirationDateTime")) or kept.expires, self._clock()
        # Our clock may have been ahead when it was renewed.
        renewed = min(kept.renewed, now)
        return await self._put(replace(kept, expires=expires, renewed=renewed, last_check=now, problem=None))

    async def _forgotten(self, kept: Subscription) -> Subscription:
        """It is no more; that a new one is to be made follows."""
        return await self._put(replace(kept, id="", event=""))

    # -- the ledger

    async def _put(self, kept: Subscription) -> Subscription:
        """Nothing is noted over what the next owner has noted by now."""
        if not await self._lease.owned():
            raise MailboxUnavailable("graph.subscription_taken_over")
        await self._ledger.put_subscription(kept)
        return kept

    async def _folder_id(self) -> str:
        known = self._folder.lower()
        return known if known in WELL_KNOWN else await self._folders.id_of(self._folder)


def _shown(kept: Subscription) -> dict[str, Any]:
    """For logs."""
    return {"mailbox": kept.mailbox, "folder": kept.folder, "id": kept.id, "expires": kept.expires}
