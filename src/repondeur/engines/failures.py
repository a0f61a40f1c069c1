"""What the model server's errors mean for a mail. Its own texts never go on: they may hold the key or the mail.

The shapes of error bodies, beside OpenAI's {"error": {"message", "type", "param", "code"}}: Gemini sends that object
in a list, with "status" and "details"; Anthropic {"type": "error", "error": {…}}; Mistral {"object": "error",
"message": …} and FastAPI's {"detail": …}, the one within the other at times; LM Studio and vLLM {"error": "…"};
gateways any text.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from repondeur.engines.dialect import speaks_of_form
from repondeur.errors import EngineAnswerInvalid, EngineUnavailable, RepondeurError

if TYPE_CHECKING:
    import openai

# In the words of OpenAI, vLLM, llama.cpp, LM Studio, Azure; then Anthropic, Gemini, Mistral.
_TOO_LONG = (
    "context_length",
    "context length",
    "maximum context",
    "context window",
    "context size",
    "context limit",
    "too many tokens",
    "prompt is too long",
    "token count",
    "too large for model",
)
_NO_MONEY = ("insufficient_quota", "billing_hard_limit", "insufficient_balance", "billing_error", "credit balance")
_FILTERED = ("content_filter", "content_policy", "content management policy", "responsible_ai", "responsibleai")
_BAD_KEY = ("invalid_api_key", "api_key_invalid", "api key not valid", "api key not found", "api key expired")
_NO_MODEL = ("model_not_found", "invalid_model", "deploymentnotfound", "invalid model", "unknown model")
_DEPTH = 10  # parts of a place that are told
_READ = 2_000  # characters of an error's text that are looked at


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a server said. param: the parameter it named, or "". marks: its codes and types, in lower case."""

    param: str
    message: str
    marks: str = ""

    @property
    def about(self) -> str:
        return f"{self.param} {self.message}".strip()

    def says(self, words: tuple[str, ...]) -> bool:
        text = f"{self.marks} {self.message[:_READ]}".lower()
        return any(word in text for word in words)


def failure(error: "openai.APIError", server: str, model: str) -> RepondeurError:
    """EngineUnavailable when the same mail may work later, EngineAnswerInvalid when it will not.

    server: host and port, for people. Status codes as in the OpenAI error code guide; others mean what HTTP says.
    """
    import openai

    if isinstance(error, openai.APIStatusError):
        return _by_status(error, server, model)
    code = "engine.bad_response"
    if isinstance(error, openai.APIConnectionError):
        code = "engine.timeout" if isinstance(error, openai.APITimeoutError) else "engine.unreachable"
    failed = EngineUnavailable(code, server=server)
    failed.maybe_done = not _never_sent(error)
    return failed


def prompt_too_long(error: "openai.APIStatusError") -> bool:
    """Whether a refusal says that the prompt does not fit into the model's context."""
    return error.status_code == 413 or (error.status_code in {400, 422, 500} and refusal(error).says(_TOO_LONG))


def negotiable(error: "openai.APIStatusError") -> bool:
    """Whether a refusal may be about how we ask: not the key, the model, the money or the mail. Older llama.cpp and
    llama-cpp-python say 500 where a schema or a chat template is what they cannot work with."""
    said = refusal(error)
    ours = error.status_code in {400, 422} or (error.status_code in {500, 501} and speaks_of_form(said.about))
    return ours and not said.says((*_TOO_LONG, *_NO_MONEY, *_FILTERED, *_BAD_KEY, *_NO_MODEL))


def refusal(error: "openai.APIStatusError") -> Refusal:
    """What an error's body says, whatever its shape."""
    return read_refusal(error.body)


