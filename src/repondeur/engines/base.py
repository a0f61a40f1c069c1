"""What every engine is given and gives back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from repondeur.mail.message import Address, Message
from repondeur.policy.analysis import INTENTS, Analysis
from repondeur.policy.passage import Passage


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier mail of the same thread. author: "us" or the other side's address; text: its new text."""

    author: str
    text: str
    date: datetime | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What an engine may know beside the mail. Internal passages are never in it when a reply may leave unseen (I4).

    mailbox: who we are. intents: ids to choose from. thread: earlier turns, oldest first. passages: what may be cited,
    best first. languages: those we answer in, preferred first. now: the moment of the analysis, with zone, if known.
    """

    mailbox: Address
    intents: tuple[str, ...] = INTENTS
    thread: tuple[Turn, ...] = ()
    passages: tuple[Passage, ...] = ()
    languages: tuple[str, ...] = ("en", "fr")
    now: datetime | None = None


class Engine(Protocol):
    """Understands one mail. Text in, one object out: no tools, no side effects, nothing is sent from here."""

    @property
    def name(self) -> str:
        """As shown in records: "builtin", "openai:gpt-4o-mini"."""
        ...

    async def analyse(self, message: Message, context: Context) -> Analysis:
        """Raises EngineUnavailable (temporary) or EngineAnswerInvalid; both name a reason for people."""
        ...

    async def close(self) -> None: ...
