"""`repondeur explain`: a dry run on mail in files."""

import asyncio
import os
from collections import deque
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from repondeur.attachments.configured import attachment_reader
from repondeur.authentication.checker import Checker
from repondeur.bounded.pool import Pool
from repondeur.bounded.reading import ENTRY
from repondeur.cli import output, start
from repondeur.cli.frame import App
from repondeur.cli.knowledge_shown import with_path
from repondeur.cli.meant import ready_meaning
from repondeur.cli.rows import label, place
from repondeur.engines.choose import choose
from repondeur.knowledge.gathering import Root, gather, roots
from repondeur.knowledge.index import Index
from repondeur.knowledge.reading.documents import file_reader
from repondeur.knowledge.reading.files import files as files_under
from repondeur.mail.message import Address
from repondeur.mail.shown import shown_author
from repondeur.pipeline.explain import Explainer, explain_all, sources
from repondeur.settings.glossary_file import use_glossary
from repondeur.settings.schema import Settings
from repondeur.texts import Language, Reason, say

app = App()


@app.command()
def explain(
    paths: Annotated[list[str], typer.Argument()],
    as_json: Annotated[bool, typer.Option("--json")] = False,
    no_model: Annotated[bool, typer.Option("--no-model")] = False,
    knowledge: Path | None = None,
    mailbox: str = "",
) -> None:
    settings = start.hushed(start.loaded())
    use_glossary(settings)
    unread, unasked = asyncio.run(
        _explain(settings, paths, as_json=as_json, no_model=no_model, knowledge=knowledge, mailbox=mailbox)
    )
    if unasked:
        output.complain_of(Reason("explain.unasked", {"count": unasked}))
    if unread or unasked:
        raise typer.Exit(1)


async def _explain(
    settings: Settings, paths: list[str], *, as_json: bool, no_model: bool, knowledge: Path | None, mailbox: str
) -> tuple[int, int]:
    """How many mails could not be read, and how many of the others no model could be asked about."""
    chosen = start.mailbox(settings, mailbox)
    engine = None if no_model else choose(settings)
    unread = unasked = 0
    async with AsyncExitStack() as stack:
        if engine is not None:
            stack.push_async_callback(engine.close)
        index = await _index(settings, knowledge)
        meaning = None if no_model else await ready_meaning(settings, index, stack, keeps=False)
        asking = asyncio.Semaphore(settings.concurrency)
        checker = await stack.enter_async_context(Checker())
        now = datetime.now(UTC)
        explainer = Explainer(settings, chosen, engine, index, output.language(), now, asking, meaning, checker)
        reader = await stack.enter_async_context(Pool(ENTRY, size=os.cpu_count() or 1))
        files = await stack.enter_async_context(attachment_reader(settings))
        async for found in explain_all(explainer, sources(paths), reader, files):
            unread += found["error"] is not None
            unasked += found["unasked"] is not None
            if as_json:
                output.write_json(found)
            else:
                _print(found)
    return unread, unasked


async def _index(settings: Settings, knowledge: Path | None) -> Index:
    """Over what is public in the folders, which are read as they are now. Raises SettingsError for a path that does not
    exist; any other file that cannot be read is told."""
    given = roots(settings.knowledge_public, settings.knowledge_internal)
    if knowledge is not None:
        deque(files_under(knowledge), 0)
        given = (*given, Root(knowledge, "internal"))
    if not given:
        return Index([])
    async with file_reader() as reader:
        found = await gather(given, reader)
    for one in found:
        if one.refused is not None:
            output.complain_of(with_path(one, one.refused))
    return Index(passage for one in found for passage in one.passages if passage.visibility == "public")


_PROOFS: Final = {
    ("dmarc", "pass"): "authentication.dmarc_pass",
    ("dmarc", "fail"): "authentication.dmarc_fail",
    ("dkim", "pass"): "authentication.dkim_pass",
}


def sender_said(sender: dict[str, Any] | None, language: Language) -> str:
    """What is known of who wrote, in words; "" where that is nothing."""
    if sender is None:
        return ""
    proof = _PROOFS.get((sender["by"], sender["authenticated"]))
    said = [say(proof, language)] if proof else []
    said += [say("authentication.internal", language)] if sender["kind"] == "internal" else []
    said += [say("authentication.allowed", language)] if sender["allowed"] else []
    return " ".join(said)


def _print(found: dict[str, Any]) -> None:
    typer.echo(output.safe(found["path"]))
    if found["error"] is not None:
        output.write_wrapped("  ", found["error"])
        return
    author = Address(**found["message"]["author"])
    output.write_wrapped("  ", f"{found['message']['subject']} — {shown_author(author)}")
    if said := sender_said((found["screening"] or {}).get("sender"), output.language()):
        output.write_wrapped("  ", said)
    for step in ("screening", "decision"):
        if found[step] is not None:
            verdict = found[step]["verdict"]
            said = label("verdict", verdict) if step == "decision" else output.heading(f"explain.screened_{verdict}")
            told = output.pair(output.heading(f"explain.{step}"), said)
            output.write_wrapped("  ", f"{told} — {found[step]['reason']}", under="      ")
    for one in (found["decision"] or {}).get("objections", ()):
        output.write_wrapped("    ", f"{one['reason']}{place(one['span'])}")
    if found["reply"] is not None:
        for line in found["reply"]["text"].splitlines():
            output.write_wrapped("  | ", line, under="  | ")
