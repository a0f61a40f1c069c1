"""What nearly every command begins with: settings, language, logs."""

import os
from collections.abc import Mapping
from pathlib import Path

from repondeur.cli import output
from repondeur.errors import SettingsError
from repondeur.settings import names
from repondeur.settings.load import NOTHING, Loaded, load
from repondeur.settings.schema import MailboxSettings, Settings
from repondeur.telemetry import log


def loaded(flags: Mapping[str, str] = NOTHING) -> Loaded:
    """Settings of this process, each with where it came from; logs and language set accordingly.

    flags: settings given as options of the command, e.g. {"log_level": "DEBUG"}. Raises SettingsError.
    """
    # What goes wrong while they are read may quote one.
    log.configure("WARNING", "auto", {value for name in names.MOUNTED if (value := os.environ.get(name))})
    found = load(os.environ, Path.cwd(), flags)
    output.speak(found.settings.language)
    log.configure(found.settings.log_level, found.settings.log_format, found.settings.secrets())
    return found


def settings(flags: Mapping[str, str] = NOTHING) -> Settings:
    return loaded(flags).settings


def settings_with_mailbox(flags: Mapping[str, str] = NOTHING) -> Settings:
    """For commands that work mail. Raises SettingsError when no mailbox is configured."""
    return loaded_with_mailbox(flags).settings


def loaded_with_mailbox(flags: Mapping[str, str] = NOTHING) -> Loaded:
    """The same, with where each value came from."""
    found = loaded(flags)
    if not found.settings.mailboxes:
        raise SettingsError("settings.no_mailbox")
    return found


def hushed(found: Loaded) -> Settings:
    """For commands that say themselves what they have done: of the logs warnings alone, unless LOG_LEVEL is set."""
    if found.sources["log_level"] == "default":
        log.configure("WARNING", found.settings.log_format, found.settings.secrets())
    return found.settings


def without_logs(settings: Settings) -> None:
    """For commands that tell people themselves what goes wrong. At DEBUG the logs are wanted all the same."""
    if settings.log_level != "DEBUG":
        log.configure("CRITICAL", settings.log_format, settings.secrets())


def mailbox(settings: Settings, name: str) -> MailboxSettings | None:
    """The mailbox with this name; the first one for "", None when there is none at all. Raises SettingsError."""
    if not name:
        return next(iter(settings.mailboxes), None)
    found = next((one for one in settings.mailboxes if one.name == name), None)
    if found is None:
        names = ", ".join(one.name for one in settings.mailboxes)
        raise SettingsError("cli.no_such_mailbox", name=name, names=names)
    return found
