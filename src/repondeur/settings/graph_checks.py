"""What has to be right together for a mailbox of Microsoft 365, and for the hook that Graph sends its notices to."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from repondeur.settings.boxes import Box
from repondeur.settings.sources import Given, label, readable, text
from repondeur.settings.values import is_user
from repondeur.texts import Reason

_HOOK: Final = ("webhook_host", "webhook_url", "webhook_secret")
# Longest clientState of a subscription (Microsoft Graph, resource type subscription).
_LONGEST_SECRET: Final = 128


def graph_problems(box: Box) -> Iterator[Reason]:
    """Raises nothing: all that is wrong comes back as reasons."""
    given = box.given
    user = text(given, "mailbox_user_id")
    if is_user(user) and "@" not in user and not text(given, "from_email"):
        yield Reason("settings.no_address", {"name": label("from_email", given), "value": user})
    secret, pem = text(given, "azure_client_secret"), text(given, "azure_client_certificate")
    if secret and pem:
        both = sorted((label("azure_client_secret", given), label("azure_client_certificate", given)))
        yield Reason("settings.two_credentials", {"names": ", ".join(both)})
    elif pem:
        from repondeur.settings import certificate

        setting = given["azure_client_certificate"]
        yield from certificate.problems(pem, setting.label, datetime.now(UTC))
    elif not secret:
        yield from _workload_identity(given)


def _workload_identity(given: Mapping[str, Given]) -> Iterator[Reason]:
    """Platforms set AZURE_FEDERATED_TOKEN_FILE by themselves, so it counts only where nothing else was given."""
    if path := text(given, "azure_federated_token_file"):
        yield from readable(given["azure_federated_token_file"], Path(path))
    else:
        yield Reason("settings.no_credential", {"name": label("azure_client_secret", given)})


def without_unused_hook(program: Mapping[str, Given], *, with_graph: bool) -> dict[str, Given]:
    """In an environment a hook may be another program's; it is heeded only where there is a mailbox for it."""
    return {
        name: value for name, value in program.items() if with_graph or name not in _HOOK or value.kind != "environment"
    }


def hook_problems(program: Mapping[str, Given], *, with_graph: bool) -> Iterator[Reason]:
    """program: what without_unused_hook left."""
    host, url = text(program, "webhook_host"), text(program, "webhook_url")
    if not host and not url:
        return
    where = program["webhook_url" if url else "webhook_host"]
    if not with_graph:
        yield Reason("settings.hook_without_graph", {"name": where.label})
        return
    if host and url:
        labels = sorted((program["webhook_host"].label, program["webhook_url"].label))
        yield Reason("settings.two_hooks", {"names": ", ".join(labels)})
    secret = text(program, "webhook_secret")
    if not secret:
        yield Reason("settings.no_hook_secret", {"name": label("webhook_secret", program), "hook": where.label})
    elif len(secret) > _LONGEST_SECRET:
        lengths = {"longest": _LONGEST_SECRET, "count": len(secret)}
        yield Reason("settings.hook_secret_long", {"name": program["webhook_secret"].label, **lengths})
