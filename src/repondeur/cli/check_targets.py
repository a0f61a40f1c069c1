"""What `repondeur check` says of the systems that notices and calls go to: whether a line can be had, certificate and
all. Nothing is sent to them."""

import re
from collections.abc import AsyncIterator

from repondeur.actions.call import host_of
from repondeur.actions.configured import outgoing
from repondeur.actions.outgoing import Outgoing
from repondeur.errors import RepondeurError
from repondeur.mailboxes.base import Finding
from repondeur.settings.schema import Settings
from repondeur.texts import Reason


async def check_targets(settings: Settings) -> AsyncIterator[tuple[str, Finding]]:
    """Each with the id of its table."""
    if not settings.notify and not settings.call:
        return
    try:
        client = outgoing(settings)
    except RepondeurError as error:
        yield "", Finding("check.targets", "failed", error.reason)
        return
    for notify in settings.notify:
        if notify.url is None:
            yield notify.id, Finding("check.notify", "ok", Reason("check.notice_by_mail", {"to": notify.to}))
        else:
            yield notify.id, await _reached(client, "check.notify", notify.url.get_secret_value())
    for call in settings.call:
        yield call.id, await _reached(client, "check.call", re.sub(r"\{\w+\}", "x", call.url))


async def _reached(client: Outgoing, what: str, url: str) -> Finding:
    try:
        await client.reach(url)
    except RepondeurError as error:
        return Finding(what, "failed", error.reason)
    return Finding(what, "ok", Reason("check.target_reached", {"host": host_of(url)}))
