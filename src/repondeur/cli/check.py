"""`repondeur check`: what a careful administrator would look at, and what to do about each thing that fails."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Annotated, Any

import typer

from repondeur.cli import output, start
from repondeur.engines.base import Engine
from repondeur.engines.choose import choose
from repondeur.engines.compatible import CompatibleEngine
from repondeur.errors import RepondeurError
from repondeur.mailboxes.base import Finding
from repondeur.settings.schema import Settings
from repondeur.store.upgrade import HEAD
from repondeur.texts import Reason, hint, render, say
from repondeur.wiring import open_database, open_mailbox

MARKS = {"ok": "✓", "warning": "!", "failed": "✗"}

app = typer.Typer()


@app.command()
def check(
    mailbox: Annotated[str, typer.Argument(help="Look at this mailbox only.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a finding.")] = False,
) -> None:
    """Check settings, database, model, and each mailbox: sign-in, folders, right to send. Exit code 1 if one fails."""
    settings = start.settings_with_mailbox()
    start.mailbox(settings, mailbox)  # a name that does not exist is told at once
    if asyncio.run(_check(settings, mailbox, as_json=as_json)):
        raise typer.Exit(1)


async def _check(settings: Settings, mailbox: str, *, as_json: bool) -> bool:
    failed = False
    async for where, finding in _findings(settings, mailbox):
        failed = failed or finding.status == "failed"
        if as_json:
            output.write_json(_json(where, finding))
        else:
            _print(where, finding)
    return failed


async def _findings(settings: Settings, mailbox: str) -> AsyncIterator[tuple[str, Finding]]:
    """Each finding with the mailbox it is about, "" for the program as a whole."""
    yield "", Finding("check.settings", "ok", Reason("check.settings_read", {"count": len(settings.mailboxes)}))
    yield "", await _database(settings)
    yield "", await _model(settings)
    for one in settings.mailboxes:
        if mailbox in {"", one.name}:
            opened = open_mailbox(one)
            async for finding in opened.check():
                yield one.name, finding
            await opened.close()


async def _database(settings: Settings) -> Finding:
    try:
        async with AsyncExitStack() as stack:
            open_database(settings, stack, alone=False)
    except RepondeurError as error:
        return Finding("check.database", "failed", error.reason)
    return Finding("check.database", "ok", Reason("check.database_at_head", {"revision": HEAD}))


async def _model(settings: Settings) -> Finding:
    try:
        engine = choose(settings)
    except RepondeurError as error:
        return Finding("check.model", "failed", error.reason)
    try:
        return await _asked(engine)
    finally:
        await engine.close()


def _json(where: str, finding: Finding) -> dict[str, Any]:
    language = output.language()
    return {
        "mailbox": where or None,
        "what": finding.what,
        "status": finding.status,
        "code": finding.reason.code,
        "text": render(finding.reason, language),
        "hint": hint(finding.reason, language),
    }


def _print(where: str, finding: Finding) -> None:
    language = output.language()
    what = say(finding.what, language)
    place = f"{where}: " if where else ""
    typer.echo(f"{MARKS[finding.status]} {place}{what} — {output.safe(render(finding.reason, language))}")
    advice = hint(finding.reason, language)
    if advice and finding.status != "ok":
        typer.echo(f"    → {output.safe(advice)}")


async def _asked(engine: Engine) -> Finding:
    """Asks the model one tiny thing. The built-in engine needs no asking."""
    if not isinstance(engine, CompatibleEngine):
        return Finding("check.model", "ok", Reason("check.model_builtin"))
    try:
        probe = await engine.probe()
    except RepondeurError as error:
        return Finding("check.model", "failed", error.reason)
    said = {"model": probe.model, "server": probe.server, "format": probe.format}
    if not probe.clear:
        return Finding("check.model", "warning", Reason("check.model_unclear", said))
    return Finding("check.model", "ok", Reason("check.model_answers", said))
