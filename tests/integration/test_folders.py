"""Folders of knowledge that are watched: what changes on the disk changes in the store, on both databases."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from repondeur.attachments.reader import FileReader
from repondeur.knowledge.by_hand import by_hand
from repondeur.knowledge.folders import Folders, Turn
from repondeur.knowledge.gathering import Root, gather, roots, scan
from repondeur.knowledge.index import Index
from repondeur.knowledge.library import Library
from repondeur.knowledge.reading.documents import file_reader
from repondeur.knowledge.reading.files import Found, files
from repondeur.policy.passage import Passage
from repondeur.store.database import Database
from repondeur.store.ledger import Ledger
from repondeur.store.shelf import Shelf


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "savoir"
    made.mkdir()
    return made


@pytest.fixture
async def reader() -> AsyncIterator[FileReader]:
    async with file_reader() as opened:
        yield opened


def watching(
    database: Database, reader: FileReader, *public: Path, internal: Path | None = None, forgets: bool = True
) -> Folders:
    named = roots(public, () if internal is None else (internal,))
    turn = Turn(Ledger(database), f"us-{os.urandom(4).hex()}", lambda: datetime.now(UTC))
    return Folders(named, Shelf(database), reader, turn, forgets=forgets)


async def texts(database: Database) -> dict[str, str]:
    return {one.id: one.text for one in await Shelf(database).all()}


async def settled(folders: Folders) -> bool:
    """A change is taken at the second look."""
    return [await folders.look(), await folders.look()][1]


async def test_what_changes_on_the_disk_changes_in_the_store(
    database: Database, reader: FileReader, folder: Path
) -> None:
    await Shelf(database).put([Passage("kb:by-hand", "By hand", "Stays.", "en")])
    (folder / "delais.md").write_text("# Délais\nDeux jours.\n# Frais\n4 €")
    (folder / "faq.csv").write_text("question;réponse\nOuvert ?;Oui\n")
    folders = watching(database, reader, folder)
    assert await folders.look()
    assert await texts(database) == {
        "kb:by-hand": "Stays.",
        "kb:delais-delais": "Deux jours.",
        "kb:delais-frais": "4 €",
        "kb:faq-ouvert": "Oui",
    }
    assert not await folders.look()

    (folder / "delais.md").write_text("# Délais\nTrois jours.\n# Retours\nTrente jours")
    (folder / "faq.csv").unlink()
    (folder / "neuf.txt").write_text("Le magasin a déménagé.")
    await folders.look()
    assert await folders.look()
    assert await texts(database) == {
        "kb:by-hand": "Stays.",
        "kb:delais-delais": "Trois jours.",
        "kb:delais-retours": "Trente jours",
        "kb:neuf": "Le magasin a déménagé.",
    }
    # The same size and the same moment, and another process that has seen neither.
    before = (folder / "neuf.txt").stat()
    os.utime(folder / "neuf.txt", ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert not await settled(folders)
    assert not await watching(database, reader, folder).look()


async def test_a_file_that_is_being_written_waits_for_the_next_look(
    database: Database, reader: FileReader, folder: Path
) -> None:
    folders = watching(database, reader, folder)
    await folders.look()
    (folder / "a.md").write_text("---\nvisib")
    assert not await folders.look()
    (folder / "a.md").write_text("---\nvisibility: internal\n---\nMargins of 40 %")
    assert not await folders.look()
    assert await folders.look()
    assert [one.visibility for one in await Shelf(database).all()] == ["internal"]


async def test_a_broken_file_keeps_what_it_had_and_is_told(
    database: Database, reader: FileReader, folder: Path
) -> None:
    (folder / "a.md").write_text("Deux jours.")
    (folder / "b.json").write_text("{")
    folders = watching(database, reader, folder)
    await folders.look()
    assert await texts(database) == {"kb:a": "Deux jours."}
    (folder / "a.md").write_text("---\nvisibilty: public\n---\nTrois jours.")
    await settled(folders)
    stored = await Shelf(database).files()
    problems = {Path(path).name: one.problem.code for path, one in stored.items() if one.problem}
    assert problems == {"a.md": "knowledge.front_matter", "b.json": "knowledge.bad_json"}
    assert await texts(database) == {"kb:a": "Deux jours."}
    (folder / "a.md").write_text("Quatre jours.")
    await settled(folders)
    assert await texts(database) == {"kb:a": "Quatre jours."}
    assert next(iter((await Shelf(database).files()).values())).problem is None


async def test_a_folder_that_is_away_loses_nothing(database: Database, reader: FileReader, folder: Path) -> None:
    (folder / "a.md").write_text("Deux jours.")
    folders = watching(database, reader, folder)
    await folders.look()
    folder.rename(folder.with_name("away"))  # noqa: ASYNC240
    assert not await settled(folders)
    assert await texts(database) == {"kb:a": "Deux jours."}
    shell = watching(database, reader, folder.with_name("other"), forgets=False)
    assert not await shell.look()
    # Settings name it no more: then it is gone.
    assert await watching(database, reader, folder.with_name("other")).look()
    assert await texts(database) == {}


@contextmanager
def as_nobody() -> Iterator[None]:
    """root may read everything."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_what_may_not_be_read_is_told() -> None:
    with TemporaryDirectory() as given:
        folder = Path(given)
        folder.chmod(0o755)
        for name in ("shut/a.md", "listed/b.md", "open/c.md"):
            (folder / name).parent.mkdir()
            (folder / name).write_text("Text")
        (folder / "shut").chmod(0)
        (folder / "listed").chmod(0o444)
        with as_nobody():
            looked = scan([Root(folder, "public"), Root(folder / "shut" / "a.md", "public")])
        (folder / "shut").chmod(0o700)
        (folder / "listed").chmod(0o700)
    assert [Path(path).name for path in looked.files] == ["c.md"]
    assert {(one.path.name, one.reason.code) for one in looked.missed} == {
        ("shut", "knowledge.folder_unreadable"),
        ("b.md", "knowledge.file_unreadable"),
        ("a.md", "knowledge.file_unreadable"),
    }


