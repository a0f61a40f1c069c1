"""Reads what was given where: flags, environment, files that hold a secret, folders of secrets, .env. Judges no value;
see toml.py, too."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from dotenv.parser import Binding, parse_stream

from repondeur.settings import names
from repondeur.settings.values import is_pem, words
from repondeur.texts import Reason

Kind = Literal["flag", "environment", "file", "dotenv", "toml", "vault", "default"]
_LARGEST_FILE: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Given:
    """One value as it was given. name: the setting. label: how people find it, e.g. "repondeur.toml: imap_port".
    source: where it came from, for `settings --show-source`. file: the one it stands in, where the host has to keep
    others from reading it."""

    name: str
    value: object
    kind: Kind
    label: str
    source: str
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """What one place gave, by setting, and what was wrong with it."""

    values: Mapping[str, Given] = field(default_factory=dict)
    problems: tuple[Reason, ...] = ()


def flags(given: Mapping[str, str]) -> Layer:
    values = {name: Given(name, value, "flag", f"--{name.replace('_', '-')}", "flag") for name, value in given.items()}
    return Layer(values)


def variables(given: Mapping[str, str], base: Path, kind: Kind, place: str, file: Path | None = None) -> Layer:
    """The environment, or a .env file. An empty variable counts as not given: that is what a container that passes
    NAME=${NAME} makes of an unset one. base: what relative paths start from. file: the .env file."""
    prefix = "" if kind == "environment" else f"{place}: "
    read = Reader(base)
    for name, value in given.items():
        label = f"{prefix}{name}"
        if name in names.VARIABLES:
            if value:
                setting = names.VARIABLES[name]
                read.values[setting] = Given(setting, read.path(setting, value), kind, label, place, file)
        elif names.of_file(name) and value:
            read.file(names.VARIABLES[names.of_file(name)], value, label)
        elif name == names.CONFIG and value:
            path = str(base / os.path.expanduser(value))  # noqa: PTH111 - Path.expanduser raises where there is no home
            read.values[names.CONFIG] = Given(names.CONFIG, path, kind, label, place)
        elif name == names.SECRETS_DIR and kind == "environment":
            continue  # `mounted` looks there
        elif value and not names.of_file(name) and (names.looks_like_ours(name) or names.stands_in(name, given)):
            read.problems.append(unknown(label, name, names.VARIABLES))
    return read.layer()


def dotenv(path: Path) -> Layer:
    """A .env file, values as they stand: no interpolation, because passwords have dollar signs."""
    try:
        found = _bindings(path)
    except (OSError, UnicodeDecodeError) as error:
        return Layer(problems=(Reason("settings.file_unreadable", {"name": str(path), "detail": why(error)}),))
    # A line that is none may have been meant to limit something.
    lines = (one.original for one in found if one.error or (one.key and one.value is None))
    wrong = [
        Reason("settings.not_a_line", {"name": path.name, "line": one.line + _blank_lines(one.string)}) for one in lines
    ]
    layer = variables(_values(found), path.parent, "dotenv", path.name, path)
    return Layer(layer.values, (*wrong, *layer.problems))


def mounted(environ: Mapping[str, str], cwd: Path) -> tuple[Layer, Layer]:
    """Secrets of the folder that systemd made for this service, and of Docker's (or of REPONDEUR_SECRETS_DIR, which
    then has to be there). A file is called as the variable, in capitals or small letters; other files there are
    others' business."""
    named = environ.get(names.SECRETS_DIR)
    if named and not (cwd / named).is_dir():
        missing = Layer(problems=(Reason("settings.no_folder", {"name": names.SECRETS_DIR, "value": named}),))
        return _credentials(environ, cwd), missing
    return _credentials(environ, cwd), _folder(cwd / (named or names.DOCKER), names.MOUNTED)


def _credentials(environ: Mapping[str, str], cwd: Path) -> Layer:
    folder = environ.get(names.CREDENTIALS)
    return _folder(cwd / folder, names.MOUNTED) if folder else Layer()


def _folder(folder: Path, wanted: Mapping[str, str]) -> Layer:
    """wanted: settings by variable."""
    read = Reader(folder)
    for variable, setting in wanted.items():
        file = next((path for path in (folder / variable, folder / variable.lower()) if _is_file(path)), None)
        if file is not None:
            read.mounted(setting, file)
    return read.layer()


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # the folder is not ours to look into
        return False


