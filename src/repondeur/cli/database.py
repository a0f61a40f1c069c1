"""`repondeur database`: looking after the store."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from repondeur.cli import output, start
from repondeur.cli.person import STDOUT, address, confirm, write_export
from repondeur.errors import SettingsError
from repondeur.opening import open_database
from repondeur.store import backup as backups
from repondeur.store import mailboxes
from repondeur.store.database import Database
from repondeur.store.forgetting import Forgetting, Person, Retention
from repondeur.store.freed import clear_freed
from repondeur.store.keys import seal_all, unseal_all
from repondeur.store.sealing import new_key
from repondeur.store.upgrade import HEAD
from repondeur.store.upgrade import upgrade as upgraded
from repondeur.texts import Reason

DAYS = 90  # of `purge` when nothing is said

app = typer.Typer(
    no_args_is_help=True, help="Upgrade, back up, restore, purge, export, encrypt or decrypt the database."
)


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
    days: Annotated[
        int | None, typer.Option(min=0, help="Forget what ended longer ago than this; 90 if not said.")
    ] = None,
    author: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Forget everything of one person (GDPR, article 17).")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: for scripts.")] = False,
) -> None:
    """Forget what old mails, or those of one person, said; never that they were handled: a second delivery is still
    recognised. Old ones are forgotten every night by themselves."""
    if author and days is not None:
        raise SettingsError("privacy.days_or_author")
    if author:
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
    file: Annotated[Path, typer.Argument(help="The file to write, which must not exist; - for standard output.")],
    author: Annotated[str, typer.Option(metavar="ADDRESS", help="Whose mails.")],
) -> None:
    """Write all that is stored of one person to a JSON file (GDPR, article 15)."""
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
    """Print a new key for ENCRYPTION_KEY. Without it, what was sealed under it is lost: keep it in a safe place."""
    typer.echo(new_key())


@app.command()
def encrypt() -> None:
    """Seal what is stored of mails under the first key of ENCRYPTION_KEY: what was stored before there was one, or
    under an older one. Interrupted, it goes on where it was."""

    async def work() -> int:
        async with AsyncExitStack() as stack:
            database = open_database(start.settings(), stack, alone=False)
            count = await seal_all(database)
            await _clear(database)
            return count

    output.say("privacy.encrypted", count=asyncio.run(work()))


@app.command()
def decrypt() -> None:
    """Put all that is sealed back as plain text, with the keys of ENCRYPTION_KEY; take that away afterwards, or what
    comes next is sealed again. The agent must not run. Interrupted, it goes on where it was."""

    async def work() -> int:
        async with AsyncExitStack() as stack:
            return await unseal_all(open_database(start.settings(), stack))

    output.say("privacy.decrypted", count=asyncio.run(work()))


@app.command()
def rename(
    old: Annotated[str, typer.Argument(help="Name of the mailbox as the store knows it.")],
    new: Annotated[str, typer.Argument(help="Name it has now; by default its address.")],
) -> None:
    """Give the mails of a mailbox that has another name or address now to the new name. The agent must not run."""

    async def work() -> int:
        async with AsyncExitStack() as stack:
            return await mailboxes.rename(open_database(start.settings(), stack), old, new)

    output.say("backup.renamed", count=asyncio.run(work()), old=old, new=new)
