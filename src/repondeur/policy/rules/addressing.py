from repondeur.policy.addressing import obstacles
from repondeur.policy.decision import Action, Decision
from repondeur.policy.facts import Facts


def rule(facts: Facts) -> Decision | None:
    """No answer leaves unseen where Reply-To points elsewhere, the mail was not addressed to us, or its return path is
    null (I1, I15)."""
    first = next(iter(obstacles(facts.message, facts.own_addresses)), None)
    return Decision("draft", first.reason, (Action("draft"),)) if first else None
