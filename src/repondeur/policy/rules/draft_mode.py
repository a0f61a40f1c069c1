from repondeur.policy.decision import Decision, draft
from repondeur.policy.facts import Facts


def rule(facts: Facts) -> Decision | None:
    """Where the settings ask for drafts, an answer is a draft."""
    return draft("draft_mode") if facts.reply_mode == "draft" else None
