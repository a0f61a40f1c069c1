from repondeur.policy.decision import Decision, draft
from repondeur.policy.distress import cross_told
from repondeur.policy.facts import Facts
from repondeur.policy.words import written


def rule(facts: Facts) -> Decision | None:
    """A complaint gets a draft: a person who is cross deserves one who reads, and a text to start from saves time. An
    engine says that it is one, or plain words of the author do, whatever the engine says (I8)."""
    said = facts.analysis is not None and facts.analysis.intent == "complaint"
    return draft("complaint") if said or cross_told(written(facts.message)) else None
