"""Telling people: chats, phones, webhooks, mail. Each thing at most once for a target, in the background; whether it
works out changes nothing for any mail."""

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any, Final, Protocol, Self

import structlog

from repondeur.actions.notices import mail as by_mail
from repondeur.actions.notices import mattermost, ntfy, slack, teams, webhook
from repondeur.actions.notices.notice import Notice
from repondeur.actions.outgoing import Outgoing
from repondeur.errors import (
    OutgoingRefused,
    OutgoingUnavailable,
    OutgoingUnknown,
    RepondeurError,
    SubmissionUnknown,
    TemporaryError,
)
from repondeur.mail.message import Address
from repondeur.mailboxes.base import Mailbox
from repondeur.settings.targets import NotifySettings
from repondeur.store.notices import Due, Notices, Planned
from repondeur.store.records import Mail, State
from repondeur.store.store import Store
from repondeur.telemetry import metrics
from repondeur.texts import Language, Reason

log = structlog.get_logger(__name__)

BY_HTTP: Final[dict[str, ModuleType]] = {
    "slack": slack,
    "teams": teams,
    "mattermost": mattermost,
    "ntfy": ntfy,
    "webhook": webhook,
}
# Between the tries of one notice. After the last it is given up: a notice of yesterday helps nobody.
PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (2, 10, 60, 300, 1800))
SAME: Final = 600  # seconds: of the same alarm of a mailbox people are told once in this time
LAST_WORD: Final = 4.0  # seconds that a stop waits for what is being told
LOOK: Final = 30.0  # seconds between two looks for what is due, when nobody wakes us
STATES: Final = {State.HELD: "held", State.FAILED: "failed", State.DRAFTED: "drafted", State.ANSWERED: "answered"}


class Target(Protocol):
    """Somebody who is told. Sends one notice, awaiting `committing` before anything can have left. Raises
    TemporaryError (nothing has left, and it may work later), OutgoingUnknown or SubmissionUnknown (it may have left),
    any other RepondeurError (nothing has left, and it is of no use)."""

    @property
    def settings(self) -> NotifySettings: ...

    async def send(self, notice: Notice, committing: Callable[[], Awaitable[None]]) -> None: ...


@dataclass(frozen=True, slots=True)
class ByHttp:
    settings: NotifySettings
    outgoing: Outgoing

    async def send(self, notice: Notice, committing: Callable[[], Awaitable[None]]) -> None:
        kind = BY_HTTP[self.settings.kind]
        assert self.settings.url is not None
        secret = "" if self.settings.secret is None else self.settings.secret.get_secret_value()
        answer = await self.outgoing.send(
            kind.request(notice, self.settings.url.get_secret_value(), secret), committing
        )
        if not kind.accepted(answer):
            raise OutgoingRefused("outgoing.strange_answer", host=self.settings.id)


@dataclass(frozen=True, slots=True)
class ByMail:
    """accounts: by name of the mailbox, each with the address it writes as; the first one for what concerns none."""

    settings: NotifySettings
    accounts: Mapping[str, tuple[Mailbox, Address]]

    async def send(self, notice: Notice, committing: Callable[[], Awaitable[None]]) -> None:
        if self.settings.to.lower() == notice.author_address.lower():  # nobody is answered this way
            raise OutgoingRefused("notice.to_its_author", mail=notice.mail or 0)
        found = self.accounts.get(notice.mailbox) or next(iter(self.accounts.values()), None)
        if found is None:
            raise OutgoingRefused("notice.no_mailbox")
        mailbox, sender = found
        await mailbox.submit(by_mail.submission(notice, sender, self.settings.to), committing)


