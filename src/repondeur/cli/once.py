"""`repondeur once`: handle all unread mail, then exit."""

import asyncio
from typing import Annotated

import typer

from repondeur.cli import output, start
from repondeur.cli.rows import state_and_reason
from repondeur.pipeline.agent import DRAIN, Swept
from repondeur.pipeline.agent import once as sweep
from repondeur.settings.schema import Settings
from repondeur.store.records import Mail, State
from repondeur.texts import render
from repondeur.wiring import running

app = typer.Typer()


@app.command()
def once(
    limit: Annotated[int | None, typer.Option(min=1, help="Take up at most this many new mails.")] = None,
) -> None:
    """Handle all unread mail of all mailboxes, then exit. Exit code 1 when a mail failed or a mailbox was away."""
    swept, mails = asyncio.run(_once(start.settings_with_mailbox(), limit))
    for mail in mails:
        state, reason = state_and_reason(mail.stage, mail.state, mail.reason)
        typer.echo(f"{mail.id:>5}  {state:<12} {output.safe(mail.subject)[:60]} — {output.safe(reason)}")
    _summarise(mails)
    for name, reason in swept.problems.items():
        typer.echo(f"{name}: {render(reason, output.language())}", err=True)
    if swept.problems or any(mail.state is State.FAILED for mail in mails):
        raise typer.Exit(1)


async def _once(settings: Settings, limit: int | None) -> tuple[Swept, list[Mail]]:
    async with running(settings) as house:
        swept = await sweep(house.parts, house.dispatcher, limit)
        await house.dispatcher.close(DRAIN)
        loaded = [await house.parts.store.get(mail_id) for mail_id in swept.taken]
    return swept, [mail for mail in loaded if mail is not None]


def _summarise(mails: list[Mail]) -> None:
    if not mails:
        output.say("cli.swept_none")
        return
    counts: dict[str, int] = {}
    for mail in mails:
        state, _ = state_and_reason(mail.stage, mail.state, None)
        counts[state] = counts.get(state, 0) + 1
    output.say("cli.swept", count=len(mails), states=", ".join(f"{state} {n}" for state, n in sorted(counts.items())))
