"""From how many trades does the sureness of built-in answers (policy/sureness.py) carry over to another one?

    python benchmarks/sureness.py

Leave one trade out: the weights are fitted, and the threshold is chosen, on five sets of tests/fixtures/knowledge,
and the sixth is answered with them; then another one is left out. Below it the weights fitted on all of them, which the
program has, rounded; what it answers at several thresholds; and how often it answers a trade's questions with the pages
of another trade.
"""

import asyncio
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import numpy.typing as npt
import structlog
from tests.support.knowledge_set import SETS, TRADES, KnowledgeSet, Question, read_set
from tests.support.knowledge_table import NOW, Answering, Outcome, answering, message_of, outcomes, public_index

from repondeur.engines.builtin import BuiltinEngine
from repondeur.pipeline.understand import found_passages
from repondeur.policy.knowing import Questions, best
from repondeur.policy.passage import Passage
from repondeur.policy.sureness import SURE, Signs, sureness
from repondeur.words.letter import letter
from repondeur.words.sentences import guess_language, questions

Floats = npt.NDArray[np.float64]

SMALL = Path(__file__).parents[1] / "tests" / "unit" / "policy" / "trades.toml"
RIGHT, UNANSWERABLE = 0.85, 0.10  # what the threshold is chosen for
LEAST = 10  # answers below which a share says nothing
RIDGE = 3.0
CURVE = (0.5, 0.6, 0.65, 0.7, 0.75, 0.8)


@dataclass(frozen=True, slots=True)
class Row:
    """A question as a mail. signs: of the passage that would be cited were any sureness enough; None where something
    else holds the mail, or more than one passage is cited."""

    trade: str
    outcome: Outcome
    signs: Signs | None

    def at(self, answered: bool) -> Outcome:
        one = self.outcome
        return one if answered else Outcome(one.question, False, (), "", ())


def small_trades() -> Iterator[KnowledgeSet]:
    """Six of sixteen plain questions each, on which nothing is measured: they keep the weights right for such."""
    for trade in tomllib.loads(SMALL.read_text("utf-8")).values():
        spoken = trade["language"]
        passages = (
            Passage(one["id"], one["title"], one["text"], one.get("language", spoken), "public")
            for one in trade["entries"]
        )
        asked = (
            Question(
                one["text"],
                guess_language(one["text"], spoken),
                (one["answer"],) if one["answer"] else (),
                "",
                one.get("why", ""),
                typos=False,
                across=one.get("kind") == "across",
            )
            for one in trade["questions"]
        )
        yield KnowledgeSet(tuple(passages), tuple(asked))


async def rows_of(trade: str, known: KnowledgeSet) -> list[Row]:
    index = public_index(known)
    found = await outcomes(known, index, BuiltinEngine(sure=0.0))
    rows = []
    for one in found:
        message = message_of(one.question)
        sentences = letter(message.text.strip()).sentences
        asked = questions([*sentences], message.language)
        beside = " ".join(sentence for sentence in sentences if sentence not in asked)
        near = best(
            Questions(message.subject, tuple(asked), beside, message.language),
            found_passages(message, index, NOW.date()),
        )
        same = near is not None and one.cited == (near.passage.id,)
        rows.append(Row(trade, one, near.signs if near is not None and same else None))
    return rows


def fitted(rows: Sequence[Row]) -> Floats:
    """Weights of the signs and, last, the bias. A trade counts by the root of its size. Newton's method with a ridge on
    standardised signs."""
    told = [row for row in rows if row.signs is not None]
    x = np.array([astuple(row.signs) for row in told if row.signs is not None], dtype=float)
    y = np.array([row.outcome.right for row in told], dtype=float)
    sizes = {trade: sum(row.trade == trade for row in told) for trade in {row.trade for row in told}}
    counts = np.array([(100 / sizes[row.trade]) ** 0.5 for row in told])
    mean, spread = x.mean(0), x.std(0) + 1e-9
    design = np.c_[(x - mean) / spread, np.ones(len(x))]
    ridge = np.diag([RIDGE] * x.shape[1] + [1e-6])
    weights = np.zeros(design.shape[1])
    for _ in range(30):
        likely = 1 / (1 + np.exp(-design @ weights))
        slope = design.T @ ((likely - y) * counts) + ridge @ weights
        bend = (design * (likely * (1 - likely) * counts)[:, None]).T @ design + ridge
        weights -= np.linalg.solve(bend, slope)
    return np.append(weights[:-1] / spread, weights[-1] - (weights[:-1] * mean / spread).sum())


