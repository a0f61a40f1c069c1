"""The last look before a reply leaves: does what we are about to send keep our promises, whatever was decided before?

Nothing here trusts the decision, the screening or the composing: it looks at the mail and at the proposal once more.
Every objection is reported, the gravest verdict wins.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from repondeur.mail.automatic import automatic
from repondeur.mail.clean import clean, clean_line
from repondeur.mail.compose import AUTOMATIC_FIELDS, HEADER_NAMES, Composed
from repondeur.mail.machine_address import machine_address
from repondeur.mail.message import Address
from repondeur.policy.addressing import is_one_of, obstacles
from repondeur.policy.citation import cited, uncovered
from repondeur.policy.claims.claim import Kind
from repondeur.policy.claims.compare import foreign
from repondeur.policy.decide import decide
from repondeur.policy.facts import Facts
from repondeur.policy.phrases import ASKS_FOR_PERSON
from repondeur.policy.recipient import recipient
from repondeur.policy.strict import strict_text
from repondeur.policy.subject import automatic_subject
from repondeur.policy.words import phrase_in, words_of
from repondeur.texts import Param, Reason

TEXT_LIMIT = 4000

GuardingVerdict = Literal["send", "draft", "hold"]
Severity = Literal["draft", "hold"]
SAID_LIMIT = 80  # characters of the text that a reason repeats

_PLACEHOLDER = re.compile(
    r"\{\{?\s*\w[\w .]*\}\}?|<\s*(?:name|nom|date)\s*>"
    r"|\[\s*(?:your|insert|name|company|date|customer|votre|vos|ins[ée]rer|nom|pr[ée]nom|soci[ée]t[ée]|client)\b[^\]\n]{0,60}\]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the proposal's text, as it stands there. start, end: in characters."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Objection:
    """What speaks against sending. span: the part of the text it is about, None where it is about the whole or about
    something else."""

    severity: Severity
    reason: Reason
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is about to leave. recipient: the one envelope recipient. text: the answer without signature. composed: the
    message made of it, where it is made already; then its fields are looked at too. ours: what in the text our own code
    wrote, such as a filled template; it may say what an engine may not."""

    recipient: Address | None
    text: str
    composed: Composed | None = None
    ours: str = ""

    @classmethod
    def of(cls, composed: Composed, ours: str = "") -> "Proposal":
        return cls(composed.recipient, composed.text, composed, ours)


@dataclass(frozen=True, slots=True)
class Guarding:
    """reasons: each once, the gravest first; () exactly when the verdict is "send". objections: all of them in the same
    order, with where they hit; () in what earlier versions have stored."""

    verdict: GuardingVerdict
    reasons: tuple[Reason, ...] = ()
    objections: tuple[Objection, ...] = ()


def guard(proposal: Proposal, facts: Facts) -> Guarding:
    """May this leave unseen ("send"), only after a person has agreed ("draft"), or not at all before a person has
    looked at the mail itself ("hold")?"""
    objections = [objection for check in CHECKS for objection in check(proposal, facts)]
    if not objections:
        return Guarding("send")
    objections.sort(key=lambda objection: objection.severity != "hold")
    reasons: dict[str, Reason] = {}
    for objection in objections:
        reasons.setdefault(objection.reason.code, objection.reason)
    return Guarding(objections[0].severity, tuple(reasons.values()), tuple(objections))


def not_decided(proposal: Proposal, facts: Facts) -> Iterator[Objection]:
    """I8: what the rules would not answer does not leave."""
    decision = decide(facts)
    if decision.verdict != "answer":
        yield Objection("draft" if decision.verdict == "draft" else "hold", decision.reason)


def wrong_recipient(proposal: Proposal, facts: Facts) -> Iterator[Objection]:
    """I1: the single certain author and nobody else, and nothing in the mail's addressing against it."""
    author = recipient(facts.message)
    to = proposal.recipient
    if author is None or to is None or to.address != author.address:
        yield _objection("hold", "wrong_recipient")
    for obstacle in obstacles(facts.message, facts.own_addresses):
        yield Objection(obstacle.verdict, obstacle.reason)


