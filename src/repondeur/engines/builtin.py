"""Understanding without a model: vocabulary, patterns, and answers taken from the knowledge word for word.

Deterministic and quick. It knows less than a model and says so: low confidence, no reply where the knowledge has none.
"""

from collections.abc import Sequence
from dataclasses import replace

from repondeur.engines import grounded
from repondeur.engines.answer import MAX_SUMMARY, line
from repondeur.engines.base import Context
from repondeur.engines.dates import with_dates
from repondeur.engines.entities import MAX_ENTITIES, entities
from repondeur.engines.intents import Findings, confidence, findings, ranked, with_examples
from repondeur.mail.message import Message
from repondeur.policy.analysis import Analysis, Entity, Priority, Sentiment
from repondeur.policy.phrases import LEGAL, PRIVACY
from repondeur.policy.priority import judged, signs
from repondeur.policy.sureness import SURE as ANSWERS
from repondeur.policy.words import phrase_in, words_of
from repondeur.words.letter import Letter, letter
from repondeur.words.sentences import guess_language, questions

# Nobody states a request after this many characters; machines and attackers write more.
MAX_TEXT = 12_000
NO_REPLY = frozenset({"unsubscribe", "newsletter", "spam", "thanks"})
FOR_PEOPLE = frozenset({"incident", "complaint", "privacy_request", "application"})
NUMBERS = frozenset({"order_number", "invoice_number"})
ATTACHED = 3000  # characters of each attachment
FEW_WORDS = 8
OWN_CASE = frozenset({"order_number", "invoice_number", "amount"})
SURE = 0.5
APPOINTMENT = "appointment"
INVITED = 10.0  # more than words weigh: it came with a date for the calendar


class BuiltinEngine:
    """The engine for MODEL=builtin. No state. sure: from which sureness on (policy.sureness) it answers, 0 to 1."""

    def __init__(self, sure: float = ANSWERS) -> None:
        self._sure = sure

    @property
    def name(self) -> str:
        return "builtin"

    @property
    def at_once(self) -> int:
        return 0

    @property
    def costs(self) -> bool:
        return False

    async def analyse(self, message: Message, context: Context) -> Analysis:
        return analyse(message, context, self._sure)

    async def close(self) -> None:
        return None


def analyse(message: Message, context: Context, sure: float = ANSWERS) -> Analysis:
    """Message to Analysis. Never raises; the same mail and context give the same analysis."""
    text = (message.text.strip() or message.body.strip())[:MAX_TEXT]
    subject = message.subject[:500]
    language = message.language or guess_language(f"{subject}\n{text}", default=context.languages[0])
    parts = letter(text)
    asked = questions([subject, *parts.sentences], language)
    written = f"{text}\n{_forwarded(message)}"
    found = with_examples(findings(subject, written, language), f"{subject}\n{written}", context.intents, language)
    if len(text.split()) <= FEW_WORDS and (attached := _attached(message)):
        # What came without words is what it is about; its tone is nobody's, and it asks nothing of us.
        speaks = findings(subject, attached, language).scores
        found = replace(found, scores={**speaks, **found.scores})
    if message.invitation:
        found = replace(found, scores={**found.scores, APPOINTMENT: found.scores.get(APPOINTMENT, 0) + INVITED})
    order = ranked(
        found, questions=len(asked), words=len(text.split()), bulk=_bulk(message), intents=context.intent_ids
    )
    intent = order[0][0]
    grave = _grave(f"{subject}\n{text}", found)
    certainty = confidence(order)
    # To need no reply is the one verdict after which nobody looks: not on a weak hint.
    needs_reply = intent not in NO_REPLY or certainty < SURE
    named = with_dates(
        _entities(message, text, parts), text, written=message.date or context.now, language=language, zone=context.zone
    )
    # Whoever names an order or a sum asks about a case of their own, and no general text answers that.
    own_case = any(entity.type in OWN_CASE for entity in named)
    reply = grounded.NOTHING
    if needs_reply and not grave and not own_case and intent not in FOR_PEOPLE:
        moment = message.date or context.now
        reply = grounded.answer(
            subject,
            parts.sentences,
            context.passages,
            language,
            sure,
            written=moment.date() if moment else None,
            name="" if context.signature.strip() else context.mailbox.name,
        )
    return Analysis(
        intent=intent,
        summary=_summary(subject, parts, asked),
        entities=named,
        priority=_priority(message, context, intent, found, named, grave=grave),
        sentiment=_sentiment(intent, found),
        language=language,
        needs_reply=needs_reply,
        needs_human=grave or intent in FOR_PEOPLE,
        confidence=_confidence(certainty, reply),
        reply=reply.text,
        passages=reply.passages,
        engine="builtin",
    )


