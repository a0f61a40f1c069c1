"""How long the built-in engine takes for a mail, and how many it sorts rightly.

    python benchmarks/builtin.py [--rounds 20]

Mails: those of tests/unit/engines, as they are and with a long thread under them; passages: the demo shop's.
"""

import argparse
import statistics
import time
import tomllib
from importlib.resources import as_file, files
from pathlib import Path

from repondeur.engines.base import Context
from repondeur.engines.builtin import analyse
from repondeur.engines.process import checked
from repondeur.knowledge.index import Index
from repondeur.knowledge.passages import read_passages
from repondeur.mail.message import Address, Message

MAILS = Path(__file__).parents[1] / "tests" / "unit" / "engines"
SETS = ("intents", "intents_further", "intents_unseen")
US = Address("The shop", "hello@shop.example")


def messages(name: str) -> list[tuple[Message, str]]:
    """Message and expected intent."""
    return [(_message(case), case["intent"]) for case in tomllib.loads((MAILS / f"{name}.toml").read_text())["mail"]]


def _message(case: dict[str, str]) -> Message:
    return Message(
        message_id=None,
        authors=(Address("Ann Blake", "ann@client.example"),),
        subject=case["subject"],
        text=case["text"],
        body=case["text"],
        language=case["language"],
        content_hash="",
        size=len(case["text"]),
    )


def milliseconds(index: Index, message: Message) -> float:
    start = time.perf_counter()
    hits = index.search(f"{message.subject}\n{message.text}", 4, message.language)
    context = Context(mailbox=US, passages=tuple(hit.passage for hit in hits if hit.passage.visibility == "public"))
    checked(analyse(message, context), message, context)
    return (time.perf_counter() - start) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    with as_file(files("repondeur.mailboxes.demo") / "knowledge") as folder:
        index = Index(read_passages([folder]))
    print(f"{'mails':<18}{'number':>8}{'right':>8}{'p50 ms':>9}{'p99 ms':>9}")
    for name in SETS:
        cases = messages(name)
        times = sorted(milliseconds(index, message) for _ in range(rounds) for message, _ in cases)
        right = sum(analyse(message, Context(mailbox=US)).intent == intent for message, intent in cases) / len(cases)
        p50, p99 = statistics.median(times), times[int(len(times) * 0.99)]
        print(f"{name:<18}{len(cases):>8}{right:>8.0%}{p50:>9.2f}{p99:>9.2f}")
    long = _message({"subject": "Long", "language": "en", "text": "\n".join(m.text for m, _ in messages("intents"))})
    times = sorted(milliseconds(index, long) for _ in range(rounds * 5))
    label = f"one of {len(long.text)} chars"
    print(f"{label:<26}{'':>8}{statistics.median(times):>9.2f}{times[int(len(times) * 0.99)]:>9.2f}")


if __name__ == "__main__":
    main()
