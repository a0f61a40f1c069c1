"""Settings in effect: flag > environment > NAME_FILE > .env > repondeur.toml > default, and where each came from."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from repondeur.errors import SettingsError
from repondeur.settings import names, sources
from repondeur.settings.checks import mailbox_problems, program_problems
from repondeur.settings.language import from_locale
from repondeur.settings.problems import explain
from repondeur.settings.schema import FOLLOWS, MailboxSettings, Settings
from repondeur.settings.sources import Given, Layer, TomlLayers
from repondeur.texts import Reason

Model = TypeVar("Model", bound=BaseModel)
_SAYS_WHICH = frozenset({"settings.missing", "settings.no_password"})
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Loaded:
    """sources: for each value, by its path in settings ("model", "mailboxes.0.imap_server"), where it came from:
    "flag", "environment", "IMAP_PASS_FILE=/run/secrets/imap", ".env", "repondeur.toml", "repondeur.toml [[mailbox]] 2",
    "LANG", the variable it follows from ("IMAP_SERVER"), or "default"."""

    settings: Settings
    sources: dict[str, str]


def load(environ: Mapping[str, str], cwd: Path, flags: Mapping[str, str] = NOTHING) -> Loaded:
    """Reads and checks all settings. flags: setting ("log_level") to value, as given on the command line.

    No mailbox configured is fine: settings.mailboxes is then empty. Relative paths start from cwd, in repondeur.toml
    from its own folder. Raises SettingsError whose `problems` are all that is wrong, not only the first.
    """
    outer = (
        sources.flags(flags),
        sources.variables(environ, cwd, "environment", "environment"),
        sources.dotenv(cwd / ".env"),
    )
    toml = _toml(outer, cwd)
    problems = [*sources.problems(*outer, toml.top, *toml.mailboxes), *_identity_in_two_places(outer, toml)]

    boxes = _mailboxes(outer, toml)
    if not boxes:
        problems += [*_wrong_without_mailbox(outer, toml), *(later for layer in outer for later in layer.later)]
    mailboxes: list[MailboxSettings] = []
    for given in boxes:
        mailbox, refused = _build(MailboxSettings, given)
        problems += [*refused, *mailbox_problems(given)]
        mailboxes += [mailbox] if mailbox else []
    problems += [*_same_name(mailboxes), *_same_mailbox(mailboxes)]

    program = _program(outer, toml, environ, cwd)
    settings, refused = _build(Settings, program)
    problems += [*refused, *program_problems(program)]
    if problems or settings is None:
        raise SettingsError("settings.refused", problems=tuple(_each_once(problems)))
    return Loaded(settings.model_copy(update={"mailboxes": tuple(mailboxes)}), _sources(program, boxes))


def _toml(outer: Sequence[Layer], cwd: Path) -> TomlLayers:
    """A file that is named has to exist; the usual one need not."""
    named = sources.merged(*outer).get(names.CONFIG)
    if named:
        return sources.toml(Path(str(named.value)))
    usual = cwd / "repondeur.toml"
    return sources.toml(usual) if usual.exists() else TomlLayers(Layer(), ())


def _mailboxes(outer: Sequence[Layer], toml: TomlLayers) -> list[dict[str, Given]]:
    """The values of each mailbox: its table, overruled from outside, completed from the top of repondeur.toml."""
    if toml.mailboxes:
        above = tuple(Layer(_without_identity(layer.values)) for layer in outer)
        return [_of_mailbox(sources.merged(*above, table, toml.top)) for table in toml.mailboxes]
    only = _of_mailbox(sources.merged(*outer, toml.top))
    return [only] if names.IDENTITY & only.keys() else []


def _wrong_without_mailbox(outer: Sequence[Layer], toml: TomlLayers) -> list[Reason]:
    """What is wrong with values for mailboxes while there is none. That nothing says which mailbox is no mistake."""
    given = _of_mailbox(sources.merged(*outer, toml.top))
    _, refused = _build(MailboxSettings, given)
    return [one for one in (*refused, *mailbox_problems(given)) if one.code not in _SAYS_WHICH]


def _without_identity(given: Mapping[str, Given]) -> dict[str, Given]:
    return {name: value for name, value in given.items() if name not in names.IDENTITY}


def _of_mailbox(given: Mapping[str, Given]) -> dict[str, Given]:
    return {name: value for name, value in given.items() if name in names.MAILBOX}


def _same_mailbox(mailboxes: Sequence[MailboxSettings]) -> list[Reason]:
    """One folder of one account under two names would be answered twice."""
    seen: dict[tuple[str, str, str], str] = {}
    problems = []
    for mailbox in mailboxes:
        account = (mailbox.imap_server.lower(), mailbox.imap_user.lower(), mailbox.imap_mailbox)
        if account in seen and seen[account] != mailbox.name:
            problems.append(Reason("settings.same_mailbox", {"one": seen[account], "other": mailbox.name}))
        seen.setdefault(account, mailbox.name)
    return problems


def _program(outer: Sequence[Layer], toml: TomlLayers, environ: Mapping[str, str], cwd: Path) -> dict[str, Given]:
    given = {name: value for name, value in sources.merged(*outer, toml.top).items() if name in names.PROGRAM}
    if "language" not in given and (spoken := from_locale(environ)):
        given["language"] = Given("language", spoken.language, "environment", spoken.variable, spoken.variable)
    if "data_dir" not in given:
        given["data_dir"] = Given("data_dir", str(cwd / "data"), "default", "REPONDEUR_DATA_DIR", "default")
    return given


def _build(model: type[Model], given: Mapping[str, Given]) -> tuple[Model | None, list[Reason]]:
    values: dict[str, Any] = {name: value.value for name, value in given.items() if not _left_empty(model, value)}
    try:
        return model.model_validate(values), []
    except ValidationError as error:
        return None, explain(error, model, given)


def _left_empty(model: type[BaseModel], given: Given) -> bool:
    return given.value == "" and model.model_fields[given.name].is_required()


def _identity_in_two_places(outer: Sequence[Layer], toml: TomlLayers) -> list[Reason]:
    """With [[mailbox]] tables nobody can tell which of them IMAP_USER of the environment is meant for."""
    if not toml.mailboxes:
        return []
    outside = [given.label for name, given in sources.merged(*outer).items() if name in names.IDENTITY]
    return [Reason("settings.two_places", {"names": ", ".join(sorted(outside))})] if outside else []


def _each_once(problems: Sequence[Reason]) -> list[Reason]:
    """A wrong value at the top of repondeur.toml is wrong in every mailbox, and still only one thing to put right."""
    return [problem for index, problem in enumerate(problems) if problem not in problems[:index]]


def _same_name(mailboxes: Sequence[MailboxSettings]) -> list[Reason]:
    counts = Counter(mailbox.name for mailbox in mailboxes)
    return [Reason("settings.same_name", {"value": name}) for name, count in counts.items() if count > 1]


def _sources(program: Mapping[str, Given], boxes: Sequence[Mapping[str, Given]]) -> dict[str, str]:
    found = {name: _source(name, program) for name in names.PROGRAM}
    for index, given in enumerate(boxes):
        found |= {f"mailboxes.{index}.{name}": _source(name, given) for name in names.MAILBOX}
    return found


def _source(name: str, given: Mapping[str, Given]) -> str:
    if name in given and given[name].value:
        return given[name].source
    origin = FOLLOWS.get(name, "")
    while origin and origin not in given:
        origin = FOLLOWS.get(origin, "")
    return names.variable(origin) if origin else "default"
