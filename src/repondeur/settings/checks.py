"""What no single value shows: values that need one another, and files and folders that have to be there."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from repondeur.settings.boxes import Box
from repondeur.settings.schema import ImapSettings
from repondeur.settings.sources import Given, label, text
from repondeur.texts import Reason

_LARGEST_CA_FILE: Final = 8 * 1024 * 1024


def mailbox_problems(box: Box) -> list[Reason]:
    """Raises nothing: all that is wrong comes back as reasons."""
    given, problems = box.given, []
    if box.model is ImapSettings and not any(
        text(given, name) for name in ("imap_pass", "oauth_token_command", "oauth_token_file")
    ):
        problems.append(Reason("settings.no_password", {"name": label("imap_pass", given)}))
    if ca_file := text(given, "mail_ca_file"):
        problems += _certificates(given["mail_ca_file"], Path(ca_file))
    if token_file := text(given, "oauth_token_file"):
        problems += _readable(given["oauth_token_file"], Path(token_file))
    return problems


def program_problems(given: Mapping[str, Given]) -> list[Reason]:
    data_dir = given.get("data_dir")
    return _writable(data_dir) if data_dir and isinstance(data_dir.value, str) else []


def _readable(setting: Given, path: Path) -> list[Reason]:
    if path.is_file() and os.access(path, os.R_OK):
        return []
    return [Reason("settings.file_missing", {"name": setting.label, "value": str(path)})]


def _certificates(setting: Given, path: Path) -> list[Reason]:
    if problems := _readable(setting, path):
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
