"""A question that fits: runtimes take one that is too long without a word, and answer nonsense. Pure.

Servers count tokens themselves and refuse; here we count with the model's own tokeniser. What gives way, in this order:
passages, earlier mails of the thread, what is attached, the mail's own text. The instructions never do.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from repondeur.engines import prompt
from repondeur.engines.base import Context
from repondeur.engines.prompt import Budget, Built, ChatMessage
from repondeur.mail.message import Message

TEMPLATE = 64  # tokens that a chat template puts around two messages, generously
ROUNDS = 7  # of halving, until the mail's text is within a hundredth of what fits

Count = Callable[[str], int]


def fitted(message: Message, context: Context, room: int, count: Count, budget: Budget | None = None) -> Built | None:
    """The question about one mail in at most `room` tokens; None when not even the instructions and a few words fit."""
    attempts = list(_attempts(context, budget or Budget()))
    for told, smaller in attempts:
        question = prompt.built(message, told, smaller)
        if size(question.messages, count) <= room:
            return question
    told, smaller = attempts[-1]
    fitting: Built | None = None
    most, least = smaller.mail, 0
    for _ in range(ROUNDS):
        half = (most + least) // 2
        question = prompt.built(message, told, replace(smaller, mail=half))
        if size(question.messages, count) <= room:
            fitting, least = question, half
        else:
            most = half
    return fitting


def size(messages: list[ChatMessage], count: Count) -> int:
    """Tokens of these messages in a chat template."""
    return TEMPLATE + sum(count(one["content"]) for one in messages)


def _attempts(context: Context, budget: Budget) -> Iterator[tuple[Context, Budget]]:
    """Each smaller than the one before; all with the whole text of the mail that the budget allows."""
    yield context, budget
    if context.passages:
        yield context, replace(budget, passages=budget.passages // 2)
        context = replace(context, passages=())
        yield context, budget
    if context.thread:
        budget = replace(budget, turn=budget.turn // 2, turns=max(1, budget.turns // 2))
        yield context, budget
        context = replace(context, thread=())
        yield context, budget
    yield context, replace(budget, attachments=budget.attachments // 3)
    yield context, replace(budget, attachments=0)
