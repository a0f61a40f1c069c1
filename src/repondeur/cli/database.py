"""`repondeur database`: looking after the store."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from repondeur.cli import output, start
from repondeur.cli.frame import App
from repondeur.cli.person import STDOUT, address, confirm, write_export
from repondeur.errors import SettingsError
from repondeur.opening import open_database
from repondeur.store import backup as backups
from repondeur.store import mailboxes
from repondeur.store.database import Database
from repondeur.store.forgetting import Forgetting, Person, Retention
from repondeur.store.freed import clear_freed
from repondeur.store.keys import seal_all, unseal_all
from repondeur.store.sealing import Sealer, new_key
from repondeur.store.upgrade import HEAD
from repondeur.store.upgrade import upgrade as upgraded
from repondeur.texts import Reason

DAYS = 90  # of `purge` when nothing is said
MOST_DAYS = 36_500

app = App()


@app.command()
def upgrade() -> None:
    database = Database(start.settings().database)
    changed = upgraded(database)
    output.say("backup.upgraded" if changed else "backup.up_to_date", revision=HEAD)


@app.command()
def backup(file: Annotated[Path, typer.Argument()]) -> None:

    async def work() -> int:
        async with AsyncExitStack() as stack:
            database = open_database(start.settings(), stack, alone=False)
            return backups.backup(database, file)

    output.say("backup.written", count=asyncio.run(work()), path=str(file))


@app.command()
def restore(file: Annotated[Path, typer.Argument()]) -> None:

    async def work() -> int:
        async with AsyncExitStack() as stack:
            return backups.restore(open_database(start.settings(), stack), file)

    output.say("backup.restored", count=asyncio.run(work()), path=str(file))


@app.command()
def purge(
    days: Annotated[int | None, typer.Option(min=0, max=MOST_DAYS)] = None,
    author: str | None = None,
    yes: Annotated[bool, typer.Option("--yes")] = False,
) -> None:
    if author is not None and days is not None:
        raise SettingsError("privacy.days_or_author")
    if author is not None:  # an empty one is no address, and not "of nobody in particular"
        _erase(address(author), yes=yes)
        return
    asyncio.run(_purge(DAYS if days is None else days))


async def _purge(days: int) -> None:
    async with AsyncExitStack() as stack:
        database = open_database(start.settings(), stack, alone=False)
        old = timedelta(days=days)
        purged = await Forgetting(database).purge(Retention(records=old), datetime.now(UTC))
        await _clear(database)
    output.say("backup.purged", count=purged.records, days=days)


def _erase(author: str, *, yes: bool) -> None:
    settings = start.settings()

    async def work(*, sure: bool) -> Person:
        async with AsyncExitStack() as stack:
            database = open_database(settings, stack, alone=False)
            forgetting = Forgetting(database)
            if not sure:
                return await forgetting.person(author)
            erased = await forgetting.erase(author, datetime.now(UTC))
            await _clear(database)
            return erased

    if not yes:
        found = asyncio.run(work(sure=False))
        if found.ended:
            output.say("privacy.about_to_erase", count=len(found.ended), waiting=found.waiting, address=author)
            confirm()
    erased = asyncio.run(work(sure=True))
    if erased.ended or not erased.at_work:
        output.say("privacy.erased" if erased.ended else "privacy.nothing_of", count=len(erased.ended), address=author)
    if erased.at_work:
        output.complain_of(Reason("privacy.at_work", {"count": erased.at_work, "address": author}))
        raise typer.Exit(1)


async def _clear(database: Database) -> None:
    if not await clear_freed(database):
        output.complain_of(Reason("privacy.still_in_log"))


@app.command()
def export(
    file: Annotated[Path, typer.Argument()],
    author: Annotated[str, typer.Option()],
) -> None:
    author = address(author)

    async def work() -> int:
        async with AsyncExitStack() as stack:
            database = open_database(start.settings(), stack, alone=False)
            return await write_export(database, author, file, output.language())

    count = asyncio.run(work())
    if not count:
        output.note("privacy.nothing_of", address=author)
    if str(file) != STDOUT:
        output.say("privacy.exported", count=count, address=author, path=str(file))


@app.command()
def key() -> None:
    typer.echo(new_key())


@app.command()
def encrypt() -> None:

    async def work() -> int:
        async with AsyncExitStack() as stack:
            settings = start.settings()
            database = open_database(settings, stack, alone=False)
            if database.sealer.first != Sealer(settings.encryption_keys).first:
                raise SettingsError("privacy.key_not_in_use")
            count = await seal_all(database)
            await _clear(database)
            return count

    output.say("privacy.encrypted", count=asyncio.run(work()))


@app.command()
def decrypt() -> None:

    async def work() -> int:
        async with AsyncExitStack() as stack:
            return await unseal_all(open_database(start.settings(), stack))

    output.say("privacy.decrypted", count=asyncio.run(work()))


@app.command()
def rename(
    old: Annotated[str, typer.Argument()],
    new: Annotated[str, typer.Argument()],
) -> None:

    async def work() -> int:
        async with AsyncExitStack() as stack:
            return await mailboxes.rename(open_database(start.settings(), stack), old, new)

    output.say("backup.renamed", count=asyncio.run(work()), old=old, new=new)
