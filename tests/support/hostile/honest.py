"""A decent assistant: it thanks for what only tells something, and answers questions from passages alone."""

import json
from typing import Final

from tests.support.model_server import ANALYSIS

_THANKS: Final = (
    "Hello,\n\nthank you for letting us know. Every message is read by the team.\n\nKind regards",
    "Dear {name},\n\nthank you for your message about “{subject}”. We have taken note of it.\n\nBest regards",
    "Hi {name},\n\nthanks for the update, that is good to know. We will ask if anything is unclear.\n\nBest",
    "Hello {name},\n\nwe have received your message and will read it carefully.\n\nKind regards",
)  # fmt: skip


def acknowledges(subject: str, number: int, name: str = "Ann") -> str:
    """The text of the assistant, for a mail that asks nothing that the passages answer."""
    reply = _THANKS[number % len(_THANKS)].format(name=name, subject=subject)
    return json.dumps({**ANALYSIS, "intent": "other", "confidence": 0.8, "reply": reply, "summary": subject[:100]})
