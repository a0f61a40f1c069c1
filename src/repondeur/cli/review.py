"""What `approve`, `reject` and `retry` share: change the store, and see to it that someone carries it out."""

import asyncio
from collections.abc import Awaitable, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Protocol

from repondeur.cli import output, start
from repondeur.cli.next_step import next_steps
from repondeur.cli.rows import label, state_and_reason
from repondeur.cli.who import who
from repondeur.errors import SettingsError
from repondeur.opening import open_database, sqlite_file
from repondeur.settings.schema import Settings
from repondeur.store.lock import WakeUp
from repondeur.store.records import Mail, State, Waiting
from repondeur.store.review import ReviewRefused
from repondeur.store.store import Store
from repondeur.texts import Param

PATIENCE = 20.0  # seconds


class Change(Protocol):
    def __call__(
        self, store: Store, mail_id: int, now: datetime, /, *, by: Mapping[str, str]
    ) -> Awaitable[Waiting]: ...


def carry_out(mail_id: int, change: Change) -> None:
    """Says what became of the mail. Raises ReviewRefused, SettingsError."""
    settings = start.hushed(start.loaded_with_mailbox())
    try:
        asyncio.run(_carry_out(settings, mail_id, change))
    except ReviewRefused as error:
        raise ReviewRefused(error.reason.code, **_in_words(error.reason.params)) from error


def _in_words(params: Mapping[str, Param]) -> dict[str, Param]:
    """The state or step of a mail as people read it everywhere else."""
    words = {name: label("state", str(params[name])).lower() for name in ("state", "stage") if name in params}
    return {**params, **words}


async def _carry_out(settings: Settings, mail_id: int, change: Change) -> None:
    async with AsyncExitStack() as stack:
        database = open_database(settings, stack, alone=False)
        waiting = await change(Store(database), mail_id, datetime.now(UTC), by=who())
        if database.is_sqlite and WakeUp(sqlite_file(database)).wake():
            output.say("cli.handed_over", mail=mail_id)
            return
    # Nobody else works this store at the moment (or PostgreSQL shares the work out): do it here.
    try:
        mail = await _here(settings, waiting)
    except SettingsError as error:
        if error.reason.code != "store.locked":
            raise
        output.say("cli.handed_over", mail=mail_id)  # `repondeur once` has it in hand, or takes it up next time
        return
    assert mail is not None
    state, reason = state_and_reason(mail.stage, mail.state, mail.reason)
    output.say("cli.reviewed", mail=mail_id, state=state, reason=reason)
    for advice in next_steps(mail) if mail.state is not State.ANSWERED else ():
        output.write_wrapped("  ", advice)


async def _here(settings: Settings, waiting: Waiting) -> Mail | None:
    # All that works mail: not loaded where an agent runs that does it.
    from repondeur.pipeline.agent import DRAIN
    from repondeur.wiring import running

    async with running(settings) as house:
        await house.dispatcher.start()
        await house.dispatcher.submit([waiting])
        await house.dispatcher.quiet(PATIENCE)
        await house.dispatcher.close(DRAIN)
        return await house.parts.store.get(waiting.id)
