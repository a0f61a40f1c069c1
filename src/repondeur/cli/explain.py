"""`repondeur explain`: a dry run on mail in files."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from repondeur.bounded.pool import Pool
from repondeur.bounded.reading import ENTRY
from repondeur.cli import output, start
from repondeur.engines.choose import choose
from repondeur.knowledge.index import Index
from repondeur.knowledge.passages import read_passages
from repondeur.pipeline.explain import Explainer, explain_all, sources
from repondeur.settings.schema import Settings

app = typer.Typer()


@app.command()
def explain(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files, Maildir or mbox folders, or - .")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a mail, in input order.")] = False,
    no_model: Annotated[bool, typer.Option("--no-model", help="Stop after screening; ask no model.")] = False,
    knowledge: Annotated[Path | None, typer.Option(help="Knowledge to answer from: a file or a folder.")] = None,
    mailbox: Annotated[
        str, typer.Option(help="Name of the mailbox whose settings apply; the first one if absent.")
    ] = "",
) -> None:
    """Say what would be done with mail in files, without doing it: no effect outside, no database."""
    settings = start.settings()
    failed = asyncio.run(
        _explain(settings, paths, as_json=as_json, no_model=no_model, knowledge=knowledge, mailbox=mailbox)
    )
    if failed:
        raise typer.Exit(1)


async def _explain(
    settings: Settings, paths: list[str], *, as_json: bool, no_model: bool, knowledge: Path | None, mailbox: str
) -> bool:
    """True when a mail could not be read."""
    chosen = start.mailbox(settings, mailbox)
    engine = None if no_model else choose(settings)
    passages = read_passages([knowledge], "internal") if knowledge else ()
    index = Index(one for one in passages if one.visibility == "public")
    asking = asyncio.Semaphore(settings.concurrency)
    explainer = Explainer(settings, chosen, engine, index, output.language(), datetime.now(UTC), asking)
    failed = False
    try:
        async with Pool(ENTRY, size=os.cpu_count() or 1) as reader:
            async for found in explain_all(explainer, sources(paths), reader):
                failed = failed or found["error"] is not None
                if as_json:
                    output.write_json(found)
                else:
                    _print(found)
    finally:
        if engine is not None:
            await engine.close()
    return failed


def _print(found: dict[str, Any]) -> None:
    typer.echo(output.safe(found["path"]))
    if found["error"] is not None:
        typer.echo(f"  {output.safe(found['error'])}")
        return
    typer.echo(f"  {output.safe(found['message']['subject'])} — {output.safe(found['message']['author']['address'])}")
    for step in ("screening", "decision"):
        if found[step] is not None:
            typer.echo(f"  {step}: {found[step]['verdict']} — {output.safe(found[step]['reason'])}")
    if found["reply"] is not None:
        for line in found["reply"]["text"].splitlines():
            typer.echo(f"  | {output.safe(line)}")
