"""What steps store in the mail's row for the steps after them and for people."""

from dataclasses import dataclass
from datetime import datetime

from repondeur.policy.analysis import Analysis
from repondeur.policy.decide import Decision
from repondeur.policy.guard import Guarding
from repondeur.policy.passage import Passage
from repondeur.policy.screen import Screening
from repondeur.texts import Reason


@dataclass(frozen=True, slots=True)
class Understood:
    """analysis: None when the engine was not asked, or failed (failure says how). passages: what it was given. text:
    what was understood where that is more than the mail's own new text. looked: when it was last seen that nobody else
    has answered. The others: as in policy.facts."""

    screening: Screening
    analysis: Analysis | None = None
    failure: Reason | None = None
    passages: tuple[Passage, ...] = ()
    superseded_by: int | None = None
    answered_by_person: bool = False
    answered_in_thread: bool = False
    other_mailbox: str = ""
    renamed_mailbox: str = ""
    person_asked: bool = False
    same_mail: int | None = None
    text: str = ""
    looked: datetime | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """decision: what the rules said, after the guard had the last word. guarding: None when nothing was to leave.
    calls_left_out: why calls of the settings are not made that are for mail of this kind."""

    decision: Decision
    guarding: Guarding | None = None
    calls_left_out: tuple[Reason, ...] = ()

    @property
    def reason(self) -> Reason:
        return self.decision.reason
