"""One mail in, one checked analysis out, whatever the engine: `await process_email(message, context)`."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from functools import cache

import structlog

from repondeur.engines import builtin
from repondeur.engines.answer import MAX_ENTITIES, MAX_REPLY, MAX_SUMMARY, line
from repondeur.engines.base import Context, Engine
from repondeur.engines.dates import with_dates
from repondeur.engines.plausible import plausible
from repondeur.engines.shown import invitation
from repondeur.engines.verbatim import as_it_stands, number_as_it_stands
from repondeur.mail.clean import clean
from repondeur.mail.message import Message
from repondeur.policy.analysis import ENTITY_TYPES, PRIORITIES, SENTIMENTS, Analysis, Entity
from repondeur.policy.intents import OTHER
from repondeur.policy.language import primary
from repondeur.policy.priority import judged, signs
from repondeur.telemetry import metrics
from repondeur.words.everyday import told_language

# What the built-in engine can tell instead of another one. Never whether a person is needed, how sure one may be, or an
# answer: there the cautious value stays.
FILLED_IN = frozenset({"intent", "summary", "entities", "priority", "sentiment", "language"})
# What has digits that people and models part in their own ways.
NUMBERED = frozenset({"order_number", "invoice_number", "phone"})
ATTACHED = 60_000  # characters of each attachment in which entities may stand

_log = structlog.get_logger(__name__)


async def process_email(message: Message, context: Context, engine: Engine | None = None) -> Analysis:
    """Understands one mail. engine None: the built-in one, which needs no model.

    Nothing that an engine returns is taken on trust: see `checked`. Raises EngineUnavailable (may work later) or
    EngineAnswerInvalid, as Engine.analyse does.
    """
    chosen = engine or _builtin()
    analysis = checked(await chosen.analyse(message, context), message, context)
    _count(analysis)
    _log.info(
        "engine.analysed",
        engine=analysis.engine,
        intent=analysis.intent,
        confidence=analysis.confidence,
        calls=analysis.usage.calls,
        input_tokens=analysis.usage.input_tokens,
        output_tokens=analysis.usage.output_tokens,
        dropped=analysis.dropped,
        dropped_entities=analysis.dropped_entities,
        missing=analysis.missing,
    )
    return analysis


def checked(analysis: Analysis, message: Message, context: Context) -> Analysis:
    """The analysis with everything impossible taken out and named in `dropped`, and with nothing missing. Pure.

    intent: one of context.intent_ids, else "other". Entities: those that stand in the mail, as they stand there, and
    may be what they are said to be, dates normalised. Language: that of the mail's words where they tell it. Passages:
    ids of context.passages. Template: one of the context's. Statements: those of the context. Priority: see
    policy.priority. Numbers clamped, texts capped and without control characters. What FILLED_IN names and the engine
    left out comes from the built-in engine.
    """
    texts = _texts(message)
    language = _language(analysis.language, message, context)
    spelt = {entity: _spelt(entity, texts, language) for entity in analysis.entities}
    entities = _entities(spelt)
    passages = _known(analysis.passages, {passage.id for passage in context.passages})
    statements = {name: truth for name, truth in analysis.statements.items() if name in context.statement_ids}
    spellings = (analysis.intent, re.sub(r"[\s-]+", "_", analysis.intent))
    intent = next((one for one in spellings if one in context.intent_ids), OTHER)
    template = analysis.template if analysis.template in context.template_ids else ""
    dropped = {
        "intent": intent not in spellings and bool(analysis.intent),
        "language": analysis.language not in {"", language},
        "entities": len(entities) < len(spelt),
        "passages": len(passages) < len(set(analysis.passages)),
        "priority": analysis.priority not in PRIORITIES,
        "sentiment": analysis.sentiment not in SENTIMENTS,
        "template": template != analysis.template,
        "statements": len(statements) < len(analysis.statements),
    }
    return _completed(
        replace(
            analysis,
            intent=intent,
            summary=line(analysis.summary, MAX_SUMMARY),
            entities=entities,
            language=language,
            # Written so that NaN ends at 0.
            confidence=min(1.0, analysis.confidence) if analysis.confidence > 0 else 0.0,
            reply=clean(analysis.reply)[:MAX_REPLY].strip(),
            passages=passages,
            template=template,
            statements=statements,
            dropped=tuple(dict.fromkeys([*analysis.dropped, *(name for name, gone in dropped.items() if gone)])),
            dropped_entities=analysis.dropped_entities + sum(not value for value in spelt.values()),
        ),
        message,
        context,
    )


def _completed(analysis: Analysis, message: Message, context: Context) -> Analysis:
    """What is missing filled in, dates normalised, the priority corrected."""
    impossible = {"priority": PRIORITIES, "sentiment": SENTIMENTS}
    missing = dict.fromkeys(analysis.missing)
    missing |= dict.fromkeys(name for name, known in impossible.items() if getattr(analysis, name) not in known)
    missing |= {} if analysis.summary else {"summary": None}
    missing |= {} if len(analysis.statements) == len(context.statements) else {"statements": None}
    lacking = FILLED_IN & missing.keys()
    # The language is ours anyway where it is known.
    if lacking - ({"language"} if analysis.language else set()):
        ours = builtin.analyse(message, context)
        analysis = replace(analysis, **{name: getattr(ours, name) for name in lacking if name != "language"})
        analysis = replace(analysis, language=analysis.language or ours.language)
    written = message.date or context.now
    entities = with_dates(
        analysis.entities, message.text or message.body, written=written, language=analysis.language, zone=context.zone
    )
    priority = judged(
        analysis.priority,
        signs(message, entities, written),
        intent=analysis.intent,
        unanswered=context.unanswered,
    )
    return replace(analysis, entities=entities, priority=priority, missing=tuple(missing))


def _texts(message: Message) -> tuple[str, ...]:
    """What an engine is shown of the mail, the text first."""
    forward = (message.forward.subject, message.forward.text) if message.forward else ()
    author = (message.author.name, message.author.address)
    invited = (invitation(message.invitation),) if message.invitation else ()
    attached = (part.text[:ATTACHED] for part in message.attachments if part.text)
    return (message.text, message.subject, message.body, message.signature, *forward, *author, *invited, *attached)


def _spelt(entity: Entity, texts: tuple[str, ...], language: str) -> str:
    """How the mail spells it, "" where it does not name it or it cannot be of this type."""
    look = number_as_it_stands if entity.type in NUMBERED else as_it_stands
    spelt = look(entity.value, texts)
    return spelt if spelt and plausible(replace(entity, value=spelt), language) else ""


def _entities(spelt: Mapping[Entity, str]) -> tuple[Entity, ...]:
    """Those that the mail names, each once. spelt: how the mail spells each."""
    found = (Entity(one.type, value) for one, value in spelt.items() if value and one.type in ENTITY_TYPES)
    return tuple(dict.fromkeys(found))[:MAX_ENTITIES]


def _known(ids: Iterable[str], known: set[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in ids if one in known))


def _language(said: str, message: Message, context: Context) -> str:
    """Ours where the mail's words tell it. Where they tell another one, or do not tell and the engine names one that we
    do not answer in, that one: ours is only the likeliest of those we do."""
    ours = message.language
    answered = {ours, *map(primary, context.languages)}
    code = said if re.fullmatch(r"[a-z]{2,3}", said) else ""
    told = told_language(message.text or message.body)
    if told and (told == primary(ours) or told not in answered):
        return ours if told == primary(ours) else told
    return ours if ours and code in {"", *answered} else code


def _count(analysis: Analysis) -> None:
    known = {field.name for field in fields(Analysis)}
    for name in analysis.dropped:
        many = max(1, analysis.dropped_entities) if name == "entities" else 1
        # Names that a model makes up are no labels.
        metrics.DROPPED.labels(analysis.engine, name if name in known else "unknown").inc(many)


@cache
def _builtin() -> Engine:
    return builtin.BuiltinEngine()
