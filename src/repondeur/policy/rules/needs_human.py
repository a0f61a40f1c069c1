from repondeur.policy.decision import Decision, hold
from repondeur.policy.facts import Facts


def rule(facts: Facts) -> Decision | None:
    """The engine may always ask for a person."""
    return hold("needs_human") if facts.analysis and facts.analysis.needs_human else None
