"""Does the program find what the knowledge holds, and does it know when it does not?

    python benchmarks/knowledge.py [--set FOLDER] [--misses]

A set is a folder with entries.toml and questions.toml; those of tests/fixtures/knowledge are a trade each. Each
question is searched for, and then worked as a mail of its own through search, engine, rules and guard, with
REPLY=strict where nothing else is said. Beside it stand plain BM25 of three libraries, where they are installed, and
two simulated models behind a real server: they show what the program makes of a model's choices, and say nothing of any
model. --misses names every question that went wrong.
"""

import argparse
import asyncio
import importlib
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import structlog
from tests.support.knowledge_set import SETS, TRADES, KnowledgeSet, Question, read_set
from tests.support.knowledge_table import (
    DEPTH,
    NOW,
    Found,
    Outcome,
    Search,
    answering,
    area,
    found,
    message_of,
    our_search,
    outcomes,
    public_index,
    recall,
)
from tests.support.simulated_model import Choice, careful, careless, simulated

from repondeur.engines.builtin import BuiltinEngine
from repondeur.knowledge.index import Index
from repondeur.pipeline.understand import found_passages
from repondeur.policy.facts import ReplyMode
from repondeur.policy.passage import Passage
from repondeur.words.terms import tokens

# Right of what is answered, at least; answered of what has an answer, at least, and of what has none, at most.
GOALS = {"built-in": (0.85, 0.35, 0.10), "model": (0.93, 0.70, 0.05)}
RECALL_GOALS = (0.60, 0.85)

MODELS: tuple[tuple[str, Choice, ReplyMode], ...] = (
    ("careful, errs in 10 %", careful, "strict"),
    ("careful, with REPLY=free", careful, "free"),
    ("careless, cites the first shown", careless, "strict"),
)

GROUPS: tuple[tuple[str, Callable[[Question], bool]], ...] = (
    ("all", lambda _: True),
    ("French", lambda question: question.language == "fr"),
    ("English", lambda question: question.language == "en"),
    ("across", lambda question: question.across),
    ("typos", lambda question: question.typos),
)


def text_of(passage: Passage) -> str:
    return " ".join(tokens(f"{passage.title} {passage.text}"))


def with_bm25s(passages: Sequence[Passage]) -> Search:
    library = importlib.import_module("bm25s")
    ranker = library.BM25()
    ranker.index([text_of(passage).split() for passage in passages], show_progress=False)
    known = ranker.vocab_dict

    def search(question: Question) -> list[tuple[str, float]]:
        asked = [word for word in tokens(question.text) if word in known]
        scores = ranker.get_scores(asked) if asked else [0.0] * len(passages)
        ranked = sorted(zip((passage.id for passage in passages), scores, strict=True), key=lambda pair: -pair[1])
        return [(name, float(score)) for name, score in ranked[:DEPTH] if score > 0]

    return search


def with_tantivy(passages: Sequence[Passage]) -> Search:
    library = importlib.import_module("tantivy")
    schema = library.SchemaBuilder().add_text_field("id", stored=True).add_text_field("text").build()
    index = library.Index(schema)
    writer = index.writer()
    for passage in passages:
        writer.add_document(library.Document(id=passage.id, text=text_of(passage)))
    writer.commit()
    index.reload()
    searcher = index.searcher()

    def search(question: Question) -> list[tuple[str, float]]:
        query = index.parse_query(" ".join(tokens(question.text)), ["text"])
        hits = searcher.search(query, DEPTH).hits
        return [(searcher.doc(place)["id"][0], score) for score, place in hits]

    return search


def with_fts5(passages: Sequence[Passage]) -> Search:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE entry USING fts5(id UNINDEXED, text)")
    database.executemany("INSERT INTO entry VALUES (?, ?)", [(passage.id, text_of(passage)) for passage in passages])

    def search(question: Question) -> list[tuple[str, float]]:
        asked = " OR ".join(f'"{word}"' for word in tokens(question.text))
        rows = "SELECT id, -bm25(entry) FROM entry WHERE entry MATCH ? ORDER BY bm25(entry), id LIMIT ?"
        return list(database.execute(rows, (asked, DEPTH)))

    return search


OTHERS = (("plain BM25, bm25s", with_bm25s), ("plain BM25, tantivy", with_tantivy), ("plain BM25, FTS5", with_fts5))


def searches(known: KnowledgeSet, index: Index) -> Iterator[tuple[str, list[Found]]]:
    yield "this program", found(known, our_search(index))
    for name, made in OTHERS:
        try:
            search = made(known.passages)
        except (ImportError, sqlite3.OperationalError) as error:
            print(f"{name}: left out, {error}")
            continue
        yield name, found(known, search)


def show_searches(rows: Sequence[tuple[str, list[Found]]]) -> None:
    print(f"{'found within the first':<24}{'':>9}" + "".join(f"{name:>9}" for name, _ in GROUPS) + f"{'AUC':>9}")
    for name, results in rows:
        for depth in (1, DEPTH):
            shares = [recall([one for one in results if of(one.question)], depth) for _, of in GROUPS]
            told = f"{area(results):>9.2f}" if depth == 1 else ""
            print(f"{name if depth == 1 else '':<24}{depth:>9}" + "".join(f"{part:>9.2f}" for part in shares) + told)
    print(f"goals: {RECALL_GOALS[0]:.2f} and {RECALL_GOALS[1]:.2f} without a model or embeddings\n")


