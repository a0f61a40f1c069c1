"""What the record tells of a decision: what it rested on, what was decided, and what spoke against it."""

from typing import Any

from repondeur.pipeline.findings import Planned, Understood
from repondeur.pipeline.versions import rules_version, settings_version
from repondeur.policy.analysis import Analysis
from repondeur.policy.passage import Passage
from repondeur.settings.schema import MailboxSettings, Settings
from repondeur.store.chain import canonical, sha256
from repondeur.store.records import to_json


def told(
    understood: Understood, planned: Planned, text: str, program: Settings, mailbox: MailboxSettings
) -> dict[str, Any]:
    """text: what would be said, to whomever: the answer, the draft or the proposal; "" for nothing. Of all texts only
    digests, but for what the guard objects to: that it quotes."""
    return {
        **judgement(planned, text),
        "screening": to_json(understood.screening),
        "analysis": _analysis(understood.analysis),
        "failure": understood.failure and understood.failure.code,
        "passages": [{"id": one.id, "sha256": passage_digest(one)} for one in understood.passages],
        "rules": rules_version(),
        "settings": settings_version(program, mailbox),
    }


def judgement(planned: Planned, text: str) -> dict[str, Any]:
    """The part that `messages again` compares."""
    return {
        "decision": to_json(planned.decision),
        "guard": planned.guarding and to_json(planned.guarding),
        "text_sha256": sha256(text) if text else "",
    }


def passage_digest(passage: Passage) -> str:
    """Of all that it says."""
    return sha256(canonical([passage.title, passage.text, passage.language, passage.visibility]))


def _analysis(analysis: Analysis | None) -> dict[str, Any] | None:
    if analysis is None:
        return None
    return {
        "engine": analysis.engine,
        "asked": analysis.asked and to_json(analysis.asked),
        "sha256": sha256(canonical(to_json(analysis))),
        "intent": analysis.intent,
        "needs_human": analysis.needs_human,
        "confidence": analysis.confidence,
        "passages": list(analysis.passages),
        "template": analysis.template,
    }