def read_refusal(body: object) -> Refusal:
    """body: decoded JSON, any text, or None. Never raises."""
    table = _inner(body)
    if not isinstance(table, dict):
        return Refusal("", table if isinstance(table, str) else json.dumps(table, default=str)[:_READ])
    validation = table.get("detail")
    param, message = str(table.get("param") or ""), table.get("message") or validation
    if isinstance(validation, list) and validation and isinstance(validation[0], dict):
        param = param or _place(validation[0].get("loc"))
        message = validation[0].get("msg")
    marks = [table.get(name) for name in ("code", "type", "status")] + [
        one.get("reason") for one in _tables(table.get("details"))
    ]
    said = message if isinstance(message, str) else json.dumps(message or table, default=str)
    return Refusal(param, said[:_READ], " ".join(str(mark) for mark in marks if mark).lower())


def seconds_to_wait(error: "openai.APIStatusError") -> float | None:
    """How long the server asks us to wait: retry-after-ms (OpenAI, Azure), Retry-After in seconds or as a date (RFC
    9110, 10.2.3), or Gemini's RetryInfo ("34s")."""
    headers = error.response.headers
    asked = _number(headers.get("retry-after-ms", ""))
    if asked is not None:
        return asked / 1000
    after = headers.get("retry-after", "")
    if after:
        return _number(after) if _number(after) is not None else _until(after)
    table = _inner(error.body)
    details = _tables(table.get("details")) if isinstance(table, dict) else []
    return next((found for one in details if (found := _number(str(one.get("retryDelay", "")))) is not None), None)


def _never_sent(error: "openai.APIError") -> bool:
    """Whether the request cannot have reached the server. One whose line broke later may have been worked on."""
    import httpx2

    before = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)
    return isinstance(error.__cause__, before)


def _by_status(error: "openai.APIStatusError", server: str, model: str) -> RepondeurError:
    status, said = error.status_code, refusal(error)
    if status == 401 or (status in {400, 403} and said.says(_BAD_KEY)):
        return EngineUnavailable("engine.key_refused", server=server)
    if status == 402 or (status in {400, 403, 429} and said.says(_NO_MONEY)):
        return EngineUnavailable("engine.no_quota", server=server)
    if status == 403:
        return EngineUnavailable("engine.forbidden", server=server, model=model)
    if status == 404 or (status in {400, 422} and said.says(_NO_MODEL)):
        return EngineUnavailable("engine.model_missing", server=server, model=model)
    if status == 429:
        limited = EngineUnavailable("engine.over_limit", server=server)
        limited.retry_after = seconds_to_wait(error)
        return limited
    if prompt_too_long(error):
        return EngineAnswerInvalid("engine.prompt_too_long", server=server, model=model)
    if status >= 500 or status in {408, 409, 425}:
        failed = EngineUnavailable("engine.server_failed", server=server, status=status)
        failed.retry_after = seconds_to_wait(error)
        return failed
    if 300 <= status < 400:
        return EngineUnavailable("engine.redirected", server=server, status=status)
    if said.says(_FILTERED):
        return EngineAnswerInvalid("engine.content_refused")
    return EngineAnswerInvalid("engine.request_refused", server=server, status=status)


def _inner(body: object) -> object:
    """The table that holds the message: out of lists, "error" and Mistral's nested "message", which may be JSON."""
    for _ in range(4):
        if isinstance(body, list) and body:
            body = body[0]
        elif isinstance(body, dict) and body.get("error"):
            body = body["error"]
        elif isinstance(body, dict) and (nested := _table(body.get("message"))) is not None:
            body = nested
        else:
            break
    return body


def _table(value: object) -> dict[str, Any] | None:
    if isinstance(value, list) and value and isinstance(value[0], dict) and "msg" in value[0]:
        return {"detail": value}
    if isinstance(value, str) and value.startswith("{") and len(value) <= 20 * _READ:
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value if isinstance(value, dict) and ("detail" in value or "error" in value or "message" in value) else None


def _place(where: object) -> str:
    """pydantic's "loc", e.g. ["body", "response_format", "type"], as "response_format.type"."""
    parts = where[:_DEPTH] if isinstance(where, list) else []
    return ".".join(str(part) for part in (parts[1:] if parts[:1] == ["body"] else parts))


def _tables(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _number(text: str) -> float | None:
    found = re.fullmatch(r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*s?\s*", text)
    return float(found[1]) if found else None


def _until(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (known - datetime.now(UTC)).total_seconds())
