"""How long the guard takes for a reply, and how it judges honest and hostile ones.

    python benchmarks/guard.py [--rounds 200]

Replies: those of tests/fixtures/replies; a long one is made of several, with several passages cited. Passages are read
when a reply first rests on them, and their claims are kept; both times are told.
Times are those of the processor, which other programs beside it do not lengthen.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.replies import Reply, honest, hostile
from tests.unit.policy.given import given

from repondeur.policy.claims.compare import foreign
from repondeur.policy.claims.founding import founding
from repondeur.policy.facts import Facts
from repondeur.policy.guard import TEXT_LIMIT, Proposal, guard
from repondeur.policy.recipient import recipient


def milliseconds(call: Callable[[], object], rounds: int) -> list[float]:
    found = []
    for _ in range(rounds):
        start = time.process_time()
        call()
        found.append((time.process_time() - start) * 1000)
    return sorted(found)


def facts_of(replies: list[Reply], text: str) -> Facts:
    passages = tuple(dict.fromkeys(one for reply in replies[:4] for one in reply.passages))
    names = tuple(one.id for one in passages)
    said = {"reply": text, "passages": names, "language": replies[0].language}
    return given({"language": replies[0].language}, said, passages=passages)


def stopped(replies: list[Reply]) -> int:
    return sum(
        bool(foreign(one.text, [f"{p.title}\n\n{p.text}" for p in one.passages], mail=one.wants, name="Zoé Martin"))
        for one in replies
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    print(f"{'':<34}{'p50 ms':>9}{'p99 ms':>9}")
    for language in ("en", "fr"):
        replies = [one for one in honest() if one.language == language]
        text = "\n\n".join(one.text for one in replies)[:TEXT_LIMIT].strip()
        facts = facts_of(replies, text)
        proposal = Proposal(recipient(facts.message), text)
        passages = [f"{one.title}\n\n{one.text}" for one in facts.passages]
        calls: dict[str, Callable[[], object]] = {
            "the guard": lambda proposal=proposal, facts=facts: guard(proposal, facts),
            "of it, the comparison": lambda text=text, passages=passages: foreign(text, passages),
            "a passage, once": lambda passages=passages: founding(passages[0]),
        }
        for name, call in calls.items():
            call()
            times = milliseconds(call, rounds)
            told = f"{language}, {len(text)} characters: {name}" if name == "the guard" else f"    {name}"
            print(f"{told:<34}{statistics.median(times):>9.2f}{times[int(rounds * 0.99)]:>9.2f}")
    print(f"honest replies that are stopped: {stopped(honest())} of {len(honest())}")
    print(f"hostile replies that are stopped: {stopped(hostile())} of {len(hostile())}")


if __name__ == "__main__":
    main()
