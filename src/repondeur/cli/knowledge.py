"""`repondeur knowledge`: what the agent may say."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from repondeur.cli import knowledge_shown as show
from repondeur.cli import output, start
from repondeur.cli.frame import App
from repondeur.cli.meant import ready_meaning
from repondeur.errors import RepondeurError
from repondeur.knowledge.by_hand import by_hand
from repondeur.knowledge.gaps import Group, grouped
from repondeur.knowledge.gathering import Taken
from repondeur.knowledge.hits import Hit
from repondeur.knowledge.index import Index
from repondeur.knowledge.library import Library
from repondeur.knowledge.reading.documents import file_reader
from repondeur.knowledge.reading.files import Found, Missed, files, of_other_kinds, whole
from repondeur.opening import open_database, sqlite_file
from repondeur.pipeline.asked import Outcome, as_mail, asked
from repondeur.policy.passage import Passage, Visibility
from repondeur.settings.schema import Settings
from repondeur.store.gaps import Gaps
from repondeur.store.lock import WakeUp
from repondeur.store.shelf import Shelf
from repondeur.texts import Reason, render
from repondeur.wiring import open_library
from repondeur.words.stems import tokens

T = TypeVar("T")

app = App()


@app.command()
def add(
    paths: Annotated[list[Path], typer.Argument()],
    public: Annotated[bool | None, typer.Option("--public/--internal", show_default=False)] = None,
) -> None:
    wanted: Visibility | None = None if public is None else "public" if public else "internal"
    found = [(path, list(files(path))) for path in paths]  # a path that does not exist is told before anything is done
    taken = _ask(lambda library, _: _add([one for _, under in found for one in under], wanted, library.shelf))
    for one in taken:
        show.tell(one, _today())
    if others := [str(one) for path in paths if path.is_dir() for one in of_other_kinds(path)]:
        show.passed_over(others)
    empty = [path for path, under in found if not under]
    for path in empty:
        output.complain_of(Reason("knowledge.nothing_added", {"path": str(path)}))
    output.say("knowledge.added", count=sum(len(one.passages) for one in taken))
    refused = sum(one.refused is not None for one in taken)
    if refused:
        output.say("knowledge.some_refused", count=refused)
    if refused or empty:
        raise typer.Exit(1)


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:

    async def look(library: Library, _: Settings) -> tuple[list[Passage], list[Taken]]:
        stored = (await library.shelf.files()).values()
        refused = [Taken(one.path, refused=one.problem) for one in stored if one.problem]
        missed = [Taken(one.source, refused=one.reason) for one in library.folders.missed]
        return await library.shelf.all(), [*missed, *refused]

    passages, refused = _ask(look, folders_too=True)
    if as_json:
        output.write_json([show.shown(passage) for passage in passages])
    else:
        output.write_table(show.headings(*show.COLUMNS), [show.row(passage, _today()) for passage in passages])
    for one in refused:
        show.tell(one, _today(), err=True)
    if not passages:
        output.complain_of(Reason("knowledge.empty"))


@app.command()
def search(
    words: Annotated[list[str], typer.Argument()],
    as_json: Annotated[bool, typer.Option("--json")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 5,
) -> None:
    text = " ".join(words)
    if not tokens(text):
        raise RepondeurError("knowledge.nothing_asked")

    async def look(library: Library, settings: Settings) -> tuple[list[Hit], Outcome, bool]:
        index = await _index(library)
        async with AsyncExitStack() as stack:
            meaning = await ready_meaning(settings, index, stack)
            near = await meaning.near(as_mail(text, (), now), index) if meaning else {}
        # The agent has what is public, and nothing else.
        public = index.updated((), [one.id for one in index.passages if one.visibility != "public"])
        outcome = await asked(text, public, settings, start.mailbox(settings, ""), now=now, near=near)
        return index.search(text, limit, today=now.date(), near=near), outcome, bool(len(index))

    now = datetime.now(UTC)
    hits, outcome, any_known = _ask(look, folders_too=True)
    if as_json:
        output.write_json([show.hit(one, outcome.passages) for one in hits])
    elif hits:
        rows = [[*show.row(one.passage, now.date()), f"{one.score:.2f}", show.why(one, text)] for one in hits]
        output.write_table(show.headings(*show.COLUMNS, "score", "why"), rows)
    else:
        output.say("knowledge.nothing_found")
    if not any_known:
        output.complain_of(Reason("knowledge.empty"))
    elif outcome.passages:
        output.note("knowledge.would_answer", id=", ".join(outcome.passages))
    else:
        output.note("knowledge.would_hold", why=render(outcome.why, output.language()))


@app.command()
def remove(
    names: Annotated[list[str], typer.Argument()],
) -> None:
    done = _ask(lambda library, _: _remove_all(names, library.shelf))
    refused = [one for one in done if isinstance(one, RepondeurError)]
    for one in done:
        if isinstance(one, Reason):
            output.say(one.code, **one.params)
    for error in refused[1:]:
        output.complain(error)
    if refused:
        raise refused[0]


@app.command()
def gaps(
    as_json: Annotated[bool, typer.Option("--json")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20,
) -> None:

    async def look(library: Library, _: Settings) -> tuple[list[Group], Index]:
        return grouped(await Gaps(library.shelf.database).all()), await _index(library)

    groups, index = _ask(look, folders_too=True)
    found = [(group, _nearest(group, index)) for group in groups[:limit]]
    if as_json:
        output.write_json([show.gap(group, hit) for group, hit in found])
        return
    if not found:
        output.note("knowledge.no_gaps")
        return
    headings = show.headings("times", "since", "question", "nearest")
    output.write_table(headings, [show.gap_row(group, hit) for group, hit in found])


async def _add(under: Iterable[Found | Missed], wanted: Visibility | None, shelf: Shelf) -> list[Taken]:
    taken: list[Taken] = []
    async with file_reader() as reader:
        adding = await by_hand(shelf, reader)
        for file in under:
            if isinstance(file, Missed):
                taken.append(Taken(file.source, refused=file.reason))
            else:
                taken.append(await adding.add(file, wanted))
    return taken


async def _remove_all(names: Iterable[str], shelf: Shelf) -> list[Reason | RepondeurError]:
    done: list[Reason | RepondeurError] = []
    for name in names:
        try:
            done.append(await _remove(shelf, name))
        except RepondeurError as error:
            done.append(error)
    return done


async def _remove(shelf: Shelf, name: str) -> Reason:
    """What was done. Raises RepondeurError: knowledge.no_such_passage, .watched."""
    stored, owners = await shelf.files(), await shelf.owners()
    files = {owners[name]} if name in owners else await _files_of(shelf, name)
    if watched := next((path for path in sorted(files) if path in stored and stored[path].watched), ""):
        raise RepondeurError("knowledge.watched", id=name, path=watched)
    if name in owners:
        await shelf.remove(name)
        return Reason("knowledge.removed", {"id": name})
    count = await shelf.remove_files(sorted(files)) + await shelf.remove_source(name)
    if not (count or files):
        raise RepondeurError("knowledge.no_such_passage", id=name)
    return Reason("knowledge.removed_source", {"path": name, "count": count})


async def _files_of(shelf: Shelf, name: str) -> set[str]:
    """Paths of the files that go by this name, or lie in the folder of this name."""
    path = whole(Path(name))
    found = await shelf.of_source(name) | await shelf.of_source(str(path))
    return found | {one for one in await shelf.files() if name and path in Path(one).parents}


def _nearest(group: Group, index: Index) -> Hit | None:
    newest = group.asked[-1]
    return next(iter(index.search(newest.text, 1, newest.language or None, today=_today())), None)


def _today() -> date:
    return datetime.now(UTC).date()


async def _index(library: Library) -> Index:
    """Over all passages: what is internal may be found by our own people."""
    return Index(await library.shelf.all())


def _ask(question: Callable[[Library, Settings], Awaitable[T]], *, folders_too: bool = False) -> T:
    """folders_too: after a look at the folders that settings name."""

    async def ask() -> T:
        settings = start.settings()
        start.without_logs(settings)
        async with AsyncExitStack() as stack:
            database = open_database(settings, stack, alone=False)
            library = await open_library(settings, database, stack, alone=False)
            if folders_too:
                await library.folders.look()
            found = await question(library, settings)
            if database.is_sqlite:
                WakeUp(sqlite_file(database)).wake()
            return found

    return asyncio.run(ask())
