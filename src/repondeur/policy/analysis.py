"""What an engine found in a mail. It advises: policy decides, and no field of this can authorise anything (I8)."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, get_args

from repondeur.texts import Reason

Priority = Literal["low", "normal", "high", "urgent"]
Sentiment = Literal["negative", "neutral", "positive"]
EntityType = Literal[
    "person", "organisation", "date", "order_number", "invoice_number", "phone", "address", "amount", "email"
]
PRIORITIES: tuple[Priority, ...] = get_args(Priority)
SENTIMENTS: tuple[Sentiment, ...] = get_args(Sentiment)
ENTITY_TYPES: tuple[EntityType, ...] = get_args(EntityType)


@dataclass(frozen=True, slots=True)
class Entity:
    """Something named in the mail; value verbatim as it stands there. normalised: of a date, the day or moment as ISO
    8601 ("2026-11-24", "2026-11-24T14:00:00+01:00"); "" when it has no such form or it could not be told."""

    type: EntityType
    value: str
    normalised: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """What an analysis cost. cost: US dollars, None when unknown. calls: requests made, at most 2 (I18)."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A model that was not used for a mail after all, and why. usage: what it cost all the same."""

    model: str
    reason: Reason
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which of the configured models was asked. model: its name in the settings. why: the condition that chose it.
    passed_over: those before it in the list that could not serve, in order."""

    model: str
    why: Reason
    passed_over: tuple[PassedOver, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What exactly a model was asked, and which one answered. prompt: SHA-256 of the messages as they were sent (with
    pseudonyms where they had some), as JSON with sorted keys, no blanks and ASCII alone. model: as the server itself
    names it in its answer; of a model on this machine the name of its file. model_digest: SHA-256 of that file, "" for
    a server's model. fingerprint: "system_fingerprint" of the answer, "" where the server gives none."""

    prompt: str
    model: str
    model_digest: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Analysis:
    """intent: one of the configured ids. confidence: 0 to 1. reply: a proposed text, "" when none. passages: ids of
    the knowledge passages it rests on. dropped: names of fields that were unknown or impossible and were ignored;
    dropped_entities: how many entities did not stand in the mail. missing: fields that the engine left out or made
    impossible; of them summary, entities, priority, sentiment and language come from our own code. statements: id of
    each sentence that was judged to whether it is true; one that is missing was not judged. chosen: None where only
    one model is set up. asked: None where no model was. unresolved: how many pseudonyms in reply and summary could not
    be put back for sure (engines.pseudonyms)."""

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
    dropped_entities: int = 0
    missing: tuple[str, ...] = ()
    statements: dict[str, bool] = field(default_factory=dict)
    chosen: Chosen | None = None
    asked: Asked | None = None
    unresolved: int = 0
