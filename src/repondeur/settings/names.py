"""Which names there are, what belongs to one mailbox, and which known name someone most likely meant."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Final, get_args

from pydantic import BaseModel

from repondeur.settings.schema import GraphSettings, ImapSettings, MailboxSettings, Settings, VaultAccess
from repondeur.settings.tables import TABLE_MODELS, ModelSettings
from repondeur.settings.values import Hidden

# Where the plain name would clash: LANGUAGE belongs to gettext, DATA_DIR says too little in an environment.
_VARIABLES: Final = {"data_dir": "REPONDEUR_DATA_DIR", "language": "REPONDEUR_LANGUAGE"}
_TABLES_ONLY: Final = frozenset({"name"})

CONFIG: Final = "REPONDEUR_CONFIG"
# Folders with a file for each secret: Docker's, and the one that systemd tells a service of (systemd.exec(5),
# Credentials).
SECRETS_DIR: Final = "REPONDEUR_SECRETS_DIR"
DOCKER: Final = "/run/secrets"
CREDENTIALS: Final = "CREDENTIALS_DIRECTORY"
TABLE: Final = "mailbox"
# Tables that are written with a name, and those that are written one after the other; and the keys of each.
NAMED_TABLES: Final = {"models": tuple(name for name in ModelSettings.model_fields if name != "name")}
LISTED_TABLES: Final = {
    kind: tuple(model.model_fields) for kind, model in TABLE_MODELS.items() if kind not in NAMED_TABLES
}
TABLES: Final = (TABLE, *NAMED_TABLES, *LISTED_TABLES)

COMMON: Final = tuple(MailboxSettings.model_fields)
IMAP: Final = tuple(name for name in ImapSettings.model_fields if name not in COMMON)
GRAPH: Final = tuple(name for name in GraphSettings.model_fields if name not in COMMON)
MAILBOX: Final = (*COMMON, *IMAP, *GRAPH)
VAULT: Final = tuple(VaultAccess.model_fields)
PROGRAM: Final = tuple(name for name in Settings.model_fields if name not in {"mailboxes", *TABLES})

# What says which mailbox it is: with several mailboxes it belongs into their tables.
IDENTITY: Final = frozenset(
    name
    for name in MAILBOX
    if name.startswith(("imap_", "smtp_", "oauth_")) or name in {"from_email", "name", "mailbox_user_id"}
) - {"imap_connections"}

PATHS: Final = frozenset(
    {
        "oauth_token_file",
        "mail_ca_file",
        "smime_ca_file",
        "data_dir",
        "glossary_file",
        "model_dir",
        "azure_client_certificate",
        "azure_federated_token_file",
    }
)
# Several paths: a list, or one string with commas.
PATH_LISTS: Final = frozenset({"knowledge_public", "knowledge_internal"})
_MODELS: Final[tuple[type[BaseModel], ...]] = (ImapSettings, GraphSettings, *TABLE_MODELS.values(), Settings)


def _is_secret(annotation: object) -> bool:
    return annotation is Hidden or any(map(_is_secret, get_args(annotation)))


SECRETS: Final = frozenset(
    name for model in _MODELS for name, field in model.model_fields.items() if _is_secret(field.annotation)
)

# What Azure Key Vault may hold. A database's URL is no secret by its type, but mostly has a password in it.
KEPT: Final = SECRETS | {"database_url"}


def in_vault(name: str) -> str:
    """How the secret is called in Azure Key Vault, e.g. "IMAP-PASS" for "imap_pass"."""
    return variable(name).replace("_", "-")


def variable(name: str) -> str:
    """The environment variable of a setting, e.g. "IMAP_SERVER" for "imap_server"."""
    return _VARIABLES.get(name, name.upper())


VARIABLES: Final = {variable(name): name for name in (*MAILBOX, *PROGRAM) if name not in _TABLES_ONLY}
# What a file in a folder of secrets may hold.
MOUNTED: Final = {name: setting for name, setting in VARIABLES.items() if setting in KEPT}
# In repondeur.toml both `data_dir` and the environment's name in lower case are understood.
KEYS: Final = {name: name for name in (*MAILBOX, *PROGRAM) if name not in _TABLES_ONLY} | {
    name.lower(): field for name, field in VARIABLES.items()
}

# Foreign variables that look like a slip of ours, but are known to mean something else.
_FOREIGN: Final = frozenset({"LANGUAGE", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_AUTHORITY_HOST", "TIME_ZONE"})
# What Kubernetes sets in every container for a service called "imap", "smtp" or "repondeur".
_SERVICE_LINK: Final = re.compile(r"\w+_(SERVICE_(HOST|PORT(_\w+)?)|PORT(_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?)?)")
# What people write who remember other programs, or only half of a name.
_SLIPS: Final = {
    "TENANT": "AZURE_TENANT_ID",
    "TENANT_ID": "AZURE_TENANT_ID",
    "AZURE_TENANT": "AZURE_TENANT_ID",
    "GRAPH_TENANT_ID": "AZURE_TENANT_ID",
    "CLIENT_ID": "AZURE_CLIENT_ID",
    "AZURE_CLIENT": "AZURE_CLIENT_ID",
    "AZURE_APP_ID": "AZURE_CLIENT_ID",
    "AZURE_APPLICATION_ID": "AZURE_CLIENT_ID",
    "GRAPH_CLIENT_ID": "AZURE_CLIENT_ID",
    "CLIENT_SECRET": "AZURE_CLIENT_SECRET",
    "AZURE_SECRET": "AZURE_CLIENT_SECRET",
    "GRAPH_CLIENT_SECRET": "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PATH": "AZURE_CLIENT_CERTIFICATE",
    "AZURE_CERTIFICATE": "AZURE_CLIENT_CERTIFICATE",
    "AZURE_CERTIFICATE_PATH": "AZURE_CLIENT_CERTIFICATE",
    "AZURE_KEYVAULT_URL": "AZURE_KEY_VAULT_URL",
    "AZURE_KEY_VAULT": "AZURE_KEY_VAULT_URL",
    "AZURE_KEY_VAULT_NAME": "AZURE_KEY_VAULT_URL",
    "KEY_VAULT_URL": "AZURE_KEY_VAULT_URL",
    "KEYVAULT_URL": "AZURE_KEY_VAULT_URL",
    "GRAPH_USER": "MAILBOX_USER_ID",
    "GRAPH_USER_ID": "MAILBOX_USER_ID",
    "GRAPH_MAILBOX": "MAILBOX_USER_ID",
    "MAILBOX_USER": "MAILBOX_USER_ID",
    "MAILBOX_ID": "MAILBOX_USER_ID",
    "USER_ID": "MAILBOX_USER_ID",
    "GRAPH_URL": "GRAPH_BASE_URL",
    "GRAPH_ENDPOINT": "GRAPH_BASE_URL",
    "WEBHOOK": "WEBHOOK_HOST",
    "WEBHOOK_HOSTNAME": "WEBHOOK_HOST",
    "WEBHOOK_TOKEN": "WEBHOOK_SECRET",
}
# Without these no mailbox of Microsoft 365 works, so that a slip is most likely why one of them is missing.
_CREDENTIALS: Final = frozenset({"AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE"})
_NEEDED_BY_GRAPH: Final = _CREDENTIALS | {"AZURE_CLIENT_ID", "AZURE_TENANT_ID", "MAILBOX_USER_ID"}
_SAID_OTHERWISE: Final = {
    "HOST": "SERVER",
    "HOSTNAME": "SERVER",
    "PASSWORD": "PASS",
    "PASSWD": "PASS",
    "PWD": "PASS",
    "USERNAME": "USER",
    "LOGIN": "USER",
    "EMAIL": "USER",
    "SSL": "SECURITY",
    "TLS": "SECURITY",
    "STARTTLS": "SECURITY",
    "ENCRYPTION": "SECURITY",
    "FOLDER": "MAILBOX",
}


_SHORTENED: Final = 4  # letters that tell what a longer name was meant


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that someone who wrote `name` most likely meant, in its own spelling; "" when none is near."""
    by_upper = {candidate.upper(): candidate for candidate in known}
    wanted = name.upper()
    head, _, tail = wanted.removeprefix("REPONDEUR_").rpartition("_")
    guesses = (wanted, wanted.removeprefix("REPONDEUR_"), f"REPONDEUR_{wanted}", f"{head}_{_SAID_OTHERWISE.get(tail)}")
    for guess in guesses:
        if guess in by_upper:
            return by_upper[guess]
    if wanted in {"SMTP_FROM", "MAIL_FROM", "FROM"} and "FROM_EMAIL" in by_upper:
        return by_upper["FROM_EMAIL"]
    if (meant := _SLIPS.get(wanted, "")) in by_upper:
        return by_upper[meant]
    longer = [
        candidate for upper, candidate in by_upper.items() if len(wanted) >= _SHORTENED and upper.startswith(wanted)
    ]
    shortened = longer[0] if len(longer) == 1 else ""
    return next((by_upper[match] for match in get_close_matches(wanted, by_upper, 1, 0.6)), shortened)


