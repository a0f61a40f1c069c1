from repondeur.policy.decision import Decision, ignore
from repondeur.policy.facts import Facts


def rule(facts: Facts) -> Decision | None:
    """A copy that came on another way, through a list or with a tag in its subject, is the same mail: one of them is
    worked (I11)."""
    return None if facts.same_mail is None else ignore("same_mail", other=facts.same_mail)
