from repondeur.policy.addressing import obstacles
from repondeur.policy.decision import Decision
from repondeur.policy.facts import Facts


def rule(facts: Facts) -> Decision | None:
    """Nobody is answered, not even in a draft, when it is not certain who wrote (I1, I15)."""
    held = (obstacle for obstacle in obstacles(facts.message, facts.own_addresses) if obstacle.verdict == "hold")
    first = next(held, None)
    return Decision("hold", first.reason) if first else None
