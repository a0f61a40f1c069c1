from repondeur.policy.decision import Decision, ignore
from repondeur.policy.facts import Facts


def rule(facts: Facts) -> Decision | None:
    """A mail that came to several of our mailboxes is worked in the first one it was found in (I11)."""
    return ignore("other_mailbox", mailbox=facts.other_mailbox) if facts.other_mailbox else None
