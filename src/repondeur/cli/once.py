"""`repondeur once`: handle all unread mail, then exit."""

import asyncio
from typing import Annotated

import typer

from repondeur.cli import output, start
from repondeur.cli.rows import line, summarise
from repondeur.pipeline.agent import DRAIN, Swept
from repondeur.pipeline.agent import once as sweep
from repondeur.settings.schema import Settings
from repondeur.store.records import Mail, State
from repondeur.wiring import running

app = typer.Typer()


@app.command()
def once(
    limit: Annotated[int | None, typer.Option(min=1, help="Take up at most this many new mails.")] = None,
) -> None:
    """Handle all unread mail of all mailboxes, then exit. Exit code 1 when a mail failed or a mailbox was away."""
    swept, mails = asyncio.run(_once(start.settings_with_mailbox(), limit))
    for mail in mails:
        typer.echo(line(mail))
    if mails or not swept.problems:  # "no new mail" is no thing to say of a mailbox that could not be read
        summarise(mails)
    for name, problem in swept.problems.items():
        output.complain_of(problem, about=f"{name}: ")
    if swept.problems or any(mail.state is State.FAILED for mail in mails):
        raise typer.Exit(1)


async def _once(settings: Settings, limit: int | None) -> tuple[Swept, list[Mail]]:
    async with running(settings) as house:
        swept = await sweep(house.parts, house.dispatcher, limit)
        await house.dispatcher.close(DRAIN)
        loaded = [await house.parts.store.get(mail_id) for mail_id in swept.taken]
    return swept, [mail for mail in loaded if mail is not None]
