"""Once a night, in one process of all: what is older than it is to be kept is forgotten."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

import structlog

from repondeur.errors import RepondeurError
from repondeur.settings.schema import Settings
from repondeur.store.database import Database
from repondeur.store.forgetting import Forgetting, Retention
from repondeur.store.freed import clear_freed, clear_log
from repondeur.store.ledger import Ledger
from repondeur.store.nightly import done_last, note_done

log = structlog.get_logger(__name__)

HOUR: Final = 3  # of the night, where this machine is
LOOK: Final = 600.0  # seconds between two looks at the clock
LEASE: Final = 3600.0  # seconds; whoever dies over it is followed after that
_PURGE: Final = "purge"


def retention(settings: Settings) -> Retention:
    """How long what is kept. Where bodies are not stored, those that are left from before go too."""
    bodies = _days(settings.retention_bodies) if settings.store_bodies else timedelta(0)
    gaps = _days(settings.retention_gaps) if settings.store_bodies else bodies
    return Retention(bodies, _days(settings.retention_records), gaps, _days(settings.retention_held))


def last_night(now: datetime) -> datetime:
    """The latest quiet hour that has come. now: with the zone of this machine."""
    tonight = now.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return tonight if tonight <= now else tonight - timedelta(days=1)


async def keep_up(settings: Settings, database: Database, clock: Callable[[], datetime]) -> None:
    """Until it is cancelled. The first look is at once: a machine may be off at night."""
    while True:
        await tidy_up(settings, database, clock)
        await asyncio.sleep(LOOK)


async def tidy_up(settings: Settings, database: Database, clock: Callable[[], datetime]) -> None:
    """`purge_if_due`, whose failure keeps nobody from working mail: it is tried again. Where bodies are not stored, the
    log of the database does not keep them for long either."""
    try:
        await purge_if_due(settings, database, clock)
        if not settings.store_bodies:
            await clear_log(database)
    except RepondeurError as error:
        log.warning("purge.failed", reason=error.reason.code)
    except Exception as error:
        log.error("purge.failed", exc_info=error)


async def purge_if_due(settings: Settings, database: Database, clock: Callable[[], datetime]) -> bool:
    """Purges unless that was done since the last quiet hour, or another process is at it. Raises StoreUnavailable."""
    now = clock()
    if not await _is_due(database, now):
        return False
    ledger, owner = Ledger(database), uuid4().hex
    if not await ledger.lease(_PURGE, owner, LEASE, now):
        return False
    try:
        if not await _is_due(database, now):  # another process was quicker
            return False
        purged = await Forgetting(database).purge(retention(settings), now)
        await clear_freed(database)
        await note_done(database, _PURGE, now)
    finally:
        await ledger.give_up_lease(_PURGE, owner)
    log.info("purge.done", bodies=purged.bodies, records=purged.records, gaps=purged.gaps, held=purged.held)
    return True


async def _is_due(database: Database, now: datetime) -> bool:
    last = await done_last(database, _PURGE)
    # One from the future is of a clock that was wrong.
    return last is None or not last_night(now.astimezone()) <= last <= now


def _days(days: int | None) -> timedelta | None:
    return None if days is None else timedelta(days=days)
