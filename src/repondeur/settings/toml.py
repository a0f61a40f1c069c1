"""Reads repondeur.toml: what stands at its top, and its tables. Judges no value."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from repondeur.settings import names
from repondeur.settings.sources import Given, Layer, Reader, unknown, why
from repondeur.texts import Reason


@dataclass(frozen=True, slots=True)
class Table:
    """One table of repondeur.toml that is none of a mailbox. kind: "models", "model_choice", "intent". name: of
    [models.NAME], "" for the others. place: how people find it, e.g. "repondeur.toml [models.small]"."""

    kind: str
    name: str
    place: str
    layer: Layer


@dataclass(frozen=True, slots=True)
class TomlLayers:
    top: Layer = field(default_factory=Layer)
    mailboxes: tuple[Layer, ...] = ()
    tables: tuple[Table, ...] = ()


def read_toml(path: Path) -> TomlLayers:
    """repondeur.toml: names at the top for all mailboxes, [[mailbox]] tables for one each. Relative paths start from
    the folder of the file."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        return _only(Reason("settings.file_unreadable", {"name": str(path), "detail": why(error)}))
    except UnicodeDecodeError:
        return _only(Reason("settings.not_utf8", {"name": str(path)}))
    except tomllib.TOMLDecodeError as error:
        return _only(Reason("settings.not_toml", {"name": str(path), "detail": str(error)}))
    named = {kind: document.pop(kind, {}) for kind in names.NAMED_TABLES}
    listed = {kind: document.pop(kind, []) for kind in (names.TABLE, *names.LISTED_TABLES)}
    if wrong := [*_not_named(named, path.name), *_not_listed(listed, path.name)]:
        return TomlLayers(Layer(problems=tuple(wrong)))
    top = _table(document, names.KEYS, path, path.name, names.TABLES)
    keys = {name: name for name in names.MAILBOX}
    mailboxes = tuple(
        _table(table, keys, path, f"{path.name} [[mailbox]] {n}", (names.TABLE,))
        for n, table in enumerate(listed.pop(names.TABLE), 1)
    )
    return TomlLayers(top, mailboxes, (*_named(named, path), *_listed(listed, path)))


def _not_named(found: Mapping[str, object], file: str) -> Iterator[Reason]:
    for kind, tables in found.items():
        if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
            yield Reason("settings.not_named_tables", {"name": file, "table": kind})


def _not_listed(found: Mapping[str, object], file: str) -> Iterator[Reason]:
    for kind, tables in found.items():
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            yield Reason("settings.not_tables", {"name": file, "table": kind})


def _named(found: Mapping[str, Mapping[str, Mapping[str, object]]], path: Path) -> Iterator[Table]:
    for kind, tables in found.items():
        keys = {key: key for key in names.NAMED_TABLES[kind]}
        for name, table in tables.items():
            place = f"{path.name} [{kind}.{name}]"
            yield Table(kind, name, place, _table(table, keys, path, place))


def _listed(found: Mapping[str, Sequence[Mapping[str, object]]], path: Path) -> Iterator[Table]:
    for kind, tables in found.items():
        keys = {key: key for key in names.LISTED_TABLES[kind]}
        for number, table in enumerate(tables, 1):
            place = f"{path.name} [[{kind}]] {number}"
            yield Table(kind, "", place, _table(table, keys, path, place))


def _table(
    table: Mapping[str, object], keys: Mapping[str, str], path: Path, place: str, tables: Sequence[str] = ()
) -> Layer:
    """tables: names of tables that someone may have meant by an unknown key."""
    read = Reader(path.parent)
    for key, value in table.items():
        label = f"{place}: {key}"
        if key in keys:
            setting = keys[key]
            read.values[setting] = Given(setting, read.path(setting, value), "toml", label, place, path)
        elif (base := key.removesuffix("_file")) in keys and isinstance(value, str):
            read.file(keys[base], value, label)
        elif names.TABLE in tables and key in names.KEYS:
            read.problems.append(Reason("settings.not_in_table", {"name": label}))
        else:
            read.problems.append(unknown(label, key, [*keys, *tables]))
    return read.layer()


def _only(problem: Reason) -> TomlLayers:
    return TomlLayers(Layer(problems=(problem,)))
