"""A set of knowledge entries and of what customers ask about them: entries.toml and questions.toml in one folder."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from repondeur.policy.passage import Passage

SETS = Path(__file__).parents[1] / "fixtures" / "knowledge"
SARABANDE = SETS / "instruments"
# A trade each; the glossary and the rules of the search were made beside the first of them.
TRADES = ("instruments", "town-telecom", "appliances", "clinic", "accounting", "townhall")


@dataclass(frozen=True, slots=True)
class Question:
    """answers: ids of the passages that answer it, each of them does; () where no public one does. near: then the one
    that looks most like it, and why what differs. typos: written with slips. across: no passage in its language answers
    it, or is near it."""

    text: str
    language: str
    answers: tuple[str, ...]
    near: str
    why: str
    typos: bool
    across: bool


@dataclass(frozen=True, slots=True)
class KnowledgeSet:
    passages: tuple[Passage, ...]
    questions: tuple[Question, ...]


def read_set(folder: Path = SARABANDE) -> KnowledgeSet:
    """Raises KeyError or ValueError for a set that contradicts itself."""
    passages = {
        row["id"]: Passage(
            row["id"], row["title"], row["text"].strip(), row["language"], row.get("visibility", "public"), row["id"]
        )
        for row in _rows(folder / "entries.toml", "entry")
    }
    questions = tuple(_question(row, passages) for row in _rows(folder / "questions.toml", "question"))
    return KnowledgeSet(tuple(passages.values()), questions)


def _rows(file: Path, name: str) -> list[dict[str, object]]:
    return tomllib.loads(file.read_text())[name]


def _question(row: Mapping[str, object], passages: Mapping[str, Passage]) -> Question:
    unknown = set(row) - {"text", "language", "answers", "near", "why", "typos"}
    answers = tuple(row.get("answers", ()))
    near, why = row.get("near", ""), row.get("why", "")
    if unknown or bool(answers) == bool(near and why) or any(passages[one].visibility != "public" for one in answers):
        raise ValueError(f"a question that contradicts itself: {row}")
    about = {passages[one].language for one in answers or [near]}
    return Question(
        row["text"], row["language"], answers, near, why, row.get("typos", False), row["language"] not in about
    )
