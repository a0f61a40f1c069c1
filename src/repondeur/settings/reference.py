"""The reference page of settings, in both languages: `python -m repondeur.settings.reference FOLDER` writes it."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from repondeur.settings import names
from repondeur.settings.describe import PREFIX, properties
from repondeur.settings.schema import GraphSettings, ImapSettings, MailboxSettings, Settings
from repondeur.settings.tables import TABLE_MODELS
from repondeur.texts import LANGUAGES, Language, say

FILES: Final[dict[Language, str]] = {"en": "reference/settings.md", "fr": "fr/reference/settings.md"}
_BOUNDS: Final = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤"}


def page(language: Language) -> str:
    """The whole page as Markdown. Pure: made of the schema and the text catalogue."""
    return "\n".join(_lines(language)) + "\n"


def _lines(language: Language) -> Iterator[str]:
    yield f"# {say('reference.title', language)}"
    yield f"\n<!-- {say('reference.made_by', language)} -->"
    yield f"\n{say('reference.order', language)}"
    yield f"\n{say('reference.files', language)}"
    yield f"\n{say('reference.toml', language)}"
    yield f"\n{say('reference.several', language)}"
    yield f"\n## {say('reference.one_mailbox', language)}"
    yield f"\n{say('reference.kinds', language)}\n"
    yield from _table(MailboxSettings, names.COMMON, language)
    yield f"\n## {say('reference.imap', language)}\n"
    yield from _table(ImapSettings, names.IMAP, language)
    yield f"\n## {say('reference.graph', language)}"
    yield f"\n{say('reference.sign_in', language)}\n"
    yield from _table(GraphSettings, names.GRAPH, language)
    yield f"\n## {say('reference.program', language)}\n"
    yield from _table(Settings, names.PROGRAM, language)
    for kind in TABLE_MODELS:
        yield f"\n## {say(f'reference.{kind}', language)}"
        yield f"\n{say(f'reference.{kind}_what', language)}\n"
        yield from _keys(kind, language)
    yield f"\n## {say('reference.vault', language)}"
    yield f"\n{say('reference.vault_needs', language)}"
    secrets = ", ".join(f"`{names.in_vault(name)}`" for name in (*names.MAILBOX, *names.PROGRAM) if name in names.KEPT)
    yield f"\n{say('reference.vault_names', language, names=secrets)}"


def _table(model: type[BaseModel], fields: Iterable[str], language: Language) -> Iterator[str]:
    yield from _heads(language)
    described = properties(model, language)
    for name in fields:
        title = f"`{names.variable(name) if name != 'name' else name}`" + (" ◆" if name in names.IDENTITY else "")
        yield f"| {title} | {_default(model, name)} | {_meaning(described[name], language)} |"


def _keys(kind: str, language: Language) -> Iterator[str]:
    """The keys of a table of repondeur.toml, which no variable gives."""
    yield from _heads(language)
    described = properties(TABLE_MODELS[kind], language, PREFIX[kind])
    for name in (names.NAMED_TABLES | names.LISTED_TABLES)[kind]:
        yield f"| `{name}` | {_default(TABLE_MODELS[kind], name)} | {_meaning(described[name], language)} |"


def _heads(language: Language) -> Iterator[str]:
    heads = (say(f"reference.{word}", language) for word in ("name", "default", "meaning"))
    yield f"| {' | '.join(heads)} |"
    yield "|---|---|---|"


def _default(model: type[BaseModel], name: str) -> str:
    value = model.model_fields[name].default
    if value is PydanticUndefined or value in (None, "", ()):
        return "–"
    return f"`{', '.join(value) if isinstance(value, tuple) else value}`"


def _meaning(described: dict[str, object], language: Language) -> str:
    bounds = [f"{sign} {described[key]}" for key, sign in _BOUNDS.items() if key in described]
    possible = f" {say('reference.possible', language, values=', '.join(bounds))}" if bounds else ""
    return str(described["description"]).replace("|", "\\|") + possible


def write(folder: Path) -> None:
    for language in LANGUAGES:
        path = folder / FILES[language]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(language), "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
