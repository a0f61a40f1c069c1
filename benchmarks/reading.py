"""How well mail is read: runs the reader over corpora of real mail and prints one table, with the goals beside it.

    python benchmarks/reading.py [CORPUS …] [--misses]

CORPUS, or the variable of that name: a folder with an expected.jsonl, or with folders that have one each. One object a
line: file, kind, and the facts that are known about it. A fact that is missing is not known, which is not "false".
"""

import argparse
import json
import os
import re
import statistics
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from time import perf_counter
from typing import Any

from repondeur.errors import MessageUnreadable
from repondeur.mail.automatic import automatic
from repondeur.mail.body import Split, split
from repondeur.mail.html import html_to_text
from repondeur.mail.message import Forward, Message
from repondeur.mail.parse import parse

# The least share of each fact that has to be right.
GOALS = {
    "subject": 0.985,
    "author": 0.97,
    "attachment names": 1.0,
    "body": 0.95,
    "reply exact": 0.90,
    "author's text kept": 0.986,
    "forwards": 0.99,
    "French": 1.0,
    "HTML pages": 1.0,
    "automatic caught": 0.995,
    "ordinary let through": 0.993,
}
GOAL_P50, GOAL_MAX = 1.0, 1000.0  # milliseconds a mail

MACHINE_FACTS = (
    "is_bounce", "is_auto_reply", "is_auto_generated", "is_list", "is_bulk", "is_feedback_report", "is_dsn", "is_mdn",
    "is_tls_report", "is_unsubscribe_request",
)  # fmt: skip
# What makes it doubtful that a person wrote a mail of which no machine fact is known.
_MACHINE_HEADER = re.compile(
    rb"^(?:list-[a-z]+|mailing-list|feedback-id|x-failed-recipients)[ \t]*:"
    rb"|^(?:x-)?precedence[ \t]*:[ \t]*(?:bulk|list|junk|auto)"
    rb"|^auto-submitted[ \t]*:[ \t]*auto"
    rb"|^content-type[ \t]*:[ \t]*(?:multipart/report|message/(?:disposition-notification|delivery-status))",
    re.IGNORECASE | re.MULTILINE,
)
_FRENCH_NAME = re.compile(r"(?:^|[_/.-])(?:fr|french|francais)(?=[_/.-]|\d|$)")
_SIGNATURE_BEGINS = re.compile(r"--\s*$|(?:sent|envoyé) (?:from|with|de|depuis) ", re.IGNORECASE)

Fact = tuple[str, bool]


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


def measure(*corpora: Path) -> Results:
    results = Results()
    for folder, expected in _expectations(corpora):
        name = f"{folder.name}/{expected['file']}"
        content = (folder / expected["file"]).read_bytes()
        facts = list(_facts(name, content, expected, results))
        for fact, right in (*facts, *_of_whole_file(name, expected, facts)):
            results.note(fact, name, right=right)
    return results


def _expectations(corpora: tuple[Path, ...]) -> Iterator[tuple[Path, dict[str, Any]]]:
    for corpus in corpora:
        for listing in sorted((*corpus.glob("expected.jsonl"), *corpus.glob("*/expected.jsonl"))):
            for line in listing.read_text("utf-8").splitlines():
                yield listing.parent, json.loads(line)


def _facts(name: str, content: bytes, expected: dict[str, Any], results: Results) -> Iterator[Fact]:
    if expected["kind"] in ("text", "html"):
        text = content.decode("utf-8", "replace")
        yield from _body_facts(text, expected, page=expected["kind"] == "html")
        return
    if expected["kind"] != "eml":
        return
    start = perf_counter()
    try:
        message = parse(content)
    except MessageUnreadable:
        results.unreadable.append(name)
        return
    except Exception as error:  # noqa: BLE001 (that there are none is what is measured)
        results.exceptions.append(f"{name}: {error!r}")
        return
    results.seconds.append(perf_counter() - start)
    yield from _header_facts(message, expected)
    yield from _reply_facts(Split(message.text, message.quoted, message.signature, message.forward), expected)
    yield from _machine_facts(message, content, expected)
    page = html_to_text(_page(content)) if "reply" in expected else ""
    # Two alternatives need not say the same; then the fact is not one about the page.
    if page and _squeezed(page).startswith(_squeezed(expected["reply"].split("\n", 1)[0])):
        yield "HTML pages", _same_reply(split(page, message.subject), expected["reply"])


