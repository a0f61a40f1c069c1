"""How a mail's state is written for people."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from repondeur.cli import output
from repondeur.store.records import Mail, Stage, State, Summary
from repondeur.texts import Reason, render, say

SUBJECT_WIDTH = 52


def state_and_reason(stage: Stage, state: State | None, reason: Reason | None) -> tuple[str, str]:
    """The word for the state, or for the step it is in, and the reason in the person's language."""
    language = output.language()
    word = say(f"web.state_{(state or stage).value}", language)
    return word, render(reason, language) if reason else ""


def line(mail: Mail | Summary) -> str:
    """One mail on one line: number, state, subject, reason."""
    state, reason = state_and_reason(mail.stage, mail.state, mail.reason)
    subject = output.safe(mail.subject)[:SUBJECT_WIDTH]
    return f"{mail.id:>4}  {state:<10}  {subject:<{SUBJECT_WIDTH}}  {output.safe(reason)}"


def summarise(mails: Iterable[Mail | Summary]) -> None:
    """The last line: how many, and how they ended."""
    counts = Counter(state_and_reason(mail.stage, mail.state, None)[0] for mail in mails)
    if not counts:
        output.say("cli.swept_none")
        return
    states = ", ".join(f"{state} {count}" for state, count in sorted(counts.items()))
    output.say("cli.swept", count=counts.total(), states=states)


def place(span: Mapping[str, Any] | None) -> str:
    """Where in the text of a reply an objection hits, in characters; "" where it is about the whole."""
    return f" [{span['start']}–{span['end']}]" if span else ""
