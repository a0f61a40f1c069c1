"""The agent as a whole: once over everything that waits, or for good until it is told to stop."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

import structlog

from repondeur.errors import RepondeurError
from repondeur.pipeline.dispatch import Dispatcher
from repondeur.pipeline.parts import Account, Parts
from repondeur.pipeline.receive import receive
from repondeur.pipeline.watch import Health, watch
from repondeur.texts import Reason

log = structlog.get_logger(__name__)

PATIENCE = 20.0  # seconds: `once` waits for what is due this soon, and leaves the rest to the next run
DRAIN = 20.0  # seconds a stop waits for mails in hand; whatever is left goes on at the next start


@dataclass(frozen=True, slots=True)
class Swept:
    """What `once` has done. taken: mails newly taken up, by mailbox. problems: mailboxes that could not be read."""

    taken: tuple[int, ...]
    problems: dict[str, Reason]


async def once(parts: Parts, dispatcher: Dispatcher, limit: int | None = None) -> Swept:
    """Takes up what is unfinished and all unread mail, and returns when nothing is left that is due soon.

    limit: new mails to take up at most, over all mailboxes.
    """
    await dispatcher.start()
    taken: list[int] = []
    problems: dict[str, Reason] = {}
    for account in parts.accounts.values():
        left = None if limit is None else limit - len(taken)
        if left is not None and left <= 0:
            break
        try:
            async for received in receive(account, parts, left):
                taken += [one.id for one in received.new]
                await dispatcher.submit(received.waiting)
        except RepondeurError as error:
            log.warning("mailbox.failed", mailbox=account.mailbox.name, reason=error.reason.code)
            problems[account.mailbox.name] = error.reason
    await dispatcher.quiet(PATIENCE)
    return Swept(tuple(taken), problems)


async def watch_all(accounts: Iterable[Account], parts: Parts, dispatcher: Dispatcher, health: Health) -> None:
    """Works every mailbox until cancelled."""
    async with asyncio.TaskGroup() as group:
        for account in accounts:
            group.create_task(watch(account, parts, dispatcher, health), name=f"watch {account.mailbox.name}")
