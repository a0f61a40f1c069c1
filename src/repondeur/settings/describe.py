"""Settings as people and tools read them: the values in effect, and the JSON schema of repondeur.toml."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, SecretStr

from repondeur.settings import names
from repondeur.settings.load import Loaded
from repondeur.settings.schema import GraphSettings, ImapSettings, Settings
from repondeur.settings.tables import TABLE_MODELS
from repondeur.settings.values import without_password
from repondeur.texts import Language, say

MASK: Final = "********"
_URLS: Final = frozenset({"database_url", "openai_base_url", "embeddings_base_url", "base_url"})
# What the text catalogue calls the keys of each kind of table: "models_provider" beside "model_timeout".
PREFIX: Final = {kind: f"{kind}_" for kind in TABLE_MODELS} | {"model_choice": "choice_"}


@dataclass(frozen=True, slots=True)
class Row:
    """One value in effect. name: the environment variable, "name" of a mailbox, or the path of a key in a table of
    repondeur.toml, "models.small.provider". mailbox: "" for the program's."""

    mailbox: str
    name: str
    value: str
    source: str


def rows(loaded: Loaded) -> Iterator[Row]:
    """All values, those of the program first, secrets masked. Of tables beside [[mailbox]] only what was given."""
    settings, sources = loaded.settings, loaded.sources
    for name in names.PROGRAM:
        yield Row("", names.variable(name), shown(settings, name), sources[name])
    for path, table in _tables(settings):
        for name in type(table).model_fields:
            if sources.get(f"{path}.{name}", "default") != "default":
                yield Row("", f"{path}.{name}", shown(table, name), sources[f"{path}.{name}"])
    for index, mailbox in enumerate(settings.mailboxes):
        for name in type(mailbox).model_fields:
            variable = names.variable(name) if name != "name" else name
            yield Row(mailbox.name, variable, shown(mailbox, name), sources[f"mailboxes.{index}.{name}"])


def _tables(settings: Settings) -> Iterator[tuple[str, BaseModel]]:
    """Each table with its path: "models.small", "model_choice.0"."""
    yield from ((f"models.{one.name}", one) for one in settings.models)
    for kind in names.LISTED_TABLES:
        yield from ((f"{kind}.{number}", one) for number, one in enumerate(getattr(settings, kind)))


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
    if isinstance(value, dict):
        return json.dumps(value, default=_plain, ensure_ascii=False) if value else ""
    if isinstance(value, bool):
        return str(value).lower()  # as it is written in settings
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return without_password(value) if name in _URLS else str(value)


def _plain(value: object) -> object:
    return value.model_dump(mode="json", by_alias=True) if isinstance(value, BaseModel) else MASK


def as_json(loaded: Loaded) -> dict[str, Any]:
    """{"settings": {…, "mailboxes": [{…}], "models": {NAME: {…}}, "model_choice": [{…}], …},
    "sources": {path: source}}, secrets masked."""
    settings = loaded.settings
    program = _json(settings, names.PROGRAM)
    lists = {
        kind: [_json(one, type(one).model_fields) for one in getattr(settings, kind)]
        for kind in ("mailboxes", *names.LISTED_TABLES)
    }
    models = {model.name: _json(model, names.NAMED_TABLES["models"]) for model in settings.models}
    return {"settings": {**program, **lists, "models": models}, "sources": loaded.sources}


def json_schema(language: Language = "en") -> dict[str, Any]:
    """The JSON schema of repondeur.toml, for editors: every name at the top, those of a mailbox in [[mailbox]] too."""
    program = properties(Settings, language)
    mailbox = properties(ImapSettings, language) | properties(GraphSettings, language)
    top = program | {name: entry for name, entry in mailbox.items() if name != "name"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "repondeur.toml",
        "type": "object",
        "properties": _with_files(top)
        | {names.TABLE: {"type": "array", "items": _object(mailbox)}}
        | {"models": {"type": "object", "additionalProperties": _object(_of_table("models", language))}}
        | {kind: {"type": "array", "items": _object(_of_table(kind, language))} for kind in names.LISTED_TABLES},
        "additionalProperties": False,
        "$defs": {name: entry for model in TABLE_MODELS.values() for name, entry in _definitions(model).items()},
    }


def _definitions(model: type[BaseModel]) -> dict[str, Any]:
    """What the schema of a table refers to."""
    found: dict[str, Any] = model.model_json_schema().get("$defs", {})
    return found


def _object(properties: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {"type": "object", "properties": _with_files(properties), "additionalProperties": False}


def _of_table(kind: str, language: Language) -> dict[str, dict[str, Any]]:
    found = properties(TABLE_MODELS[kind], language, PREFIX[kind])
    return {name: entry for name, entry in found.items() if (kind, name) != ("models", "name")}


def _json(model: BaseModel, fields: Iterable[str]) -> dict[str, Any]:
    """Numbers and lists as such; everything that is masked or a path as text."""
    dumped = model.model_dump(mode="json", include=set(fields))
    masked = {name: shown(model, name) for name in fields if name in names.SECRETS | _URLS}
    return dumped | {name: value or None for name, value in masked.items()}


def properties(model: type[BaseModel], language: Language, prefix: str = "") -> dict[str, dict[str, Any]]:
    """The JSON schema of each field, with what it is for as its description. prefix: of the entries in the text
    catalogue. What is a table of its own is left out."""
    found: dict[str, dict[str, Any]] = model.model_json_schema()["properties"]
    return {
        name: {key: value for key, value in entry.items() if key != "title"}
        | {"description": say(f"setting.{prefix}{name}", language)}
        for name, entry in found.items()
        if prefix or name not in {"mailboxes", *names.TABLES}
    }


def _with_files(properties: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Secrets may also be given as the path of a file that holds them."""
    files = {f"{name}_file": {"type": "string"} for name in properties if name in names.SECRETS}
    return properties | files
