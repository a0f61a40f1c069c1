"""`repondeur resume`: answers leave again, after a pause or a breaker that has opened."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Annotated

import typer

from repondeur.cli import output, start
from repondeur.cli.frame import App
from repondeur.cli.pausing import known, told
from repondeur.cli.who import who
from repondeur.opening import open_database
from repondeur.settings.schema import Settings
from repondeur.store.pauses import ALL, Pauses
from repondeur.texts import hint, render

app = App()


@app.command()
def resume(
    mailbox: Annotated[str, typer.Argument()] = ALL,
) -> None:
    asyncio.run(_resume(start.settings(), mailbox))


async def _resume(settings: Settings, mailbox: str) -> None:
    async with AsyncExitStack() as stack:
        pauses = Pauses(open_database(settings, stack, alone=False))
        known(settings, mailbox, frozenset(one.mailbox for one in await pauses.every()))
        lifted = await pauses.resume(mailbox, datetime.now(UTC), who=who())
        still = next((one for one in await pauses.every() if one.mailbox == ALL), None)
        for one in lifted:
            if still is not None:
                output.say("limits.resumed_alone", mailbox=one.mailbox)
            elif one.mailbox == ALL:
                output.say("limits.all_resumed")
            else:
                output.say("limits.resumed", mailbox=one.mailbox)
        if not lifted:
            if mailbox == ALL:
                output.say("limits.nothing_paused")
            else:
                output.say("limits.not_paused", mailbox=mailbox)
        if still is not None:
            reason = told(still)
            typer.echo(output.safe(f"{render(reason, output.language())} {hint(reason, output.language())}"))
