"""The tables of repondeur.toml beside [[mailbox]], as checked values."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from repondeur.settings import sources
from repondeur.settings.build import build
from repondeur.settings.read_calls import whole_call
from repondeur.settings.sources import Given, text
from repondeur.settings.tables import TABLE_MODELS, TemplateSettings
from repondeur.settings.toml import Table
from repondeur.settings.values import is_variable
from repondeur.texts import LANGUAGES, Reason
from repondeur.texts.templating import AROUND_PASSAGES, PASSAGES, placeholders


@dataclass(frozen=True, slots=True)
class Tables:
    """values: by field of Settings. sources: by path, as in `Loaded`. problems: everything that is wrong."""

    values: Mapping[str, tuple[BaseModel, ...]]
    sources: dict[str, str]
    problems: tuple[Reason, ...]


def read_tables(tables: Sequence[Table], environ: Mapping[str, str], cwd: Path) -> Tables:
    """Every table, in order. Secrets are read from the variables that api_key_env and its like name."""
    values: dict[str, list[BaseModel]] = {kind: [] for kind in TABLE_MODELS}
    found: dict[str, str] = {}
    problems: list[Reason] = []
    for table in tables:
        given, refused = _given(table, environ, cwd)
        built, wrong = build(TABLE_MODELS[table.kind], given)
        problems += [*refused, *_one_price(given, table.place, wrong), *_rightly_missing(wrong, table)]
        path = f"{table.kind}.{table.name or len(values[table.kind])}"
        found |= {
            f"{path}.{name}": _source(name, given) for name in TABLE_MODELS[table.kind].model_fields if name != "name"
        }
        values[table.kind] += [built] if built else []
    problems += [*_same_id("intent", "same_intent", tables), *_same_id("template", "same_template", tables)]
    problems += [*_same_id("notify", "same_target", tables), *_same_id("call", "same_target", tables)]
    problems += [*_empty_templates(tables), *_without_passages(values["template"], tables)]
    return Tables({kind: tuple(built) for kind, built in values.items()}, found, tuple(problems))


def _given(table: Table, environ: Mapping[str, str], cwd: Path) -> tuple[dict[str, Given], list[Reason]]:
    given = dict(table.layer.values)
    if table.kind == "models":
        given["name"] = Given("name", table.name, "toml", table.place, table.place)
    problems: list[Reason] = []
    fields = TABLE_MODELS[table.kind].model_fields
    for name in fields:
        variable = text(given, f"{name}_env") if f"{name}_env" in fields else ""
        if is_variable(variable) and name not in given:
            layer = sources.foreign(variable, name, environ, cwd)
            given |= layer.values
            problems += layer.problems
            if not layer.values and not layer.problems:
                label = given[f"{name}_env"].label
                problems.append(Reason("settings.no_such_variable", {"name": label, "value": variable}))
    if table.kind == "call":
        given, wrong = whole_call(given, table.place, environ, cwd)
        problems += wrong
    return given, problems


def _one_price(given: Mapping[str, Given], place: str, wrong: Sequence[Reason]) -> Iterator[Reason]:
    """wrong: what is told already; a price that is none is one thing to put right, not two."""
    prices = [name for name in ("price_input", "price_output") if name in given]
    told = {problem.params.get("name") for problem in wrong}
    if len(prices) == 1 and given[prices[0]].label not in told:
        missing = "price_output" if prices == ["price_input"] else "price_input"
        yield Reason("settings.one_price", {"name": given[prices[0]].label, "missing": f"{place}: {missing}"})


def _rightly_missing(problems: Iterable[Reason], table: Table) -> Iterator[Reason]:
    """What is missing in a table is written into that table, never into the environment."""
    for problem in problems:
        if problem.code == "settings.missing":
            name = str(problem.params["name"]).rpartition(": ")[2].lower()
            yield Reason("settings.missing_in_table", {"name": f"{table.place}: {name}"})
        else:
            yield problem


def _same_id(kind: str, code: str, tables: Sequence[Table]) -> Iterator[Reason]:
    places: dict[str, str] = {}
    for table in (one for one in tables if one.kind == kind):
        name = text(table.layer.values, "id")
        if name and places.setdefault(name, table.place) != table.place:
            yield Reason(f"settings.{code}", {"name": table.place, "value": name})


def _empty_templates(tables: Sequence[Table]) -> Iterator[Reason]:
    for table in tables:
        if table.kind == "template" and not any(text(table.layer.values, language) for language in LANGUAGES):
            yield Reason("settings.empty_template", {"name": table.place})


def _without_passages(built: Sequence[BaseModel], tables: Sequence[Table]) -> Iterator[Reason]:
    """What stands around passages has to have a place for them: without them it answers nothing."""
    places = {text(one.layer.values, "id"): one.place for one in tables if one.kind == "template"}
    for one in built:
        texts = {"en": one.en, "fr": one.fr} if isinstance(one, TemplateSettings) and one.id == AROUND_PASSAGES else {}
        for language, source in texts.items():
            if source and PASSAGES not in placeholders(source):
                yield Reason("settings.no_passages", {"name": f"{places[AROUND_PASSAGES]}: {language}"})


def _source(name: str, given: Mapping[str, Any]) -> str:
    return given[name].source if name in given else "default"