async def test_a_file_without_rights_keeps_what_it_had(database: Database, reader: FileReader, folder: Path) -> None:
    (folder / "a.md").write_text("Deux jours.")
    await watching(database, reader, folder).look()
    # A link to itself can be looked at by nobody, not even by root.
    (folder / "a.md").unlink()
    folder.rmdir()  # noqa: ASYNC240
    folder.symlink_to(folder)  # noqa: ASYNC240
    assert not await settled(watching(database, reader, folder))
    assert await texts(database) == {"kb:a": "Deux jours."}


async def test_the_innermost_folder_says_who_may_see_a_file(
    database: Database, reader: FileReader, folder: Path
) -> None:
    (folder / "inner").mkdir()
    (folder / "inner" / "marge.md").write_text("40 %")
    (folder / "prix.md").write_text("20 €")
    await watching(database, reader, folder, internal=folder / "inner").look()
    assert {one.id: one.visibility for one in await Shelf(database).all()} == {
        "kb:marge": "internal",
        "kb:prix": "public",
    }
    await watching(database, reader, internal=folder).look()
    assert {one.visibility for one in await Shelf(database).all()} == {"internal"}


@pytest.mark.parametrize("how", ["broken", "unreadable", "away"])
async def test_what_settings_call_internal_is_so_even_where_it_cannot_be_read(
    database: Database, reader: FileReader, folder: Path, how: str
) -> None:
    file = folder / "prix.md"
    file.write_text("20 €")
    await watching(database, reader, folder).look()
    if how == "broken":
        file.write_text("---\nlanguage: tlh\n---\n20 €")
    elif how == "unreadable":
        with file.open("wb") as stream:
            stream.truncate(2**30)
    else:
        folder.rename(folder.with_name("away"))  # noqa: ASYNC240
    later = watching(database, reader, internal=folder)
    assert await later.look()
    assert [(one.visibility, one.text) for one in await Shelf(database).all()] == [("internal", "20 €")]
    assert not await later.look()
    # It may say of itself that it is public, once it can be read.
    if how == "away":
        folder.with_name("away").rename(folder)
    file.write_text("---\nvisibility: public\n---\n20 €")
    assert await settled(later)
    assert [one.visibility for one in await Shelf(database).all()] == ["public"]