def looks_like_ours(name: str) -> bool:
    """Whether an unknown environment variable was most likely meant for us: by its prefix, or by one slip in a long
    name. Everything else in the environment is other people's business."""
    if name in _FOREIGN or _SERVICE_LINK.fullmatch(name):
        return False
    if name.startswith(("REPONDEUR_", "IMAP_", "SMTP_", "GRAPH_")):
        return True
    return len(name) >= 8 and name.isupper() and bool(get_close_matches(name, _with_files(), 1, 0.9))


def stands_in(name: str, given: Mapping[str, str]) -> bool:
    """Whether this name was written where another was meant that a mailbox of Microsoft 365 needs: TENANT_ID and its
    like are other programs' business, unless such a mailbox stands beside them and lacks just this."""
    meant = _SLIPS.get(name, "")
    enough = _CREDENTIALS if meant in _CREDENTIALS else {meant}
    if meant not in _NEEDED_BY_GRAPH or any(given.get(one) or given.get(f"{one}_FILE") for one in enough):
        return False
    return bool(given.get("MAILBOX_USER_ID") or (meant == "MAILBOX_USER_ID" and given.get("AZURE_CLIENT_SECRET")))


def of_file(name: str) -> str:
    """The variable whose file NAME_FILE names, or "": "IMAP_PASS" for "IMAP_PASS_FILE"."""
    base = name.removesuffix("_FILE")
    return base if base != name and base in VARIABLES else ""


def _with_files() -> list[str]:
    return [*VARIABLES, *(f"{name}_FILE" for name in VARIABLES), CONFIG]
