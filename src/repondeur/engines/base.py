"""What every engine is given and gives back."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from repondeur.mail.message import Address, Message
from repondeur.policy.analysis import Analysis
from repondeur.policy.intents import DEFAULT_INTENTS, Intent
from repondeur.policy.passage import Passage
from repondeur.policy.templates import Template


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier mail of the same thread. author: "us" or the other side's address; text: its new text."""

    author: str
    text: str
    date: datetime | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence about the mail that is true or not: what a rule wants to know, asked in the same call."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Context:
    """What an engine may know beside the mail. Internal passages are never in it when a reply may leave unseen (I4).

    mailbox: who we are. intents: what there is to choose from. thread: earlier turns, oldest first. passages: what may
    be cited, best first. languages: those we answer in, preferred first. now: the moment of the analysis, with zone, if
    known. zone: IANA name of the mailbox's time zone, "" for that of the mail. hours: when we are there, in words.
    signature: what our program puts below an answer. unanswered: mails of this author that still wait, in the thread
    or, from the second on, of the last week in others. statements: sentences to be judged true or not. calls: how many
    completions this mail may still cost, at least 1 (I18). account: the mailbox's name in the settings. templates:
    texts of ours that may be chosen as the answer. pseudonyms: whether mail and thread are told with them. completing:
    to be awaited before each completion, so that one that a crash loses has been counted.
    """

    mailbox: Address
    intents: tuple[Intent, ...] = DEFAULT_INTENTS
    thread: tuple[Turn, ...] = ()
    passages: tuple[Passage, ...] = ()
    languages: tuple[str, ...] = ("en", "fr")
    now: datetime | None = None
    zone: str = ""
    hours: str = ""
    signature: str = ""
    unanswered: int = 0
    statements: tuple[Statement, ...] = ()
    calls: int = 2
    account: str = ""
    templates: tuple[Template, ...] = ()
    pseudonyms: bool = False
    completing: Callable[[], Awaitable[None]] | None = field(default=None, compare=False)

    @property
    def intent_ids(self) -> tuple[str, ...]:
        return tuple(intent.id for intent in self.intents)

    @property
    def template_ids(self) -> tuple[str, ...]:
        return tuple(template.id for template in self.templates)

    @property
    def statement_ids(self) -> tuple[str, ...]:
        return tuple(statement.id for statement in self.statements)


class Engine(Protocol):
    """Understands one mail. Text in, one object out: no tools, no side effects, nothing is sent from here."""

    @property
    def name(self) -> str:
        """As shown in records: "builtin", "openai:gpt-4o-mini"."""
        ...

    @property
    def at_once(self) -> int:
        """How many mails it works together with profit; 0 where that is nobody's business, so the settings' number of
        mails at once is as good as any."""
        ...

    @property
    def costs(self) -> bool:
        """Whether an answer may cost money, so that a mail must not be asked about again and again (I18)."""
        ...

    async def analyse(self, message: Message, context: Context) -> Analysis:
        """Raises EngineUnavailable (temporary) or EngineAnswerInvalid; both name a reason for people, and their `usage`
        says what was paid for all the same."""
        ...

    async def close(self) -> None: ...
