from typing import Final

from repondeur.policy.decision import Decision, draft
from repondeur.policy.facts import Facts

CONFIDENCE_FLOOR: Final = 0.6


def rule(facts: Facts) -> Decision | None:
    """Below CONFIDENCE_FLOOR, or with a confidence that is no number, a person decides. Above it proves nothing."""
    if facts.analysis and facts.analysis.confidence >= CONFIDENCE_FLOOR:
        return None
    return draft("unsure")
