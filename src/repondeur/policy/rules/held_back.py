from repondeur.policy.decision import Action, Decision
from repondeur.policy.facts import Facts


def rule(facts: Facts) -> Decision | None:
    """While sending is paused an answer waits for a person; past a limit it is a draft (I17)."""
    if facts.paused is not None:
        return Decision("hold", facts.paused)
    return None if facts.over_limit is None else Decision("draft", facts.over_limit, (Action("draft"),))
