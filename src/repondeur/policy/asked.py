"""The text of a mail in which its author asks something. Pure."""

from repondeur.mail.message import Message


def asked_in(message: Message) -> str:
    """What the author wrote, and what they passed on: "could you answer my mother's question below?"."""
    text = message.text or message.body
    forward = message.forward.text.strip() if message.forward else ""
    return f"{text}\n\n{forward}" if forward and forward not in text else text
