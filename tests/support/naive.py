"""The plain way to ask a model about a mail, to compare ours with: the whole body, one request for each answer wanted.

Each instruction is as short as one can fairly be. Passages go only where they are needed, into the request for a reply.
"""

from collections.abc import Sequence

from repondeur.mail.message import Message
from repondeur.policy.analysis import ENTITY_TYPES
from repondeur.policy.intents import INTENTS
from repondeur.policy.passage import Passage

_ASKED = (
    f"Which of these is this e-mail about: {', '.join(INTENTS)}? Answer with one of them only.",
    "Summarise this e-mail in one or two sentences, in its language.",
    'List what is named in this e-mail as a JSON list of {"type", "value"}, type one of: ' + ", ".join(ENTITY_TYPES),
    "How urgent is this e-mail: low, normal, high or urgent? Answer with one of them only.",
)
_REPLY = (
    "You answer the mail of {name}. Write a polite reply to this e-mail in its language, at most 120 words, from these "
    "passages only. If they do not answer it, say NONE.\n\n{passages}"
)


def requests(message: Message, passages: Sequence[Passage], name: str) -> list[list[dict[str, str]]]:
    """Five chats of one message each."""
    author = message.author
    whole = f"From: {author.name} <{author.address}>\nSubject: {message.subject}\n\n{message.body}"
    known = "\n\n".join(f"{passage.title}\n{passage.text}" for passage in passages)
    asked = (*_ASKED, _REPLY.format(name=name, passages=known or "(no passages)"))
    return [[{"role": "user", "content": f"{instruction}\n\n{whole}"}] for instruction in asked]
