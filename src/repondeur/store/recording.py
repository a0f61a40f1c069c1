"""What rows of the record tell, out of what the store has. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from repondeur.store.chain import sha256
from repondeur.store.record import Event
from repondeur.store.records import ActionState, Mail, StoredAction

_MOVED: Final[dict[ActionState, Event]] = {
    ActionState.SENT: "sent",
    ActionState.DONE: "done",
    ActionState.UNKNOWN: "unknown",
    ActionState.REFUSED: "refused",
    ActionState.DROPPED: "withdrawn",
    ActionState.PROPOSED: "withdrawn",
}


def decided(of: Mail, actions: Sequence[StoredAction], told: Mapping[str, Any]) -> dict[str, Any]:
    """told: the decision and what it rests on, as the pipeline knows it."""
    return {"mailbox": of.mailbox, **told, "actions": [_shape(one) for one in actions]}


def moved(of: Mail, kind: str, state: ActionState) -> Event | None:
    """The event to record when an effect comes to this state; None for what is on its way, or was recorded before."""
    before = of.action(kind)
    if before is None or before.state is state or (before.state is ActionState.SENT and state is ActionState.DONE):
        return None
    event = _MOVED.get(state)
    return "drafted" if event == "done" and kind == "draft" else event


def effect(of: Mail, kind: str, state: ActionState) -> dict[str, Any]:
    action = of.action(kind)
    shape = {"kind": kind} if action is None else _shape(action)
    return {"mailbox": of.mailbox, **shape, "state": state.value}


def wanted(of: Mail, actions: Sequence[StoredAction], by: Mapping[str, str]) -> dict[str, Any]:
    """What a person wants done with a mail that has ended. by: who that is."""
    ended = (of.state or of.stage).value
    return {"mailbox": of.mailbox, "by": dict(by), "state": ended, "actions": [_shape(one) for one in actions]}


def _shape(action: StoredAction) -> dict[str, Any]:
    """sha256: of the exact octets; None before they are composed."""
    return {
        "kind": action.kind,
        "state": action.state.value,
        "message_id": action.message_id,
        "to": action.recipient,
        "sha256": None if action.raw is None else sha256(action.raw),
    }
