"""Which rules and which settings a decision was made under, as digests for the record."""

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from repondeur import __version__, policy
from repondeur.settings.describe import shown
from repondeur.settings.schema import MailboxSettings, Settings
from repondeur.store.chain import canonical, sha256

# They say where things are, or how people are spoken to, and decide nothing about a mail. What is not named here
# counts, whatever it is.
_PLACES: Final = frozenset(
    {"mailboxes", "language", "database_url", "data_dir", "model_dir", "concurrency", "worker_lease", "web_hosts"}
    | {"metrics_allow", "trusted_proxies"}
    | {"log_level", "log_format", "azure_key_vault_url", "webhook_host", "webhook_url", "local_at_once"}
    | {
        "imap_server",
        "imap_port",
        "imap_security",
        "imap_user",
        "smtp_server",
        "smtp_port",
        "smtp_security",
        "smtp_user",
    }
)


@cache
def rules_version() -> str:
    """SHA-256 of the version of the program and of every file of its rules and their words. Reads them once, some
    milliseconds."""
    of_files = {name: sha256(file.read_bytes()) for name, file in _files(files(policy), "")}
    return sha256(canonical({"version": __version__, "files": of_files}))


def settings_version(settings: Settings, mailbox: MailboxSettings) -> str:
    """SHA-256 of the settings in effect for a mailbox; of a secret only whether there is one."""
    program = {name: shown(settings, name) for name in type(settings).model_fields.keys() - _PLACES}
    own = {name: shown(mailbox, name) for name in type(mailbox).model_fields.keys() - _PLACES}
    return sha256(canonical({"program": program, "mailbox": own}))


def _files(folder: Traversable, path: str) -> list[tuple[str, Traversable]]:
    found: list[tuple[str, Traversable]] = []
    for one in folder.iterdir():
        if one.is_dir() and one.name != "__pycache__":
            found += _files(one, f"{path}{one.name}/")
        elif one.name.endswith((".py", ".toml")):
            found.append((f"{path}{one.name}", one))
    return found
