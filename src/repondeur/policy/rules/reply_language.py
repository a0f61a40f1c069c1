from repondeur.policy.decision import Decision, draft
from repondeur.policy.facts import Facts
from repondeur.policy.language import primary, reply_language
from repondeur.policy.reply import proposed_text
from repondeur.words.everyday import is_in, likeliest


def rule(facts: Facts) -> Decision | None:
    """No answer leaves unseen that is plainly in another language than the mail: models at times slip.

    Everyday words have to tell it of both, and the engine must not have taken the mail for one in another language of
    ours: mail is written in two languages at times, and then either answer is right. Where words do not tell, nothing
    speaks against the answer.
    """
    text = "" if facts.reply_mode == "strict" else proposed_text(facts)
    wanted = reply_language(facts)
    if is_in(facts.message.text or facts.message.body, wanted) is not True or is_in(text, wanted) is not False:
        return None
    written = likeliest(text)
    ours = {primary(language) for language in facts.languages}
    taken_otherwise = facts.analysis is not None and "language" in facts.analysis.dropped
    if written == wanted or (written in ours and taken_otherwise):
        return None
    return draft("reply_language", language=written, wanted=wanted)
