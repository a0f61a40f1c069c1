from repondeur.mail.message import Message
from repondeur.policy.asked import asked_in
from repondeur.policy.decision import Decision, hold
from repondeur.policy.facts import Facts
from repondeur.words.letter import letter
from repondeur.words.sentences import questions

# Subjects that people write too: "Absence next week: may I come on Friday?"
_SUBJECT_ALONE = frozenset({"automatic.away_subject", "automatic.bounce_subject"})
READ = 4_000  # characters


def rule(facts: Facts) -> Decision | None:
    """What screening refused is put aside with its reason. But a person looks at what could not be read, at a mail in
    our own name that wants its answer elsewhere: web forms write so, for people who wait; and at one of which only the
    subject looks like a program's, while it asks something and answers nothing of ours."""
    screening = facts.screening
    if screening.verdict == "answerable":
        return None
    if screening.verdict == "unreadable":
        return Decision("hold", screening.reason)
    own_keys = {address.lower() for address in facts.own_addresses}
    form = any(address.address and address.key not in own_keys for address in facts.message.reply_to)
    if screening.reason.code == "screen.own_address" and form:
        return hold("form_in_our_name", reply_to=next(address.address for address in facts.message.reply_to))
    if screening.reason.code in _SUBJECT_ALONE and _asks(facts.message):
        return hold("subject_like_a_program")
    return Decision("ignore", screening.reason)


def _asks(message: Message) -> bool:
    """Programs answer a mail of ours, or tell why it came back; what begins a conversation with a question does
    neither."""
    if message.in_reply_to or message.references:
        return False
    sentences = letter(asked_in(message)[:READ]).sentences
    return any("?" in sentence for sentence in questions(sentences, message.language))
