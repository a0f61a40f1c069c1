"""What of a [[call]] table stands elsewhere, and keys inside it that mean nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from repondeur.settings import sources
from repondeur.settings.sources import Given, Reader
from repondeur.settings.targets import CallParameter
from repondeur.settings.values import is_variable
from repondeur.texts import Reason

_KEYS = tuple(field.alias or name for name, field in CallParameter.model_fields.items())


def whole_call(
    given: Mapping[str, Given], place: str, environ: Mapping[str, str], cwd: Path
) -> tuple[dict[str, Given], list[Reason]]:
    """With the header fields of header_env and header_file among `headers`."""
    problems = list(_unknown(given, place))
    headers: dict[str, Any] = {}
    for name, variable in _mapping(given, "header_env").items():
        if not is_variable(str(variable)):
            continue  # the model says so
        layer = sources.foreign(str(variable), "value", environ, cwd)
        problems += layer.problems
        if layer.values:
            headers[name] = layer.values["value"].value
        elif not layer.problems:
            label = f"{place}: header_env.{name}"
            problems.append(Reason("settings.no_such_variable", {"name": label, "value": str(variable)}))
    for name, path in _mapping(given, "header_file").items():
        read = Reader(_folder(given["header_file"], cwd))
        read.file("value", str(path), f"{place}: header_file.{name}")
        layer = read.layer()
        problems += layer.problems
        if layer.values:
            headers[name] = layer.values["value"].value
    if not headers:
        return dict(given), problems
    whole = given.get("headers") or Given("headers", {}, "toml", f"{place}: headers", place)
    return {**given, "headers": replace(whole, value={**_mapping(given, "headers"), **headers})}, problems


def _unknown(given: Mapping[str, Given], place: str) -> Iterator[Reason]:
    for name, parameter in _mapping(given, "parameters").items():
        for key in parameter if isinstance(parameter, dict) else ():
            if key not in _KEYS:
                yield sources.unknown(f"{place}: parameters.{name}.{key}", key, _KEYS)


def _folder(given: Given, cwd: Path) -> Path:
    """What its relative paths start from, as all of repondeur.toml: the folder of that file."""
    return cwd if given.file is None else given.file.parent


def _mapping(given: Mapping[str, Given], name: str) -> Mapping[str, Any]:
    value = given[name].value if name in given else {}
    return value if isinstance(value, dict) else {}
