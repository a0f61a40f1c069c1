from repondeur.policy.decision import Decision, hold
from repondeur.policy.facts import Facts
from repondeur.policy.phrases import HARM
from repondeur.policy.words import first_phrase


def rule(facts: Facts) -> Decision | None:
    """Where somebody is hurt, in danger or threatened, a person answers, whatever the engine says of it (I8)."""
    phrase = first_phrase(facts.message, HARM)
    return hold("harm", phrase=phrase) if phrase else None
