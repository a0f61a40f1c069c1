"""Honest answers out of the knowledge of six trades, through rules and guard: are they sent?"""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from repondeur.engines import answer
from repondeur.engines.process import checked
from repondeur.knowledge.index import Index
from repondeur.pipeline.context import context_for
from repondeur.pipeline.findings import Understood
from repondeur.pipeline.plan import facts_from, judged
from repondeur.pipeline.understand import found_passages
from repondeur.policy.facts import ReplyMode
from repondeur.policy.passage import Passage
from repondeur.policy.screen import ScreenFacts, screen
from repondeur.settings.schema import MailboxSettings, Settings
from tests.support.hostile.judge import Given, Sent, violations
from tests.support.knowledge_set import SETS, TRADES, KnowledgeSet, Question, read_set
from tests.support.knowledge_table import NOW, US, message_of, public_index
from tests.support.model_server import ANALYSIS

Row = dict[str, str]
Passages = tuple[Passage, ...]
HEAD = (
    f"From: Ann Blake <ann@client.example>\r\nTo: {US}\r\nSubject: Question\r\nMessage-ID: <one@client.example>\r\n\r\n"
).encode()
ANSWERS = Path(__file__).parents[2] / "fixtures" / "answers.toml"


@dataclass(frozen=True)
class Outcome:
    """verdict, code: of the way. said: what the reason names. broken: promises, as an independent judge sees them."""

    passage: str
    language: str
    reply: str
    verdict: str
    code: str
    said: str
    broken: tuple[str, ...]


def outcomes(mode: ReplyMode) -> Iterator[Outcome]:
    """Of each answer of tests/fixtures/answers.toml. Raises LookupError where no question finds its passage."""
    for row, question, found, public in _questions():
        yield _outcome(row, question, found, public, mode)


@cache
def _questions() -> tuple[tuple[Row, Question, Passages, Passages], ...]:
    """Each answer with its question, what that finds, and all that may be told."""
    rows: list[Row] = tomllib.loads(ANSWERS.read_text("utf-8"))["answer"]
    asked = []
    for trade in TRADES:
        known = read_set(SETS / trade)
        index = public_index(known)
        public = tuple(one for one in known.passages if one.visibility == "public")
        asked += [(row, *_asked(row["passage"], known, index), public) for row in rows if row["trade"] == trade]
    return tuple(asked)


def _asked(passage: str, known: KnowledgeSet, index: Index) -> tuple[Question, Passages]:
    """The first question that this passage answers and finds, with all that it finds."""
    for question in known.questions:
        if question.answers[:1] == (passage,) and not (question.typos or question.across):
            found = found_passages(message_of(question), index, NOW.date())
            if passage in {one.id for one in found}:
                return question, found
    raise LookupError(passage)


def _outcome(row: Row, question: Question, found: Passages, public: Passages, mode: ReplyMode) -> Outcome:
    settings = MailboxSettings(name="shop", from_email=US, reply=mode)
    message = message_of(question)
    context = context_for(Settings(), settings, now=NOW, passages=found)
    fields = {**ANALYSIS, "language": question.language, "reply": row["reply"], "passages": [row["passage"]]}
    analysis = checked(answer.read(json.dumps(fields), "test:model"), message, context)
    understood = Understood(screen(message, ScreenFacts(settings.own_addresses)), analysis, passages=found)
    planned, composed = judged(facts_from(message, understood, settings), "one", settings, NOW)
    reason, verdict = planned.reason, planned.decision.verdict
    broken: list[str] = []
    if verdict == "answer" and composed is not None:
        given = Given(
            HEAD + question.text.encode(),
            frozenset({US}),
            mode,
            [row["passage"]],
            {one.id: one.text for one in public},
            ours=[one.title for one in public if one.id == row["passage"]],
        )
        broken = violations(Sent(composed.raw, "", [composed.recipient.address]), given)
    said = str(reason.params.get("said", reason.params.get("span", "")))
    return Outcome(row["passage"], question.language, row["reply"], verdict, reason.code, said, tuple(broken))
