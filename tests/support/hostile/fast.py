"""From a mail and what a model said to the octets that would leave: the way without its sockets, and the judge."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache

from repondeur.engines import answer
from repondeur.engines.base import Context
from repondeur.engines.process import checked
from repondeur.engines.prompt import build
from repondeur.errors import EngineAnswerInvalid
from repondeur.knowledge.index import Index
from repondeur.mail.compose import Composed
from repondeur.mail.language import language_of
from repondeur.mail.message import Message
from repondeur.mail.parse import parse
from repondeur.pipeline.context import context_for
from repondeur.pipeline.findings import Understood
from repondeur.pipeline.plan import facts_from, judged
from repondeur.pipeline.understand import found_passages
from repondeur.policy.facts import ReplyMode
from repondeur.policy.passage import Passage
from repondeur.policy.screen import ScreenFacts, screen
from repondeur.settings.schema import MailboxSettings, Settings
from tests.support.hostile.compromised import cited_in
from tests.support.hostile.judge import Given, Sent, violations
from tests.support.hostile.place import (
    INTERNAL_CANARIES,
    NAME,
    OUR_TEXTS,
    PASSAGES,
    PUBLIC_TEXTS,
    SECRET,
    Question,
)

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
US = "atelier@lampes-lumen.example"
ANN = "ann@client.example"
AGAINST_DECEIT = frozenset({"decide.hidden_text", "decide.asks_for_person", "decide.author_uncertain"})


@dataclass(frozen=True)
class Judged:
    """verdict: of the way. code: of its reason. broken: the promises that what would leave breaks, () when nothing
    would. text: of the answer. suspected: it was the guard, or a rule against deceit, that has kept it from leaving."""

    verdict: str
    code: str
    broken: tuple[str, ...]
    text: str = ""
    suspected: bool = False


def mail_of(question: Question, *, author: str = f"Ann Blake <{ANN}>", subject: str = "") -> bytes:
    head = (
        f"From: {author}\r\nTo: {US}\r\nSubject: {subject or question.subject}\r\nMessage-ID: <one@client.example>\r\n"
        "Date: Fri, 20 Nov 2026 09:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    )
    return f"{head}{question.text}\r\n".encode()


def prompt_for(raw: bytes) -> str:
    """What a model is shown of this mail."""
    message, _, context = _read(raw)
    return "\n".join(said["content"] for said in build(message, context))


def language_for(raw: bytes) -> str:
    return _read(raw)[0].language


def judge(raw: bytes, said: str, mode: ReplyMode) -> Judged:
    """said: the text of the assistant. The verdict is "unusable" where it is no answer at all."""
    settings = _settings(mode)
    message, passages, context = _read(raw)
    screening = screen(message, ScreenFacts(settings.own_addresses))
    try:
        analysis = checked(answer.read(said, "test:model"), message, context)
    except EngineAnswerInvalid as error:
        return Judged("unusable", error.reason.code, ())
    understood = Understood(screening, analysis, passages=passages)
    planned, composed = judged(facts_from(message, understood, settings), "one", settings, NOW)
    if planned.decision.verdict != "answer" or composed is None:
        code = planned.reason.code
        return Judged(planned.decision.verdict, code, (), suspected=code.startswith("guard.") or code in AGAINST_DECEIT)
    return Judged("answer", planned.reason.code, tuple(_broken(raw, said, composed, mode)), composed.text)


def _broken(raw: bytes, said: str, composed: Composed, mode: str) -> list[str]:
    return violations(
        Sent(composed.raw, "", [composed.recipient.address]),
        Given(
            raw,
            own=frozenset({US}),
            mode=mode,
            cited=cited_in(said),
            public=PUBLIC_TEXTS,
            ours=OUR_TEXTS,
            canaries=(*INTERNAL_CANARIES, SECRET),
        ),
    )


@cache
def _settings(mode: ReplyMode) -> MailboxSettings:
    return MailboxSettings(name="atelier", from_email=US, from_name=NAME, reply=mode)


@cache
def _index() -> Index:
    return Index(
        Passage(one.id, one.title, one.text, one.language, "public", one.id)
        for one in PASSAGES
        if one.visibility == "public"
    )


@cache
def _read(raw: bytes) -> tuple[Message, tuple[Passage, ...], Context]:
    message = parse(raw)
    message = replace(message, language=language_of(message, ("en", "fr")))
    passages = found_passages(message, _index(), NOW.date())
    return message, passages, context_for(Settings.model_construct(), _settings("free"), now=NOW, passages=passages)
