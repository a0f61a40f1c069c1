"""How many tokens a model reads for a mail, our way and the plain way (tests/support/naive.py), counted by the real
tokenizer of Qwen 2 and 3.

    python benchmarks/tokens.py [CORPUS]

CORPUS: a folder of .eml files, searched deeply; without it, the project's own samples. Only mail that may be answered
is counted: the rest costs no request. Passages: what the search finds in the demo shop's knowledge.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.resources import as_file, files
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support import naive, tokens

from repondeur.engines import prompt
from repondeur.engines.base import Context
from repondeur.errors import MessageUnreadable
from repondeur.knowledge.index import Index
from repondeur.knowledge.passages import read_passages
from repondeur.mail.language import detect
from repondeur.mail.message import Address, Message
from repondeur.mail.parse import parse
from repondeur.pipeline.understand import found_passages
from repondeur.policy.screen import ScreenFacts, screen

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ("src/repondeur/mailboxes/demo", "tests/fixtures/mail")
US = Address("The Lantern Shop", "hello@lanterns.example")
LENGTHS = (1, 50, 100, 200, 10**9)  # tokens of the body
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Count:
    """Tokens of one mail. prefix: the part of ours that is the same for every mail of the mailbox."""

    mail: int
    ours: int
    prefix: int
    naive: int


def count(message: Message, index: Index) -> Count:
    passages = found_passages(message, index, NOW.date())
    asked = prompt.build(message, Context(US, passages=passages, now=NOW))
    return Count(
        mail=tokens.count(message.body),
        ours=tokens.count_chat(asked),
        prefix=tokens.count_chat(asked[:1]) - tokens.AN_ANSWER,
        naive=sum(map(tokens.count_chat, naive.requests(message, passages, US.name))),
    )


def answerable(folders: list[Path]) -> Iterator[Message]:
    for path in sorted(path for folder in folders for path in folder.rglob("*.eml")):
        try:
            message = parse(path.read_bytes())
        except MessageUnreadable:
            continue
        message = replace(message, language=detect(message.text or message.body))
        if message.body.strip() and screen(message, ScreenFacts(own_addresses=frozenset())).verdict == "answerable":
            yield message


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?", type=Path, default=os.environ.get("CORPUS") or None)
    corpus = parser.parse_args().corpus
    with as_file(files("repondeur.mailboxes.demo") / "knowledge") as folder:
        index = Index(read_passages([folder]))
    counted = [count(message, index) for message in answerable([corpus] if corpus else [ROOT / one for one in SAMPLES])]
    print(f"{'body, tokens':<14}{'mails':>7}{'ours':>7}{'prefix':>8}{'plain':>7}{'ratio':>7}{'prefix once':>13}")
    for low, high in pairwise(LENGTHS):
        _row(
            f"{low} to {high - 1}" if high < LENGTHS[-1] else f"{low} and more",
            [x for x in counted if low <= x.mail < high],
        )
    _row("all", counted)


def _row(label: str, counted: list[Count]) -> None:
    """ours, prefix, plain: tokens a mail. ratio: ours to plain, the prefix in full for every mail; prefix once: for the
    first only, as a server counts it that keeps it."""
    if not counted:
        return
    mails, prefix = len(counted), counted[0].prefix
    ours, plain = sum(one.ours for one in counted), sum(one.naive for one in counted)
    once = (ours - prefix * (mails - 1)) / plain
    print(f"{label:<14}{mails:>7}{ours / mails:>7.0f}{prefix:>8}{plain / mails:>7.0f}{ours / plain:>7.2f}{once:>13.2f}")


if __name__ == "__main__":
    main()
