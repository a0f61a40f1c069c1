"""The decision about a stored mail once more, by the rules, settings and knowledge of today, without any effect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import unified_diff
from typing import Any, Literal

from repondeur.errors import RepondeurError
from repondeur.pipeline.calls import known_calls
from repondeur.pipeline.context import templates
from repondeur.pipeline.findings import Planned, Understood
from repondeur.pipeline.parts import Parts
from repondeur.pipeline.plan import consequences, facts_from, kept_back
from repondeur.pipeline.told import judgement, passage_digest
from repondeur.pipeline.understand import question, screened
from repondeur.pipeline.versions import rules_version, settings_version
from repondeur.policy.facts import Facts
from repondeur.policy.passage import Passage
from repondeur.store import related
from repondeur.store.chain import Link, sha256
from repondeur.store.record import details_of
from repondeur.store.records import Mail, StoredAction
from repondeur.texts import Reason

Compared = Literal["decision", "guard", "text", "message"]
COMPARED: tuple[Compared, ...] = ("decision", "guard", "text")


class NotAgain(RepondeurError):
    """What is needed to decide again is not there, or not any more."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """row: of the record, with the decision that was made. recorded, now: that decision and today's (told.judgement).
    kept_back: the limit or the pause that kept the answer from leaving by itself, when it was decided or later; None
    where nothing did. without: what would be decided today without it. differences: in what recorded and now differ;
    message, with the same text, is all that stands around it: signature, disclosure, subject, header.
    changed: what of rules, settings, passages and analysis is not as it was then. objections: the guard's of today.
    text_diff: lines of a unified diff, () where the text of then is not there to compare. asked: the model was asked
    anew."""

    mail: int
    row: int
    at: datetime
    recorded: Mapping[str, Any]
    now: Mapping[str, Any]
    kept_back: Reason | None
    without: Mapping[str, Any] | None
    differences: tuple[Compared, ...]
    changed: tuple[str, ...]
    objections: tuple[Reason, ...]
    text_diff: tuple[str, ...]
    asked: bool


async def again(mail: Mail, record: Sequence[Link], parts: Parts, *, ask: bool) -> Comparison:
    """record: the rows of this mail. ask: the model is asked anew, and passages are searched for; otherwise what it
    said then stands, on the same passages as they read today. What happened in the thread, and what limits or a pause
    kept back, is taken as it was then. Raises NotAgain."""
    row = next((one for one in reversed(record) if one.event == "decided"), None)
    then = mail.found("understand", Understood)
    if row is None or (then is None and mail.message is not None):
        raise NotAgain("record.not_decided", mail=mail.id)
    recorded = details_of(row)
    if mail.message is None or then is None or not recorded:
        raise NotAgain("record.forgotten", mail=mail.id)
    account = parts.accounts[mail.mailbox]
    understood = await _understood(mail, then, parts, ask=ask)
    facts = facts_from(mail.message, understood, account.settings, templates(parts.settings))

    def decided(facts: Facts) -> tuple[Planned, str, Sequence[StoredAction]]:
        # By the clock of then: a text that names the day is to be the same.
        planned, effects = consequences(mail, facts, account.settings, row.at, known_calls(parts.settings))
        return planned, next((one.text for one in effects), ""), effects

    limit = _kept_back(mail, recorded)
    planned, text, effects = decided(_as_then(facts, recorded))
    now = judgement(planned, text)
    versions = {"rules": rules_version(), "settings": settings_version(parts.settings, account.settings)}
    changed = [name for name, version in versions.items() if recorded.get(name) != version]
    differences = [name for name in COMPARED if _differ(name, recorded, now)]
    if not differences and _other_message(recorded, effects):
        differences.append("message")
    if [(one["id"], one["sha256"]) for one in recorded["passages"]] != [
        (one.id, passage_digest(one)) for one in understood.passages
    ]:
        changed.append("passages")
    if understood.analysis != then.analysis:
        changed.append("analysis")
    return Comparison(
        mail=mail.id,
        row=row.id,
        at=row.at,
        recorded={name: recorded.get(name) for name in now},
        now=now,
        kept_back=limit,
        without=None if limit is None else judgement(*decided(facts)[:2]),
        differences=tuple(differences),
        changed=tuple(changed),
        objections=planned.guarding.reasons if planned.guarding else (),
        text_diff=_text_diff(mail, recorded, text),
        asked=ask,
    )


async def _understood(mail: Mail, then: Understood, parts: Parts, *, ask: bool) -> Understood:
    assert mail.message is not None
    account = parts.accounts[mail.mailbox]
    screening = await screened(mail.message, account, parts)
    if not ask or screening.verdict != "answerable" or (then.analysis is None and then.failure is None):
        return replace(then, screening=screening, passages=_as_today(then.passages, parts))
    put = await question(mail, await related.neighbours(parts.store.database, mail), account, parts)
    found = await put.answered(screening, parts.engine)
    return replace(
        then,
        screening=screening,
        analysis=found.analysis,
        failure=found.failure,
        passages=found.passages,
        text=found.text,
    )


def _as_today(passages: Sequence[Passage], parts: Parts) -> tuple[Passage, ...]:
    """Those that are still public and still hold, as they read now."""
    today, known = parts.clock().date(), {one.id: one for one in parts.index().passages}
    found = (known[one.id] for one in passages if one.id in known)
    return tuple(one for one in found if one.valid_until is None or one.valid_until >= today)


def _as_then(facts: Facts, recorded: Mapping[str, Any]) -> Facts:
    """Today's counters say nothing of that day."""
    reason = Reason(**recorded["decision"]["reason"])
    return kept_back(facts, reason) if _is_limit(reason) else facts


def _kept_back(mail: Mail, recorded: Mapping[str, Any]) -> Reason | None:
    """Also at the last moment, after it was decided that an answer leaves."""
    reasons = (Reason(**recorded["decision"]["reason"]), mail.found("unwanted", Reason))
    return next((one for one in reasons if one is not None and _is_limit(one)), None)


def _is_limit(reason: Reason) -> bool:
    return reason.code.startswith("limits.")


def _differ(name: Compared, recorded: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    key = "text_sha256" if name == "text" else name
    return bool(recorded.get(key) != now[key])


def _other_message(recorded: Mapping[str, Any], effects: Sequence[StoredAction]) -> bool:
    """Whether octets that were ready to leave would be others today. Those of a proposal are made when it is sent."""
    then = {one["kind"]: one["sha256"] for one in recorded["actions"] if one["sha256"] is not None}
    now = {one.kind: sha256(one.raw) for one in effects if one.raw is not None}
    return any(now[kind] != then[kind] for kind in ("reply", "draft") if kind in then and kind in now)


def _text_diff(mail: Mail, recorded: Mapping[str, Any], text: str) -> tuple[str, ...]:
    stored = (one.text for one in mail.actions if one.text and sha256(one.text) == recorded["text_sha256"])
    then = next(stored, "" if not recorded["text_sha256"] else None)
    if then is None or then == text:
        return ()
    return tuple(unified_diff(then.splitlines(), text.splitlines(), "recorded", "now", lineterm=""))
