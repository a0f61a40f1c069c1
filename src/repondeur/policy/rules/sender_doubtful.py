from repondeur.policy.decision import Decision, draft
from repondeur.policy.facts import Facts


def rule(facts: Facts) -> Decision | None:
    """Who looks like one of us, and is not known to be, gets no answer that no person has read (I16)."""
    sender, author = facts.sender, facts.message.author
    if sender.claims_internal:
        return draft("claims_internal", author=author.address)
    if sender.shows:
        return draft("shows_ours", author=author.address, shown=sender.shows)
    if sender.resembles:
        return draft("resembles_ours", domain=author.domain, ours=sender.resembles)
    return None
