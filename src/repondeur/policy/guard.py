"""The last look before a reply leaves: does what we are about to send keep our promises, whatever was decided before?

Nothing here trusts the decision, the screening or the composing: it looks at the mail and at the proposal once more.
Every objection is reported, the gravest verdict wins.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from repondeur.mail.automatic import automatic
from repondeur.mail.clean import clean
from repondeur.mail.compose import AUTOMATIC_FIELDS, HEADER_NAMES, Composed, reply_subject
from repondeur.mail.machine_address import machine_address
from repondeur.mail.message import Address
from repondeur.policy.addressing import is_one_of, obstacles
from repondeur.policy.citation import uncovered
from repondeur.policy.decide import decide
from repondeur.policy.facts import Facts
from repondeur.policy.recipient import recipient
from repondeur.policy.strict import strict_text
from repondeur.policy.words import ASKS_FOR_PERSON, phrase_in, words_of
from repondeur.texts import Param, Reason

TEXT_LIMIT = 4000

GuardingVerdict = Literal["send", "draft", "hold"]
Severity = Literal["draft", "hold"]
Objection = tuple[Severity, Reason]

_PLACEHOLDER = re.compile(
    r"\{\{?\s*\w[\w .]*\}\}?|<\s*(?:name|nom|date)\s*>"
    r"|\[\s*(?:your|insert|name|company|date|customer|votre|vos|ins[ée]rer|nom|pr[ée]nom|soci[ée]t[ée]|client)\b[^\]\n]{0,60}\]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is about to leave. recipient: the one envelope recipient. text: the answer without signature. composed: the
    message made of it, where it is made already; then its fields are looked at too."""

    recipient: Address | None
    text: str
    composed: Composed | None = None

    @classmethod
    def of(cls, composed: Composed) -> "Proposal":
        return cls(composed.recipient, composed.text, composed)


@dataclass(frozen=True, slots=True)
class Guarding:
    """reasons: all objections, the gravest first; () exactly when the verdict is "send"."""

    verdict: GuardingVerdict
    reasons: tuple[Reason, ...] = ()


def guard(proposal: Proposal, facts: Facts) -> Guarding:
    """May this leave unseen ("send"), only after a person has agreed ("draft"), or not at all before a person has
    looked at the mail itself ("hold")?"""
    objections = [objection for check in CHECKS for objection in check(proposal, facts)]
    if not objections:
        return Guarding("send")
    objections.sort(key=lambda objection: objection[0] != "hold")
    reasons: dict[str, Reason] = {}
    for _, reason in objections:
        reasons.setdefault(reason.code, reason)
    return Guarding(objections[0][0], tuple(reasons.values()))


def not_decided(proposal: Proposal, facts: Facts) -> Iterator[Objection]:
    """I8: what the rules would not answer does not leave."""
    decision = decide(facts)
    if decision.verdict != "answer":
        yield "draft" if decision.verdict == "draft" else "hold", decision.reason


def wrong_recipient(proposal: Proposal, facts: Facts) -> Iterator[Objection]:
    """I1: the single certain author and nobody else, and nothing in the mail's addressing against it."""
    author = recipient(facts.message)
    to = proposal.recipient
    if author is None or to is None or to.address != author.address:
        yield _objection("hold", "wrong_recipient")
    for obstacle in obstacles(facts.message, facts.own_addresses):
        yield obstacle.verdict, obstacle.reason


def machine(proposal: Proposal, facts: Facts) -> Iterator[Objection]:
    """I15: no automatic mail, list, bounce or machine's address, however it came past the screening. Only that it went
    to many is nothing against who is allowed to write so."""
    if found := automatic(facts.message, bulk_welcome=facts.sender.allowed):
        yield "hold", found.reason
    if proposal.recipient and machine_address(proposal.recipient.address.rpartition("@")[0]):
        yield _objection("hold", "machine_address", address=proposal.recipient.address)


def ourselves(proposal: Proposal, facts: Facts) -> Iterator[Objection]:
    """I15: no address of ours, nor one that a sub-address of ours delivers to (RFC 5233)."""
    author = facts.message.author
    local_part, _, domain = author.key.rpartition("@")
    base = Address("", f"{local_part.partition('+')[0]}@{domain}")
    if is_one_of(author, facts.own_addresses) or is_one_of(base, facts.own_addresses):
        yield _objection("hold", "ourselves", address=author.address)


def bad_text(proposal: Proposal, facts: Facts) -> Iterator[Objection]:
    """I14, and a text that is none: empty, asking for a person, or with a gap somebody forgot to fill."""
    text = proposal.text
    if not clean(text):
        yield _objection("hold", "empty_text")
    if phrase := phrase_in(words_of(text), ASKS_FOR_PERSON):
        yield _objection("hold", "asks_for_person", phrase=phrase)
    if clean(text) != text:
        yield _objection("draft", "hidden_text")
    if len(text) > TEXT_LIMIT:
        yield _objection("draft", "too_long", length=len(text), limit=TEXT_LIMIT)
    if _PLACEHOLDER.search(text):
        yield _objection("draft", "placeholder")


def unfounded(proposal: Proposal, facts: Facts) -> Iterator[Objection]:
    """I4, I9: in strict mode our own text and no other; in free mode no internal passage within the engine's reach; and
    nothing cited that was not supplied or is not public."""
    if facts.reply_mode == "strict" and proposal.text != strict_text(facts):
        yield _objection("draft", "not_our_text")
    if facts.reply_mode == "free" and any(passage.visibility != "public" for passage in facts.passages):
        yield _objection("draft", "internal_supplied")
    if count := uncovered(facts):
        yield _objection("draft", "uncovered_citation", count=count)


def bad_fields(proposal: Proposal, facts: Facts) -> Iterator[Objection]:
    """I6, I7: the fields of the fixed list, each once, the subject of the mail that is answered, and the mark of an
    automatic reply."""
    if proposal.composed is None:
        return
    names = [name for name, _ in proposal.composed.headers]
    values = dict(proposal.composed.headers)
    header = proposal.composed.raw.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    written = [line.partition(":")[0] for line in header.split("\r\n") if not line.startswith((" ", "\t"))]
    if written != names or len(set(names)) != len(names) or not set(names) <= set(HEADER_NAMES):
        yield _objection("hold", "bad_fields")
    if values.get("Subject") != reply_subject(facts.message.subject):
        yield _objection("hold", "foreign_subject")
    if any(values.get(name) != value for name, value in AUTOMATIC_FIELDS):
        yield _objection("draft", "not_marked_automatic")


# Checks of what the text claims (links, addresses, numbers, words of commitment: I2, I3) stand with unfounded.
CHECKS: Final[tuple[Callable[[Proposal, Facts], Iterator[Objection]], ...]] = (
    not_decided,
    wrong_recipient,
    machine,
    ourselves,
    bad_text,
    unfounded,
    bad_fields,
)


def _objection(severity: Severity, code: str, /, **params: Param) -> Objection:
    return severity, Reason(f"guard.{code}", params)
