from repondeur.policy.decision import Decision, draft
from repondeur.policy.facts import Facts


def rule(facts: Facts) -> Decision | None:
    """A complaint gets a draft: a person who is cross deserves one who reads, and a text to start from saves time."""
    return draft("complaint") if facts.analysis and facts.analysis.intent == "complaint" else None
