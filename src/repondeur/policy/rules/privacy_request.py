from repondeur.policy.decision import Decision, hold
from repondeur.policy.facts import Facts


def rule(facts: Facts) -> Decision | None:
    """A privacy request without any of our words for it is held as well: a draft would invite to answer before anybody
    has checked who asks."""
    return hold("privacy_request") if facts.analysis and facts.analysis.intent == "privacy_request" else None
