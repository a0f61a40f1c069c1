"""What no single value shows: values that need one another, and files and folders that have to be there."""

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from repondeur.settings.boxes import Box
from repondeur.settings.graph_checks import graph_problems, hook_problems
from repondeur.settings.sources import Given, label, readable, text
from repondeur.texts import Reason

_LARGEST_CA_FILE: Final = 8 * 1024 * 1024


def mailbox_problems(box: Box) -> list[Reason]:
    """Raises nothing: all that is wrong comes back as reasons."""
    own = graph_problems(box) if box.is_graph else _imap_problems(box.given)
    return [*own, *ca_file_problems(box.given), *_smime_problems(box.given)]


def ca_file_problems(given: Mapping[str, Given]) -> list[Reason]:
    named = ((name, text(given, name)) for name in ("mail_ca_file", "smime_ca_file"))
    return [problem for name, path in named if path for problem in _certificates(given[name], Path(path))]


def _smime_problems(given: Mapping[str, Given]) -> Iterator[Reason]:
    """The signature is checked by a program that not every machine has."""
    if text(given, "smime_ca_file") and shutil.which("openssl") is None:
        yield Reason("settings.no_openssl", {"name": label("smime_ca_file", given)})


def _imap_problems(given: Mapping[str, Given]) -> Iterator[Reason]:
    if not any(text(given, name) for name in ("imap_pass", "oauth_token_command", "oauth_token_file")):
        yield Reason("settings.no_password", {"name": label("imap_pass", given)})
    if token_file := text(given, "oauth_token_file"):
        yield from readable(given["oauth_token_file"], Path(token_file))


def program_problems(given: Mapping[str, Given], *, with_graph: bool) -> list[Reason]:
    data_dir = given.get("data_dir")
    writable = _writable(data_dir) if data_dir and isinstance(data_dir.value, str) else []
    return [*writable, *hook_problems(given, with_graph=with_graph)]


def _certificates(setting: Given, path: Path) -> list[Reason]:
    if problems := readable(setting, path):
        return problems
    with path.open("rb") as stream:
        content = stream.read(_LARGEST_CA_FILE)
    if b"-----BEGIN CERTIFICATE-----" in content or b"-----BEGIN TRUSTED CERTIFICATE-----" in content:
        return []
    return [Reason("settings.not_certificates", {"name": setting.label, "value": str(path)})]


def _writable(setting: Given) -> list[Reason]:
    """The folder, or the first folder above it that exists, has to be ours to write in. A default that does not exist
    yet is left to those who need it: a dry run in a read-only folder needs none."""
    path = Path(str(setting.value))
    if setting.kind == "default" and not path.exists():
        return []
    while not path.exists() and path != path.parent:
        path = path.parent
    if path.is_dir() and os.access(path, os.W_OK | os.X_OK):
        return []
    return [Reason("settings.not_writable", {"name": setting.label, "value": str(setting.value)})]