def _bindings(path: Path) -> list[Binding]:
    """The lines of a .env file. Source: python-dotenv, which reads them as other programs do."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8") as stream:
        return list(parse_stream(stream))


def _values(found: Iterable[Binding]) -> dict[str, str]:
    return {one.key: one.value for one in found if one.key is not None and one.value is not None}


def _blank_lines(text: str) -> int:
    """How many lines stand before the first that says something."""
    return text[: len(text) - len(text.lstrip())].count("\n")


def unknown(label: str, name: str, known: Iterable[str]) -> Reason:
    """The reason for an unknown name; it names the nearest known one, as NAME_FILE where that was meant."""
    suffix = next((suffix for suffix in ("_file", "_FILE") if name.endswith(suffix)), "")
    if near := names.nearest(name.removesuffix(suffix), known):
        whole = near if near.endswith(suffix) else near + suffix
        return Reason("settings.unknown_near", {"name": label, "nearest": whole})
    return Reason("settings.unknown", {"name": label})


def foreign(name: str, setting: str, environ: Mapping[str, str], cwd: Path) -> Layer:
    """The value of a variable that is named in settings: of the environment, of the file that NAME_FILE names, of a
    folder of secrets, of .env. Nothing where there is none."""
    try:
        dotted = _values(_bindings(cwd / ".env"))
    except (OSError, UnicodeDecodeError):  # `dotenv` has told
        dotted = {}
    folders = (environ.get(names.CREDENTIALS), environ.get(names.SECRETS_DIR) or names.DOCKER)
    layers = (
        _foreign_in(environ, name, setting, cwd, "environment"),
        *(_folder(cwd / folder, {name: setting}) for folder in folders if folder),
        _foreign_in(dotted, name, setting, cwd, ".env"),
    )
    return next((layer for layer in layers if layer.values or layer.problems), Layer())


def _foreign_in(given: Mapping[str, str], name: str, setting: str, cwd: Path, place: str) -> Layer:
    read = Reader(cwd)
    if value := given.get(name):
        file = cwd / ".env" if place == ".env" else None
        read.values[setting] = Given(setting, value, "environment", name, f"{place}: {name}", file)
    elif path := given.get(f"{name}_FILE"):
        read.file(setting, path, f"{name}_FILE")
    return read.layer()


class Reader:
    """Collects the values of one place. A plain name goes before its NAME_FILE."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.values: dict[str, Given] = {}
        self.files: dict[str, Given] = {}
        self.problems: list[Reason] = []

    def path(self, setting: str, value: object) -> object:
        """Settings that are paths become absolute, so that a daemon may change its folder."""
        if setting in names.PATH_LISTS and isinstance(several := words(value), list):
            return [self._absolute(one) if isinstance(one, str) and one else one for one in several]
        if setting not in names.PATHS or not isinstance(value, str) or not value or is_pem(value):
            return value
        return self._absolute(value)

    def _absolute(self, path: str) -> str:
        return str(self.base / os.path.expanduser(path))  # noqa: PTH111 - Path.expanduser raises where there is no home

    def file(self, setting: str, value: str, label: str) -> None:
        """The content of the file that NAME_FILE names, without one newline at its end."""
        path = self.base / os.path.expanduser(value)  # noqa: PTH111 - as above
        text = self._content(path, f"{label}={value}")
        if text is not None:
            self.files[setting] = Given(setting, self.path(setting, text), "file", label, f"{label}={value}", path)

    def mounted(self, setting: str, path: Path) -> None:
        """The content of a file that whoever runs the service has put there; an empty one counts as not given."""
        text = self._content(path, str(path))
        if text:
            self.files[setting] = Given(setting, self.path(setting, text), "file", str(path), str(path))

    def _content(self, path: Path, name: str) -> str | None:
        try:
            with path.open("rb") as stream:
                content = stream.read(_LARGEST_FILE + 1).decode("utf-8")
        except (OSError, UnicodeDecodeError, ValueError) as error:
            self.problems.append(Reason("settings.file_unreadable", {"name": name, "detail": why(error)}))
            return None
        if len(content) > _LARGEST_FILE:
            self.problems.append(Reason("settings.file_too_large", {"name": name}))
            return None
        return content.removesuffix("\n").removesuffix("\r")

    def layer(self) -> Layer:
        return Layer(self.files | self.values, tuple(self.problems))


def why(error: Exception) -> str:
    """A word on what failed, without the content of the file."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "UTF-8?" if isinstance(error, UnicodeDecodeError) else type(error).__name__


def label(name: str, given: Mapping[str, Given]) -> str:
    """How people find a setting, also one that was not given: in its [[mailbox]] table, or as a variable."""
    if name in given:
        return given[name].label
    table = next((value.source for value in given.values() if value.kind == "toml" and " [" in value.source), "")
    return f"{table}: {name}" if table else names.variable(name)


def text(given: Mapping[str, Given], name: str) -> str:
    """The value as text; "" when it was not given, or is none."""
    value = given[name].value if name in given else ""
    return value if isinstance(value, str) else ""


def readable(setting: Given, path: Path) -> list[Reason]:
    """Whether there is a file there that this user may read; otherwise the reason for people."""
    if path.is_file() and os.access(path, os.R_OK):
        return []
    return [Reason("settings.file_missing", {"name": setting.label, "value": str(path)})]


def merged(*layers: Layer) -> dict[str, Given]:
    """One value for each setting: the first layer that gives it wins."""
    return {name: given for layer in reversed(layers) for name, given in layer.values.items()}


def problems(*layers: Layer) -> Iterator[Reason]:
    for layer in layers:
        yield from layer.problems
