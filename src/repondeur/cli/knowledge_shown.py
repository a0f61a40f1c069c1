"""How `repondeur knowledge` shows what it has found: a line, a row of a table, or JSON."""

from typing import Any, Final

import typer

from repondeur.cli import output
from repondeur.knowledge.gaps import Group
from repondeur.knowledge.gathering import Taken
from repondeur.knowledge.hits import Hit, Match
from repondeur.policy.passage import Passage
from repondeur.texts import Reason, hint, render, say

MOST_WHY: Final = 6
SAMPLES: Final = 3  # wordings of one gap

# The columns of a passage, whatever else a table shows.
COLUMNS: Final = ("id", "title", "language", "visibility", "source")


def tell(taken: Taken, *, err: bool = False) -> None:
    """One line a file, and what to do about one that was not taken."""
    language = output.language()
    reason = taken.refused
    if reason is None:
        left = "".join(f"; {render(note, language)}" for note in taken.notes)
        count = say("knowledge.taken", language, count=len(taken.passages))
        typer.echo(output.safe(f"{'!' if left else '✓'} {taken.source} — {count}{left}"))
        return
    about = "" if reason.params.get("path") == taken.source else f"{taken.source} — "
    typer.echo(output.safe(f"✗ {about}{render(reason, language)}"), err=err)
    if advice := hint(reason, language):
        typer.echo(f"    → {output.safe(advice)}", err=err)


def with_path(taken: Taken, reason: Reason) -> Reason:
    """The reason with its file, where the sentence does not say it."""
    if "path" in reason.params:
        return reason
    return Reason("knowledge.of_file", {"path": taken.source, "problem": render(reason, output.language())})


def why(hit: Hit) -> str:
    said = dict.fromkeys(_said(one) for one in hit.why)
    return ", ".join(list(said)[:MOST_WHY])


def _said(match: Match) -> str:
    return say(f"knowledge.how_{match.how}", output.language(), word=match.asked, found=match.found)


def gap(group: Group, hit: Hit | None) -> dict[str, Any]:
    near = None if hit is None else {"id": hit.passage.id, "title": hit.passage.title, "score": hit.score}
    return {
        "count": len(group.mails),
        "first": group.first.isoformat(),
        "last": group.last.isoformat(),
        "language": group.asked[-1].language,
        "questions": group.samples(SAMPLES),
        "mails": group.mails,
        "nearest": near,
    }


def gap_row(group: Group, hit: Hit | None) -> list[str]:
    near = "" if hit is None else f"{hit.passage.id} ({hit.score:.2f})"
    return [str(len(group.mails)), f"{group.first.astimezone():%Y-%m-%d}", group.samples(1)[0], near]


def shown(passage: Passage) -> dict[str, Any]:
    return {name: getattr(passage, name) for name in COLUMNS}


def headings(*names: str) -> list[str]:
    return [output.heading(f"knowledge.{name}") for name in names]


def row(passage: Passage) -> list[str]:
    until = f" ({say('knowledge.until', output.language())} {passage.valid_until})" if passage.valid_until else ""
    return [passage.id, passage.title, passage.language, passage.visibility + until, passage.source]
