from repondeur.policy.decision import Decision, hold
from repondeur.policy.facts import Facts


def rule(facts: Facts) -> Decision | None:
    """What was worked before this mailbox got another name is not worked a second time unseen (I11)."""
    return hold("renamed_mailbox", mailbox=facts.renamed_mailbox) if facts.renamed_mailbox else None
