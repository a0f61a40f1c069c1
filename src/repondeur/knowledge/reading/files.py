"""Paths to files, and files to their content: the one place that reads a disk for knowledge."""

import asyncio
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from repondeur.attachments.reader import FileReader
from repondeur.errors import SettingsError
from repondeur.knowledge.reading.archive import read_archive
from repondeur.knowledge.reading.documents import LIMITS, read_document
from repondeur.knowledge.reading.entry import Content
from repondeur.knowledge.reading.markdown import read_markdown
from repondeur.knowledge.reading.objects import read_json
from repondeur.knowledge.reading.page import read_page
from repondeur.knowledge.reading.table import read_table
from repondeur.texts import Reason

MIB: Final = 1024 * 1024
_TEXTS: Final[dict[str, tuple[Callable[[str, bytes], Content], int]]] = {
    **dict.fromkeys((".md", ".markdown", ".txt"), (read_markdown, MIB)),
    **dict.fromkeys((".html", ".htm", ".xhtml"), (read_page, 8 * MIB)),
    **dict.fromkeys((".mhtml", ".mht"), (read_archive, 32 * MIB)),
    **dict.fromkeys((".csv", ".tsv"), (read_table, 16 * MIB)),
    **dict.fromkeys((".json", ".jsonl", ".ndjson"), (read_json, 16 * MIB)),
}
_DOCUMENTS: Final = frozenset(
    (".pdf", ".docx", ".docm", ".xlsx", ".xlsm", ".pptx", ".odt", ".ods", ".odp", ".rtf", ".doc", ".xls", ".ppt")
)
SUFFIXES: Final = frozenset(_TEXTS) | _DOCUMENTS
# What browsers put beside a page that they save.
_PAGE_PARTS: Final = ("_files", "_fichiers", ".files", "_dateien")


@dataclass(frozen=True, slots=True)
class Found:
    """A file. path: absolute. source: its path as people named it. size: octets. modified: nanoseconds."""

    path: Path
    source: str
    size: int
    modified: int

    @property
    def identity(self) -> str:
        return str(self.path)

    @property
    def folders(self) -> tuple[str, ...]:
        """Names of those that lead to it."""
        return self.path.parent.parts[1:]


@dataclass(frozen=True, slots=True)
class Missed:
    """A file or folder that could not be looked at, and why."""

    path: Path
    source: str
    reason: Reason


def refusal(reason: Reason) -> SettingsError:
    """The reason as an error."""
    error = SettingsError(reason.code)
    error.reason = reason
    return error


def files(path: Path) -> Iterator[Found | Missed]:
    """The file itself, or those in a folder that are of a kind we read, by name. Links out of a folder are not
    followed, what is hidden is passed over. Raises SettingsError: knowledge.path_missing, .not_a_file,
    .file_unreadable."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SettingsError("knowledge.path_missing", path=str(path)) from error
    except (OSError, ValueError) as error:
        raise SettingsError("knowledge.file_unreadable", path=str(path)) from error
    if stat.S_ISDIR(mode):
        yield from _in_folder(path)
    elif stat.S_ISREG(mode):
        yield _found(path)
    else:
        raise SettingsError("knowledge.not_a_file", path=str(path))


def of_other_kinds(path: Path) -> list[Path]:
    """The files in a folder that `files` passes over because they are of no kind we read, by name."""
    return [one for one in _walk(path, []) if one.suffix.lower() not in SUFFIXES and not _is_link(one)]


def _in_folder(root: Path) -> Iterator[Found | Missed]:
    refused: list[OSError] = []
    for file in _walk(root, refused):
        if file.suffix.lower() in SUFFIXES and not _is_link(file):
            yield _found(file)
    yield from map(_missed, refused)


def _walk(root: Path, refused: list[OSError]) -> Iterator[Path]:
    """What is not hidden, and no part of something else. refused: gets the folders that cannot be read."""
    for folder, folders, names in os.walk(root, onerror=refused.append):  # does not follow links to folders
        pages = {Path(name).stem for name in names if Path(name).suffix.lower() in {".html", ".htm"}}
        folders[:] = sorted(name for name in folders if not name.startswith(".") and not _is_part_of(name, pages))
        # "~$" is what Office keeps while a file is open.
        yield from (Path(folder) / name for name in sorted(names) if not name.startswith((".", "~$")))


def _is_part_of(folder: str, pages: set[str]) -> bool:
    return any(folder.removesuffix(end) in pages for end in _PAGE_PARTS if folder.endswith(end))


def _is_link(file: Path) -> bool:
    """Or a pipe, which may never end, or anything else that is no file."""
    try:
        return not stat.S_ISREG(file.lstat().st_mode)
    except OSError:
        return False  # `_found` tells


def _found(file: Path) -> Found | Missed:
    try:
        str(file).encode()
        status = file.stat()
    except UnicodeEncodeError:
        shown = str(file).encode(errors="replace").decode()
        return Missed(whole(file), shown, Reason("knowledge.file_name", {"path": shown}))
    except OSError:
        return Missed(whole(file), str(file), Reason("knowledge.file_unreadable", {"path": str(file)}))
    return Found(whole(file), str(file), status.st_size, status.st_mtime_ns)


def _missed(error: OSError) -> Missed:
    shown = str(error.filename).encode(errors="replace").decode()
    return Missed(whole(Path(error.filename)), shown, Reason("knowledge.folder_unreadable", {"path": shown}))


def whole(path: Path) -> Path:
    """Absolute, without "..", as the file is found again whatever the folder one is in."""
    return Path(os.path.abspath(path))  # noqa: PTH100  resolve would follow links


def octets(file: Found) -> bytes:
    """What the file holds. Raises SettingsError: knowledge.file_unreadable, .file_too_large."""
    limit = _limit(file.path)
    try:
        with file.path.open("rb") as stream:
            raw = b"" if file.size > limit else stream.read(limit + 1)
    except OSError as error:
        raise SettingsError("knowledge.file_unreadable", path=file.source) from error
    if file.size > limit or len(raw) > limit:
        raise SettingsError("knowledge.file_too_large", path=file.source, limit=limit // MIB)
    return raw


async def content(file: Found, raw: bytes, reader: FileReader) -> Content:
    """What these octets of the file say. A file of an unknown kind is read as text. Raises SettingsError (knowledge.*,
    attachment.*), TemporaryError."""
    if file.path.suffix.lower() in _DOCUMENTS:
        return await read_document(file.source, raw, reader)
    return await asyncio.to_thread(text_content, file, raw)


def text_content(file: Found, raw: bytes) -> Content:
    """The same for files that are text themselves: nothing else is needed for them. Raises SettingsError."""
    suffix = file.path.suffix.lower()
    read, _ = _TEXTS.get(suffix, (read_markdown, MIB))
    try:
        return read(file.source, raw)
    except SettingsError as error:
        if suffix not in _TEXTS and error.reason.code == "knowledge.not_text":
            raise SettingsError("knowledge.other_kind", path=file.source) from error
        raise


def _limit(path: Path) -> int:
    suffix = path.suffix.lower()
    return LIMITS.size if suffix in _DOCUMENTS else _TEXTS.get(suffix, (read_markdown, MIB))[1]
