"""How a server wants to be asked. Servers that call themselves OpenAI-compatible take different parameters and say so
with status 400 or 422, some with 500; each refusal leads to a plainer dialect, which is then kept. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

Format = Literal["json_schema", "json_object", "none"]
Quiet = Literal["", "none", "minimal", "low", "template", "template_low", "disabled", "soft"]

# Tokens for a model that thinks before its answer and cannot be told not to: they come on top of the answer's own.
THINKING_ROOM = 2_000
# json_schema → json_object → none, the name of the token limit, temperature, thinking twice, the system role: no server
# can refuse more.
MAX_REFUSALS = 7

_BODY: dict[Quiet, dict[str, Any]] = {
    "none": {"reasoning_effort": "none"},
    "minimal": {"reasoning_effort": "minimal"},
    "low": {"reasoning_effort": "low"},
    "template": {"chat_template_kwargs": {"enable_thinking": False}},
    "template_low": {"chat_template_kwargs": {"reasoning_effort": "low"}},
    "disabled": {"thinking": {"type": "disabled"}},
}
# Every model that has efforts has "low".
_LESS_QUIET: dict[Quiet, Quiet] = {"none": "low", "minimal": "low"}
_READ = 600  # characters of a refusal that are looked at: the mail may be repeated further on
_FORMAT = re.compile(r"response_format|json_schema|json_object|structured output|guided|grammar|\bschema\b")
_TOKENS = re.compile(r"max_tokens|max_completion_tokens")
_TEMPERATURE = re.compile(r"\btemperature\b")
_THINKING = re.compile(r"chat_template_kwargs|enable_thinking|reasoning|thinking")
# What chat templates say that know no system role (Gemma 2, Mistral 7B, Llama 2; raised by vLLM, LM Studio, TGI,
# llama.cpp), and the servers of models without one (o1-mini, Gemma at Google).
_ROLES = re.compile(
    r"roles? must alternate|only (?:the )?user and assistant"
    r"|\b(?:system|developer)\W{0,2} (?:role|message|prompt|instruction)s?\b[^.]{0,40}(?:\bnot\b|n't\b|unsupported)"
    r"|(?:not support|n't support|unsupported|invalid|unknown|unexpected)[^.]{0,40}\b(?:system|developer)\b\W{0,2}"
    r"(?:roles?\b|messages?\b|prompts?\b|instructions?\b|['\"`])"
    r"|\bmessages\W{1,5}0\W[^{}]{0,60}\brole\b|\bjinja\b|\bchat template|\btemplate error"
)
# Models of OpenAI that take only max_completion_tokens and no temperature but 1.
_REASONING = re.compile(r"(?:^|/)(?:o\d|gpt-[5-9])")


@dataclass(frozen=True, slots=True)
class Dialect:
    """objects: json_object is worth a try where json_schema was refused. quiet: what keeps the model from thinking:
    a reasoning_effort; "template", Qwen3's switch in the chat template ("template_low": that of gpt-oss); "disabled",
    Anthropic's parameter; "soft", Qwen3's word at the end of the prompt. room: tokens for thinking that goes on all the
    same, beyond those for the answer. system: whether there is a system role; else its text begins the user's."""

    format: Format = "json_schema"
    objects: bool = True
    tokens: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    temperature: bool = True
    quiet: Quiet = ""
    room: int = 0
    system: bool = True


def first(model: str) -> Dialect:
    """What to try first with a model of this name on a server that we know nothing about."""
    reasoning = _REASONING.search(model.lower()) is not None
    return Dialect(
        tokens="max_completion_tokens" if reasoning else "max_tokens",
        temperature=not reasoning,
        quiet="template" if "qwen3" in model.lower() else "",
        room=THINKING_ROOM if reasoning else 0,
    )


def after_refusal(dialect: Dialect, param: str, message: str) -> Dialect | None:
    """What to try next; None when the refusal is not about a parameter that we can do without.

    param: the parameter that the server named, or ""; message: its text, which counts only where param is empty, or is
    the messages and the roles in them are what is wrong.
    """
    about = (param or message[:_READ]).lower()
    if dialect.quiet and dialect.quiet != "soft" and _THINKING.search(about):
        return replace(dialect, quiet=_LESS_QUIET.get(dialect.quiet, ""), room=THINKING_ROOM)
    if dialect.system and _speaks_of_roles(param, message):
        return replace(dialect, system=False)
    if dialect.format != "none" and _FORMAT.search(about):
        return replace(dialect, format=_plainer(dialect))
    if _TOKENS.search(about) and dialect.tokens == "max_tokens":
        # The models that refuse it are those that think.
        return replace(dialect, tokens="max_completion_tokens", room=THINKING_ROOM)
    if dialect.temperature and _TEMPERATURE.search(about):
        return replace(dialect, temperature=False)
    plainest = replace(dialect, format="none", quiet="")
    return plainest if not param and plainest != dialect else None


def speaks_of_form(message: str) -> bool:
    """Whether a server that calls it a failure of its own means how we ask: the format, or the roles."""
    return _FORMAT.search(message[:_READ].lower()) is not None or _speaks_of_roles("", message)


def parameters(
    dialect: Dialect,
    *,
    model: str,
    messages: Sequence[Mapping[str, str]],
    max_tokens: int,
    temperature: float,
    schema: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The arguments of `chat.completions.create`. schema None: any text may come back."""
    said = list(messages) if dialect.system else _without_system(messages)
    if dialect.quiet == "soft":
        said = _hushed(said)
    asked: dict[str, Any] = {"model": model, "messages": said, dialect.tokens: max_tokens + dialect.room}
    if dialect.temperature:
        asked["temperature"] = temperature
    if dialect.quiet in _BODY:
        asked["extra_body"] = _BODY[dialect.quiet]
    if schema is not None and dialect.format == "json_schema":
        described = {"name": "analysis", "strict": True, "schema": schema}
        asked["response_format"] = {"type": "json_schema", "json_schema": described}
    if schema is not None and dialect.format == "json_object":
        asked["response_format"] = {"type": "json_object"}
    return asked


def _plainer(dialect: Dialect) -> Format:
    return "json_object" if dialect.format == "json_schema" and dialect.objects else "none"


def _speaks_of_roles(param: str, message: str) -> bool:
    if param and not param.startswith("messages"):
        return False
    return _ROLES.search(f"{param} {message[:_READ]}".lower()) is not None


def _without_system(messages: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """The user's first message begins with what the system one said, so the prefix of all mails stays the same."""
    system, user, *others = messages
    return [{**user, "content": f"{system['content']}\n\n{user['content']}"}, *others]


def _hushed(messages: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """The word counts where it comes last, after any that a mail may hold (Qwen3 model card, "Switching")."""
    *before, last = messages
    return [*before, {**last, "content": f"{last['content']}\n\n/no_think"}]
