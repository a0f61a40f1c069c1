from repondeur.mail.language import detect
from repondeur.policy.decision import Decision, draft
from repondeur.policy.facts import Facts
from repondeur.policy.language import primary, reply_language
from repondeur.policy.reply import proposed_text
from repondeur.words.sentences import guess_language

# Letters. Of less nobody can tell the language for sure.
ENOUGH = 40
USUAL = ("en", "fr")  # what models fall back to, whatever they were asked


def rule(facts: Facts) -> Decision | None:
    """No answer leaves unseen in another language than the one we answer this mail in: models at times ignore it."""
    text = "" if facts.reply_mode == "strict" else proposed_text(facts)
    if sum(map(str.isalpha, text)) < ENOUGH:
        return None
    wanted = reply_language(facts)
    # The small words are sure where they speak; the model for languages takes time to load.
    if guess_language(text) == wanted:
        return None
    written = detect(text, tuple(dict.fromkeys((wanted, *map(primary, facts.languages), *USUAL))))
    return draft("reply_language", language=written, wanted=wanted) if written not in {"", wanted} else None
