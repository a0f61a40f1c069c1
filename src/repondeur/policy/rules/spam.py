from repondeur.policy.decision import Decision, hold
from repondeur.policy.facts import Facts


def rule(facts: Facts) -> Decision | None:
    """Spam gets no answer, whatever else an analysis says of it: an answer tells its sender that somebody reads here.
    That it needs one all the same is a contradiction, which a person sees; what needs none is put aside or held by
    no_reply_needed."""
    found = facts.analysis
    return hold("spam_needs_reply") if found and found.intent == "spam" and found.needs_reply else None
