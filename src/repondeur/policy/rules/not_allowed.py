from repondeur.policy.decision import Decision, draft
from repondeur.policy.facts import Facts


def rule(facts: Facts) -> Decision | None:
    """Where settings answer only those they name, others wait for a person."""
    return draft("not_allowed", author=facts.message.author.address) if facts.sender.restricted else None
