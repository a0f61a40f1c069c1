"""Gemini's endpoint for OpenAI clients. Pages: "OpenAI compatibility", "Thinking", "Troubleshooting guide"."""

from typing import Any, ClassVar

from tests.support.model_server import Step
from tests.support.providers.vendor import Asked, Vendor, sends

_FIELDS = {
    "model",
    "messages",
    "temperature",
    "top_p",
    "max_tokens",
    "max_completion_tokens",
    "n",
    "stream",
    "stop",
    "response_format",
    "reasoning_effort",
    "tools",
    "tool_choice",
    "frequency_penalty",
    "presence_penalty",
    "seed",
    "extra_body",
}
# The efforts that a model takes; () for those that do not think.
_EFFORTS: dict[str, tuple[str, ...]] = {
    "gemini-2.0-flash": (),
    "gemini-2.5-flash": ("none", "minimal", "low", "medium", "high"),
    "gemini-2.5-flash-lite": ("none", "minimal", "low", "medium", "high"),
    "gemini-2.5-pro": ("minimal", "low", "medium", "high"),
    "gemini-3-flash-preview": ("minimal", "low", "medium", "high"),
    "gemini-3.1-pro-preview": ("low", "medium", "high"),
    "gemini-3.5-flash-lite": ("minimal", "low", "medium", "high"),
    "gemini-3.6-flash": ("minimal", "low", "medium", "high"),
    "gemini-3.8-flash": ("low", "medium", "high"),
    "gemini-flash-latest": ("low", "medium", "high"),
    "gemini-4-argon": ("low", "medium", "high"),
}


class GeminiServer(Vendor):
    prefix: ClassVar = "/v1beta/openai"
    known: ClassVar = tuple(_EFFORTS)
    usual: ClassVar = {name: bool(efforts) and "none" not in efforts for name, efforts in _EFFORTS.items()}

    def judged(self, asked: Asked) -> Step | None:
        extra = [name for name in asked.body if name not in _FIELDS]
        if extra:
            return _refuses(400, f'Invalid JSON payload received. Unknown name "{extra[0]}": Cannot find field.')
        model = asked.model.removeprefix("models/")
        if model not in _EFFORTS:
            text = f"models/{model} is not found for API version v1main, or is not supported for generateContent."
            return _refuses(404, text, "NOT_FOUND")
        if asked.format not in {"", "json_object", "json_schema"}:
            return _refuses(400, "Invalid value at 'response_format.type'")
        effort = asked.body.get("reasoning_effort")
        if effort is not None and effort not in _EFFORTS[model]:
            return _refuses(400, f"Thinking level {effort.upper()} is not supported for this model.")
        return None

    def thinks(self, asked: Asked) -> bool:
        return bool(_EFFORTS[asked.model]) and asked.body.get("reasoning_effort") != "none"

    def bad_key(self) -> Step:
        reason = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
        return _refuses(400, "API key not valid. Please pass a valid API key.", details=[reason])

    def too_many(self) -> Step:
        wait = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{self.retry_after}s"}
        text = "You exceeded your current quota, please check your plan and billing details."
        return _refuses(429, text, "RESOURCE_EXHAUSTED", details=[wait])

    def too_long(self, asked: Asked) -> Step:
        text = f"The input token count ({asked.tokens}) exceeds the maximum number of tokens allowed ({self.window})."
        return _refuses(400, text)

    def message(self, said: str, thought: str) -> dict[str, Any]:
        return {"role": "assistant", **({"content": said} if said else {})}

    def usage(self, sent: int, written: int, thought: int) -> dict[str, Any]:
        return {"prompt_tokens": sent, "completion_tokens": written - thought, "total_tokens": sent + written}


def _refuses(
    status: int, text: str, name: str = "INVALID_ARGUMENT", details: list[dict[str, Any]] | None = None
) -> Step:
    return sends(status, [{"error": {"code": status, "message": text, "status": name, "details": details or []}}])
