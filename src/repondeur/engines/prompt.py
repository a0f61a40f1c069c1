"""What the model is asked, as chat messages. Pure.

The system message is the same for all mails of a mailbox, so that servers keep it in their prefix cache; what changes
from mail to mail comes after it, and the mail itself last, between two lines whose mark is a hash of everything that
stands between them and that does not stand in it: nobody can write a text that closes its own marks.
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any

from repondeur.engines import shown
from repondeur.engines.base import Context
from repondeur.engines.cutting import cut, one_line, visible
from repondeur.engines.shown import fill
from repondeur.engines.shown_files import attachments
from repondeur.mail.message import Message
from repondeur.policy.analysis import ENTITY_TYPES, PRIORITIES, SENTIMENTS
from repondeur.policy.intents import DEFAULT_INTENTS, Intent

ChatMessage = dict[str, str]

PROMPTS = ("system.md", "mail.md", "repair.md", "words.toml")
EXAMPLES = 2  # of an intent that settings add
EXAMPLE = 80  # characters of one
# Letters alone are few tokens; sixteen of them stand for each hexadecimal digit of the hash.
_LETTERS = str.maketrans("0123456789abcdef", "bcdfghjklmnpqrst")


@dataclass(frozen=True, slots=True)
class Budget:
    """Estimated tokens that each part may take at most. turns: how many earlier mails are shown."""

    mail: int = 2000
    attachments: int = 700
    passages: int = 480
    turn: int = 60
    turns: int = 3

    def smaller(self) -> "Budget":
        """For a server that says that its context is too short."""
        mail, attachments, passages = self.mail // 3, self.attachments // 3, self.passages // 3
        return Budget(mail=mail, attachments=attachments, passages=passages, turn=self.turn // 2, turns=2)


@dataclass(frozen=True, slots=True)
class Built:
    """messages: as they are sent. passages: ids of those that stand in them; only these can have been read, and may be
    cited (I9)."""

    messages: list[ChatMessage]
    passages: tuple[str, ...]


def build(message: Message, context: Context, budget: Budget | None = None) -> list[ChatMessage]:
    """The messages alone of what `built` makes."""
    return built(message, context, budget).messages


def built(message: Message, context: Context, budget: Budget | None = None) -> Built:
    """System and user message for one mail.

    Internal passages are left out whatever the caller put into context (I4). The order is: instructions, the date,
    passages, the language of the answer, what pseudonyms are where there are any, earlier turns, the mail and what is
    attached to it. Nothing follows the line that closes it. Never raises.
    """
    budget, words = budget or Budget(), _words()
    turns = shown.turns(context.thread, words, most=budget.turns, tokens=budget.turn)
    mail = cut(shown.mail(message, words, now=context.now, quote=not turns), budget.mail)
    if files := attachments(message, words, words["unread"], budget.attachments):
        mail = f"{mail}\n\n{files}"
    mark = _mark(f"{turns}\0{mail}")
    language = answer_language(message, context)
    blocks, passages = shown.passages(context.passages, message, language, words, budget.passages)
    user = _file("mail.md").substitute(
        today=fill(words["today"], date=f"{context.now:%a %Y-%m-%d}") if context.now else "",
        passages=blocks or words["no_passages"],
        language=_language_name(language),
        pseudonyms=f"{words['pseudonyms']}\n" if context.pseudonyms else "",
        thread=f"<<<EARLIER {mark}>>>\n{turns}\n" if turns else "",
        open=f"<<<MAIL {mark}>>>",
        mail=mail,
        close=f"<<<END {mark}>>>",
    )
    messages = [{"role": "system", "content": system(context)}, {"role": "user", "content": user.strip()}]
    return Built(messages, passages)


def system(context: Context) -> str:
    """The part that is the same for every mail of a mailbox with the same settings."""
    mailbox, words = context.mailbox, _words()
    lines = "\n".join(fill(words["statement"], id=one.id, text=one_line(one.text)) for one in context.statements)
    hours = fill(words["hours"], hours=one_line(context.hours)) if context.hours.strip() else ""
    return (
        _file("system.md")
        .substitute(
            mailbox=(one_line(mailbox.name or mailbox.address) or "a company") + hours,
            intents=", ".join(map(_intent, context.intents)),
            entity_types=", ".join(ENTITY_TYPES),
            priorities=", ".join(PRIORITIES),
            sentiments=", ".join(SENTIMENTS),
            signature=_added(context.signature, words),
            statements=fill(words["statements"], lines=lines) if lines else "",
            templates=_templates(context, words),
        )
        .strip()
    )


def _templates(context: Context, words: Mapping[str, Any]) -> str:
    lines = [fill(words["template"], id=one.id, text=one_line(one.description)) for one in context.templates]
    return fill(words["templates"], lines="\n".join(lines)) if lines else ""


def _added(signature: str, words: Mapping[str, Any]) -> str:
    """What our program puts below an answer, so that a model does not write it again."""
    return fill(words["added_signature"], text=cut(one_line(signature), shown.SIGNATURE)) if signature.strip() else ""


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


def schema(intents: Sequence[str], statements: Sequence[str] = (), templates: Sequence[str] = ()) -> dict[str, Any]:
    """JSON schema of the answer, in the subset that strict structured outputs take: every property required,
    nothing else allowed, no lengths. It does not depend on the mail, so that servers compile it once.

    statements: ids of the sentences to be judged; templates: ids of those to choose from. Without any there is no such
    property.
    """
    text, flag = {"type": "string"}, {"type": "boolean"}
    entity = {"type": {"type": "string", "enum": list(ENTITY_TYPES)}, "value": text}
    properties: dict[str, Any] = {
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
    if templates:
        properties["template"] = {"type": "string", "enum": [*templates, ""]}
    if statements:
        properties["statements"] = _object(dict.fromkeys(statements, flag))
    return _object(properties)


def digest(messages: Sequence[Mapping[str, str]]) -> str:
    """As Asked.prompt has it."""
    written = json.dumps(list(messages), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(written.encode("ascii")).hexdigest()


@cache
def version() -> str:
    """Twelve hex digits that change with any prompt text or the schema."""
    digest = hashlib.sha256(json.dumps(schema((), ("one",), ("one",))).encode())
    for name in PROMPTS:
        digest.update(_read(name).encode())
    return digest.hexdigest()[:12]


def answer_language(message: Message, context: Context) -> str:
    """The mail's language if we answer in it, else the one we prefer."""
    if not context.languages or message.language in context.languages:
        return message.language or "en"
    return context.languages[0]


def _intent(intent: Intent) -> str:
    """Id and meaning. Models know the default intents; one that settings add or change is told by examples too."""
    told = [one_line(intent.description)] if intent.description else []
    if intent not in DEFAULT_INTENTS:
        told += [fill(_words()["example"], text=one_line(text)[:EXAMPLE]) for text in intent.examples[:EXAMPLES]]
    return fill(_words()["intent"], id=intent.id, description="; ".join(told)) if told else intent.id


def _mark(text: str) -> str:
    digest = hashlib.sha256(f"{version()}\0{text}".encode("utf-8", "replace")).hexdigest()
    mark = digest[:8].translate(_LETTERS)
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


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(_read("words.toml"))


@cache
def _file(name: str) -> Template:
    return Template(_read(name))


def _read(name: str) -> str:
    return (files("repondeur.engines") / "prompts" / name).read_text("utf-8")
