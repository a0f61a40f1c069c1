"""How a mail's state is written for people."""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import typer

from repondeur.cli import output
from repondeur.store.records import Mail, Stage, State, Summary
from repondeur.texts import Param, Reason, catalogue, render, say

STATE_WIDTH, SUBJECT_WIDTH = 10, 52


def state_and_reason(stage: Stage, state: State | None, reason: Reason | None) -> tuple[str, str]:
    """The word for the state, or for the step it is in, and the reason in the person's language."""
    return label("state", (state or stage).value), sentence(reason) if reason else ""


def line(mail: Mail | Summary) -> str:
    """One mail on one line: number, state, subject, reason."""
    state, reason = state_and_reason(mail.stage, mail.state, mail.reason)
    subject = output.safe(mail.subject)[:SUBJECT_WIDTH]
    return f"{mail.id:>4}  {state:<{STATE_WIDTH}}  {subject:<{SUBJECT_WIDTH}}  {output.safe(reason)}"


def write_line(mail: Mail | Summary) -> None:
    """The same, on a terminal cut between words, with the whole subject."""
    if not sys.stdout.isatty():
        typer.echo(line(mail))
        return
    state, reason = state_and_reason(mail.stage, mail.state, mail.reason)
    output.write_wrapped(f"{mail.id:>4}  {state:<{STATE_WIDTH}}  ", " — ".join(filter(None, [mail.subject, reason])))


def summarise(mails: Iterable[Mail | Summary]) -> None:
    """The last line: how many, and how they ended."""
    counts = Counter(state_and_reason(mail.stage, mail.state, None)[0] for mail in mails)
    if not counts:
        output.say("cli.swept_none")
        return
    states = ", ".join(f"{state} {count}" for state, count in sorted(counts.items()))
    output.say("cli.swept", count=counts.total(), states=states)


def word(name: str, /, **params: Param) -> str:
    """What our pages call it, too."""
    return say(f"web.{name}", output.language(), **params)


def label(kind: str, value: str) -> str:
    """The word for an id, e.g. of an intent; the id itself for one that only the settings know."""
    name = f"{kind}_{value}"
    return word(name) if name in catalogue("web") else value


def sentence(reason: Reason | Mapping[str, Any]) -> str:
    """The sentence of a reason, stored or not; its code where the catalogue has lost it, as an older version of this
    program may have stored it."""
    known = reason if isinstance(reason, Reason) else Reason(reason["code"], reason["params"])
    try:
        return render(known, output.language())
    except (FileNotFoundError, KeyError):
        return known.code


def moment(when: datetime, *, seconds: bool = False) -> str:
    """A point in time, in the zone of this machine, which it names."""
    return f"{when.astimezone():%Y-%m-%d %H:%M:%S %Z}" if seconds else f"{when.astimezone():%Y-%m-%d %H:%M %Z}"


def place(span: Mapping[str, Any] | None) -> str:
    """Where in the text of a reply an objection hits, in characters; "" where it is about the whole."""
    return f" [{span['start']}–{span['end']}]" if span else ""
