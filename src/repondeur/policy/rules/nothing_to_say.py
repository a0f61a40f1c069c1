from repondeur.policy.decision import Decision, hold
from repondeur.policy.facts import Facts
from repondeur.policy.lacking import lacking
from repondeur.policy.reply import proposed_text
from repondeur.policy.strict import strict_text
from repondeur.policy.templates import chosen
from repondeur.texts.templating import AROUND_PASSAGES


def rule(facts: Facts) -> Decision | None:
    """No answer without a text: in strict mode that is a template or a cited public passage that was supplied, else any
    text. Where a passage comes near, the reason names what it leaves open."""
    text = strict_text(facts) if facts.reply_mode == "strict" else proposed_text(facts)
    if text:
        return None
    template = chosen(facts) if facts.reply_mode == "strict" else None
    if template is not None and template.id != AROUND_PASSAGES:
        return hold("template_not_filled", template=template.id)
    near = lacking(facts.message, facts.passages)
    if near is None:
        return hold("no_answer_known")
    return hold("left_open", passage=near.passage.id, words=", ".join(near.words))
