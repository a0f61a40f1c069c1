from repondeur.policy.decision import Decision, hold
from repondeur.policy.facts import Facts
from repondeur.policy.reply import proposed_text
from repondeur.policy.strict import strict_text


def rule(facts: Facts) -> Decision | None:
    """No answer without a text: in strict mode that is a cited public passage that was supplied, else any text."""
    text = strict_text(facts) if facts.reply_mode == "strict" else proposed_text(facts)
    return None if text else hold("no_answer_known")
