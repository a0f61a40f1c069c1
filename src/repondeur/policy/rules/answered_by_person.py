from repondeur.policy.decision import Decision, ignore
from repondeur.policy.facts import Facts


def rule(facts: Facts) -> Decision | None:
    """A mail that a person has answered needs nothing more from us."""
    return ignore("answered_by_person") if facts.answered_by_person else None
