"""What the model is asked, as chat messages. Pure.

The system message is the same for all mails of a mailbox, so that servers keep it in their prefix cache; what changes
from mail to mail comes after it, and the mail itself last, between two lines whose mark is a hash of everything that
stands between them: nobody can write a text that holds its own hash.
"""

import hashlib
import json
import math
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any

from repondeur.engines.base import Context, Turn
from repondeur.mail.clean import clean
from repondeur.mail.message import Message
from repondeur.policy.analysis import ENTITY_TYPES, PRIORITIES, SENTIMENTS
from repondeur.policy.passage import Passage

ChatMessage = dict[str, str]

# Tokens of one role each in the chat templates of common models: some servers read them inside a mail too.
_CHAT_MARKS = re.compile(
    r"<\||\|>|</?(?:s|think|tool_call|tool_response|start_of_turn|end_of_turn|bos|eos)>|\[/?INST\]|<</?SYS>>",
    re.IGNORECASE,
)
_BRACKETS = str.maketrans("<>[]", "‹›⟦⟧")


@dataclass(frozen=True, slots=True)
class Budget:
    """Estimated tokens that each part may take at most. turns: how many earlier mails are shown."""

    mail: int = 3000
    passages: int = 2500
    turn: int = 120
    turns: int = 4

    def smaller(self) -> "Budget":
        """For a server that says that its context is too short."""
        return Budget(mail=self.mail // 3, passages=self.passages // 3, turn=self.turn // 2, turns=2)


def build(message: Message, context: Context, budget: Budget | None = None) -> list[ChatMessage]:
    """System and user message for one mail.

    Internal passages are left out whatever the caller put into context (I4). The order is: instructions, passages,
    earlier turns, the mail. Never raises.
    """
    budget = budget or Budget()
    mail = cut(visible(_mail_text(message)), budget.mail)
    turns = _turns(context.thread, budget)
    mark = _mark(mail + turns)
    lines = {"open": f"<<<MAIL {mark}>>>", "close": f"<<<END {mark}>>>"}
    words = _words()
    user = _file("mail.md").substitute(
        today=_fill(words["today"], date=f"{context.now:%A, %Y-%m-%d}") if context.now else "",
        passages=_passages(context.passages, budget.passages) or words["no_passages"],
        thread=_fill(words["thread"], turns=turns, **lines) if turns else "",
        mail=mail,
        language=_language_name(answer_language(message, context)),
        **lines,
    )
    return [{"role": "system", "content": system(context)}, {"role": "user", "content": user.strip()}]


def system(context: Context) -> str:
    """The part that is the same for every mail of a mailbox with the same intents."""
    mailbox = context.mailbox
    name = visible(f"{mailbox.name} <{mailbox.address}>" if mailbox.name else mailbox.address)
    return (
        _file("system.md")
        .substitute(
            mailbox=" ".join(name.split()) or "a company",
            intents=", ".join(context.intent_ids),
            entity_types=", ".join(ENTITY_TYPES),
            meanings="\n".join(
                f"- {intent.id}: {intent.description}" for intent in context.intents if intent.description
            ),
        )
        .strip()
    )


def repair(messages: Sequence[ChatMessage], answer: str, problem: str) -> list[ChatMessage]:
    """The same conversation with the unusable answer, shown briefly, and what was wrong with it.

    problem: the code of the EngineAnswerInvalid that the answer led to.
    """
    problems = _words()["problems"]
    said = problems.get(problem.replace(".", "_"), problems["other"])
    return [
        *messages,
        {"role": "assistant", "content": cut(visible(answer), 150) or "{}"},
        {"role": "user", "content": _file("repair.md").substitute(problem=said).strip()},
    ]


def probe() -> list[ChatMessage]:
    """The smallest question there is, to see whether a server and a model answer at all."""
    return [{"role": "user", "content": _words()["probe"]}]


def schema(intents: Sequence[str]) -> dict[str, Any]:
    """JSON schema of the answer, in the subset that strict structured outputs take: every property required,
    nothing else allowed, no lengths. It does not depend on the mail, so that servers compile it once."""
    text, flag = {"type": "string"}, {"type": "boolean"}
    entity = {"type": {"type": "string", "enum": list(ENTITY_TYPES)}, "value": text}
    return _object(
        {
            "intent": {"type": "string", "enum": list(intents)},
            "summary": text,
            "entities": {"type": "array", "items": _object(entity)},
            "priority": {"type": "string", "enum": list(PRIORITIES)},
            "sentiment": {"type": "string", "enum": list(SENTIMENTS)},
            "language": text,
            "needs_reply": flag,
            "needs_human": flag,
            "confidence": {"type": "number"},
            "reply": text,
            "passages": {"type": "array", "items": text},
        }
    )


@cache
def version() -> str:
    """Twelve hex digits that change with any prompt text or the schema."""
    digest = hashlib.sha256(json.dumps(schema(())).encode())
    for name in ("system.md", "mail.md", "repair.md", "words.toml"):
        digest.update(_read(name).encode())
    return digest.hexdigest()[:12]


def answer_language(message: Message, context: Context) -> str:
    """The mail's language if we answer in it, else the one we prefer."""
    if not context.languages or message.language in context.languages:
        return message.language or "en"
    return context.languages[0]


def estimate_tokens(text: str) -> int:
    """Rough and rather too high: 3.5 ASCII characters a token, one token for any other character."""
    ascii_count = sum(char.isascii() for char in text)
    return math.ceil(ascii_count / 3.5 + (len(text) - ascii_count) * 0.9)


def cut(text: str, limit: int) -> str:
    """At most about `limit` tokens: the start and, half as long, the end; what lies between is named."""
    text = text.strip()
    tokens = estimate_tokens(text)
    if tokens <= limit:
        return text
    keep = int(len(text) * limit / tokens)
    head, tail = keep * 2 // 3, keep // 3
    note = _fill(_words()["left_out"], count=len(text) - head - tail)
    return f"{text[:head].rstrip()}\n{note}\n{text[len(text) - tail :].lstrip()}"


def visible(text: str) -> str:
    """Only what a person sees, and no chat-template tokens."""
    return _CHAT_MARKS.sub(lambda found: found[0].translate(_BRACKETS), clean(text))


def _mail_text(message: Message) -> str:
    author = message.author
    head = [f"From: {author.name} <{author.address}>", f"Subject: {message.subject}"]
    if message.date:
        head.append(f"Date: {message.date:%Y-%m-%d %H:%M}")
    if message.attachments:
        head.append("Attachments: " + ", ".join(part.name for part in message.attachments[:10]))
    parts = ["\n".join(" ".join(line.split())[:1000] for line in head), message.text.strip() or message.body.strip()]
    if message.forward:
        forward = message.forward
        # What the author wrote above the forward may be all of the new text already.
        if forward.text.strip() not in parts[1]:
            parts.append(f"Forwarded mail of {forward.author.name}, subject {forward.subject}:\n{forward.text.strip()}")
    if message.signature and message.signature.strip() not in parts[1]:
        parts.append(f"Signature:\n{message.signature.strip()[:1000]}")
    if message.quoted.strip() and message.text.strip():
        parts.append(f"Quoted from an earlier mail:\n{message.quoted.strip()[:1500]}")
    return "\n\n".join(part for part in parts if part)


def _turns(thread: Sequence[Turn], budget: Budget) -> str:
    words = _words()
    shown = thread[-budget.turns :] if budget.turns else ()
    return "\n\n".join(
        _fill(
            words["turn"],
            author=words["us"] if turn.author == "us" else " ".join(visible(turn.author).split()),
            text=cut(visible(turn.text), budget.turn),
        )
        for turn in shown
    )


def _passages(passages: Sequence[Passage], limit: int) -> str:
    public = [passage for passage in passages if passage.visibility == "public"]
    shown: list[str] = []
    for passage in public:
        block = _fill(
            _words()["passage"],
            id=passage.id,
            language=passage.language or "?",
            title=visible(passage.title),
            text=cut(visible(passage.text), 800),
        )
        limit -= estimate_tokens(block)
        if limit < 0 and shown:
            break
        shown.append(block)
    return "\n\n".join(shown)


def _mark(text: str) -> str:
    mark = hashlib.sha256(f"{version()}\0{text}".encode("utf-8", "replace")).hexdigest()[:24]
    return _mark(text + mark) if mark in text else mark


def _language_name(code: str) -> str:
    names: dict[str, str] = _words()["languages"]
    return names.get(code, f'the language with the code "{code}"')


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _fill(template: str, **values: object) -> str:
    return Template(template).substitute(values)


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(_read("words.toml"))


@cache
def _file(name: str) -> Template:
    return Template(_read(name))


def _read(name: str) -> str:
    return (files("repondeur.engines") / "prompts" / name).read_text("utf-8")
