"""The pages' view of the store."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network

import structlog

from repondeur.errors import StoreUnavailable
from repondeur.mail.compose import reply_subject
from repondeur.mail.shown import whole_subject, whole_text
from repondeur.policy.analysis import Analysis
from repondeur.policy.decision import Decision
from repondeur.store import record
from repondeur.store.chain import Link
from repondeur.store.keys import check_unchanged
from repondeur.store.ledger import Ledger
from repondeur.store.overview import Overview
from repondeur.store.pauses import ALL, Pauses
from repondeur.store.records import ActionState, Mail, Stage, Summary, from_json
from repondeur.store.review import left_to_do
from repondeur.store.steps import first_reason
from repondeur.store.store import Store
from repondeur.store.upgrade import HEAD, noted_revision
from repondeur.telemetry import metrics
from repondeur.texts import Language, Reason
from repondeur.web.console import Detail, Recorded, Reply, Row, Step, Stopped, Subscribed

log = structlog.get_logger(__name__)

LEFT = frozenset({ActionState.SENT, ActionState.DONE})
SERVERS = ("imap.", "smtp.", "graph.")  # what the reasons begin with that speak of a mail server
ONE_MAIL_ONLY = ("smtp.later", "graph.refused")  # one recipient or request; nothing of ours is away


@dataclass(frozen=True, slots=True)
class StoreConsole:
    """A Console over the store. problems: what is wrong at the moment. metrics_networks: who may read the metrics.
    mailboxes: those that are worked; None: of all, subscriptions are shown. clock: by which these end."""

    store: Store
    language: Language
    problems: Callable[[], Sequence[Reason]]
    metrics_networks: tuple[str, ...] = ()
    mailboxes: frozenset[str] | None = None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def _ledger(self) -> Ledger:
        return Ledger(self.store.database)

    @property
    def _overview(self) -> Overview:
        return Overview(self.store.database)

    async def _revision(self) -> str | None:
        return await self.store.database.read(noted_revision)

    async def last_mails(self, limit: int, before: int | None = None) -> Sequence[Row]:
        return [_row(one) for one in await self._overview.latest(limit, before)]

    async def mail(self, mail_id: int) -> Detail | None:
        mail = await self.store.get(mail_id)
        if mail is None:
            return None
        history = await self._overview.history(mail_id)
        recorded = await self.store.database.read(lambda connection: record.of_mail(connection, mail_id))
        understood, decided = mail.steps.get("understand"), mail.steps.get("decide")
        analysis = understood.get("analysis") if understood else None
        return Detail(
            row=_row(mail),
            steps=tuple(Step(name, at, first_reason(name, found) or "") for name, at, found in history),
            message=mail.message,
            analysis=from_json(Analysis, analysis) if analysis else None,
            decision=from_json(Decision, decided["decision"]) if decided else None,
            reply=_reply(mail),
            record=tuple(_recorded(row) for row in recorded),
            left_to_do=left_to_do(mail),
        )

    async def ready(self) -> Sequence[Reason]:
        """What is wrong with the tables, the workers, a mailbox, and with the sending: of that, only the mails that
        wait for it can tell, and a breaker that has opened. What a person has paused works as it was told. Raises
        StoreUnavailable, also where the keys of the database are not those of this process."""
        revision = await self._revision()
        if revision != HEAD:
            return [Reason("store.other_revision", {"revision": revision or "?", "head": HEAD}), *self.problems()]
        await self._check_keys()
        held_up_by = await self._overview.held_up_by()
        servers = [one for one in held_up_by if one.code.startswith(SERVERS) and one.code not in ONE_MAIL_ONLY]
        broken = [one.reason for one in await self.stopped() if one.by == "breaker"]
        problems = [*self.problems(), *broken]
        return [*problems, *(one for one in servers if one not in problems)]

    async def _check_keys(self) -> None:
        database = self.store.database
        await database.read(lambda connection: check_unchanged(connection, database.sealer))

    async def subscriptions(self) -> Sequence[Subscribed]:
        """None on tables of another version, which may know of none. Raises StoreUnavailable."""
        return [
            Subscribed(one.mailbox, one.folder, one.id, one.expires, one.last_notice, one.last_check, one.problem)
            for one in (await self._ledger.subscriptions() if await self._revision() == HEAD else ())
            if self.mailboxes is None or one.mailbox in self.mailboxes
        ]

    async def stopped(self) -> Sequence[Stopped]:
        """None on tables of another version, which may know of none. Raises StoreUnavailable."""
        return [
            Stopped(one.mailbox, one.since, one.reason, one.by)
            for one in (await Pauses(self.store.database).every() if await self._revision() == HEAD else ())
            if self.mailboxes is None or one.mailbox in {ALL, *self.mailboxes}
        ]

    async def metrics(self) -> str:
        try:
            _gauge(await self._overview.counts())
            _gauge_stopped(await self.stopped(), self.mailboxes or frozenset())
            _gauge_subscriptions(await self.subscriptions(), self.clock())
            _gauge_announced(await self._ledger.announced_counts() if await self._revision() == HEAD else {})
        except StoreUnavailable as error:  # everything else can still be counted, and is wanted most just then
            log.warning("web.metrics_without_store", code=error.reason.code)
        return metrics.exposition()

    def metrics_allowed(self, ip: str) -> bool:
        try:
            address = ip_address(ip)
        except ValueError:  # a client on a Unix socket has none
            return False
        return any(address in ip_network(network, strict=False) for network in self.metrics_networks)


def _gauge(counts: Mapping[tuple[str, str], int]) -> None:
    """Brings the gauges of unfinished mails up to date."""
    metrics.UNFINISHED.clear()
    for (mailbox, where), count in counts.items():
        if where in set(Stage):
            metrics.UNFINISHED.labels(mailbox, where).set(count)


def _gauge_stopped(stopped: Sequence[Stopped], mailboxes: frozenset[str]) -> None:
    """0 and 1 for each mailbox that is worked; 1 for any other that is paused."""
    names = {one.mailbox for one in stopped}
    metrics.PAUSED.clear()
    for mailbox in mailboxes | names - {ALL}:
        metrics.PAUSED.labels(mailbox).set(bool({mailbox, ALL} & names))


def _gauge_subscriptions(subscriptions: Sequence[Subscribed], now: datetime) -> None:
    for gauge in (
        metrics.GRAPH_SUBSCRIPTION_UP,
        metrics.GRAPH_SUBSCRIPTION_EXPIRES,
        metrics.GRAPH_SUBSCRIPTION_INFO,
        metrics.GRAPH_LAST_NOTICE,
        metrics.GRAPH_LAST_CHECK,
    ):
        gauge.clear()
    for one in subscriptions:
        place = one.mailbox, one.folder
        is_up = one.id != "" and one.problem is None and one.valid_until > now
        metrics.GRAPH_SUBSCRIPTION_UP.labels(*place).set(is_up)
        metrics.GRAPH_SUBSCRIPTION_EXPIRES.labels(*place).set(one.valid_until.timestamp())
        if one.id:
            metrics.GRAPH_SUBSCRIPTION_INFO.labels(*place, one.id).set(1)
        for moment, gauge in ((one.last_notice, metrics.GRAPH_LAST_NOTICE), (one.last_check, metrics.GRAPH_LAST_CHECK)):
            if moment is not None:
                gauge.labels(*place).set(moment.timestamp())


def _gauge_announced(counts: Mapping[str, int]) -> None:
    metrics.GRAPH_ANNOUNCED.clear()
    for mailbox, count in counts.items():
        metrics.GRAPH_ANNOUNCED.labels(mailbox).set(count)


def _row(of: Mail | Summary) -> Row:
    return Row(
        id=of.id,
        mailbox=of.mailbox,
        message_id=of.message_id,
        subject=of.subject,
        author=of.author,
        state=(of.state or of.stage).value,
        reason=of.reason,
        received=of.received,
    )


def _recorded(row: Link) -> Recorded:
    by = record.details_of(row).get("by", {})
    return Recorded(row.id, row.at, row.event, row.hash, " / ".join(by.values()))


def _reply(mail: Mail) -> Reply | None:
    action = mail.action("reply") or mail.action("draft")
    if action is None or not action.text:
        return None
    return Reply(
        action.recipient,
        whole_subject(action.raw) or reply_subject(mail.subject),
        whole_text(action.raw) or action.text,
        action.kind == "reply" and action.state in LEFT,
    )
