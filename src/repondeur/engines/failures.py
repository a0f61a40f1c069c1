"""What the model server's errors mean for a mail. Its own texts never go on: they may hold the key or the mail."""

import json
from typing import TYPE_CHECKING

from repondeur.errors import EngineAnswerInvalid, EngineUnavailable, RepondeurError

if TYPE_CHECKING:
    import openai

_TOO_LONG = ("context_length", "context length", "maximum context", "context window", "context size", "too many tokens")
_NO_MONEY = ("insufficient_quota", "billing_hard_limit", "insufficient_balance")
_FILTERED = ("content_filter", "content_policy", "responsible_ai")


def failure(error: "openai.APIError", server: str, model: str) -> RepondeurError:
    """EngineUnavailable when the same mail may work later, EngineAnswerInvalid when it will not.

    server: host and port, for people. Status codes as in the OpenAI error code guide; others mean what HTTP says.
    """
    import openai

    if isinstance(error, openai.APITimeoutError):
        return EngineUnavailable("engine.timeout", server=server)
    if isinstance(error, openai.APIConnectionError):
        return EngineUnavailable("engine.unreachable", server=server)
    if not isinstance(error, openai.APIStatusError):
        return EngineUnavailable("engine.bad_response", server=server)
    return _by_status(error, server, model)


def prompt_too_long(error: "openai.APIStatusError") -> bool:
    """Whether a refusal says that the prompt does not fit into the model's context."""
    return error.status_code in {400, 413, 422} and _says(error, _TOO_LONG)


def refusal(error: "openai.APIStatusError") -> tuple[str, str]:
    """The parameter that the server refused, or "", and its message."""
    body = error.body if isinstance(error.body, dict) else {}
    # FastAPI servers answer {"detail": …} and llama.cpp {"message": …} without "error" around it.
    message = body.get("message") or body.get("detail") or error.body
    return str(body.get("param") or ""), message if isinstance(message, str) else json.dumps(message, default=str)


def _by_status(error: "openai.APIStatusError", server: str, model: str) -> RepondeurError:
    status = error.status_code
    if status == 401:
        return EngineUnavailable("engine.key_refused", server=server)
    if status == 402 or (status in {403, 429} and _says(error, _NO_MONEY)):
        return EngineUnavailable("engine.no_quota", server=server)
    if status == 403:
        return EngineUnavailable("engine.forbidden", server=server, model=model)
    if status == 404:
        return EngineUnavailable("engine.model_missing", server=server, model=model)
    if status == 429:
        return EngineUnavailable("engine.over_limit", server=server)
    if status >= 500 or status in {408, 409, 425}:
        return EngineUnavailable("engine.server_failed", server=server, status=status)
    if 300 <= status < 400:
        return EngineUnavailable("engine.redirected", server=server, status=status)
    if prompt_too_long(error):
        return EngineAnswerInvalid("engine.prompt_too_long", server=server, model=model)
    if _says(error, _FILTERED):
        return EngineAnswerInvalid("engine.content_refused")
    return EngineAnswerInvalid("engine.request_refused", server=server, status=status)


def _says(error: "openai.APIStatusError", words: tuple[str, ...]) -> bool:
    code = str(getattr(error, "code", "") or "")
    text = f"{code} {getattr(error, 'type', '') or ''} {refusal(error)[1][:600]}".lower()
    return any(word in text for word in words)