def _confidence(intent: float, reply: grounded.Grounded) -> float:
    """With an answer at hand its fit counts as much as the intent: the intent only sorts, the answer leaves."""
    return round(max(intent, reply.strength * 0.9), 2) if reply.text else intent


def _grave(text: str, found: Findings) -> bool:
    """What a person must see whatever else it is about: law, privacy, harm, anger, an ask for a person, an attempt to
    instruct the machine."""
    words = words_of(text)
    return (
        phrase_in(words, LEGAL) is not None
        or phrase_in(words, PRIVACY) is not None
        or any(found.tones.get(tone) for tone in ("harm", "person", "injection"))
        or found.tones.get("anger", 0) > 0
    )


def _priority(
    message: Message, context: Context, intent: str, found: Findings, named: Sequence[Entity], *, grave: bool
) -> Priority:
    """What the matter is worth, corrected by what the author says of its urgency."""
    said: Priority = "normal"
    if intent in {"newsletter", "spam", "thanks", "unsubscribe"} or found.tones.get("low"):
        said = "low"
    elif found.tones.get("harm"):
        said = "urgent"
    elif intent == "incident" or found.tones.get("anger") or grave:
        said = "high"
    dated = signs(message, named, message.date or context.now)
    return judged(said, dated, intent=intent, unanswered=context.unanswered)


def _sentiment(intent: str, found: Findings) -> Sentiment:
    negative, positive = found.tones.get("negative", 0), found.tones.get("positive", 0)
    if intent in {"newsletter", "spam"} or negative == positive == 0:
        return "negative" if intent == "complaint" else "neutral"
    if intent == "complaint" or negative >= positive:
        return "negative"
    return "positive"


def _summary(subject: str, parts: Letter, asked: list[str]) -> str:
    """The one or two sentences that say most: what is asked, else the first ones; the subject when there are none."""
    told = parts.sentences[:12]
    worth = [sentence for sentence in told if len(sentence) >= 15] or told
    chosen = [sentence for sentence in worth if sentence in asked][:2]
    if not chosen:
        chosen = worth[:2]
    elif len(chosen) == 1 and worth and worth[0] != chosen[0]:
        chosen = [worth[0], chosen[0]]
    return line(" ".join(part[:240] for part in chosen) or subject, MAX_SUMMARY)


def _entities(message: Message, text: str, parts: Letter) -> tuple[Entity, ...]:
    # The sender of a mailing is rarely a person.
    author = "" if _bulk(message) else message.author.name.strip()
    names = tuple(name for name in dict.fromkeys((author, parts.signed)) if name)
    said = entities(message.subject, f"{text}\n\n{message.signature[:2000]}", names=names)
    attached = (one for one in entities("", _attached(message)) if one.type in NUMBERS)
    return tuple(dict.fromkeys((*said, *attached)))[:MAX_ENTITIES]


def _attached(message: Message) -> str:
    """The beginning of each attachment that was read, where a document says what it is."""
    return "\n".join(part.text[:ATTACHED] for part in message.attachments if part.text)


def _forwarded(message: Message) -> str:
    return f"{message.forward.subject}\n{message.forward.text[:4000]}" if message.forward else ""


def _bulk(message: Message) -> bool:
    return bool(message.values("list-unsubscribe") or message.values("list-id") or message.values("feedback-id"))
