"""What an engine found in a mail. It advises: policy decides, and no field of this can authorise anything (I8)."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, get_args

Priority = Literal["low", "normal", "high", "urgent"]
Sentiment = Literal["negative", "neutral", "positive"]
EntityType = Literal[
    "person", "organisation", "date", "order_number", "invoice_number", "phone", "address", "amount", "email"
]
PRIORITIES: tuple[Priority, ...] = get_args(Priority)
SENTIMENTS: tuple[Sentiment, ...] = get_args(Sentiment)
ENTITY_TYPES: tuple[EntityType, ...] = get_args(EntityType)

INTENTS: tuple[str, ...] = (
    "question",
    "support",
    "incident",
    "order",
    "invoice",
    "appointment",
    "complaint",
    "application",
    "privacy_request",
    "unsubscribe",
    "newsletter",
    "spam",
    "thanks",
    "other",
)


@dataclass(frozen=True, slots=True)
class Entity:
    """Something named in the mail; value verbatim as it stands there."""

    type: EntityType
    value: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What an analysis cost. cost: US dollars, None when unknown. calls: requests made, at most 2 (I18)."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Analysis:
    """intent: one of the configured ids. confidence: 0 to 1. reply: a proposed text, "" when none. passages: ids of
    the knowledge passages it rests on. dropped: names of fields that were unknown or impossible and were ignored."""

    intent: str
    summary: str
    entities: tuple[Entity, ...]
    priority: Priority
    sentiment: Sentiment
    language: str
    needs_reply: bool
    needs_human: bool
    confidence: float
    reply: str
    passages: tuple[str, ...]
    engine: str
    template: str = ""
    usage: Usage = field(default_factory=Usage)
    dropped: tuple[str, ...] = ()
