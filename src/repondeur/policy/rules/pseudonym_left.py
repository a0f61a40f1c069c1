from repondeur.policy.decision import Decision, draft
from repondeur.policy.facts import Facts


def rule(facts: Facts) -> Decision | None:
    """A text in which a pseudonym could not be put back for sure may name the wrong person, or nobody."""
    if facts.analysis is None or not facts.analysis.unresolved:
        return None
    return draft("pseudonym_left")
