"""Telling people of what should be seen today: a limit that was reached, a mailbox that was paused, money spent.

Each is told once within its time, not for every mail: the store remembers, for all processes together.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

import structlog

from repondeur.policy.limits import author_key, thread_key
from repondeur.store import limits
from repondeur.store.limits import SendingWithheld
from repondeur.store.records import Mail
from repondeur.store.store import Store
from repondeur.telemetry import metrics
from repondeur.texts import Reason

log = structlog.get_logger(__name__)

# reason; name of the mailbox, "" for the program; number of the mail, None for none
Alarm = Callable[[Reason, str, int | None], Awaitable[None]]

ABOUT_THREAD: Final = "limits.thread"
ABOUT_AUTHOR: Final = "limits.author"


async def log_alarm(reason: Reason, mailbox: str, mail: int | None) -> None:
    """Into the log and the metrics."""
    metrics.ALARMS.labels(mailbox, reason.code).inc()
    log.error(
        "alarm", mailbox=mailbox, mail=mail, reason=reason.code, **{f"of_{k}": v for k, v in reason.params.items()}
    )


async def tell_withheld(alarm: Alarm, store: Store, mail: Mail, withheld: SendingWithheld, now: datetime) -> None:
    """Of a breaker that has opened; of a limit, unless people were told of it not long ago. A pause that goes on says
    nothing."""
    if withheld.opened is not None:
        await alarm(withheld.opened, mail.mailbox, mail.id)
    elif not withheld.paused:
        await tell_once(alarm, store, mail, withheld.reason, now)


async def tell_once(alarm: Alarm, store: Store, mail: Mail, reason: Reason, now: datetime) -> None:
    """Unless people were told of the same not long ago."""
    about = _about(mail, reason)
    if await store.database.run(lambda found: limits.first_alarm(found, mail.mailbox, reason, about, now)):
        await alarm(reason, mail.mailbox, mail.id)


def _about(mail: Mail, reason: Reason) -> str:
    """What of the mailbox it concerns."""
    if reason.code == ABOUT_THREAD:
        return thread_key(mail.thread)
    return author_key(mail.message.author) if reason.code == ABOUT_AUTHOR and mail.message else ""
