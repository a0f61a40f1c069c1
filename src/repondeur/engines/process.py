"""One mail in, one checked analysis out, whatever the engine: `await process_email(message, context)`."""

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache

import structlog

from repondeur.engines.answer import MAX_ENTITIES, MAX_REPLY, MAX_SUMMARY, line
from repondeur.engines.base import Context, Engine
from repondeur.mail.clean import clean
from repondeur.mail.message import Message
from repondeur.policy.analysis import ENTITY_TYPES, PRIORITIES, SENTIMENTS, Analysis, Entity

FALLBACK_INTENT = "other"

_log = structlog.get_logger(__name__)


async def process_email(message: Message, context: Context, engine: Engine | None = None) -> Analysis:
    """Understands one mail. engine None: the built-in one, which needs no model.

    Nothing that an engine returns is taken on trust: see `checked`. Raises EngineUnavailable (may work later) or
    EngineAnswerInvalid, as Engine.analyse does.
    """
    chosen = engine or _builtin()
    analysis = checked(await chosen.analyse(message, context), message, context)
    _log.info(
        "engine.analysed",
        engine=analysis.engine,
        intent=analysis.intent,
        confidence=analysis.confidence,
        calls=analysis.usage.calls,
        input_tokens=analysis.usage.input_tokens,
        output_tokens=analysis.usage.output_tokens,
        dropped=analysis.dropped,
    )
    return analysis


def checked(analysis: Analysis, message: Message, context: Context) -> Analysis:
    """The analysis with everything impossible taken out and named in `dropped`. Pure.

    intent: one of context.intent_ids, else "other". Entities: those that stand in the subject, the text or the body, as
    they stand there. Passages: ids of context.passages. Numbers clamped, texts capped and without control characters.
    """
    entities = _verbatim(analysis.entities, (message.subject, message.text, message.body))
    known = {passage.id for passage in context.passages}
    passages = tuple(dict.fromkeys(passage for passage in analysis.passages if passage in known))
    intent = analysis.intent if analysis.intent in context.intent_ids else FALLBACK_INTENT
    dropped = {
        "intent": intent != analysis.intent,
        "entities": len(entities) < len(dict.fromkeys(analysis.entities)),
        "passages": len(passages) < len(set(analysis.passages)),
        "priority": analysis.priority not in PRIORITIES,
        "sentiment": analysis.sentiment not in SENTIMENTS,
    }
    return replace(
        analysis,
        intent=intent,
        summary=line(analysis.summary, MAX_SUMMARY),
        entities=entities,
        priority="normal" if dropped["priority"] else analysis.priority,
        sentiment="neutral" if dropped["sentiment"] else analysis.sentiment,
        language=_language(analysis.language) or message.language,
        # Written so that NaN ends at 0.
        confidence=min(1.0, analysis.confidence) if analysis.confidence > 0 else 0.0,
        reply=clean(analysis.reply)[:MAX_REPLY].strip(),
        passages=passages,
        dropped=tuple(dict.fromkeys([*analysis.dropped, *(name for name, gone in dropped.items() if gone)])),
    )


def _verbatim(entities: Iterable[Entity], texts: tuple[str, ...]) -> tuple[Entity, ...]:
    found = (
        Entity(entity.type, value)
        for entity in entities
        if entity.type in ENTITY_TYPES and (value := _as_it_stands(entity.value, texts))
    )
    return tuple(dict.fromkeys(found))[:MAX_ENTITIES]


def _as_it_stands(value: str, texts: tuple[str, ...]) -> str:
    """The value as the mail has it: models change case and white space, and join wrapped lines. "" when absent."""
    value = value.strip()
    if not value:
        return ""
    if any(value in text for text in texts):
        return value
    pattern = re.compile(r"\s+".join(re.escape(word) for word in value.split()), re.IGNORECASE)
    return next((match[0] for text in texts if (match := pattern.search(text))), "")


def _language(code: str) -> str:
    return code if re.fullmatch(r"[a-z]{2,3}", code) else ""


@cache
def _builtin() -> Engine:
    from repondeur.engines.builtin import BuiltinEngine

    return BuiltinEngine()
