from repondeur.policy.decision import Decision, ignore
from repondeur.policy.facts import Facts


def rule(facts: Facts) -> Decision | None:
    """When its author has written again in the same thread, the newer mail is answered and this one is not."""
    return None if facts.superseded_by is None else ignore("superseded", newer=facts.superseded_by)
