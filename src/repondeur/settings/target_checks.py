"""What no single value of a [[notify]] or [[call]] table shows: what needs what, and names that must exist."""

import base64
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

from pydantic import JsonValue

from repondeur.settings import names
from repondeur.settings.schema import Settings
from repondeur.settings.targets import CallSettings, NotifySettings
from repondeur.settings.toml import Table
from repondeur.texts import Reason

PLACEHOLDER: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def target_problems(settings: Settings, tables: Sequence[Table]) -> Iterator[Reason]:
    """settings: with its tables."""
    own = frozenset(address for mailbox in settings.mailboxes for address in mailbox.own_addresses)
    mailboxes = [mailbox.name for mailbox in settings.mailboxes]
    for table, notify in zip((one for one in tables if one.kind == "notify"), settings.notify, strict=True):
        yield from _notify(table.place, notify, own)
        yield from _mailboxes(table.place, notify.mailbox, mailboxes)
    for table, call in zip((one for one in tables if one.kind == "call"), settings.call, strict=True):
        yield from _call(table.place, call)
        yield from _mailboxes(table.place, call.mailbox, mailboxes)


def is_plain_url(url: str) -> bool:
    """A web address without a user name."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


def _notify(place: str, notify: NotifySettings, own: Collection[str]) -> Iterator[Reason]:
    if notify.kind == "mail":
        if not notify.to:
            yield Reason("settings.missing_in_table", {"name": f"{place}: to"})
        if notify.to.lower() in own:  # what we write to ourselves, we would read
            yield Reason("settings.notifies_itself", {"name": f"{place}: to", "value": notify.to})
    elif notify.url is None:
        yield Reason("settings.missing_in_table", {"name": f"{place}: url"})
    elif not is_plain_url(notify.url.get_secret_value()):
        yield Reason("settings.not_a_target", {"name": f"{place}: url"})
    if notify.kind == "webhook" and notify.secret is None:
        yield Reason("settings.missing_in_table", {"name": f"{place}: secret"})
    if notify.kind == "webhook" and notify.secret is not None and not _signs(notify.secret.get_secret_value()):
        yield Reason("settings.not_a_signing_key", {"name": f"{place}: secret"})


def _signs(secret: str) -> bool:
    """Behind "whsec_" stands a key in base64 (Standard Webhooks); any other secret is the key itself."""
    try:
        return not secret.startswith("whsec_") or bool(base64.b64decode(secret.removeprefix("whsec_"), validate=True))
    except ValueError:  # binascii.Error is one; so is a letter beyond ASCII
        return False


def _call(place: str, call: CallSettings) -> Iterator[Reason]:
    start, path = _split(call.url)
    if not is_plain_url(call.url) or "{" in start or "}" in start or "#" in call.url:
        yield Reason("settings.not_a_target", {"name": f"{place}: url"})
    texts = [("url", path), *(("body", text) for text in _texts(call.body))]
    for key, text in texts:
        for name in PLACEHOLDER.findall(text):
            if name not in call.parameters:
                near = names.nearest(name, call.parameters)
                params = {"name": f"{place}: {key}", "value": name}
                yield (
                    Reason("settings.no_such_parameter_near", {**params, "nearest": near})
                    if near
                    else Reason("settings.no_such_parameter", params)
                )
    used = {name for _, text in texts for name in PLACEHOLDER.findall(text)}
    for name, parameter in call.parameters.items():
        if name not in used and not parameter.required:  # a required one is a condition
            yield Reason("settings.unused_parameter", {"name": f"{place}: parameters.{name}", "value": name})
    for name in PLACEHOLDER.findall(path):
        if name in call.parameters and not call.parameters[name].required:
            yield Reason("settings.optional_in_path", {"name": f"{place}: parameters.{name}.required", "value": name})
    for segment in path.split("/"):
        rest = PLACEHOLDER.sub("", segment)
        if "{" in rest or "}" in rest:
            yield Reason("settings.not_a_target", {"name": f"{place}: url"})


def _split(url: str) -> tuple[str, str]:
    """What stands before the path, with the query behind it, and the path."""
    before, query, after = url.partition("?")
    scheme, _, rest = before.partition("://")
    host, _, path = rest.partition("/")
    return f"{scheme}://{host}{query}{after}", path


def _texts(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _mailboxes(place: str, wanted: Iterable[str], known: Collection[str]) -> Iterator[Reason]:
    for name in wanted if known else ():
        if name not in known:
            near = names.nearest(name, known)
            params = {"name": f"{place}: mailbox", "value": name}
            yield (
                Reason("settings.no_such_mailbox_near", {**params, "nearest": near})
                if near
                else Reason("settings.no_such_mailbox", params)
            )
