"""A chat completion as servers send it: what was said, why it ended, what it cost. Trusts no field. Pure."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from repondeur.policy.analysis import Asked, Usage

# Of a text whose tokens nobody counted. English has about four, French somewhat fewer: rather too many tokens than a
# limit that is never reached.
CHARACTERS_A_TOKEN = 3
NAME = 200  # characters of one
# Where servers that hide the thinking from the answer put it (vLLM, Ollama; DeepSeek, llama.cpp, LM Studio).
_THOUGHTS = ("reasoning", "reasoning_content", "thinking")


@dataclass(frozen=True, slots=True)
class Completion:
    """message: the assistant message as it came. cut: it ended at the token limit. filtered: the provider's filter
    ended it. thought: the model thought before it answered, or instead. only_thought: its text is a thought that it did
    not end, so what looks like an answer in it is a draft. asked: which model the server says it was; what it was asked
    is for the caller to add, and whether that was the shorter question."""

    message: Mapping[str, Any]
    cut: bool
    filtered: bool
    thought: bool
    only_thought: bool
    usage: Usage
    asked: Asked
    shorter: bool = False


def read_completion(raw: bytes) -> Completion | None:
    """Reads a chat completion object; None when it is none. Some gateways answer errors with status 200."""
    try:
        found = json.loads(raw)
        choice = found["choices"][0]
        message = choice["message"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        return None
    if not isinstance(message, dict):
        return None
    ended = str(choice.get("finish_reason") or "")
    counted = found.get("usage")
    opened, closed = _marks(message.get("content"))
    return Completion(
        message=message,
        cut=ended == "length",
        # Gemini writes "content_filter: RECITATION".
        filtered=ended.startswith("content_filter"),
        thought=opened or _thought(message, counted),
        only_thought=opened and not closed,
        usage=read_usage(counted),
        asked=Asked("", _named(found.get("model")), fingerprint=_named(found.get("system_fingerprint"))),
    )


def read_usage(counted: object) -> Usage:
    """The "usage" of one completion. What the model thought counts as output: Gemini leaves it out of completion_tokens
    and puts it into total_tokens only. Cached tokens: OpenAI's prompt_tokens_details, which others follow; Mistral's
    num_cached_tokens, DeepSeek's prompt_cache_hit_tokens."""
    count = _counter(counted)
    sent, written, total = (count(f"{name}_tokens") for name in ("prompt", "completion", "total"))
    cached = _counter(_part(counted, "prompt_tokens_details"))("cached_tokens")
    return Usage(
        calls=1,
        input_tokens=sent,
        output_tokens=max(written, total - sent) if sent and written else written,
        cached_tokens=cached or count("num_cached_tokens") or count("prompt_cache_hit_tokens"),
    )


def estimated(usage: Usage, asked: Sequence[Mapping[str, str]], message: Mapping[str, Any]) -> Usage:
    """With numbers of our own where the server has counted nothing, or what cannot be: a limit on what models cost
    needs some. asked, message: the messages of the request and of the answer."""
    written = [message.get(name) for name in ("content", "tool_calls", *_THOUGHTS)]
    return replace(
        usage,
        input_tokens=usage.input_tokens or _tokens(said["content"] for said in asked),
        output_tokens=usage.output_tokens or _tokens(_text(part) for part in written if part),
    )


def together(one: Usage, other: Usage) -> Usage:
    """Both completions. Their cost is worked out from the sum."""
    return Usage(
        calls=one.calls + other.calls,
        input_tokens=one.input_tokens + other.input_tokens,
        output_tokens=one.output_tokens + other.output_tokens,
        cached_tokens=one.cached_tokens + other.cached_tokens,
    )


def _named(given: object) -> str:
    """A name that a server gives, on one line."""
    return "".join(one for one in given if one.isprintable())[:NAME] if isinstance(given, str) else ""


def _thought(message: Mapping[str, Any], counted: object) -> bool:
    if any(message.get(name) for name in _THOUGHTS):
        return True
    if _counter(_part(counted, "completion_tokens_details"))("reasoning_tokens"):
        return True
    count = _counter(counted)
    if count("total_tokens") > count("prompt_tokens") + count("completion_tokens") > 0:
        return True
    said = message.get("content")
    parts = said if isinstance(said, list) else []  # Mistral: {"type": "thinking", "thinking": […]}
    return any(isinstance(part, dict) and part.get("type") == "thinking" for part in parts)


def _text(part: object) -> str:
    return part if isinstance(part, str) else json.dumps(part, ensure_ascii=False)


def _tokens(texts: Iterable[str]) -> int:
    return ceil(sum(map(len, texts)) / CHARACTERS_A_TOKEN)


def _marks(said: object) -> tuple[bool, bool]:
    """Whether a text begins with a thought, as models write it that nobody parses for, and whether that ends."""
    text = said.strip().lower() if isinstance(said, str) else ""
    return text.startswith(("<think>", "<thinking>")), "</think" in text


def _part(table: object, name: str) -> object:
    return table.get(name) if isinstance(table, dict) else None


def _counter(table: object) -> Callable[[str], int]:
    """Reads whole numbers of a table that a server sent, with 0 for what is missing or impossible."""

    def count(name: str) -> int:
        value = _part(table, name)
        return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else 0

    return count
