"""Is this mailbox of Microsoft 365 set up well? One finding at a time, each saying what to do.

Two things are made on the way, and taken away again: a draft, and a subscription where there is none (check_push.py).
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, Final

from repondeur.errors import FolderMissing, LoginRefused, RepondeurError
from repondeur.mailboxes.base import Finding
from repondeur.mailboxes.graph import check_push
from repondeur.mailboxes.graph.client import Client, segment
from repondeur.mailboxes.graph.failures import Refused
from repondeur.mailboxes.graph.findings import day, failed, minute, ok, warning
from repondeur.mailboxes.graph.folders import Folders
from repondeur.mailboxes.graph.hook import HookAddress
from repondeur.mailboxes.graph.sign_in import SignIn
from repondeur.settings import certificate
from repondeur.settings.schema import GraphSettings
from repondeur.store.ledger import Ledger
from repondeur.texts import LANGUAGES, say

Clock = Callable[[], datetime]

CERTIFICATE_WARNING: Final = timedelta(days=30)
# What the work needs, and what is part of it. Source: "Microsoft Graph permissions reference", Mail.
NEEDED: Final = frozenset({"Mail.ReadWrite", "Mail.Send"})
HARMLESS: Final = NEEDED | {"Mail.Read", "Mail.ReadBasic", "Mail.ReadBasic.All"}


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """other_mailbox: the address of one that must be out of our reach; "" tries none. hook_timeout: seconds."""

    other_mailbox: str = ""
    hook_timeout: float = 10.0


async def findings(  # noqa: PLR0917 - each has a type of its own
    settings: GraphSettings,
    client: Client,
    sign_in: SignIn,
    ledger: Ledger,
    folders: Folders,
    hook: HookAddress | None,
    options: CheckOptions = CheckOptions(),
    clock: Clock = lambda: datetime.now(UTC),
) -> AsyncIterator[Finding]:
    """Of the sign-in and its rights, the mailbox, another one, the hook and the subscription. Never raises."""
    claims: Mapping[str, Any] | None = None
    try:
        await sign_in.token()
        claims = await sign_in.claims()
        yield _signed_in(claims)
    except RepondeurError as error:
        yield failed("graph_sign_in", error)
    if settings.azure_client_certificate:
        yield _certificate(settings.azure_client_certificate.get_secret_value(), clock())
    if claims is not None:
        for finding in _roles(claims):
            yield finding
        async for finding in _mailbox(settings, client, folders):
            yield finding
        if options.other_mailbox:
            yield await _other(options.other_mailbox, settings, client)
    push = check_push.Push(settings, client, ledger, folders, options.hook_timeout)
    async for finding in push.findings(hook, clock(), signed_in=claims is not None):
        yield finding


# -- the sign-in


def _signed_in(claims: Mapping[str, Any]) -> Finding:
    application = str(claims.get("appid") or claims.get("azp") or "?")
    tenant = str(claims.get("tid") or "?")
    ends = claims.get("exp")
    until = minute(datetime.fromtimestamp(ends, UTC)) if isinstance(ends, int) else "?"
    return ok("graph_sign_in", "graph_signed_in", application=application, tenant=tenant, until=until)


def _certificate(setting: str, now: datetime) -> Finding:
    try:
        ends = certificate.read(setting, "AZURE_CLIENT_CERTIFICATE").expires
    except RepondeurError as error:
        return failed("graph_certificate", error)
    left = (ends - now).days
    if ends - now < CERTIFICATE_WARNING:
        return warning("graph_certificate", "graph_certificate_ends", date=day(ends), days=max(left, 0))
    return ok("graph_certificate", "graph_certificate_good", date=day(ends), days=left)


def _roles(claims: Mapping[str, Any]) -> Iterator[Finding]:
    """Roles stand in the token only when they were granted in Entra ID, and then for every mailbox; what Exchange
    grants for some mailboxes does not show. Source: "Role Based Access Control for Applications in Exchange Online"."""
    told = claims.get("roles")
    roles = {str(role) for role in told} if isinstance(told, list) else set()
    if everywhere := roles & HARMLESS:
        yield warning("graph_roles", "graph_roles_everywhere", roles=", ".join(sorted(everywhere)))
    else:
        yield ok("graph_roles", "graph_roles_of_exchange")
    if wider := roles - HARMLESS:
        yield warning("graph_roles", "graph_roles_wider", roles=", ".join(sorted(wider)))


# -- the mailbox


async def _mailbox(settings: GraphSettings, client: Client, folders: Folders) -> AsyncIterator[Finding]:
    for name in settings.graph_folders:
        try:
            yield await _watched(name, client, folders)
        except LoginRefused as error:
            yield failed("graph_folder", error)
            return  # what follows would be refused in the same words
        except RepondeurError as error:
            yield failed("graph_folder", error)
    if settings.processed_folder:
        yield await _processed(settings, folders)
    yield await _draft(client)


async def _watched(name: str, client: Client, folders: Folders) -> Finding:
    """That a message can be read is asked too: a right to see folders only would not be enough."""
    path = f"/mailFolders/{segment(await folders.id_of(name))}"
    folder = await client.get(path, {"$select": "displayName,totalItemCount,unreadItemCount"})
    await client.get(f"{path}/messages", {"$select": "id,subject", "$top": "1"})
    counts = {
        key: _count(folder.get(said)) for key, said in (("count", "totalItemCount"), ("unread", "unreadItemCount"))
    }
    return ok("graph_folder", "graph_folder_read", folder=str(folder.get("displayName") or name), **counts)


async def _processed(settings: GraphSettings, folders: Folders) -> Finding:
    name = settings.processed_folder
    try:
        await folders.id_of(name)
    except FolderMissing as error:
        if settings.graph_create_folders:
            return ok("graph_processed", "special_folder_made_later", folder=name)
        return failed("graph_processed", error)
    except RepondeurError as error:
        return failed("graph_processed", error)
    return ok("graph_processed", "special_folder_found", folder=name)


async def _draft(client: Client) -> Finding:
    """Whether we may write, tried in the way answers are written."""
    try:
        made = await client.post_mime("/messages", _sample())
    except RepondeurError as error:
        return failed("graph_draft", error)
    try:
        # Of what this program has made itself, and nobody has touched: this one, and answers that are kept back
        # (own_drafts.put_away). It deletes no other message.
        await client.send("DELETE", f"/messages/{segment(str(made.get('id', '')))}")
    except RepondeurError:
        return warning("graph_draft", "graph_draft_left", subject=_subject())
    return ok("graph_draft", "graph_draft_written")


def _sample() -> bytes:
    """To nobody, so that it can go nowhere."""
    sample = EmailMessage(policy=SMTP)
    sample["Subject"] = _subject()
    sample.set_content("\n".join(say("check.graph_sample_text", language) for language in LANGUAGES))
    return sample.as_bytes()


def _subject() -> str:
    return " / ".join(say("check.graph_sample_subject", language) for language in LANGUAGES)


def _count(told: object) -> int:
    return told if isinstance(told, int) else 0


# -- another mailbox


async def _other(address: str, settings: GraphSettings, client: Client) -> Finding:
    if address.lower() in {*settings.own_addresses, settings.mailbox_user_id.lower()}:
        return warning("other_mailbox", "other_is_ours", address=address)
    try:
        await client.root("GET", f"/users/{segment(address)}/mailFolders/inbox", params={"$select": "id"})
    except Refused as error:
        if error.status == 403:
            return ok("other_mailbox", "other_refused", address=address)
        if error.absent:
            return warning("other_mailbox", "other_unknown", address=address)
        return failed("other_mailbox", error)
    except RepondeurError as error:
        return failed("other_mailbox", error)
    return warning("other_mailbox", "other_read", address=address)
