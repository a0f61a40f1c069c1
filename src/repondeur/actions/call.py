"""Asking another system to do something, at most once for a mail, whatever crashes.

    planned ─▶ committing ─▶ sent                      what it means after a crash
       │           └─▶ refused: it has said no          committing: it may have been done, and nobody can look. A
       └ nothing has left: make it                       person is asked; it is not made again (unknown)

The line stands, and `committing` is stored, before the first octet of the request leaves.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from repondeur.actions.outgoing import Outgoing, Request
from repondeur.errors import OutgoingRefused, OutgoingUnavailable, OutgoingUnknown
from repondeur.policy.calls import Filled
from repondeur.policy.retry import Again
from repondeur.settings.targets import CallSettings
from repondeur.store.calls import begin
from repondeur.store.records import ActionState, Mail, StoredAction
from repondeur.store.store import Store
from repondeur.telemetry import metrics
from repondeur.texts import Reason

log = structlog.get_logger(__name__)

PREFIX: Final = "call:"
# Between the tries of a call while the other system is away or busy; after the last, a person is told.
PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (2, 10, 60, 300, 900, 1800, 3600))


@dataclass(frozen=True, slots=True)
class Caller:
    """calls: of the settings, by id."""

    outgoing: Outgoing
    calls: Mapping[str, CallSettings]


def stored(mail_id: int, filled: Filled, now: datetime) -> StoredAction:
    """A call as it is kept until it is made: everything but the header fields, which may be secret."""
    raw = json.dumps({"method": filled.method, "url": filled.url, "body": filled.body.decode()}).encode()
    kind = f"{PREFIX}{filled.id}"
    return StoredAction(mail_id, kind, ActionState.PLANNED, filled.key, host_of(filled.url), "", raw, now)


def host_of(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]


async def make(
    mail: Mail,
    kind: str,
    caller: Caller,
    store: Store,
    clock: Callable[[], datetime],
    *,
    most: int | None,
) -> Mail | Again:
    """Takes one call to sent, refused or unknown. most: calls of a mailbox in an hour, None for no limit; a person who
    has approved is not limited. Raises SendingWithheld when it must not be made now, ClaimLost when another worker has
    the mail."""
    action = mail.action(kind)
    assert action is not None
    if action.state is ActionState.COMMITTING:
        lost = Reason("outgoing.lost", {"host": action.recipient})
        return await _ended(mail, kind, ActionState.UNKNOWN, lost, store, now=clock())
    if action.state is not ActionState.PLANNED:
        return mail
    request = _request(action, caller.calls.get(_id(kind)))
    if request is None:
        gone = Reason("call.gone", {"call": _id(kind)})
        return await _ended(mail, kind, ActionState.REFUSED, gone, store, now=clock())
    current = mail

    async def committing() -> None:
        nonlocal current
        current = await begin(store, current, kind, most, clock())

    try:
        await caller.outgoing.send(request, committing)
    except OutgoingUnavailable as error:
        return await _later(current, kind, error, store, clock)
    except OutgoingUnknown as error:
        log.warning("call.unknown", mail=mail.id, call=_id(kind), reason=error.reason.code)
        return await _ended(current, kind, ActionState.UNKNOWN, error.reason, store, now=clock())
    except OutgoingRefused as error:
        return await _ended(current, kind, ActionState.REFUSED, error.reason, store, now=clock())
    metrics.CALLS.labels(_id(kind), "sent").inc()
    log.info("call.made", mail=mail.id, call=_id(kind))
    return await store.move_action(current, kind, ActionState.SENT, clock())


def _request(action: StoredAction, settings: CallSettings | None) -> Request | None:
    """None when the settings have no such call any more, or it goes elsewhere by now."""
    assert action.raw is not None
    made = json.loads(action.raw)
    if settings is None or host_of(settings.url) != action.recipient or host_of(made["url"]) != action.recipient:
        return None
    headers = {name: value.get_secret_value() for name, value in settings.headers.items()}
    ours = {"Content-Type": "application/json", "Idempotency-Key": action.message_id}
    return Request(made["method"], made["url"], {**headers, **ours}, made["body"].encode())


async def _later(
    mail: Mail, kind: str, error: OutgoingUnavailable, store: Store, clock: Callable[[], datetime]
) -> Mail | Again:
    """Nothing was done, and it may work later; the mail's tries are those of all its effects together."""
    if mail.tries >= len(PAUSES):
        return await _ended(mail, kind, ActionState.REFUSED, error.reason, store, now=clock())
    action = mail.action(kind)
    assert action is not None
    if action.state is not ActionState.PLANNED:
        mail = await store.move_action(mail, kind, ActionState.PLANNED, clock())
    pause = max(PAUSES[mail.tries], timedelta(seconds=error.retry_after or 0))
    log.info("call.later", mail=mail.id, call=_id(kind), reason=error.reason.code)
    answer = mail.action("reply")
    answered = "answered_" if answer is not None and answer.state in {ActionState.SENT, ActionState.DONE} else ""
    return Again(clock() + pause, Reason(f"call.{answered}later", {"call": _id(kind), "host": action.recipient}))


async def _ended(mail: Mail, kind: str, state: ActionState, reason: Reason, store: Store, *, now: datetime) -> Mail:
    metrics.CALLS.labels(_id(kind), state.value).inc()
    log.warning(f"call.{state.value}", mail=mail.id, call=_id(kind), reason=reason.code)
    mail = await store.move_action(mail, kind, state, now)
    return await store.note(mail, kind, reason, now)


def _id(kind: str) -> str:
    return kind.removeprefix(PREFIX)
