from repondeur.policy.decision import Decision, draft
from repondeur.policy.facts import Facts


def rule(facts: Facts) -> Decision | None:
    """A text in which a pseudonym could not be put back for sure may name the wrong person, or nobody. What we send in
    strict mode is not the model's text."""
    if facts.analysis is None or not facts.analysis.unresolved or facts.reply_mode == "strict":
        return None
    return draft("pseudonym_left")
