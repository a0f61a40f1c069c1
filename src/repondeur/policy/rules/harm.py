from repondeur.policy.decision import Decision, hold
from repondeur.policy.distress import harm_told
from repondeur.policy.facts import Facts
from repondeur.policy.words import written


def rule(facts: Facts) -> Decision | None:
    """Where somebody is hurt, in danger or threatened, a person answers, whatever the engine says of it (I8)."""
    phrase = harm_told(written(facts.message))
    return hold("harm", phrase=phrase) if phrase else None
