from repondeur.mail.language import detect
from repondeur.policy.decision import Decision, draft
from repondeur.policy.facts import Facts
from repondeur.policy.language import primary, reply_language
from repondeur.policy.reply import proposed_text
from repondeur.words.everyday import is_in, known, likeliest

# Letters. Of less the model for languages cannot tell.
ENOUGH = 40


def rule(facts: Facts) -> Decision | None:
    """No answer leaves unseen unless it is in the language we answer this mail in: models at times ignore it.

    Everyday words tell it of a single line too. Where they do not, a longer text is judged by the model for languages,
    and a short one by nobody.
    """
    text = "" if facts.reply_mode == "strict" else proposed_text(facts)
    if not any(map(str.isalpha, text)):
        return None
    wanted = reply_language(facts)
    found = is_in(text, wanted)
    if found:
        return None
    written = likeliest(text) if found is False else ""
    if found is None and sum(map(str.isalpha, text)) >= ENOUGH:
        written = detect(text, tuple(dict.fromkeys((wanted, *map(primary, facts.languages), *known()))))
        if written == wanted:
            return None
    if written in {"", wanted}:
        return draft("reply_language_unclear", wanted=wanted)
    return draft("reply_language", language=written, wanted=wanted)
