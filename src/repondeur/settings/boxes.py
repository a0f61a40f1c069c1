"""Which mailboxes there are, which values belong to each, and which kind it is: IMAP and SMTP, or Microsoft Graph."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from repondeur.settings import names
from repondeur.settings.schema import AnyMailbox, GraphSettings, ImapSettings
from repondeur.settings.sources import Given, Layer, merged, text
from repondeur.settings.toml import TomlLayers
from repondeur.texts import Reason

_IMAP: Final = frozenset(names.IMAP)
_GRAPH: Final = frozenset(names.GRAPH)
# What signs in, and so is not in an environment by chance.
_CREDENTIALS: Final = frozenset({"azure_client_secret", "azure_client_certificate"})


@dataclass(frozen=True, slots=True)
class Box:
    """One mailbox as it was given. own: what was said for it alone. other: values for the other kind, which would not
    be heeded; of what holds for several mailboxes none is."""

    model: type[ImapSettings] | type[GraphSettings]
    given: Mapping[str, Given]
    own: Mapping[str, Given]
    other: Mapping[str, Given]

    @property
    def is_graph(self) -> bool:
        return self.model is GraphSettings


def boxes(outer: Sequence[Layer], toml: TomlLayers) -> list[Box]:
    """The values of each mailbox: its table, overruled from outside, completed from the top of repondeur.toml."""
    if toml.mailboxes:
        above = tuple(Layer(_without_identity(layer.values)) for layer in outer)
        return [_box(merged(*above, table, toml.top), table.values) for table in toml.mailboxes]
    everything = merged(*outer, toml.top)
    given = _only(everything, names.MAILBOX)
    own = {name: value for name, value in given.items() if not _serves_others(value, everything)}
    if names.IDENTITY & own.keys() or _means_graph(own):
        return [_box(given, own)]
    credentials = _CREDENTIALS & given.keys()
    return [_box(given, given)] if credentials and "azure_key_vault_url" not in everything else []


def imap_box(given: Mapping[str, Given]) -> Box:
    """As if there were a mailbox: for judging values that no mailbox has yet."""
    return Box(ImapSettings, _only(given, (*names.COMMON, *names.IMAP)), {}, {})


def _box(given: Mapping[str, Given], own: Mapping[str, Given]) -> Box:
    if _is_graph(given, own):
        return Box(GraphSettings, _only(given, (*names.COMMON, *names.GRAPH)), own, _only(own, names.IMAP))
    return Box(ImapSettings, _only(given, (*names.COMMON, *names.IMAP)), own, _only(own, names.GRAPH))


def _is_graph(given: Mapping[str, Given], own: Mapping[str, Given]) -> bool:
    """mailbox_user_id says so; where it is missing, that nothing but settings for Graph was given."""
    if text(own, "mailbox_user_id"):
        return True
    return not _IMAP & own.keys() and (bool(text(given, "mailbox_user_id")) or _means_graph(own))


def _means_graph(own: Mapping[str, Given]) -> bool:
    return any(own[name].value != "" for name in _GRAPH & own.keys())


def _serves_others(value: Given, everything: Mapping[str, Given]) -> bool:
    """Whether it may not be meant for a mailbox: hosts on Azure and workload identity put AZURE_CLIENT_ID and its like
    into every environment, several programs share a folder of secrets, and the way in to Azure Key Vault is said by the
    same names."""
    from_host = value.kind in {"environment", "file"}
    return value.name.startswith("azure_") and (from_host or "azure_key_vault_url" in everything)


def wrong_kind(found: Sequence[Box], outer: Sequence[Layer], toml: TomlLayers) -> Iterator[Reason]:
    """Settings for Graph in a mailbox that is worked by IMAP, and the other way round."""
    for one in found:
        yield from _other_kind(one)
    if toml.mailboxes:
        everything = merged(*outer, toml.top)
        if not any(one.is_graph for one in found):
            graph = _only(everything, _GRAPH).values()
            yield from _no_user_id(value for value in graph if not _serves_others(value, everything))
        if all(one.is_graph for one in found):
            yield from _not_for_graph(_only(toml.top.values, _IMAP).values())


def _other_kind(one: Box) -> Iterator[Reason]:
    if not one.is_graph:
        yield from _no_user_id(one.other.values())
    elif "imap_server" in one.other and "mailbox_user_id" in one.own:
        both = _labels((one.other["imap_server"], one.own["mailbox_user_id"]))
        yield Reason("settings.two_kinds", {"names": both})
    else:
        yield from _not_for_graph(one.other.values())


def _no_user_id(given: Iterable[Given]) -> Iterator[Reason]:
    if labels := _labels(given):
        yield Reason("settings.no_user_id", {"names": labels})


def _not_for_graph(given: Iterable[Given]) -> Iterator[Reason]:
    if labels := _labels(given):
        yield Reason("settings.not_for_graph", {"names": labels})


def _labels(given: Iterable[Given]) -> str:
    return ", ".join(sorted(value.label for value in given))


def same_name(mailboxes: Sequence[AnyMailbox]) -> list[Reason]:
    counts = Counter(mailbox.name for mailbox in mailboxes)
    return [Reason("settings.same_name", {"value": name}) for name, count in counts.items() if count > 1]


def same_mailbox(mailboxes: Sequence[AnyMailbox]) -> list[Reason]:
    """One mailbox under two names would be answered twice."""
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
        return ("graph", mailbox.account)
    return ("imap", mailbox.imap_server.lower(), mailbox.imap_user.lower(), mailbox.imap_mailbox)


def _without_identity(given: Mapping[str, Given]) -> dict[str, Given]:
    return {name: value for name, value in given.items() if name not in names.IDENTITY}


def _only(given: Mapping[str, Given], fields: Iterable[str]) -> dict[str, Given]:
    return {name: given[name] for name in fields if name in given}
