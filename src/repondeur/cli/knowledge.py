"""`repondeur knowledge`: what the agent may say."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from repondeur.cli import output, start
from repondeur.errors import RepondeurError
from repondeur.knowledge.index import Index
from repondeur.knowledge.passages import read_passages
from repondeur.policy.passage import Passage, Visibility
from repondeur.store.lock import WakeUp
from repondeur.store.shelf import Shelf
from repondeur.wiring import open_database, sqlite_file

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, help="Say what the agent may know: add, list, search, remove.")


@app.command()
def add(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Markdown or text files, or folders of them.")],
    public: Annotated[
        bool,
        typer.Option("--public/--internal", help="May it be said to anyone? A file's front matter has the last word."),
    ] = False,
) -> None:
    """Add passages; those with an id that is known are replaced."""
    visibility: Visibility = "public" if public else "internal"
    passages = read_passages(paths, visibility)
    _ask(lambda shelf: shelf.put(passages))
    output.say("knowledge.added", count=len(passages))


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list.")] = False) -> None:
    """List all passages."""
    passages = _ask(lambda shelf: shelf.all())
    if as_json:
        output.write_json([_shown(passage) for passage in passages])
        return
    output.write_table(_headings(), [_row(passage) for passage in passages])


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="A question, as a customer would ask it.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many at most.")] = 5,
) -> None:
    """Show what would be found for a question, best first."""
    hits = Index(_ask(lambda shelf: shelf.all())).search(text, limit, today=datetime.now(UTC).date())
    if as_json:
        output.write_json(
            [_shown(hit.passage) | {"score": hit.score, "why": [asdict(one) for one in hit.why]} for hit in hits]
        )
        return
    output.write_table(
        [*_headings(), output.heading("knowledge.score")], [[*_row(hit.passage), f"{hit.score:.2f}"] for hit in hits]
    )


@app.command()
def remove(
    passage: Annotated[str, typer.Argument(metavar="ID", help="Id of the passage, as `list` shows it.")],
) -> None:
    """Remove one passage."""
    if not _ask(lambda shelf: shelf.remove(passage)):
        raise RepondeurError("knowledge.no_such_passage", id=passage)
    output.say("knowledge.removed", id=passage)


def _shown(passage: Passage) -> dict[str, Any]:
    return {
        "id": passage.id,
        "title": passage.title,
        "language": passage.language,
        "visibility": passage.visibility,
        "source": passage.source,
    }


def _headings() -> list[str]:
    return [output.heading(f"knowledge.{name}") for name in ("id", "title", "language", "visibility", "source")]


def _row(passage: Passage) -> list[str]:
    return [passage.id, passage.title, passage.language, passage.visibility, passage.source]


def _ask(question: Callable[[Shelf], Awaitable[T]]) -> T:
    async def ask() -> T:
        async with AsyncExitStack() as stack:
            database = open_database(start.settings(), stack, alone=False)
            answer = await question(Shelf(database))
            if database.is_sqlite:
                WakeUp(sqlite_file(database)).wake()
            return answer

    return asyncio.run(ask())
