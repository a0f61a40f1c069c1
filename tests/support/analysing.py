"""Mails and contexts for tests of engines."""

from typing import Any

from repondeur.engines.base import Context
from repondeur.mail.message import Address, Message
from repondeur.policy.passage import Passage

SHOP = Address("The Lantern Shop", "hello@shop.example")


def mail(text: str = "Hello, where is my parcel?", subject: str = "A question", **more: Any) -> Message:
    fields: dict[str, Any] = {
        "message_id": "one@client.example",
        "authors": (Address("Ann Blake", "ann@client.example"),),
        "subject": subject,
        "text": text,
        "body": text,
        "language": "en",
        "content_hash": "0" * 64,
        "size": 1000,
    }
    return Message(**{**fields, **more})


def context(*passages: Passage, **more: Any) -> Context:
    return Context(**{"mailbox": SHOP, "passages": passages, **more})


def passage(name: str, title: str, text: str, language: str = "en", visibility: Any = "public") -> Passage:
    return Passage(f"kb:{name}", title, text, language, visibility)
