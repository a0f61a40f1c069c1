"""How well mail is read: runs the reader over a corpus of real mail and prints one table.

    python benchmarks/reading.py [CORPUS] [--misses]

CORPUS, or the variable of that name: folders with an expected.jsonl each (one object a line: file, kind, and the facts
that are known about it).
"""

import argparse
import json
import os
import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

from repondeur.errors import MessageUnreadable
from repondeur.mail.automatic import automatic
from repondeur.mail.body import Split, split
from repondeur.mail.html import html_to_text
from repondeur.mail.message import Message
from repondeur.mail.parse import parse

MACHINE_FACTS = (
    "is_bounce", "is_auto_reply", "is_auto_generated", "is_list", "is_bulk", "is_feedback_report", "is_dsn", "is_mdn"
)  # fmt: skip


@dataclass(slots=True)
class Results:
    """facts: name to (right, wrong files). seconds: of each whole message."""

    facts: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    exceptions: list[str] = field(default_factory=list)

    def note(self, fact: str, file: str, *, right: bool) -> None:
        count, wrong = self.facts.get(fact, (0, []))
        self.facts[fact] = (count + right, wrong if right else [*wrong, file])

    def share(self, fact: str) -> float:
        """0 to 1; 1 when the fact was never stated."""
        right, wrong = self.facts.get(fact, (0, []))
        return right / (right + len(wrong)) if right or wrong else 1.0


def measure(corpus: Path) -> Results:
    results = Results()
    for folder, expected in _expectations(corpus):
        name = f"{folder.name}/{expected['file']}"
        content = (folder / expected["file"]).read_bytes()
        if expected["kind"] == "eml":
            _measure_message(name, content, expected, results)
        elif expected["kind"] in ("text", "html"):
            _measure_body(name, content, expected, results)
    return results


def _expectations(corpus: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for listing in sorted(corpus.glob("*/expected.jsonl")):
        for line in listing.read_text("utf-8").splitlines():
            yield listing.parent, json.loads(line)


def _measure_message(name: str, raw: bytes, expected: dict[str, Any], results: Results) -> None:
    start = perf_counter()
    try:
        message = parse(raw)
    except MessageUnreadable:
        results.unreadable.append(name)
        return
    except Exception as error:  # noqa: BLE001 (that there are none is what is measured)
        results.exceptions.append(f"{name}: {error!r}")
        return
    results.seconds.append(perf_counter() - start)
    _header_facts(name, message, expected, results)
    _reply_facts(name, Split(message.text, message.quoted, message.signature, message.forward), expected, results)
    machine = any(expected.get(fact) for fact in MACHINE_FACTS)
    results.note(
        "automatic caught" if machine else "ordinary let through",
        name,
        right=(automatic(message) is not None) == machine,
    )


def _header_facts(name: str, message: Message, expected: dict[str, Any], results: Results) -> None:
    if "subject" in expected:
        results.note("subject", name, right=_flat(message.subject) == _flat(expected["subject"] or ""))
    if "from" in expected:
        wanted = [(address or "").lower() for address in expected["from"]]
        results.note("author", name, right=[author.key for author in message.authors] == [a for a in wanted if a])
    if "to" in expected:
        results.note("to", name, right=[address.key for address in message.to] == [a.lower() for a in expected["to"]])
    if "message_id" in expected:
        results.note("message id", name, right=message.message_id == expected["message_id"])
    if "attachment_names" in expected and "attachment_names_made_up_by_source_product" not in expected:
        wanted = sorted(attachment or "" for attachment in expected["attachment_names"])
        results.note("attachment names", name, right=sorted(a.name for a in message.attachments) == wanted)
    if "attachment_count" in expected:
        results.note("attachment count", name, right=len(message.attachments) == expected["attachment_count"])
    if "body_text" in expected:
        results.note("body", name, right=_squeezed(expected["body_text"]) in _squeezed(message.body))


def _measure_body(name: str, content: bytes, expected: dict[str, Any], results: Results) -> None:
    text = content.decode("utf-8", "replace")
    shown = html_to_text(text) if expected["kind"] == "html" else text
    _reply_facts(name, split(shown, expected.get("subject") or ""), expected, results)


def _reply_facts(name: str, parts: Split, expected: dict[str, Any], results: Results) -> None:
    if "reply" in expected:
        same = _squeezed if expected.get("reply_ignore_whitespace") else _folded
        results.note("reply exact", name, right=same(parts.text) == same(expected["reply"]))
    for wanted in expected.get("reply_contains", ()):
        results.note("reply contains", name, right=_squeezed(wanted) in _squeezed(parts.text))
    for unwanted in expected.get("reply_excludes", ()):
        results.note("reply excludes", name, right=_squeezed(unwanted) not in _squeezed(parts.text))
    if "reply_startswith" in expected:
        right = _squeezed(parts.text).startswith(_squeezed(expected["reply_startswith"]))
        results.note("reply contains", name, right=right)
    if "is_forward" in expected:
        results.note("forward told", name, right=(parts.forward is not None) == expected["is_forward"])
    if parts.forward and "forwarded_from" in expected:
        address, shown = expected["forwarded_from"]
        author = parts.forward.author
        results.note("forward author", name, right=(author.address, author.name or None) == (address, shown))
    if parts.forward and "forwarded_subject" in expected:
        results.note(
            "forward subject", name, right=_flat(parts.forward.subject) == _flat(expected["forwarded_subject"])
        )
    if parts.forward and "forwarded_body" in expected:
        wanted = _squeezed(expected["forwarded_body"])
        results.note("forward body", name, right=_squeezed(parts.forward.text) == wanted)


def _flat(text: str) -> str:
    return " ".join(text.split())


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _folded(text: str) -> str:
    """Line ends trimmed, blank lines folded: what two readers agree on."""
    return re.sub(r"\n{2,}", "\n\n", "\n".join(line.strip() for line in text.strip().splitlines()))


def main() -> None:
    arguments = argparse.ArgumentParser(description="How well mail is read.")
    arguments.add_argument("corpus", type=Path, nargs="?", default=os.environ.get("CORPUS") or None)
    arguments.add_argument("--misses", action="store_true", help="name every file that was read wrongly")
    given = arguments.parse_args()
    if given.corpus is None:
        print("no corpus given: make bench CORPUS=FOLDER")
        return
    results = measure(given.corpus)
    for fact, (right, wrong) in results.facts.items():
        print(f"{fact:22} {right:4} of {right + len(wrong):4}  {100 * results.share(fact):6.1f} %")
        if given.misses:
            print(*(f"    {file}" for file in wrong), sep="\n", end="\n" if wrong else "")
    milliseconds = sorted(1000 * second for second in results.seconds)
    print(f"{'exceptions':22} {len(results.exceptions):4}", *results.exceptions)
    print(f"{'over a limit':22} {len(results.unreadable):4}", *results.unreadable)
    print(
        f"{'milliseconds a mail':22} p50 {statistics.median(milliseconds):.2f}, "
        f"p99 {milliseconds[int(0.99 * len(milliseconds))]:.1f}, max {milliseconds[-1]:.1f}"
    )


if __name__ == "__main__":
    main()
