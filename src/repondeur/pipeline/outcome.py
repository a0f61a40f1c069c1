"""In which of the six states a mail ends. Pure: it only reads what the steps have stored."""

from typing import Final

from repondeur.pipeline.findings import Planned
from repondeur.policy.decide import Verdict
from repondeur.store.records import ActionState, Mail, State
from repondeur.texts import Reason

SENT: Final = frozenset({ActionState.SENT, ActionState.DONE})

# Why an effect was not done after all, where that leaves something for a person to do.
FOR_A_PERSON: Final = frozenset({"decide.answered_in_thread", "way.draft_changed"})

BY_VERDICT: Final[dict[Verdict, State]] = {
    "hold": State.HELD,
    "file": State.FILED,
    "ignore": State.IGNORED,
}


def end_of(mail: Mail) -> tuple[State, Reason]:
    """The end state and the reason that people are shown, once every effect has been tried."""
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
