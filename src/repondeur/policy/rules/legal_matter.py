from repondeur.policy.decision import Decision, hold
from repondeur.policy.facts import Facts
from repondeur.policy.phrases import LEGAL
from repondeur.policy.words import first_phrase


def rule(facts: Facts) -> Decision | None:
    """A mail that speaks of lawyers, courts or liability is for a person, whatever the engine says of it (I8)."""
    phrase = first_phrase(facts.message, LEGAL)
    return hold("legal_matter", phrase=phrase) if phrase else None
