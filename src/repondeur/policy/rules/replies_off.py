from repondeur.policy.decision import Decision, hold
from repondeur.policy.facts import Facts


def rule(facts: Facts) -> Decision | None:
    """Where the settings say so, nothing is answered or drafted."""
    return hold("replies_off") if facts.reply_mode == "off" else None