def _of_whole_file(name: str, expected: dict[str, Any], facts: list[Fact]) -> Iterator[Fact]:
    """One verdict a file: is all that is known of it right?"""
    language = expected.get("quote_header_language") or expected.get("language") or ""
    if facts and (language == "fr" or _FRENCH_NAME.search(name.lower())):
        yield "French", all(right for _, right in facts)
    forward = [right for fact, right in facts if fact.startswith("forward ")]
    if forward:
        yield "forwards", all(forward)
    if expected["kind"] == "html" and facts:
        yield "HTML pages", all(right for _, right in facts)


def _header_facts(message: Message, expected: dict[str, Any]) -> Iterator[Fact]:
    if "subject" in expected:
        yield "subject", _flat(message.subject) == _flat(expected["subject"] or "")
    if "from" in expected:
        wanted = [(address or "").lower() for address in expected["from"]]
        yield "author", [author.key for author in message.authors] == [a for a in wanted if a]
    if "to" in expected:
        yield "to", [address.key for address in message.to] == [a.lower() for a in expected["to"]]
    if "message_id" in expected:
        yield "message id", message.message_id == expected["message_id"]
    made_up = "attachment_names_made_up_by_source_product" in expected
    # Parts without a name are what "attachment count" is about.
    if names := Counter(name for name in expected.get("attachment_names", ()) if name and not made_up):
        yield "attachment names", not names - Counter(attachment.name for attachment in message.attachments)
    if "attachment_count" in expected:
        yield "attachment count", len(message.attachments) == expected["attachment_count"]
    if "body_text" in expected:
        yield "body", _squeezed(expected["body_text"]) in _squeezed(message.body)
    if "failed_recipients" in expected:
        failed = {recipient.address.lower() for recipient in message.failed_recipients}
        yield "failed recipients", failed == {address.lower() for address in expected["failed_recipients"]}


def _machine_facts(message: Message, raw: bytes, expected: dict[str, Any]) -> Iterator[Fact]:
    """A mail counts as ordinary only when nothing in its header makes it doubtful that a person wrote it."""
    found = automatic(message) is not None
    if any(expected.get(fact) for fact in MACHINE_FACTS):
        yield "automatic caught", found
    elif not _MACHINE_HEADER.search(re.split(rb"\r?\n\r?\n", raw.lstrip(), maxsplit=1)[0]):
        yield "ordinary let through", not found


def _body_facts(text: str, expected: dict[str, Any], *, page: bool) -> Iterator[Fact]:
    shown = html_to_text(text) if page else text
    stated = {"reply": shown, **expected} if expected.get("nothing_removed") else expected
    yield from _reply_facts(split(shown, expected.get("subject") or ""), stated)


def _page(raw: bytes) -> str:
    """The HTML alternative, read by the standard library; "" when there is none or it is broken."""
    message = message_from_bytes(raw, EmailMessage, policy=policy.default)
    part = message.get_body(("html",)) if message.is_multipart() else None
    try:
        return str(part.get_content()) if part else ""
    except (LookupError, ValueError):
        return ""


def _same_reply(parts: Split, reply: str) -> bool:
    """With or without the signature below "-- ", which some sources count among the reply. Layout does not matter."""
    above = re.split(r"(?m)^--[ \t]*$", reply, maxsplit=1)[0]
    return _squeezed(parts.text) in (_squeezed(reply), _squeezed(above))


def _reply_facts(parts: Split, expected: dict[str, Any]) -> Iterator[Fact]:
    text = _squeezed(parts.text)
    if "reply" in expected:
        same = _squeezed if expected.get("reply_ignore_whitespace") else _folded
        yield "reply exact", same(parts.text) == same(expected["reply"])
    for wanted in expected.get("reply_contains", ()):
        yield "reply contains", _squeezed(wanted) in text
    for unwanted in expected.get("reply_excludes", ()):
        yield "reply excludes", _squeezed(unwanted) not in text
    if "reply_startswith" in expected:
        yield "reply contains", text.startswith(_squeezed(expected["reply_startswith"]))
    if wanted := [*(expected.get("reply") or "").splitlines(), *expected.get("reply_contains", ())]:
        # A mail that is one old mail and nothing else is a reply to some sources, a forward to others.
        only = parts.forward.text if parts.forward and not text else ""
        yield "author's text kept", _kept(wanted, text or _squeezed(only), _squeezed(parts.signature))
    yield from _forward_facts(parts, expected)


