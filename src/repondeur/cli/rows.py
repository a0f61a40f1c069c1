"""How a mail's state is written for people."""

from repondeur.cli import output
from repondeur.store.records import Stage, State
from repondeur.texts import Reason, render, say


def state_and_reason(stage: Stage, state: State | None, reason: Reason | None) -> tuple[str, str]:
    """The word for the state, or for the step it is in, and the reason in the person's language."""
    language = output.language()
    word = say(f"web.state_{(state or stage).value}", language)
    return word, render(reason, language) if reason else ""
