from repondeur.policy.citation import cited
from repondeur.policy.decision import Decision, draft
from repondeur.policy.facts import Facts
from repondeur.policy.language import primary, reply_language, spoken
from repondeur.texts import LANGUAGES


def rule(facts: Facts) -> Decision | None:
    """No answer leaves unseen to a mail in a language we do not answer in, nor in strict mode in one for which there is
    no greeting of ours or with a passage in another language than the answer's."""
    ours = {primary(language) for language in facts.languages}
    if foreign := [language for language in spoken(facts) if language not in ours]:
        return draft("foreign_language", language=foreign[0])
    if facts.reply_mode != "strict":
        return None
    language = reply_language(facts)
    if language not in LANGUAGES:
        return draft("foreign_language", language=language)
    other = [passage for passage in cited(facts) if primary(passage.language) not in {"", language}]
    return draft("passage_language", passage=other[0].id, language=language) if other else None
