"""`repondeur pause`: nothing leaves by itself any more, for all workers at once."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from repondeur.cli import output, start
from repondeur.cli.frame import App
from repondeur.cli.pausing import known, told
from repondeur.cli.who import who
from repondeur.opening import open_database
from repondeur.settings.schema import Settings
from repondeur.store.pauses import ALL, Pause, Pauses
from repondeur.texts import render

LOOKS, LOOK_SECONDS = 100, 0.1
LEAVING = timedelta(minutes=2)  # what has been with a server for longer was left there by a crash

app = App()


@app.command()
def pause(
    mailbox: Annotated[str, typer.Argument()] = ALL,
    list_: Annotated[bool, typer.Option("--list")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    settings = start.settings()
    known(settings, mailbox)
    if list_:
        _list(asyncio.run(_every(settings)), mailbox, as_json=as_json)
        return
    asyncio.run(_pause(settings, mailbox))


async def _every(settings: Settings) -> list[Pause]:
    async with AsyncExitStack() as stack:
        return list(await Pauses(open_database(settings, stack, alone=False)).every())


def _list(pauses: list[Pause], mailbox: str, *, as_json: bool) -> None:
    shown = [one for one in pauses if mailbox == ALL or one.mailbox in {ALL, mailbox}]
    for one in shown:
        if as_json:
            output.write_json(_json(one))
        else:
            typer.echo(output.safe(render(told(one), output.language())))
    if not shown and not as_json:
        output.say("limits.nothing_paused")


def _json(pause: Pause) -> dict[str, Any]:
    return {
        "mailbox": pause.mailbox or None,
        "since": pause.since.isoformat(),
        "by": pause.by,
        "who": pause.who or None,
        "code": pause.reason.code,
        "text": render(pause.reason, output.language()),
    }


async def _pause(settings: Settings, mailbox: str) -> None:
    async with AsyncExitStack() as stack:
        pauses = Pauses(open_database(settings, stack, alone=False))
        now = datetime.now(UTC)
        if not await pauses.pause(mailbox, now, who=who()):
            (before,) = [one for one in await pauses.every() if one.mailbox == mailbox]
            typer.echo(output.safe(render(told(before), output.language())))
        elif mailbox == ALL:
            output.say("limits.all_now_paused")
        else:
            output.say("limits.now_paused", mailbox=mailbox)
        # Nothing new begins from here on. What a server is being given at this moment is waited for, so that nothing
        # leaves once this command has ended.
        leaving = await pauses.leaving(now - LEAVING)
        for _ in range(LOOKS):
            if not leaving:
                break
            await asyncio.sleep(LOOK_SECONDS)
            leaving = await pauses.leaving(now - LEAVING)
        if leaving:
            output.note("limits.leaving", count=leaving)
