"""Which other systems are asked to do something about a mail, and with what words of it (I10). Pure.

The settings say where a request goes and what it looks like. A mail fills in values, each held to what the settings say
of it; a model only says which intent a mail has, and which of the author's own words are an order number. It cannot
add a request, a field or a value.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote
from uuid import UUID

from pydantic import StringConstraints, TypeAdapter, ValidationError

from repondeur.mail.clean import clean_line
from repondeur.policy.analysis import ENTITY_TYPES, Analysis
from repondeur.policy.escaping import defanged, harmless, no_formula
from repondeur.policy.facts import Facts
from repondeur.policy.rules import (
    addressing,
    answered_by_person,
    answered_in_thread,
    author_uncertain,
    dmarc_failed,
    hidden_text,
    not_allowed,
    not_answerable,
    other_mailbox,
    protected,
    renamed_mailbox,
    sender_doubtful,
    superseded,
    unread_text,
)
from repondeur.texts import Reason

# Whatever is decided about a mail: none of these may have anything against it. They tell whether it is of whom it says,
# meant for us, read as a person reads it, and nobody else's to handle. Which of them hits first does not matter here.
BARS: Final = (
    not_answerable.rule,
    answered_by_person.rule,
    author_uncertain.rule,
    dmarc_failed.rule,
    unread_text.rule,
    protected.rule,
    renamed_mailbox.rule,
    other_mailbox.rule,
    superseded.rule,
    answered_in_thread.rule,
    sender_doubtful.rule,
    hidden_text.rule,
    addressing.rule,
    not_allowed.rule,
)
# Words that an author chose freely: they are shown somewhere, and so made harmless for it. Any other value is taken as
# it stands in the mail, or not at all.
SHOWN: Final = frozenset({"subject", "author_name"})
_OF_AN_ADDRESS: Final = frozenset({"author_address", "email", "message_id"})
_ADDRESS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+=?^_`{|}~.-]{1,200}@[A-Za-z0-9_.-]{1,255}")
_SCHEME: Final = re.compile(r"//|\\\\|\b(?:https?|hxxps?|ftp|file|data|javascript|mailto|vbscript)\s*:", re.IGNORECASE)
_PLACEHOLDER: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")


@dataclass(frozen=True, slots=True)
class Parameter:
    """As settings.targets.CallParameter. source: a type of entity, or a fact. pattern: "" for none."""

    source: str
    type: Literal["string", "integer", "number"] = "string"
    pattern: str = ""
    max_length: int = 200
    enum: tuple[str, ...] = ()
    required: bool = True


@dataclass(frozen=True, slots=True)
class Call:
    """What the settings say of one call. url, body: with names of parameters in braces. mailboxes: () for all."""

    id: str
    method: str
    url: str
    body: Any
    intents: tuple[str, ...]
    mailboxes: tuple[str, ...] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Filled:
    """A request as it will be made, but for what is secret in its header. key: the same however often it is computed
    for the same mail."""

    id: str
    method: str
    url: str
    body: bytes
    key: str


@dataclass(frozen=True, slots=True)
class Calls:
    """made: those to carry out. left_out: why another one that would fit is not made."""

    made: tuple[Filled, ...] = ()
    left_out: tuple[Reason, ...] = ()


def calls_for(facts: Facts, known: tuple[Call, ...], mailbox: str, number: int, identity: str) -> Calls:
    """The calls for a mail. mailbox: its name. number, identity: of the mail."""
    fitting = [call for call in known if _fits(call, facts, mailbox)]
    if not fitting or any(bar(facts) for bar in BARS):
        return Calls()
    made, left_out = [], []
    for call in fitting:
        filled = _filled(call, facts, mailbox, number, identity)
        if isinstance(filled, Filled):
            made.append(filled)
        else:
            left_out.append(filled)
    return Calls(tuple(made), tuple(left_out))


def _fits(call: Call, facts: Facts, mailbox: str) -> bool:
    wanted = facts.analysis is not None and facts.analysis.intent in call.intents
    return wanted and (not call.mailboxes or mailbox in call.mailboxes)


def _filled(call: Call, facts: Facts, mailbox: str, number: int, identity: str) -> Filled | Reason:
    values: dict[str, str | int | float | None] = {}
    for name, parameter in call.parameters.items():
        found = _value(parameter, facts, mailbox, number)
        if isinstance(found, Problem):
            return Reason(f"call.{found.code}", {"call": call.id, "parameter": name})
        values[name] = found
        if found is None and parameter.required:
            return Reason("call.value_missing", {"call": call.id, "parameter": name})
    url = _url(call.url, values)
    if url is None:
        return Reason("call.no_segment", {"call": call.id})
    body = json.dumps(_body(call.body, values), ensure_ascii=True).encode()
    digest = hashlib.sha256("\0".join((mailbox, identity, f"call:{call.id}")).encode("utf-8", "surrogatepass")).digest()
    return Filled(call.id, call.method, url, body, str(UUID(bytes=digest[:16], version=4)))


@dataclass(frozen=True, slots=True)
class Problem:
    code: Literal["several_values", "value_refused"]


def _value(parameter: Parameter, facts: Facts, mailbox: str, number: int) -> str | int | float | Problem | None:
    """None where the mail gives none."""
    assert facts.analysis is not None
    if parameter.source in ENTITY_TYPES:
        found = _named(parameter.source, facts, facts.analysis)
        if len(found) > 1:
            return Problem("several_values")
        text = found[0] if found else ""
    else:
        text = _fact(parameter.source, facts, facts.analysis, mailbox, number)
    if not text:
        return None
    if parameter.source in SHOWN:
        text = harmless(text, parameter.max_length)
    elif not _is_plain(text, parameter):
        return Problem("value_refused")
    if parameter.enum and text not in parameter.enum:
        return Problem("value_refused")
    if parameter.pattern and not _matches(parameter.pattern, text):
        return Problem("value_refused")
    return _typed(text, parameter)


def _typed(text: str, parameter: Parameter) -> str | int | float | Problem:
    if parameter.type == "string":
        return text
    if not _NUMBER.fullmatch(text) or (parameter.type == "integer" and "." in text):
        return Problem("value_refused")
    return int(text) if parameter.type == "integer" else float(text)


def _named(kind: str, facts: Facts, analysis: Analysis) -> list[str]:
    """What the mail names of this kind, each once, and only what stands there as a word of its own: an engine has said
    that it does, and is not believed."""
    found = dict.fromkeys(entity.value.strip() for entity in analysis.entities if entity.type == kind)
    return [value for value in found if value and _stands_in(value, facts.message.subject, facts.message.text)]


def _stands_in(value: str, *texts: str) -> bool:
    if len(value) > 2000:
        return False
    word = re.compile(rf"(?<!\w){re.escape(value)}(?!\w)")
    return any(word.search(text) for text in texts)


def _fact(source: str, facts: Facts, analysis: Analysis, mailbox: str, number: int) -> str:
    message = facts.message
    known = {
        "author_address": message.author.address,
        "author_name": message.author.name,
        "message_id": message.message_id or "",
        "subject": message.subject,
        "mailbox": mailbox,
        "intent": analysis.intent,
        "language": analysis.language,
        "priority": analysis.priority,
        "mail_number": str(number),
    }
    return known[source]


def _is_plain(text: str, parameter: Parameter) -> bool:
    """One line of the right length without anything unseen, that is no link and begins no formula. A pattern may allow
    the last two; what has a scheme is a link all the same."""
    if len(text) > parameter.max_length or clean_line(text) != text or _SCHEME.search(text):
        return False
    if parameter.source in _OF_AN_ADDRESS:
        return bool(_ADDRESS.fullmatch(text)) and no_formula(text) == text
    if parameter.source == "mailbox" or parameter.pattern:
        return True
    return defanged(text) == text and no_formula(text) == text and "@" not in text


def _matches(pattern: str, text: str) -> bool:
    try:
        _adapter(pattern).validate_python(text)
    except ValidationError:
        return False
    return True


@cache
def _adapter(pattern: str) -> TypeAdapter[str]:
    """pydantic matches in Rust, in time linear in the text."""
    return TypeAdapter(Annotated[str, StringConstraints(pattern=rf"\A(?:{pattern})\z")])


def _url(url: str, values: Mapping[str, Any]) -> str | None:
    """Each value as one segment, or a part of one; None where a segment would lead elsewhere (RFC 3986 5.2.4)."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    path, mark, query = path.partition("?")
    segments = []
    for segment in path.split("/"):
        filled = _PLACEHOLDER.sub(lambda found: quote(_text(values[found[1]]), safe=""), segment)
        if filled != segment and filled in {"", ".", ".."}:
            return None
        segments.append(filled)
    return f"{scheme}://{host}{slash}{'/'.join(segments)}{mark}{query}"


def _body(template: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(template, dict):
        return {name: _body(one, values) for name, one in template.items()}
    if isinstance(template, list):
        return [_body(one, values) for one in template]
    if not isinstance(template, str):
        return template
    if whole := _PLACEHOLDER.fullmatch(template):
        return values[whole[1]]
    return _PLACEHOLDER.sub(lambda found: _text(values[found[1]]), template)


def _text(value: str | float | None) -> str:
    return "" if value is None else str(value)
