"""A user's own glossary: words of the trade, read from a file that settings name."""

import re
import tomllib
from pathlib import Path

from repondeur.errors import SettingsError
from repondeur.settings.schema import Settings
from repondeur.words.glossary import LANGUAGES, MAX_PHRASE, Concept, concept_of, use
from repondeur.words.stems import tokens

MAX_FILE = 1_000_000  # octets
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def use_glossary(settings: Settings) -> None:
    """From now on, in this process, texts are read with the words of the file that settings name, if any. Raises as
    read_file does."""
    if settings.glossary_file is not None:
        use(read_file(settings.glossary_file))


def read_file(path: Path) -> tuple[Concept, ...]:
    """A user's file. Raises SettingsError glossary.unreadable, .too_large, .not_toml, .wrong_name, .wrong_keys or
    .long_phrase, which say where."""
    try:
        octets = path.read_bytes()
    except OSError as error:
        raise SettingsError("glossary.unreadable", path=str(path), problem=error.strerror or "") from error
    if len(octets) > MAX_FILE:
        raise SettingsError("glossary.too_large", path=str(path), limit=MAX_FILE // 1000)
    try:
        tables = tomllib.loads(octets.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError("glossary.not_toml", path=str(path), problem=str(error)) from error
    for name, table in tables.items():
        if problem := _problem(name, table):
            raise SettingsError(f"glossary.{problem}", path=str(path), concept=name)
    return tuple(concept_of(name, table) for name, table in tables.items())


def _problem(name: str, table: object) -> str:
    """What is wrong with a concept that a user wrote, "" for nothing."""
    if not _NAME.fullmatch(name):
        return "wrong_name"
    if not isinstance(table, dict) or not table.keys() <= {*LANGUAGES, "weak"} or not table.keys() & {*LANGUAGES}:
        return "wrong_keys"
    if not isinstance(table.get("weak", False), bool) or any(
        not isinstance(table.get(one, ""), str) for one in LANGUAGES
    ):
        return "wrong_keys"
    words = [word for words in concept_of(name, table).words.values() for word in words]
    if any(not 1 <= len(tokens(word)) <= MAX_PHRASE for word in words):
        return "long_phrase"
    return ""
