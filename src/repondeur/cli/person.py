"""What `database purge --author` and `database export` share: whose data it is, and where it goes."""

import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TextIO

import typer

from repondeur.cli import output
from repondeur.errors import SettingsError
from repondeur.settings.values import is_address
from repondeur.store.backup import BackupRefused
from repondeur.store.database import Database, make_private_file
from repondeur.store.export import export
from repondeur.texts import Language, say

STDOUT: Final = "-"
_YES: Final = frozenset({"y", "yes", "o", "oui"})


def address(text: str) -> str:
    """Raises SettingsError for what is none."""
    found = text.strip()
    if not is_address(found):
        raise SettingsError("privacy.not_an_address", address=text)
    return found


def confirm() -> None:
    """Asks on a terminal, and ends the command at a no. Raises SettingsError where nobody can say yes."""
    if not sys.stdin.isatty():
        raise SettingsError("privacy.not_confirmed")
    answer = typer.prompt(say("privacy.really", output.language()), default="", show_default=False, prompt_suffix=" ")
    if answer.strip().lower() not in _YES:
        raise typer.Abort


async def write_export(database: Database, author: str, file: Path, language: Language) -> int:
    """One JSON object, mail by mail; how many mails. Raises BackupRefused when the file exists."""
    with _written(file) as stream:
        head = {"address": author, "exported": datetime.now(UTC).isoformat()}
        return await _write(stream, head, export(database, author, language))


async def _write(stream: TextIO, head: dict[str, Any], mails: AsyncIterator[dict[str, Any]]) -> int:
    count = 0
    stream.write(_pretty(head).removesuffix("\n}") + ',\n  "mails": [')
    async for one in mails:
        stream.write(("," if count else "") + "\n" + _pretty(one))
        count += 1
    stream.write("\n]}\n")
    return count


def _pretty(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


@contextmanager
def _written(file: Path) -> Iterator[TextIO]:
    """For this user alone. Half of it would be taken for the whole, so it goes when something fails."""
    if str(file) == STDOUT:
        yield sys.stdout
        return
    if file.exists():
        raise BackupRefused("backup.file_exists", path=str(file))
    if not file.parent.is_dir():
        raise BackupRefused("backup.no_folder", path=str(file.parent))
    make_private_file(str(file))
    try:
        with file.open("w", encoding="utf-8") as stream:
            yield stream
    except BaseException:
        file.unlink()
        raise
