from repondeur.policy.decision import Decision, hold
from repondeur.policy.facts import Facts


def rule(facts: Facts) -> Decision | None:
    """Our own server says that the author's domain has not sent this. Whoever it names gets nothing: to answer would be
    backscatter (RFC 7489, 6.6.2 leaves it to us)."""
    if facts.sender.authenticated != "fail":
        return None
    return hold("dmarc_fail", domain=facts.message.author.domain)
