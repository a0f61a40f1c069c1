"""Settings as people and tools read them: the values in effect, and the JSON schema of repondeur.toml."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, SecretStr

from repondeur.settings import names
from repondeur.settings.load import Loaded
from repondeur.settings.schema import GraphSettings, ImapSettings, Settings
from repondeur.settings.values import without_password
from repondeur.texts import Language, say

MASK: Final = "********"
_URLS: Final = frozenset({"database_url", "openai_base_url"})


@dataclass(frozen=True, slots=True)
class Row:
    """One value in effect. name: the environment variable, or "name" of a mailbox. mailbox: "" for the program's."""

    mailbox: str
    name: str
    value: str
    source: str


def rows(loaded: Loaded) -> Iterator[Row]:
    """All values, those of the program first, secrets masked."""
    settings, sources = loaded.settings, loaded.sources
    for name in names.PROGRAM:
        yield Row("", names.variable(name), shown(settings, name), sources[name])
    for index, mailbox in enumerate(settings.mailboxes):
        for name in type(mailbox).model_fields:
            variable = names.variable(name) if name != "name" else name
            yield Row(mailbox.name, variable, shown(mailbox, name), sources[f"mailboxes.{index}.{name}"])


def shown(model: BaseModel, name: str) -> str:
    """The value as text; of a secret only that there is one."""
    value = getattr(model, name)
    if value is None:
        return ""
    if isinstance(model, Settings) and name == "database_url":
        return without_password(model.database)
    if isinstance(model, GraphSettings) and name == "azure_client_certificate" and not model.certificate_is_pem:
        return str(value.get_secret_value())
    if isinstance(value, SecretStr):
        return MASK
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return without_password(value) if name in _URLS else str(value)


def as_json(loaded: Loaded) -> dict[str, Any]:
    """{"settings": {…, "mailboxes": [{…}]}, "sources": {path: source}}, secrets masked."""
    settings = loaded.settings
    program = _json(settings, names.PROGRAM)
    mailboxes = [_json(mailbox, type(mailbox).model_fields) for mailbox in settings.mailboxes]
    return {"settings": {**program, "mailboxes": mailboxes}, "sources": loaded.sources}


def json_schema(language: Language = "en") -> dict[str, Any]:
    """The JSON schema of repondeur.toml, for editors: every name at the top, those of a mailbox in [[mailbox]] too."""
    program = properties(Settings, language)
    mailbox = properties(ImapSettings, language) | properties(GraphSettings, language)
    program.pop("mailboxes")
    top = program | {name: entry for name, entry in mailbox.items() if name != "name"}
    table = {"type": "object", "properties": _with_files(mailbox), "additionalProperties": False}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "repondeur.toml",
        "type": "object",
        "properties": _with_files(top) | {names.TABLE: {"type": "array", "items": table}},
        "additionalProperties": False,
    }


def _json(model: BaseModel, fields: Iterable[str]) -> dict[str, Any]:
    """Numbers and lists as such; everything that is masked or a path as text."""
    dumped = model.model_dump(mode="json", include=set(fields))
    masked = {name: shown(model, name) for name in fields if name in names.SECRETS | _URLS}
    return dumped | {name: value or None for name, value in masked.items()}


def properties(model: type[BaseModel], language: Language) -> dict[str, dict[str, Any]]:
    """The JSON schema of each field, with what it is for as its description."""
    found: dict[str, dict[str, Any]] = model.model_json_schema()["properties"]
    return {
        name: {key: value for key, value in entry.items() if key != "title"}
        | ({"description": say(f"setting.{name}", language)} if name != "mailboxes" else {})
        for name, entry in found.items()
    }


def _with_files(properties: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Secrets may also be given as the path of a file that holds them."""
    files = {f"{name}_file": {"type": "string"} for name in properties if name in names.SECRETS}
    return properties | files
