"""How a server wants to be asked. Servers that call themselves OpenAI-compatible take different parameters and say so
with status 400 or 422; each refusal leads to a plainer dialect, which is then kept. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

Format = Literal["json_schema", "json_object", "none"]

_PLAINER: dict[Format, Format] = {"json_schema": "json_object", "json_object": "none"}
_FORMAT = re.compile(r"response_format|json_schema|json_object|structured output|guided|grammar|\bschema\b")
_TOKENS = re.compile(r"max_tokens|max_completion_tokens")
_TEMPERATURE = re.compile(r"\btemperature\b")
_THINKING = re.compile(r"chat_template_kwargs|enable_thinking")
# Models of OpenAI that take only max_completion_tokens and no temperature but 1.
_REASONING = re.compile(r"(?:^|/)(?:o\d|gpt-[5-9])")


@dataclass(frozen=True, slots=True)
class Dialect:
    """thinking: send Qwen3's switch that turns thinking aloud off."""

    format: Format = "json_schema"
    tokens: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    temperature: bool = True
    thinking: bool = False


def first(model: str) -> Dialect:
    """What to try first with a model of this name."""
    reasoning = _REASONING.search(model.lower()) is not None
    return Dialect(
        tokens="max_completion_tokens" if reasoning else "max_tokens",
        temperature=not reasoning,
        thinking="qwen3" in model.lower(),
    )


def after_refusal(dialect: Dialect, param: str, message: str) -> Dialect | None:
    """What to try next; None when the refusal is not about a parameter that we can do without.

    param: the parameter that the server named, or ""; message: its text, which counts only where param is empty.
    """
    about = (param or message[:600]).lower()
    if dialect.thinking and _THINKING.search(about):
        return replace(dialect, thinking=False)
    if dialect.format != "none" and _FORMAT.search(about):
        return replace(dialect, format=_PLAINER[dialect.format])
    if _TOKENS.search(about) and dialect.tokens == "max_tokens":
        return replace(dialect, tokens="max_completion_tokens")
    if dialect.temperature and _TEMPERATURE.search(about):
        return replace(dialect, temperature=False)
    plainest = replace(dialect, format="none", thinking=False)
    return plainest if not param and plainest != dialect else None


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
    asked: dict[str, Any] = {"model": model, "messages": list(messages), dialect.tokens: max_tokens}
    if dialect.temperature:
        asked["temperature"] = temperature
    if dialect.thinking:
        asked["extra_body"] = {"chat_template_kwargs": {"enable_thinking": False}}
    if schema is not None and dialect.format == "json_schema":
        described = {"name": "analysis", "strict": True, "schema": schema}
        asked["response_format"] = {"type": "json_schema", "json_schema": described}
    if schema is not None and dialect.format == "json_object":
        asked["response_format"] = {"type": "json_object"}
    return asked