def machine(proposal: Proposal, facts: Facts) -> Iterator[Objection]:
    """I15: no automatic mail, list, bounce or machine's address, however it came past the screening. Only that it went
    to many is nothing against who is allowed to write so."""
    if found := automatic(facts.message, bulk_welcome=facts.sender.allowed):
        yield Objection("hold", found.reason)
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
    cleaned = clean(text)
    if not cleaned:
        yield _objection("hold", "empty_text")
    if phrase := phrase_in(words_of(text), ASKS_FOR_PERSON):
        yield _objection("hold", "asks_for_person", phrase=phrase)
    if cleaned != text:
        yield _objection("draft", "hidden_text")
    if len(text) > TEXT_LIMIT:
        yield _objection("draft", "too_long", length=len(text), limit=TEXT_LIMIT)
    for gap in _PLACEHOLDER.finditer(text):
        yield Objection("draft", Reason("guard.placeholder"), _span(text, *gap.span()))


def unfounded(proposal: Proposal, facts: Facts) -> Iterator[Objection]:
    """I4, I9: in strict mode our own text and no other; in free mode no internal passage within the engine's reach; and
    nothing cited that was not supplied or is not public."""
    if facts.reply_mode == "strict" and proposal.text != strict_text(facts):
        yield _objection("draft", "not_our_text")
    if facts.reply_mode == "free" and any(passage.visibility != "public" for passage in facts.passages):
        yield _objection("draft", "internal_supplied")
    # What is no id of a supplied passage was taken out of the analysis, and is named there.
    made_up = facts.analysis is not None and "passages" in facts.analysis.dropped
    if count := uncovered(facts) or made_up:
        yield _objection("draft", "uncovered_citation", count=int(count))


def foreign_claims(proposal: Proposal, facts: Facts) -> Iterator[Objection]:
    """I2, I3: links, addresses, numbers, days and commitments stand in the public passages that are cited or in what
    our own code wrote; of the mail, only a bare order number may be said again. A text that is too long is not read."""
    if len(proposal.text) > TEXT_LIMIT:
        return
    found = foreign(
        proposal.text,
        [f"{passage.title}\n\n{passage.text}" for passage in cited(facts)],
        ours=[proposal.ours, strict_text(facts) if facts.reply_mode == "strict" else ""],
        mail=_written(facts),
        name=facts.message.author.name,
        us=facts.our_name,
    )
    for one in found:
        span = _span(proposal.text, one.begin, one.end)
        yield Objection("draft", Reason(f"guard.{CODES[one.kind]}", {"said": clean_line(span.text)[:SAID_LIMIT]}), span)


def _written(facts: Facts) -> str:
    """What the author wrote."""
    return f"{facts.message.subject}\n{facts.message.text or facts.message.body}"


def bad_fields(proposal: Proposal, facts: Facts) -> Iterator[Objection]:
    """I6, I7: the fields of the fixed list, each once, the subject of the mail that is answered without what must not
    be repeated of it (I2), and the mark of an automatic reply."""
    if proposal.composed is None:
        return
    names = [name for name, _ in proposal.composed.headers]
    values = dict(proposal.composed.headers)
    header = proposal.composed.raw.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    written = [line.partition(":")[0] for line in header.split("\r\n") if not line.startswith((" ", "\t"))]
    if written != names or len(set(names)) != len(names) or not set(names) <= set(HEADER_NAMES):
        yield _objection("hold", "bad_fields")
    if values.get("Subject") != automatic_subject(facts.message.subject):
        yield _objection("hold", "foreign_subject")
    if any(values.get(name) != value for name, value in AUTOMATIC_FIELDS):
        yield _objection("draft", "not_marked_automatic")


# The reason for what a text claims without a source, by the kind of claim.
CODES: Final[dict[Kind, str]] = {
    "link": "foreign_link",
    "address": "foreign_address",
    "phone": "foreign_phone",
    "account": "foreign_account",
    "amount": "foreign_amount",
    "duration": "foreign_time",
    "clock": "foreign_time",
    "date": "foreign_time",
    "number": "foreign_number",
    "id": "foreign_id",
    "promise": "unfounded_promise",
    "writing": "odd_writing",
    "person": "denies_machine",
    "insult": "insulting",
}

CHECKS: Final[tuple[Callable[[Proposal, Facts], Iterator[Objection]], ...]] = (
    not_decided,
    wrong_recipient,
    machine,
    ourselves,
    bad_text,
    unfounded,
    foreign_claims,
    bad_fields,
)


def _objection(severity: Severity, code: str, /, **params: Param) -> Objection:
    return Objection(severity, Reason(f"guard.{code}", params))


def _span(text: str, start: int, end: int) -> Span:
    return Span(text[start:end], start, end)
