"""What is to be done with a mail: rules that people can read, the first that hits decides.

Monotone (I8): every rule but the last can only take automation away, so no field of an analysis authorises anything. An
answer needs all of them to have nothing against it.
"""

from collections.abc import Callable
from typing import Final

from repondeur.policy.citation import cited
from repondeur.policy.decision import Action, Decision, Verdict, answer
from repondeur.policy.facts import Facts
from repondeur.policy.rules import (
    addressing,
    analysis_failed,
    answered_by_person,
    answered_in_thread,
    asks_for_person,
    attachment_unread,
    author_uncertain,
    complaint,
    covered,
    dmarc_failed,
    draft_mode,
    foreign_language,
    harm,
    held_back,
    hidden_text,
    legal_matter,
    needs_human,
    no_reply_needed,
    not_allowed,
    not_answerable,
    nothing_to_say,
    other_mailbox,
    privacy_matter,
    privacy_request,
    protected,
    pseudonym_left,
    renamed_mailbox,
    replies_off,
    reply_language,
    same_mail,
    sender_doubtful,
    spam,
    superseded,
    unread_text,
    unsure,
)
from repondeur.policy.templates import chosen

__all__ = ["RULES", "Action", "Decision", "Verdict", "decide"]

Rule = Callable[[Facts], Decision | None]

RULES: Final[tuple[Rule, ...]] = (
    # Machines first: answering one is how mail loops start.
    not_answerable.rule,
    answered_by_person.rule,
    # Who it is from, and our own words for what is grave, before anything that an engine said, and before a newer mail
    # of the thread could cover them up.
    author_uncertain.rule,
    dmarc_failed.rule,
    harm.rule,
    legal_matter.rule,
    privacy_matter.rule,
    asks_for_person.rule,
    # A text that was not read to its end may hold the same words.
    unread_text.rule,
    protected.rule,
    same_mail.rule,
    renamed_mailbox.rule,
    other_mailbox.rule,
    superseded.rule,
    answered_in_thread.rule,
    analysis_failed.rule,
    replies_off.rule,
    needs_human.rule,
    privacy_request.rule,
    spam.rule,
    # Before the rules that draft: what needs no reply, or has none, needs no empty draft.
    no_reply_needed.rule,
    nothing_to_say.rule,
    # From here on there is a text and somebody to send it to; the reasons for a person to read it first, the most
    # telling one before the others.
    sender_doubtful.rule,
    hidden_text.rule,
    attachment_unread.rule,
    addressing.rule,
    not_allowed.rule,
    complaint.rule,
    foreign_language.rule,
    reply_language.rule,
    covered.rule,
    pseudonym_left.rule,
    unsure.rule,
    draft_mode.rule,
    # Last: only what would have left is counted.
    held_back.rule,
)


def decide(facts: Facts) -> Decision:
    """The decision of the first rule that hits; an answer when none does, its reason telling what it rests on. What
    answers is checked by policy.guard."""
    for rule in RULES:
        if decision := rule(facts):
            return decision
    if cited(facts):
        return answer("answer")
    template = chosen(facts) if facts.reply_mode == "strict" else None
    return answer("answer_by_template", template=template.id) if template else answer("answer_without_passage")
