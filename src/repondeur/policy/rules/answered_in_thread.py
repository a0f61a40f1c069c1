from repondeur.policy.decision import Decision, hold
from repondeur.policy.facts import Facts


def rule(facts: Facts) -> Decision | None:
    """Somebody wrote to this thread in our name, but perhaps to an older mail of it: a person looks whether this one
    was answered, too. Neither a second answer nor a question left lying is right (I11)."""
    return hold("answered_in_thread") if facts.answered_in_thread else None