def show_answers(name: str, results: Sequence[Outcome], goals: tuple[float, float, float]) -> None:
    right, answerable, unanswerable = goals
    print(f"{name:<46}{'answered':>9}{'right':>8}{'answerable':>12}{'unanswerable':>14}{'internal':>10}")
    for group, of in GROUPS:
        table = answering([one for one in results if of(one.question)])
        print(
            f"  {group:<44}{table.answered:>9}{table.right:>8.0%}{table.answerable:>12.0%}"
            f"{table.unanswerable:>14.0%}{table.leaks:>10}"
        )
    goal = (f">= {right:.0%}", f">= {answerable:.0%}", f"<= {unanswerable:.0%}")
    print(f"  {'goal':<44}{'':>9}{goal[0]:>8}{goal[1]:>12}{goal[2]:>14}{0:>10}\n")


def show_misses(results: Sequence[Found], answers: Sequence[Outcome]) -> None:
    print("not found first:")
    for one in results:
        if one.question.answers and not one.within(1):
            print(f"  [{one.question.language}] {one.question.text}\n      {one.question.answers}, found {one.ids}")
    print("answered wrongly:")
    for done in answers:
        if done.answered and not done.right:
            wanted = done.question.answers or (done.question.why, done.question.near)
            print(f"  [{done.question.language}] {done.question.text}\n      {wanted}, cited {done.cited}")
    kinds = Counter(done.question.why for done in answers if done.answered and not done.question.answers)
    print(f"answered without an answer, by what differs: {dict(kinds.most_common())}")
    print("held although the answer is there:")
    for done in answers:
        if done.question.answers and not done.answered:
            print(f"  [{done.question.language}] {done.question.text}\n      {done.question.answers}, {done.why}")


async def compared() -> None:
    """One row for each trade: what is found, here and by plain BM25, and what the built-in engine answers."""
    print(f"{'':<24}{'questions':>10}{'found @1':>10}{'@5':>6}{'FTS5 @1':>9}{'@5':>6}", end="")
    print(f"{'answered':>10}{'right':>7}{'answerable':>12}{'unanswerable':>14}{'internal':>10}")
    ours: list[Found] = []
    plain: list[Found] = []
    answers: list[Outcome] = []
    for trade in TRADES:
        known = read_set(SETS / trade)
        index = public_index(known)
        results = found(known, our_search(index))
        others = found(known, with_fts5([one for one in known.passages if one.visibility == "public"]))
        done = await outcomes(known, index, BuiltinEngine())
        show_row(trade, results, others, done)
        ours, plain, answers = ours + results, plain + others, answers + done
    show_row("all", ours, plain, answers)
    print(f"{'goal':<24}{'':>10}{RECALL_GOALS[0]:>10.2f}{RECALL_GOALS[1]:>6.2f}{'':>25}", end="")
    right, answerable, unanswerable = GOALS["built-in"]
    print(f"{f'>= {right:.0%}':>7}{f'>= {answerable:.0%}':>12}{f'<= {unanswerable:.0%}':>14}{0:>10}")


def show_row(name: str, ours: Sequence[Found], plain: Sequence[Found], answers: Sequence[Outcome]) -> None:
    told = answering(answers)
    print(f"{name:<24}{len(ours):>10}{recall(ours, 1):>10.2f}{recall(ours, DEPTH):>6.2f}", end="")
    print(f"{recall(plain, 1):>9.2f}{recall(plain, DEPTH):>6.2f}{told.answered:>10}{told.right:>7.0%}", end="")
    print(f"{told.answerable:>12.0%}{told.unanswerable:>14.0%}{told.leaks:>10}")


async def measured(known: KnowledgeSet, *, misses: bool) -> None:
    rows = list(searches(known, Index(known.passages)))
    index = public_index(known)
    told = sum(bool(question.answers) for question in known.questions)
    print(f"{len(known.passages)} entries, {len(known.questions)} questions, {told} of them with an answer\n")
    show_searches(rows)
    print("answered: mails; right: of these; answerable, unanswerable: how many of them are answered")
    answers = await outcomes(known, index, BuiltinEngine())
    show_answers("built-in engine", answers, GOALS["built-in"])
    for name, choice, reply in MODELS:
        done, script = await simulated(known, index, choice, reply=reply)
        show_answers(f"simulated: {name}", done, GOALS["model"])
    given = sum(
        any(passage.id in question.answers for passage in found_passages(message_of(question), index, NOW.date()))
        for question in known.questions
    )
    print(
        f"of {told} mails with an answer an engine is given it in {given}, and a model is shown it in {script.in_sight}"
    )
    if misses:
        show_misses(rows[0][1], answers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", type=Path)
    parser.add_argument("--misses", action="store_true", help="of one set")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    asyncio.run(measured(read_set(options.set), misses=options.misses) if options.set else compared())


if __name__ == "__main__":
    main()
