from repondeur.policy.decision import Decision, draft
from repondeur.policy.facts import Facts


def rule(facts: Facts) -> Decision | None:
    """Text that its reader does not see was meant for a program: to mislead ours, perhaps. It was not read as text, but
    whoever wrote it gets no answer that no person has looked at."""
    return draft("hidden_text") if facts.message.hidden else None
