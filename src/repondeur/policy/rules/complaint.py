from repondeur.policy.decision import Decision, draft
from repondeur.policy.facts import Facts
from repondeur.policy.phrases import CROSS
from repondeur.policy.words import first_phrase


def rule(facts: Facts) -> Decision | None:
    """A complaint gets a draft: a person who is cross deserves one who reads, and a text to start from saves time. An
    engine says that it is one, or plain words of the author do, whatever the engine says (I8)."""
    said = facts.analysis is not None and facts.analysis.intent == "complaint"
    return draft("complaint") if said or first_phrase(facts.message, CROSS) else None
