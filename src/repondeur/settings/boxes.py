"""Which mailboxes there are, which values belong to each, and which kind it is: IMAP and SMTP, or Microsoft Graph."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from repondeur.settings import names
from repondeur.settings.schema import AnyMailbox, GraphSettings, ImapSettings
from repondeur.settings.sources import Given, Layer, TomlLayers, merged, text
from repondeur.texts import Reason


@dataclass(frozen=True, slots=True)
class Box:
    """One mailbox as it was given. other: values for the other kind of mailbox."""

    model: type[ImapSettings] | type[GraphSettings]
    given: Mapping[str, Given]
    other: Mapping[str, Given]


def boxes(outer: Sequence[Layer], toml: TomlLayers) -> list[Box]:
    """The values of each mailbox: its table, overruled from outside, completed from the top of repondeur.toml."""
    if toml.mailboxes:
        above = tuple(Layer(_without_identity(layer.values)) for layer in outer)
        return [box(merged(*above, table, toml.top)) for table in toml.mailboxes]
    only = box(merged(*outer, toml.top))
    return [only] if names.IDENTITY & only.given.keys() else []


def box(given: Mapping[str, Given]) -> Box:
    """mailbox_user_id says that it is a mailbox of Microsoft 365."""
    if text(given, "mailbox_user_id"):
        return Box(GraphSettings, _only(given, (*names.COMMON, *names.GRAPH)), _only(given, names.IMAP))
    return Box(ImapSettings, _only(given, (*names.COMMON, *names.IMAP)), _only(given, names.GRAPH))


def same_name(mailboxes: Sequence[AnyMailbox]) -> list[Reason]:
    counts = Counter(mailbox.name for mailbox in mailboxes)
    return [Reason("settings.same_name", {"value": name}) for name, count in counts.items() if count > 1]


def same_mailbox(mailboxes: Sequence[AnyMailbox]) -> list[Reason]:
    """One folder of one account under two names would be answered twice."""
    seen: dict[tuple[str, ...], str] = {}
    problems = []
    for mailbox in mailboxes:
        account = _account(mailbox)
        if account in seen and seen[account] != mailbox.name:
            problems.append(Reason("settings.same_mailbox", {"one": seen[account], "other": mailbox.name}))
        seen.setdefault(account, mailbox.name)
    return problems


def _account(mailbox: AnyMailbox) -> tuple[str, ...]:
    if isinstance(mailbox, GraphSettings):
        return ("graph", mailbox.azure_tenant_id.lower(), mailbox.mailbox_user_id.lower())
    return ("imap", mailbox.imap_server.lower(), mailbox.imap_user.lower(), mailbox.imap_mailbox)


def _without_identity(given: Mapping[str, Given]) -> dict[str, Given]:
    return {name: value for name, value in given.items() if name not in names.IDENTITY}


def _only(given: Mapping[str, Given], fields: Iterable[str]) -> dict[str, Given]:
    return {name: given[name] for name in fields if name in given}
