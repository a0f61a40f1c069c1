"""What wakes the agent: one task a mailbox, which takes in what is there and then waits for more."""

import asyncio
import random
from dataclasses import dataclass, field

import structlog

from repondeur.errors import LoginRefused, RepondeurError
from repondeur.pipeline.dispatch import Dispatcher
from repondeur.pipeline.parts import Account, Parts
from repondeur.pipeline.receive import receive
from repondeur.policy.retry import pause
from repondeur.settings.schema import ImapSettings
from repondeur.telemetry import metrics
from repondeur.texts import Reason

log = structlog.get_logger(__name__)

LONGEST_PAUSE = 60.0  # seconds
REFUSED_PAUSE = 300.0  # seconds: a wrong password does not get better by itself, and IMAP servers lock out who insists


@dataclass(slots=True)
class Health:
    """What is wrong at this moment, by mailbox; empty when all is well. Read by /ready."""

    problems: dict[str, Reason] = field(default_factory=dict)


async def watch(account: Account, parts: Parts, dispatcher: Dispatcher, health: Health) -> None:
    """Works one mailbox until cancelled. No failure ends it: it is noted in `health` and tried again."""
    name = account.mailbox.name
    failures = 0
    while True:
        try:
            async for received in receive(account, parts):
                await dispatcher.submit(received.waiting)
            if health.problems.pop(name, None) is not None:
                log.info("mailbox.back", mailbox=name)
            failures = 0
            metrics.MAILBOX_UP.labels(name).set(1)
            await account.mailbox.wait(account.settings.poll_interval)
        except Exception as error:
            reason = (
                error.reason
                if isinstance(error, RepondeurError)
                else Reason("way.defect", {"error": type(error).__name__})
            )
            known = isinstance(error, RepondeurError)
            log.warning(
                "mailbox.failed",
                mailbox=name,
                reason=reason.code,
                failures=failures + 1,
                exc_info=None if known else error,
            )
            health.problems[name] = reason
            metrics.MAILBOX_UP.labels(name).set(0)
            await asyncio.sleep(_seconds_until_next(error, failures, account))
            failures += 1


def _seconds_until_next(error: Exception, failures: int, account: Account) -> float:
    if isinstance(error, LoginRefused) and isinstance(account.settings, ImapSettings):
        return REFUSED_PAUSE
    return min(pause(failures, random.random()).total_seconds(), LONGEST_PAUSE)  # noqa: S311  spreads load