def sure(weights: Floats, row: Row) -> float:
    return float(1 / (1 + np.exp(-(np.array(astuple(row.signs)) @ weights[:-1] + weights[-1])))) if row.signs else -1.0


def is_sure(row: Row, level: float) -> bool:
    return row.signs is not None and sureness(row.signs) >= level


def threshold(weights: Floats, rows: Sequence[Row]) -> float:
    """The lowest at which RIGHT and UNANSWERABLE hold; 1 where none is."""
    levels = sorted({sure(weights, row) for row in rows if row.signs}, reverse=True)
    good = 1.0
    for level in levels:
        told = table(rows, [sure(weights, row) >= level for row in rows])
        if told.answered >= LEAST and told.right >= RIGHT and told.unanswerable <= UNANSWERABLE:
            good = level
    return good


def table(rows: Sequence[Row], answered: Sequence[bool]) -> Answering:
    return answering([row.at(is_answered) for row, is_answered in zip(rows, answered, strict=True)])


def show(name: str, told: Answering) -> None:
    print(f"{name:<34}{told.answered:>9}{told.right:>8.0%}{told.answerable:>12.0%}{told.unanswerable:>14.0%}")


def left_out(rows: Sequence[Row], small: Sequence[Row]) -> None:
    done: list[tuple[Row, bool]] = []
    for trade in TRADES:
        others = [row for row in rows if row.trade != trade]
        weights = fitted([*others, *small])
        level = threshold(weights, others)
        own = [row for row in rows if row.trade == trade]
        answered = [sure(weights, row) >= level for row in own]
        show(f"{trade}, from {level:.2f}", table(own, answered))
        done += zip(own, answered, strict=True)
    show("all that were left out", table([row for row, _ in done], [is_answered for _, is_answered in done]))


async def crossed(level: float) -> tuple[int, int]:
    """Questions of each trade to the pages of all others: how many are answered, of how many."""
    answered = total = 0
    known = {trade: read_set(SETS / trade) for trade in TRADES}
    for asks in TRADES:
        for pages in TRADES:
            if asks == pages or ("town" in asks and "town" in pages):
                continue
            strange = KnowledgeSet(known[pages].passages, known[asks].questions)
            done = await outcomes(strange, public_index(strange), BuiltinEngine(sure=level))
            answered += sum(one.answered for one in done)
            total += len(done)
    return answered, total


async def measured() -> None:
    rows = [row for trade in TRADES for row in await rows_of(trade, read_set(SETS / trade))]
    small = [row for known in small_trades() for row in await rows_of("small", known)]
    print(f"{'left out':<34}{'answered':>9}{'right':>8}{'answerable':>12}{'unanswerable':>14}")
    left_out(rows, small)
    weights = fitted([*rows, *small])
    names = [field.name for field in fields(Signs)] + ["bias"]
    print("\nfitted on all:", ", ".join(f"{name} {part:.2f}" for name, part in zip(names, weights, strict=True)))
    print("\nthe program's, from a sureness of")
    for level in (*CURVE, SURE):
        show(f"  {level:.2f}", table(rows, [is_sure(row, level) for row in rows]))
    show("  the six small trades", table(small, [is_sure(row, SURE) for row in small]))
    answered, total = await crossed(SURE)
    print(f"\nof {total} questions to the pages of another trade {answered} are answered")


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    asyncio.run(measured())


if __name__ == "__main__":
    main()