async def test_a_file_that_comes_back_unchanged_is_read_again(
    database: Database, reader: FileReader, folder: Path
) -> None:
    (folder / "prix.md").write_text("---\nvisibility: public\n---\n20 €")
    await watching(database, reader, folder).look()
    folder.rename(folder.with_name("away"))  # noqa: ASYNC240
    later = watching(database, reader, internal=folder)
    await later.look()
    assert [one.visibility for one in await Shelf(database).all()] == ["internal"]
    folder.with_name("away").rename(folder)
    assert await settled(later)
    assert [one.visibility for one in await Shelf(database).all()] == ["public"]


async def test_a_relative_path_is_as_deep_as_the_folder_it_names(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "inner").mkdir()
    (folder / "inner" / "marge.md").write_text("40 %")
    monkeypatch.chdir(folder)
    found = scan(roots([folder], [Path("inner")])).files
    assert {Path(path).name: visibility for path, (_, visibility) in found.items()} == {"marge.md": "internal"}


async def test_what_a_folder_holds_is_not_made_public_by_hand(
    database: Database, reader: FileReader, folder: Path
) -> None:
    (folder / "marge.md").write_text("40 %")
    await watching(database, reader, internal=folder).look()
    (file,) = files(folder)
    assert isinstance(file, Found)
    taken = await (await by_hand(Shelf(database), reader)).add(file, "public")
    assert taken.refused is not None
    assert [one.visibility for one in await Shelf(database).all()] == ["internal"]


async def test_looks_at_the_same_time_leave_the_index_as_the_store(
    database: Database, reader: FileReader, folder: Path
) -> None:
    library = Library(Shelf(database), Index([]), watching(database, reader, folder))
    for number in range(5):
        (folder / f"{number}.md").write_text(f"Text {number}")
    await asyncio.gather(*(library.refresh() for _ in range(3)))
    assert len(library.index) == 5
    (folder / "0.md").unlink()
    assert sorted(await asyncio.gather(*(library.refresh() for _ in range(3)))) == [False, False, True]
    assert len(library.index) == 4


async def test_two_processes_do_the_work_once(database: Database, reader: FileReader, folder: Path) -> None:
    for number in range(20):
        (folder / f"{number:02}.md").write_text(f"Text {number}")
    several = [watching(database, reader, folder) for _ in range(3)]
    assert sorted(await asyncio.gather(*(one.look() for one in several))) == [False, False, True]
    assert len(await texts(database)) == 20


async def test_links_out_of_a_folder_and_names_that_are_no_text(
    database: Database, reader: FileReader, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret.md").write_text("Secret")
    (folder / "link.md").symlink_to(tmp_path / "secret.md")
    (folder / "links").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.md")
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.md")).write_text("Fermé")  # noqa: ASYNC240
    folders = watching(database, reader, folder)
    assert not await folders.look()
    assert await texts(database) == {}


async def test_by_hand_replaces_what_a_file_had_and_what_is_no_more(
    database: Database, reader: FileReader, folder: Path
) -> None:
    async def put(name: str, text: str) -> tuple[str, ...]:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
        (file,) = files(folder / name)
        assert isinstance(file, Found)
        taken = await (await by_hand(Shelf(database), reader)).add(file, "public")
        return tuple(one.id for one in taken.passages)

    assert await put("a.md", "# One\nText\n# Two\nText") == ("kb:a-one", "kb:a-two")
    assert await put("a.md", "# One\nText") == ("kb:a",)
    assert await put("sub/a.md", "Other") == ("kb:sub-a",)
    (folder / "a.md").unlink()
    assert await put("b/a.md", "# One\nMoved") == ("kb:a",)
    assert await texts(database) == {"kb:a": "Moved", "kb:sub-a": "Other"}


async def test_without_a_store_everything_is_told(reader: FileReader, folder: Path) -> None:
    (folder / "a.md").write_text("Deux jours.")
    (folder / "b.csv").write_text("x;y\n1;2\n")
    found = await gather([Root(folder, "public"), Root(folder / "none", "internal")], reader)
    told = {Path(one.source).name: (len(one.passages), one.refused.code if one.refused else "") for one in found}
    assert told == {
        "none": (0, "knowledge.path_missing"),
        "a.md": (1, ""),
        "b.csv": (0, "knowledge.no_pairs"),
    }
