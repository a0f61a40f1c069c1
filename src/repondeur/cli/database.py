"""`repondeur database`: looking after the store."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from repondeur.cli import output, start
from repondeur.opening import open_database
from repondeur.store import backup as backups
from repondeur.store.database import Database
from repondeur.store.store import Store
from repondeur.store.upgrade import HEAD
from repondeur.store.upgrade import upgrade as upgraded

app = typer.Typer(no_args_is_help=True, help="Upgrade, back up, restore or purge the database.")


@app.command()
def upgrade() -> None:
    """Bring the database to the tables of this version. `serve` and `once` do so by themselves."""
    database = Database(start.settings().database)
    changed = upgraded(database)
    output.say("backup.upgraded" if changed else "backup.up_to_date", revision=HEAD)


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")]) -> None:
    """Write everything to one file (SQLite, whichever database is in use), also while the agent runs."""

    async def work() -> int:
        async with AsyncExitStack() as stack:
            database = open_database(start.settings(), stack, alone=False)
            return backups.backup(database, file)

    output.say("backup.written", count=asyncio.run(work()), path=str(file))


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="A file that `backup` wrote.")]) -> None:
    """Read a backup into an empty database. The agent must not run meanwhile."""

    async def work() -> int:
        async with AsyncExitStack() as stack:
            return backups.restore(open_database(start.settings(), stack), file)

    output.say("backup.restored", count=asyncio.run(work()), path=str(file))


@app.command()
def purge(
    days: Annotated[int, typer.Option(min=0, help="Forget what ended longer ago than this.")] = 90,
) -> None:
    """Forget what old mails said, never that they were handled: a second delivery is still recognised."""

    async def work() -> int:
        async with AsyncExitStack() as stack:
            store = Store(open_database(start.settings(), stack, alone=False))
            return await store.purge(datetime.now(UTC) - timedelta(days=days))

    output.say("backup.purged", count=asyncio.run(work()), days=days)


@app.command()
def rename(
    old: Annotated[str, typer.Argument(help="Name of the mailbox as the store knows it.")],
    new: Annotated[str, typer.Argument(help="Name it has now; by default its address.")],
) -> None:
    """Give the mails of a mailbox that has another name or address now to the new name. The agent must not run."""

    async def work() -> int:
        async with AsyncExitStack() as stack:
            return await Store(open_database(start.settings(), stack)).rename_mailbox(old, new)

    output.say("backup.renamed", count=asyncio.run(work()), old=old, new=new)
