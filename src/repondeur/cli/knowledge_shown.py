"""How `repondeur knowledge` shows what it has found: a line, a row of a table, or JSON."""

import re
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, Final

import typer

from repondeur.cli import output
from repondeur.knowledge.gaps import Group
from repondeur.knowledge.gathering import Taken
from repondeur.knowledge.hits import Hit, Match
from repondeur.policy.passage import Passage
from repondeur.texts import Reason, hint, render, say
from repondeur.words.stems import fold

MOST_WHY: Final = 6
SAMPLES: Final = 3  # wordings of one gap
MOST_NAMED: Final = 5  # of what may be long
_WORD: Final = re.compile(r"[^\W_]+")

# The columns of a passage, whatever else a table shows.
COLUMNS: Final = ("id", "title", "language", "visibility", "source")


def tell(taken: Taken, today: date, *, err: bool = False) -> None:
    """One line a file, and what to do about one that was not taken."""
    language = output.language()
    reason = taken.refused
    if reason is None:
        notes = [render(note, language) for note in taken.notes]
        notes += [] if taken.passages else [say("knowledge.nothing_to_find", language)]
        over = [f"{one.id} {said}" for one in taken.passages if (said := _until(one, today, only_over=True))]
        left = "".join(f"; {note}" for note in (*notes, *over[:MOST_NAMED]))
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


def hit(found: Hit, answering: Collection[str]) -> dict[str, Any]:
    """answering: ids of the passages that a mail which asks this would be answered with."""
    why = [asdict(one) for one in found.why]
    return shown(found.passage) | {"score": found.score, "why": why, "answers": found.passage.id in answering}


def passed_over(names: Sequence[str]) -> None:
    """Files in a folder that are of no kind we read."""
    more = " …" if len(names) > MOST_NAMED else ""
    output.note("knowledge.passed_over", count=len(names), names=", ".join(names[:MOST_NAMED]) + more)


def why(hit: Hit, question: str) -> str:
    """In the words that stand in the question and in the passage."""
    told = f"{hit.passage.title}\n{hit.passage.text}"
    matches = (Match(as_written(one.asked, question), as_written(one.found, told), one.how) for one in hit.why)
    return ", ".join(list(dict.fromkeys(map(_said, matches)))[:MOST_WHY])


def as_written(words: str, text: str) -> str:
    """Folded words as they first stand in a text, with capitals, accents and what is between them; as they are where
    they stand nowhere.

    >>> as_written("fond d oeil", "Un fond d'œil ?"), as_written("le15", "Le 15 mai")
    ("fond d'œil", 'Le 15')
    """
    there = [(fold(word[0]), word.start(), word.end()) for word in _WORD.finditer(text)]
    for length in dict.fromkeys((len(words.split()), 2) if words else ()):  # a name of two parts may be found as one
        for place in range(len(there) - length + 1):
            some = there[place : place + length]
            if words in {" ".join(word for word, _, _ in some), "".join(word for word, _, _ in some)}:
                return " ".join(text[some[0][1] : some[-1][2]].split())
    return words


def _said(match: Match) -> str:
    how = "word" if fold(match.asked) == fold(match.found) and match.asked else match.how
    return say(f"knowledge.how_{how}", output.language(), word=match.asked, found=match.found)


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


def row(passage: Passage, today: date) -> list[str]:
    until = _until(passage, today)
    shown_to = f"{passage.visibility} {until}" if until else passage.visibility
    return [passage.id, passage.title, passage.language or "–", shown_to, passage.source]


def _until(passage: Passage, today: date, *, only_over: bool = False) -> str:
    """The last day on which it holds, "" where it has none. only_over: also where that is still to come."""
    day = passage.valid_until
    if day is None or (only_over and day >= today):
        return ""
    code = "knowledge.expired" if day < today else "knowledge.until"
    return f"({say(code, output.language(), day=day.isoformat())})"
