"""Settings in effect, and where each came from: flag > environment > NAME_FILE > systemd credential > Docker secret >
.env > repondeur.toml > Azure Key Vault (secrets) > default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from repondeur.errors import SettingsError
from repondeur.settings import names, sources
from repondeur.settings.boxes import Box, boxes, imap_box, same_mailbox, same_name, wrong_kind
from repondeur.settings.build import build
from repondeur.settings.checks import ca_file_problems, mailbox_problems, program_problems
from repondeur.settings.graph_checks import without_unused_hook
from repondeur.settings.language import from_locale
from repondeur.settings.name_checks import name_problems
from repondeur.settings.read_tables import read_tables
from repondeur.settings.schema import AnyMailbox, Settings, VaultAccess
from repondeur.settings.sources import Given, Layer, text
from repondeur.settings.toml import TomlLayers, read_toml
from repondeur.settings.values import password_of
from repondeur.texts import Reason

_SAYS_WHICH = frozenset({"settings.missing", "settings.no_password"})
_MISSING = _SAYS_WHICH | {"settings.no_credential"}
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Loaded:
    """sources: for each value, by its path in settings ("model", "mailboxes.0.imap_server"), where it came from:
    "flag", "environment", "IMAP_PASS_FILE=/run/secrets/imap", ".env", "repondeur.toml", "repondeur.toml [[mailbox]] 2",
    "repondeur.toml [models.small]", "/run/secrets/imap_pass", "Key Vault NAME: IMAP-PASS", "LANG", the variable it
    follows from ("IMAP_SERVER"), or "default". files: those with a secret in them that others must not read; what is
    mounted for this program is not among them."""

    settings: Settings
    sources: dict[str, str]
    files: frozenset[Path] = frozenset()


def load(environ: Mapping[str, str], cwd: Path, flags: Mapping[str, str] = NOTHING) -> Loaded:
    """Reads and checks all settings. flags: setting ("log_level") to value, as given on the command line.

    No mailbox configured is fine: settings.mailboxes is then empty. Relative paths start from cwd, in repondeur.toml
    from its own folder. Raises SettingsError whose `problems` are all that is wrong, not only the first.
    """
    outer = (
        sources.flags(flags),
        sources.variables(environ, cwd, "environment", "environment"),
        *sources.mounted(environ, cwd),
        sources.dotenv(cwd / ".env"),
    )
    toml = _toml(outer, cwd)
    layers = (*outer, toml.top, *toml.mailboxes, *(table.layer for table in toml.tables))
    problems = [*sources.problems(*layers), *_identity_in_two_places(outer, toml)]

    found = boxes(outer, toml)
    program = _program(outer, toml, environ, cwd)
    everything = sources.merged(*outer, toml.top)
    if text(everything, "azure_key_vault_url"):
        try:
            found, program = _with_vault(found, program, everything, tables=bool(toml.mailboxes))
        except SettingsError as error:
            # Nothing after this: which settings are missing can be told only when the vault has answered.
            refused = list(error.problems or (error.reason,))
            raise SettingsError("settings.refused", problems=tuple(_each_once([*problems, *refused]))) from None

    problems += wrong_kind(found, outer, toml) if found else _wrong_without_mailbox(outer, toml)
    mailboxes: list[AnyMailbox] = []
    for one in found:
        mailbox, refused = build(one.model, one.given)
        problems += [*refused, *mailbox_problems(one)]
        mailboxes += [mailbox] if mailbox else []
    problems += [*same_name(mailboxes), *same_mailbox(mailboxes)]

    with_graph = any(one.is_graph for one in found)
    program = without_unused_hook(program, with_graph=with_graph)
    tables = read_tables(toml.tables, environ, cwd)
    settings, refused = build(Settings, program)
    problems += [*tables.problems, *refused, *program_problems(program, with_graph=with_graph)]
    if settings is not None:
        settings = settings.model_copy(update={"mailboxes": tuple(mailboxes), **tables.values})
        # After a refused table, every name that leads to it would be refused as well.
        problems += [] if problems else name_problems(settings, program, toml.tables)
    if problems or settings is None:
        raise SettingsError("settings.refused", problems=tuple(_each_once(_without_what_follows(problems))))
    return Loaded(settings, _sources(program, found) | tables.sources, _with_secrets(layers))


def _with_vault(
    found: list[Box], program: dict[str, Given], everything: Mapping[str, Given], *, tables: bool
) -> tuple[list[Box], dict[str, Given]]:
    """Completed from Azure Key Vault. Raises SettingsError when it cannot be asked."""
    from repondeur.settings import vault

    given = {name: value for name, value in everything.items() if name in names.VAULT and value.value != ""}
    access, refused = build(VaultAccess, given)
    refused += ca_file_problems(everything)
    if access is None or refused:
        raise SettingsError("settings.refused", problems=tuple(refused))
    return vault.fill_in(access, found, program, tables=tables)


def _toml(outer: Sequence[Layer], cwd: Path) -> TomlLayers:
    """A file that is named has to exist; the usual one need not."""
    named = sources.merged(*outer).get(names.CONFIG)
    if named:
        return read_toml(Path(str(named.value)))
    usual = cwd / "repondeur.toml"
    return read_toml(usual) if usual.exists() else TomlLayers()


def _wrong_without_mailbox(outer: Sequence[Layer], toml: TomlLayers) -> list[Reason]:
    """What is wrong with values for mailboxes while there is none. That nothing says which mailbox is no mistake."""
    one = imap_box(sources.merged(*outer, toml.top))
    _, refused = build(one.model, one.given)
    return [problem for problem in (*refused, *mailbox_problems(one)) if problem.code not in _SAYS_WHICH]


def _program(outer: Sequence[Layer], toml: TomlLayers, environ: Mapping[str, str], cwd: Path) -> dict[str, Given]:
    given = {name: value for name, value in sources.merged(*outer, toml.top).items() if name in names.PROGRAM}
    if "language" not in given and (spoken := from_locale(environ)):
        given["language"] = Given("language", spoken.language, "environment", spoken.variable, spoken.variable)
    if "data_dir" not in given:
        given["data_dir"] = Given("data_dir", str(cwd / "data"), "default", "REPONDEUR_DATA_DIR", "default")
    return given


def _identity_in_two_places(outer: Sequence[Layer], toml: TomlLayers) -> list[Reason]:
    """With [[mailbox]] tables nobody can tell which of them IMAP_USER of the environment is meant for."""
    if not toml.mailboxes:
        return []
    outside = [given.label for name, given in sources.merged(*outer).items() if name in names.IDENTITY]
    return [Reason("settings.two_places", {"names": ", ".join(sorted(outside))})] if outside else []


def _without_what_follows(problems: Sequence[Reason]) -> list[Reason]:
    """What is missing only because its file cannot be read, or because it stands in a place where it cannot be told
    which mailbox it is for, is told by that alone."""
    if any(one.code == "settings.two_places" for one in problems):
        return [one for one in problems if one.code not in _MISSING]
    files = (str(one.params["name"]).partition("=")[0] for one in problems if one.code == "settings.file_unreadable")
    unread = {file.removesuffix("_FILE").removesuffix("_file") for file in files}
    return [one for one in problems if one.code not in _MISSING or one.params["name"] not in unread]


def _each_once(problems: Sequence[Reason]) -> list[Reason]:
    """A wrong value at the top of repondeur.toml is wrong in every mailbox, and still only one thing to put right."""
    return [problem for index, problem in enumerate(problems) if problem not in problems[:index]]


def _sources(program: Mapping[str, Given], found: Sequence[Box]) -> dict[str, str]:
    sources = {name: _source(name, program, {}) for name in names.PROGRAM}
    for index, one in enumerate(found):
        fields = one.model.model_fields
        sources |= {f"mailboxes.{index}.{name}": _source(name, one.given, one.model.FOLLOWS) for name in fields}
    return sources


def _with_secrets(layers: Sequence[Layer]) -> frozenset[Path]:
    return frozenset(
        given.file
        for layer in layers
        for given in layer.values.values()
        if given.file is not None
        and (given.name in names.SECRETS or (given.name == "database_url" and password_of(str(given.value))))
    )


def _source(name: str, given: Mapping[str, Given], follows: Mapping[str, str]) -> str:
    if name in given and given[name].value:
        return given[name].source
    origin = follows.get(name, "")
    while origin and origin not in given:
        origin = follows.get(origin, "")
    return names.variable(origin) if origin else "default"
