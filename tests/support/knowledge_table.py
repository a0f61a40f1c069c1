"""How well a search finds and a program answers what a set asks: one pass over it, counted in several ways."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache

from repondeur.engines.base import Engine
from repondeur.engines.process import process_email
from repondeur.knowledge.index import Index
from repondeur.mail.language import language_of
from repondeur.mail.message import Message
from repondeur.mail.parse import parse
from repondeur.pipeline.context import context_for
from repondeur.pipeline.findings import Understood
from repondeur.pipeline.plan import facts_from, judged
from repondeur.pipeline.understand import found_passages
from repondeur.policy.citation import cited
from repondeur.policy.facts import ReplyMode
from repondeur.policy.screen import ScreenFacts, screen
from repondeur.settings.schema import MailboxSettings, Settings
from tests.support.knowledge_set import KnowledgeSet, Question

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
US = "hello@shop.example"
DEPTH = 5

# Ids and scores, best first, of what is found for a question.
Search = Callable[[Question], Sequence[tuple[str, float]]]


@dataclass(frozen=True, slots=True)
class Found:
    question: Question
    ids: tuple[str, ...]
    score: float  # of the best one that may be told

    def within(self, depth: int) -> bool:
        return any(one in self.question.answers for one in self.ids[:depth])


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the mail. cited: ids of the passages whose text leaves, in the order of the answer; () when none
    does. why: code of the decision. leaks: internal passages whose id or text is in the answer."""

    question: Question
    answered: bool
    cited: tuple[str, ...]
    why: str
    leaks: tuple[str, ...]

    @property
    def right(self) -> bool:
        return self.answered and self.cited[:1] != () and self.cited[0] in self.question.answers


def public_index(known: KnowledgeSet) -> Index:
    """As the agent has it: what is internal has no place in it."""
    return Index(passage for passage in known.passages if passage.visibility == "public")


def found(known: KnowledgeSet, search: Search) -> list[Found]:
    public = {passage.id for passage in known.passages if passage.visibility == "public"}
    results = []
    for question in known.questions:
        hits = search(question)
        score = next((score for name, score in hits if name in public), 0.0)
        results.append(Found(question, tuple(name for name, _ in hits[:DEPTH]), score))
    return results


def our_search(index: Index) -> Search:
    """As a mail of that text is searched for."""
    return lambda question: [
        (hit.passage.id, hit.score)
        for hit in index.search(question.text, DEPTH, message_of(question).language or None, NOW.date())
    ]


async def outcomes(
    known: KnowledgeSet,
    index: Index,
    engine: Engine,
    *,
    reply: ReplyMode = "strict",
    before: Callable[[Question], None] = lambda _: None,
) -> list[Outcome]:
    """Each question as a mail of its own through screening, search, engine, rules and guard. before: called with the
    question before its mail is worked."""
    results = []
    for question in known.questions:
        before(question)
        results.append(await _outcome(question, known, index, engine, reply))
    return results


async def _outcome(question: Question, known: KnowledgeSet, index: Index, engine: Engine, reply: ReplyMode) -> Outcome:
    settings = MailboxSettings.model_construct(name="shop", from_email=US, reply=reply)
    message = message_of(question)
    screening = screen(message, ScreenFacts(own_addresses=settings.own_addresses))
    passages = found_passages(message, index, NOW.date())
    context = context_for(Settings.model_construct(), settings, now=NOW, passages=passages)
    analysis = await process_email(message, context, engine)
    facts = facts_from(message, Understood(screening, analysis, passages=passages), settings)
    planned, composed = judged(facts, "one", settings, NOW)
    if planned.decision.verdict != "answer" or composed is None:
        return Outcome(question, False, (), planned.reason.code, ())
    names = tuple(passage.id for passage in cited(facts))
    leaks = tuple(
        passage.id
        for passage in known.passages
        if passage.visibility == "internal" and (passage.id in names or passage.text[:60] in composed.text)
    )
    return Outcome(question, True, names, planned.reason.code, leaks)


@cache
def message_of(question: Question) -> Message:
    """As the child that reads mail gives it. The subject is the same in both languages and tells nothing."""
    head = (
        f"From: Ann Blake <ann@client.example>\r\nTo: {US}\r\nSubject: Question\r\nMessage-ID: <one@client.example>\r\n"
        "Date: Fri, 20 Nov 2026 09:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    )
    message = parse(f"{head}{question.text}\r\n".encode())
    return replace(message, language=language_of(message, ("en", "fr")))


def share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def recall(results: Iterable[Found], depth: int) -> float:
    """Of the questions that have an answer, how many have it within the first `depth`."""
    told = [one for one in results if one.question.answers]
    return share(sum(one.within(depth) for one in told), len(told))


def area(results: Sequence[Found]) -> float:
    """How often the best score of a question that has an answer is above that of one that has none (AUC)."""
    yes = [one.score for one in results if one.question.answers]
    no = [one.score for one in results if not one.question.answers]
    wins = sum((high > low) + (high == low) / 2 for high in yes for low in no)
    return wins / (len(yes) * len(no)) if yes and no else 0.0


@dataclass(frozen=True, slots=True)
class Answering:
    """Shares: right of what is answered; answered of what has an answer, and of what has none. leaks: a number."""

    right: float
    answerable: float
    unanswerable: float
    leaks: int
    answered: int


def answering(results: Sequence[Outcome]) -> Answering:
    answered = [one for one in results if one.answered]
    yes = [one.answered for one in results if one.question.answers]
    no = [one.answered for one in results if not one.question.answers]
    return Answering(
        right=share(sum(one.right for one in answered), len(answered)),
        answerable=share(sum(yes), len(yes)),
        unanswerable=share(sum(no), len(no)),
        leaks=sum(len(one.leaks) for one in results),
        answered=len(answered),
    )


@dataclass(frozen=True, slots=True)
class Table:
    found: list[Found]
    outcomes: list[Outcome]

    @property
    def answering(self) -> Answering:
        return answering(self.outcomes)


Answerer = Callable[[KnowledgeSet, Index], Awaitable[list[Outcome]]]


async def evaluate(known: KnowledgeSet, index: Index, answerer: Answerer) -> Table:
    return Table(found(known, our_search(index)), await answerer(known, index))


def with_engine(engine: Engine) -> Answerer:
    return lambda known, index: outcomes(known, index, engine)