def _kept(wanted: list[str], text: str, signature: str) -> bool:
    """Some sources count the signature among the reply: what stands below "-- " or is a device's line may be there."""
    below = False
    for line in wanted:
        below = below or bool(_SIGNATURE_BEGINS.match(line))
        if _squeezed(line) not in text and not (below and _squeezed(line).removeprefix("--") in signature):
            return False
    return True


def _forward_facts(parts: Split, expected: dict[str, Any]) -> Iterator[Fact]:
    if "is_forward" in expected:
        yield "forward told", (parts.forward is not None) == expected["is_forward"]
    forward: Forward | None = parts.forward
    if forward and "forwarded_from" in expected:
        address, shown = expected["forwarded_from"]
        yield "forward author", (forward.author.address, forward.author.name or None) == (address, shown)
    if forward and "forwarded_subject" in expected:
        yield "forward subject", _flat(forward.subject) == _flat(expected["forwarded_subject"])
    if forward and "forwarded_body" in expected:
        yield "forward body", _squeezed(forward.text) == _squeezed(expected["forwarded_body"])
    if forward and "before_forward" in expected:
        yield "forward before", _squeezed(parts.text) == _squeezed(expected["before_forward"])


def _flat(text: str) -> str:
    return " ".join(text.split())


def _squeezed(text: str) -> str:
    """Without white space and control characters."""
    return re.sub(r"[\s\x00-\x1f]+", "", text)


def _folded(text: str) -> str:
    """Line ends trimmed, blank lines folded: what two readers agree on."""
    return re.sub(r"\n{2,}", "\n\n", "\n".join(line.strip() for line in text.strip().splitlines()))


def _print(results: Results, *, misses: bool) -> None:
    for fact, (right, wrong) in sorted(results.facts.items(), key=lambda item: item[0] not in GOALS):
        goal = GOALS.get(fact)
        verdict = "" if goal is None else f"  goal {100 * goal:5.1f} %  {_reached(results.share(fact) >= goal)}"
        print(f"{fact:22} {right:4} of {right + len(wrong):4}  {100 * results.share(fact):6.1f} %{verdict}")
        if misses:
            print(*(f"    {file}" for file in wrong), sep="\n", end="\n" if wrong else "")
    print(f"{'exceptions':22} {len(results.exceptions):4}  {_reached(not results.exceptions)}", *results.exceptions)
    print(f"{'over a limit':22} {len(results.unreadable):4} ", *results.unreadable)
    milliseconds = sorted(1000 * second for second in results.seconds)
    if not milliseconds:
        return
    p50, slowest = statistics.median(milliseconds), milliseconds[-1]
    print(
        f"{'milliseconds a mail':22} p50 {p50:.2f} (goal {GOAL_P50:.0f}: {_reached(p50 <= GOAL_P50)}), "
        f"p99 {milliseconds[int(0.99 * len(milliseconds))]:.1f}, "
        f"max {slowest:.1f} (goal {GOAL_MAX:.0f}: {_reached(slowest <= GOAL_MAX)})"
    )


def _reached(yes: bool) -> str:
    return "reached" if yes else "MISSED"


def main() -> None:
    arguments = argparse.ArgumentParser(description="How well mail is read.")
    variable = os.environ.get("CORPUS")
    arguments.add_argument("corpora", type=Path, nargs="*", default=[Path(variable)] if variable else [])
    arguments.add_argument("--misses", action="store_true", help="name every file that was read wrongly")
    given = arguments.parse_args()
    if not given.corpora:
        print("no corpus given: make bench CORPUS=FOLDER")
        return
    _print(measure(*given.corpora), misses=given.misses)


if __name__ == "__main__":
    main()
