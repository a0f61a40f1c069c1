"""`repondeur once`: handle all unread mail, then exit."""

import asyncio
from collections.abc import Iterable
from typing import Annotated

import typer

from repondeur.cli import output, start
from repondeur.cli.frame import App
from repondeur.cli.rows import summarise, write_line
from repondeur.pipeline.agent import DRAIN, Swept
from repondeur.pipeline.agent import once as sweep
from repondeur.pipeline.upkeep import tidy_up
from repondeur.settings.schema import Settings
from repondeur.store.records import Mail, State
from repondeur.store.store import Store
from repondeur.wiring import running

app = App()


@app.command()
def once(
    limit: Annotated[int | None, typer.Option(min=1)] = None,
) -> None:
    swept, mails = asyncio.run(_once(start.settings_with_mailbox(), limit))
    for mail in mails:
        write_line(mail)
    if mails or not swept.problems:  # "no new mail" is no thing to say of a mailbox that could not be read
        summarise(mails)
    for name, problem in swept.problems.items():
        output.complain_of(problem, about=f"{name}: ")
    if swept.problems or any(mail.state in {None, State.FAILED} for mail in mails):
        raise typer.Exit(1)


async def _once(settings: Settings, limit: int | None) -> tuple[Swept, list[Mail]]:
    """What was swept, and every mail that was taken up or gone on with."""
    async with running(settings) as house:
        store = house.parts.store
        earlier = await _loaded(store, [one.id for one in await store.unfinished()])
        swept = await sweep(house.parts, house.dispatcher, limit)
        await house.dispatcher.close(DRAIN)
        # Where nothing runs at night, this is the time to forget what is old.
        await tidy_up(settings, store.database, house.parts.clock)
        ids = {mail.id for mail in earlier if mail.state is None}.union(swept.taken)
        return swept, await _loaded(store, sorted(ids))


async def _loaded(store: Store, ids: Iterable[int]) -> list[Mail]:
    loaded = [await store.get(mail_id) for mail_id in ids]
    return [mail for mail in loaded if mail is not None]