@dataclass(slots=True)
class Notifier:
    """public_url: of our page, "" for none."""

    targets: Sequence[Target]
    notices: Notices
    store: Store
    clock: Callable[[], datetime]
    language: Language = "en"
    public_url: str = ""
    _news: dict[str, asyncio.Event] = field(default_factory=dict)  # by id of the target that is told in the background
    _stopping: bool = False
    _workers: set[asyncio.Task[None]] = field(default_factory=set)

    # -- what is to be told

    async def ended(self, mail_id: int, mailbox: str, state: State, reason: Reason, *, urgent: bool = False) -> None:
        """The way of a mail comes to its end. Stored; nothing is waited for. Raises StoreUnavailable."""
        events = [*(["urgent"] if urgent else []), *([STATES[state]] if state in STATES else [])]
        told = [(target, [event for event in events if event in target.on]) for target in self._told_of(mailbox)]
        key = f"mail:{mail_id}"
        await self._plan([Planned(to.id, key, found[0], mailbox, mail_id, reason) for to, found in told if found])

    async def ended_unread(self, mailbox: str, identity: str, state: State, reason: Reason) -> None:
        """The same for a mail that ended as it was stored."""
        if not any(True for _ in self._told_of(mailbox)):
            return
        number = await self.notices.number_of(mailbox, identity)
        if number is not None:
            await self.ended(number, mailbox, state, reason)

    async def alarm(self, reason: Reason, mailbox: str, mail_id: int | None) -> None:
        """Something that people should see today."""
        key = f"alarm:{mailbox}:{reason.code}:{int(self.clock().timestamp()) // SAME}"
        told = (target for target in self._told_of(mailbox) if "alarm" in target.on)
        await self._plan([Planned(target.id, key, "alarm", mailbox, mail_id, reason) for target in told])

    def _told_of(self, mailbox: str) -> Iterable[NotifySettings]:
        for target in self.targets:
            if not target.settings.mailbox or not mailbox or mailbox in target.settings.mailbox:
                yield target.settings

    async def _plan(self, wanted: Sequence[Planned]) -> None:
        if not wanted:
            return
        if left_out := await self.notices.plan(wanted, self.clock()):
            log.warning("notice.too_many", left_out=left_out, mail=wanted[0].mail_id)
        self._ring({one.target for one in wanted})

    def _ring(self, targets: Set[str]) -> None:
        for target in targets & self._news.keys():
            self._news[target].set()

    # -- telling it

    async def __aenter__(self) -> Self:
        for target in self.targets:
            self._news[target.settings.id] = asyncio.Event()
            name = f"notices {target.settings.id}"
            self._workers.add(asyncio.create_task(self._again_and_again(target), name=name))
        return self

    async def __aexit__(self, *error: object) -> None:
        """What is due is still told, for a moment; what is left is told by the next run."""
        if not self._workers:
            return
        self._stopping = True
        self._ring(self._news.keys())
        _, late = await asyncio.wait(self._workers, timeout=LAST_WORD)
        for task in late:
            task.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    async def _again_and_again(self, target: Target) -> None:
        """Each target by itself: one that is slow keeps nobody waiting, neither now nor for what comes meanwhile."""
        news = self._news[target.settings.id]
        while True:
            stopping = self._stopping
            news.clear()
            try:
                await self._tell(target)
                waits = await self._until_next(target)
            except Exception as error:  # a defect of one notice keeps no other from being sent, and is logged in full
                log.error("notice.not_worked", target=target.settings.id, exc_info=error)
                waits = LOOK
            if stopping:
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(waits):
                    await news.wait()

    async def _until_next(self, target: Target) -> float:
        due = await self.notices.next_due(target.settings.id)
        return LOOK if due is None else min(max((due - self.clock()).total_seconds(), 0.1), LOOK)

    async def tell(self) -> None:
        """Everything that is due now, the targets side by side."""
        await asyncio.gather(*map(self._tell, self.targets))

    async def _tell(self, target: Target) -> None:
        known = [one.settings.id for one in self.targets]
        for due in await self.notices.due(self.clock(), target.settings.id, known):
            await self._tell_one(target, due)

    async def _tell_one(self, target: Target, due: Due) -> None:
        async def committing() -> None:
            if not await self.notices.begin(due.id, self.clock()):
                raise _Taken

        try:
            await target.send(await self._notice(due), committing)
        except _Taken:
            return
        except TemporaryError as error:
            await self._later(target, due, error)
        except (OutgoingUnknown, SubmissionUnknown) as error:
            await self._ended(target, due, "unknown", error.reason)
        except RepondeurError as error:
            await self._ended(target, due, "failed", error.reason)
        except Exception as error:  # a defect that one notice brings to light must not keep the others from being told
            log.error("notice.defect", target=target.settings.id, notice=due.id, exc_info=error)
            await self._ended(target, due, "unknown", Reason("way.defect", {"error": type(error).__name__}))
        else:
            await self._ended(target, due, "sent", None)

    async def _later(self, target: Target, due: Due, error: RepondeurError) -> None:
        if due.tries >= len(PAUSES):
            await self._ended(target, due, "failed", error.reason)
            return
        asked = error.retry_after if isinstance(error, OutgoingUnavailable) else None
        pause = max(PAUSES[due.tries], timedelta(seconds=asked or 0))
        log.info("notice.later", target=target.settings.id, notice=due.id, reason=error.reason.code)
        now = self.clock()
        await self.notices.later(due.id, due.tries + 1, now + pause, now)

    async def _ended(self, target: Target, due: Due, state: str, reason: Reason | None) -> None:
        told: dict[str, Any] = {"target": target.settings.id, "notice": due.id, "mail": due.planned.mail_id}
        metrics.NOTICES.labels(target.settings.id, state).inc()
        if reason is None:
            log.info("notice.sent", **told)
        else:
            log.error(f"notice.{state}", **told, reason=reason.code)
        await self.notices.ended(due.id, state, self.clock())

    async def _notice(self, due: Due) -> Notice:
        planned = due.planned
        mail = None if planned.mail_id is None else await self.store.get(planned.mail_id)
        return Notice(
            id=hashlib.sha256(f"{planned.target} {planned.key}".encode()).hexdigest()[:32],
            event=planned.event,
            mailbox=planned.mailbox,
            reason=planned.reason,
            at=due.at,
            language=self.language,
            mail=planned.mail_id,
            subject=mail.subject if mail else "",
            author_name=_name_of(mail),
            author_address=mail.author if mail else "",
            link=f"{self.public_url}/messages/{planned.mail_id}" if self.public_url and mail else "",
        )


class _Taken(Exception):
    """Another process sends this one."""


def _name_of(mail: Mail | None) -> str:
    return mail.message.author.name if mail is not None and mail.message is not None else ""
