"""Répondeur: a self-hosted agent that works a mailbox.

As a library::

    from repondeur import process_email
    analysis = await process_email(message, context)

Everything is imported on first use, so that ``repondeur --version`` stays quick.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from repondeur.engines.base import Context
    from repondeur.engines.process import process_email
    from repondeur.mail.message import Message
    from repondeur.policy.analysis import Analysis

__all__ = ["Analysis", "Context", "Message", "__version__", "process_email"]

__version__ = "0.1.0"

_PUBLIC = {
    "Analysis": "repondeur.policy.analysis",
    "Context": "repondeur.engines.base",
    "Message": "repondeur.mail.message",
    "process_email": "repondeur.engines.process",
}


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'repondeur' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_PUBLIC[name]), name)
