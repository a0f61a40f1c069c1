from repondeur.policy.decision import Decision, hold
from repondeur.policy.facts import Facts


def rule(facts: Facts) -> Decision | None:
    """Without an analysis a person looks; the reason is the engine's own where it gave one."""
    if facts.analysis_failure is not None:
        return Decision("hold", facts.analysis_failure)
    return hold("not_analysed") if facts.analysis is None else None
