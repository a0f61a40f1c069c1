"""In which of the six states a mail ends. Pure: it only reads what the steps have stored."""

from typing import Final

from repondeur.pipeline.findings import Planned
from repondeur.policy.decide import Verdict
from repondeur.store.records import ActionState, Mail, State, StoredAction
from repondeur.texts import Param, Reason

SENT: Final = frozenset({ActionState.SENT, ActionState.DONE})

# Why an effect was not done after all, where that leaves something for a person to do.
FOR_A_PERSON: Final = frozenset({"decide.answered_in_thread", "way.draft_changed"})

BY_VERDICT: Final[dict[Verdict, State]] = {
    "hold": State.HELD,
    "file": State.FILED,
    "ignore": State.IGNORED,
}


# Where it waits for a person, who sees what else there is.
WAITS: Final = frozenset({State.HELD, State.FAILED, State.DRAFTED})


def end_of(mail: Mail) -> tuple[State, Reason]:
    """The end state and the reason that people are shown, once every effect has been tried."""
    state, reason = _by_answer(mail)
    return (None if "rejected" in mail.steps else _by_calls(mail, state)) or (state, reason)


def _by_calls(mail: Mail, state: State) -> tuple[State, Reason] | None:
    """What a person has to do about a call, if anything; the gravest first."""
    calls = [one for one in mail.actions if one.kind.startswith("call:")]
    for one in (one for one in calls if one.state is ActionState.UNKNOWN):
        return State.HELD, _of_call(state, "unknown", one)
    for one in (one for one in calls if one.state is ActionState.REFUSED):
        return State.FAILED, _why_failed(mail, state, one)
    for one in (one for one in calls if one.state is ActionState.PROPOSED and state not in WAITS):
        return State.HELD, _of_call(state, "held_back", one)
    return None


def _why_failed(mail: Mail, state: State, action: StoredAction) -> Reason:
    why = mail.found(action.kind, Reason)
    if why is not None and why.code == "outgoing.refused":
        return _of_call(state, "refused", action, status=why.params["status"])
    return _of_call(state, "gone" if why is not None and why.code == "call.gone" else "failed", action)


def _of_call(state: State, what: str, action: StoredAction, **more: Param) -> Reason:
    """Where the answer has left, it is said first: else somebody answers again."""
    answered = "answered_" if state is State.ANSWERED else ""
    params = {"call": action.kind.removeprefix("call:"), "host": action.recipient, **more}
    return Reason(f"call.{answered}{what}", params)


def _by_answer(mail: Mail) -> tuple[State, Reason]:
    reply, draft = mail.action("reply"), mail.action("draft")
    planned = mail.found("decide", Planned)
    assert planned is not None, "a mail ends only after it was decided"
    if reply is not None and reply.state in SENT:
        return State.ANSWERED, planned.reason if "approved" not in mail.steps else Reason("way.approved")
    if reply is not None and reply.state is ActionState.UNKNOWN:
        return State.HELD, Reason("way.sending_unknown")
    if reply is not None and reply.state is ActionState.REFUSED:
        return State.FAILED, mail.found("refused", Reason) or Reason("way.refused")
    if "rejected" in mail.steps:
        return State.IGNORED, Reason("way.rejected")
    unwanted = mail.found("unwanted", Reason)
    if unwanted is not None:
        return State.HELD if _for_a_person(unwanted) else State.IGNORED, unwanted
    if draft is not None and draft.state is ActionState.DONE:
        return State.DRAFTED, planned.reason
    return BY_VERDICT.get(planned.decision.verdict, State.HELD), planned.reason


def _for_a_person(unwanted: Reason) -> bool:
    """An answer that a pause or a limit has kept back can still be approved."""
    return unwanted.code in FOR_A_PERSON or unwanted.code.startswith("limits.")
